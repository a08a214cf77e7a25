#include "engine/traffic/directory.h"

#include <cstring>
#include <new>
#include <string_view>
#include <vector>

#include "client_lib/base/sealed_memfd.h"
#include "schemas/wire/body.h"
#include "schemas/wire/segment.h"

namespace ringside::engine {
namespace {

// Lays out one entry: fixed parts first, the text behind them.
class EntryBuilder {
 public:
  std::uint32_t reserve(std::size_t bytes) {
    const auto offset = static_cast<std::uint32_t>(wire::padded8(bytes_.size()));
    bytes_.resize(offset + bytes);
    return offset;
  }
  std::uint32_t append(std::string_view text) {
    const auto offset = static_cast<std::uint32_t>(bytes_.size());
    bytes_.insert(bytes_.end(), text.begin(), text.end());
    return offset;
  }
  template <class T>
  void put(std::uint32_t offset, const T& value) {
    std::memcpy(bytes_.data() + offset, &value, sizeof value);
  }
  std::vector<char>& bytes() { return bytes_; }

 private:
  std::vector<char> bytes_;
};

wire::OutputType wire_type(FloatType type) noexcept {
  return type == FloatType::kFloat64 ? wire::OutputType::kFloat64 : wire::OutputType::kFloat32;
}

std::vector<char> encode(const Bundle& bundle) {
  EntryBuilder out;
  wire::VersionEntry entry{};
  const auto& fields = bundle.schema.fields();
  const auto& features = bundle.plan.feature_names();
  const std::uint32_t entry_offset = out.reserve(sizeof entry);
  entry.schema_hash = bundle.schema.hash();
  entry.fields = static_cast<std::uint16_t>(fields.size());
  entry.classes = static_cast<std::uint16_t>(bundle.classes.size());
  entry.values = static_cast<std::uint16_t>(bundle.scorer.values_per_row());
  entry.margins = static_cast<std::uint16_t>(bundle.scorer.margins_per_row());
  entry.features = static_cast<std::uint16_t>(features.size());
  entry.model_kind = static_cast<std::uint8_t>(bundle.model_kind);
  entry.output_type = static_cast<std::uint8_t>(wire_type(bundle.scorer.output_type()));
  entry.feature_type = static_cast<std::uint8_t>(wire_type(bundle.plan.feature_type()));
  entry.fields_offset = out.reserve(fields.size() * sizeof(wire::FieldEntry));
  entry.classes_offset = out.reserve(bundle.classes.size() * sizeof(wire::ClassEntry));
  entry.features_offset = out.reserve(features.size() * sizeof(wire::NameEntry));
  entry.name_offset = out.append(bundle.version);
  entry.name_bytes = static_cast<std::uint32_t>(bundle.version.size());
  for (std::uint32_t i = 0; i < fields.size(); ++i) {
    const wire::FieldEntry field{out.append(fields[i].name), static_cast<std::uint16_t>(fields[i].name.size()),
                                 static_cast<std::uint8_t>(fields[i].dtype), static_cast<std::uint8_t>(fields[i].optional() ? 0 : 1)};
    out.put(entry.fields_offset + i * static_cast<std::uint32_t>(sizeof field), field);
  }
  for (std::uint32_t i = 0; i < bundle.classes.size(); ++i) {
    wire::ClassEntry label{};
    if (const auto* number = std::get_if<std::int64_t>(&bundle.classes[i])) {
      label.value = *number;
      label.type = wire::kClassInt;
    } else {
      const auto& text = std::get<std::string>(bundle.classes[i]);
      label.name_offset = out.append(text);
      label.name_bytes = static_cast<std::uint16_t>(text.size());
      label.type = wire::kClassText;
    }
    out.put(entry.classes_offset + i * static_cast<std::uint32_t>(sizeof label), label);
  }
  for (std::uint32_t i = 0; i < features.size(); ++i) {
    const wire::NameEntry name{out.append(features[i]), static_cast<std::uint32_t>(features[i].size())};
    out.put(entry.features_offset + i * static_cast<std::uint32_t>(sizeof name), name);
  }
  out.reserve(0);  // pads to 8
  entry.bytes = out.bytes().size();
  out.put(entry_offset, entry);
  return std::move(out.bytes());
}

}  // namespace

Result<Directory, std::string> Directory::make(std::uint64_t engine_epoch) {
  auto fd = base::make_sealed_memfd("ringside-directory", wire::kDirectoryBytes);
  if (!fd) return fail(fd.error());
  auto mapping = base::Mapping::map(fd->get(), wire::kDirectoryBytes, base::Access::kReadWrite);
  if (!mapping) return fail(mapping.error());
  auto* header = new (mapping->data()) wire::DirectoryHeader{};
  header->magic = wire::kMagic;
  header->engine_epoch = engine_epoch;
  header->current.store(wire::kNoVersion, std::memory_order_relaxed);  // relaxed: nobody else has it yet
  if (!base::seal_against_writers(*fd)) return fail(base::system_error_text("cannot seal the directory"));
  Directory directory(std::move(*fd), std::move(*mapping));
  directory.used_bytes_ = wire::padded8(sizeof(wire::DirectoryHeader));
  return directory;
}

wire::DirectoryHeader& Directory::header() const noexcept {
  return *std::launder(reinterpret_cast<wire::DirectoryHeader*>(mapping_.data()));
}

Result<std::uint32_t, std::string> Directory::add(const Bundle& bundle) {
  if (const auto known = ordinal_of_manifest_.find(bundle.facts.manifest_sha256); known != ordinal_of_manifest_.end()) return known->second;
  const std::vector<char> entry = encode(bundle);
  if (used_slots_ == wire::kDirectorySlots || used_bytes_ + entry.size() > wire::kDirectoryBytes) {
    return fail("the directory is full: " + std::to_string(used_slots_) + " different bundles since the engine started; restart it");
  }
  std::memcpy(mapping_.data() + used_bytes_, entry.data(), entry.size());
  header().slots[used_slots_].offset.store(used_bytes_, std::memory_order_release);  // [ENTRY]
  used_bytes_ += entry.size();
  ordinal_of_manifest_.emplace(bundle.facts.manifest_sha256, used_slots_);
  if (on_add_) on_add_(used_slots_, bundle);
  return used_slots_++;
}

void Directory::set_current(std::uint32_t ordinal) noexcept {
  header().current.store(ordinal, std::memory_order_release);  // after add(): a client that sees it finds the entry
}

}  // namespace ringside::engine
