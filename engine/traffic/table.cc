#include "engine/traffic/table.h"

#include <algorithm>
#include <iterator>

#include "client_lib/base/check.h"

namespace ringside::engine {

TextIndex only_elsewhere(const TrafficDraft& draft, const Resident& own) {
  std::vector<std::string> names;
  for (const auto& other : draft.residents) {
    for (const Field& field : other->bundle->schema.fields()) {
      if (field.optional() && own.bundle->schema.find(field.name) < 0) names.push_back(field.name);
    }
  }
  for (const AnnouncedFields& other : draft.announced) {
    std::ranges::copy_if(other.names, std::back_inserter(names),
                         [&](const auto& name) { return own.bundle->schema.find(name) < 0; });
  }
  return TextIndex(names);
}

Resident::Resident(std::shared_ptr<const Bundle> loaded, std::uint32_t directory_ordinal, std::uint32_t workers)
    : bundle(std::move(loaded)),
      drift(bundle->schema, bundle->baseline ? &*bundle->baseline : nullptr, workers),
      ordinal(directory_ordinal), positional(identity_adapter(bundle->schema)), by_worker(workers) {
  for (PerWorker& own : by_worker) own.workspace = std::make_unique<Workspace>(*bundle);
}

std::shared_ptr<const Resident> TrafficDraft::find(std::string_view version) const {
  const auto found = std::ranges::find_if(residents, [&](const auto& resident) { return resident->bundle->version == version; });
  return found == residents.end() ? nullptr : *found;
}

const std::string* TrafficDraft::version_of_label(std::string_view label) const noexcept {
  if (const std::string* version = roles.find_label(label)) return version;
  const auto found = std::ranges::find_if(labels, [&](const auto& pair) { return pair.first == label; });
  return found == labels.end() ? nullptr : &found->second;
}

std::vector<std::pair<std::string, std::string>> TrafficDraft::all_labels() const {
  auto all = roles.labels;
  std::ranges::copy_if(labels, std::back_inserter(all),
                       [&](const auto& pair) { return roles.find_label(pair.first) == nullptr; });
  return all;
}

std::vector<std::string> TrafficDraft::roles_of(std::string_view version) const {
  std::vector<std::string> names;
  if (current && current->bundle->version == version) names.emplace_back("current");
  if (previous && previous->bundle->version == version) names.emplace_back("previous");
  if (roles.canary && roles.canary->version == version) names.emplace_back("canary");
  if (roles.shadow && roles.shadow->version == version) names.emplace_back("shadow");
  if (roles.pins->pinned_to(version) != 0) names.emplace_back("pinned");
  for (const auto& [label, target] : all_labels()) {
    if (target == version) names.push_back("label:" + label);
  }
  return names;
}

TrafficTable::TrafficTable(TrafficDraft draft, std::uint32_t workers)
    : draft_(std::move(draft)), workers_(workers), pins_(std::make_unique<PinCount[]>(workers)) {
  for (Index index = 0; index < draft_.residents.size(); ++index) {
    if (draft_.residents[index] == draft_.current) current_ = index;
  }
  RINGSIDE_CHECK(draft_.current == nullptr || current_ != kNone);
  if (draft_.roles.canary) canary_ = find_version(draft_.roles.canary->version);
  routes_by_key_ = canary_ != kNone;
  const Pins& pins = *draft_.roles.pins;
  for (std::uint16_t number = 0; number < pins.versions().size(); ++number) {
    pin_targets_.push_back(pins.count(number) == 0 ? kNone : find_version(pins.versions()[number]));
    routes_by_key_ |= pin_targets_.back() != kNone;
  }
  begin_shadowing();
  for (const auto& [label, version] : draft_.all_labels()) {
    if (const Index index = find_version(version); index != kNone) labels_.emplace_back(label, index);
  }
  for (const auto& resident : draft_.residents) {
    elsewhere_.push_back(only_elsewhere(draft_, *resident));
    const auto alike = std::ranges::find_if(
        draft_.residents, [&](const auto& other) { return other->bundle->schema.gathers_like(resident->bundle->schema); });
    first_alike_.push_back(static_cast<Index>(alike - draft_.residents.begin()));  // ends at itself at the latest
  }
  for (const auto& schema : draft_.schemas) {
    schema_hashes_.push_back(schema->hash);
    for (Index index = 0; index < draft_.residents.size(); ++index) {
      const TextIndex& elsewhere = elsewhere_[index];
      Adapter adapter = make_adapter(*schema, draft_.residents[index]->bundle->schema,
                                     [&](const std::string& name) { return elsewhere.find(name) != TextIndex::kAbsent; });
      adapter.elsewhere = &elsewhere;
      adapters_.push_back(std::move(adapter));
    }
  }
}

// Rows that wait, and counts, stay as long as the pair does: a client's new schema or another share ends neither.
void TrafficTable::begin_shadowing() {
  const Index shadow = draft_.roles.shadow ? find_version(draft_.roles.shadow->version) : kNone;
  if (shadow == kNone || current_ == kNone || shadow == current_) {
    draft_.comparison = nullptr;
    return;
  }
  const Resident& own = resident(shadow);
  if (!draft_.comparison || &draft_.comparison->current() != draft_.current->bundle.get() || &draft_.comparison->shadow() != own.bundle.get()) {
    auto made = ShadowComparison::make(draft_.current->bundle, own.bundle, workers_);
    draft_.comparison = made ? std::move(*made) : nullptr;  // why not is said where it is asked for: versions/
  }
  shadowing_ = {draft_.comparison.get(), &own, shadow, (std::uint64_t{draft_.roles.shadow->buckets} << 32) / kBuckets};
}

TrafficTable::Index TrafficTable::find_version(std::string_view version) const noexcept {
  for (Index index = 0; index < draft_.residents.size(); ++index) {
    if (draft_.residents[index]->bundle->version == version) return index;
  }
  return kNone;
}

TrafficTable::Index TrafficTable::find_label(std::string_view label) const noexcept {
  for (const auto& [name, index] : labels_) {
    if (name == label) return index;
  }
  return kNone;
}

const Adapter* TrafficTable::adapter(std::uint64_t schema_hash, std::uint16_t columns, Index resident) const noexcept {
  for (std::size_t schema = 0; schema < schema_hashes_.size(); ++schema) {
    if (schema_hashes_[schema] != schema_hash) continue;
    const Adapter& adapter = adapters_[schema * draft_.residents.size() + resident];
    return adapter.field_of_column.size() == columns ? &adapter : nullptr;
  }
  return nullptr;
}

bool TrafficTable::pinned() const noexcept {
  for (std::uint32_t worker = 0; worker < workers_; ++worker) {
    if (pins_[worker].held()) return true;
  }
  return false;
}

}  // namespace ringside::engine
