#include "engine/traffic/table.h"

#include <algorithm>

#include "client_lib/base/check.h"

namespace ringside::engine {
namespace {

// Does any resident but `except` know `name` as a field that may be absent?
bool known_elsewhere(const TrafficDraft& draft, const Resident& except, const std::string& name) {
  return std::ranges::any_of(draft.residents, [&](const auto& other) {
    if (other.get() == &except) return false;
    const std::int32_t field = other->bundle->schema.find(name);
    return field >= 0 && other->bundle->schema.fields()[static_cast<std::size_t>(field)].optional();
  });
}

}  // namespace

Resident::Resident(std::shared_ptr<const Bundle> loaded, std::uint32_t directory_ordinal, std::uint32_t workers)
    : bundle(std::move(loaded)), ordinal(directory_ordinal), positional(identity_adapter(bundle->schema)), by_worker(workers) {
  for (PerWorker& own : by_worker) own.workspace = std::make_unique<Workspace>(*bundle);
}

std::shared_ptr<const Resident> TrafficDraft::find(std::string_view version) const {
  const auto found = std::ranges::find_if(residents, [&](const auto& resident) { return resident->bundle->version == version; });
  return found == residents.end() ? nullptr : *found;
}

TrafficTable::TrafficTable(TrafficDraft draft, std::uint32_t workers)
    : draft_(std::move(draft)), workers_(workers), pins_(std::make_unique<PinCount[]>(workers)) {
  for (Index index = 0; index < draft_.residents.size(); ++index) {
    if (draft_.residents[index] == draft_.current) current_ = index;
  }
  RINGSIDE_CHECK(draft_.current == nullptr || current_ != kNone);
  for (const auto& [label, version] : draft_.labels) {
    if (const Index index = find_version(version); index != kNone) labels_.emplace_back(label, index);
  }
  for (const auto& schema : draft_.schemas) {
    schema_hashes_.push_back(schema->hash);
    for (const auto& resident : draft_.residents) {
      adapters_.push_back(make_adapter(*schema, resident->bundle->schema,
                                       [&](const std::string& name) { return known_elsewhere(draft_, *resident, name); }));
    }
  }
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
    if (pins_[worker].count.load(std::memory_order_acquire) != 0) return true;  // [PIN]
  }
  return false;
}

}  // namespace ringside::engine
