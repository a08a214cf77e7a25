#include "client_lib/directory.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "schemas/wire/access.h"
#include "schemas/wire/cell.h"
#include "schemas/wire/limits.h"
#include "schemas/wire/response.h"
#include "schemas/wire/result.h"

namespace ringside {
namespace {

// A bounded view of one entry: every read says whether it lies inside.
class EntryReader {
 public:
  EntryReader(const std::byte* entry, std::uint64_t bytes) noexcept : entry_(entry), bytes_(bytes) {}

  template <class T>
  [[nodiscard]] bool read(std::uint64_t offset, T& out) const noexcept {
    if (offset > bytes_ || sizeof(T) > bytes_ - offset) return false;
    wire::DirectAccess::copy(&out, entry_ + offset, sizeof(T));
    return true;
  }
  [[nodiscard]] bool read_text(std::uint64_t offset, std::uint64_t size, std::string& out) const {
    if (offset > bytes_ || size > bytes_ - offset) return false;
    out.assign(reinterpret_cast<const char*>(entry_ + offset), size);
    return true;
  }

 private:
  const std::byte* entry_;
  std::uint64_t bytes_;
};

Dtype dtype_of(std::uint8_t number) noexcept { return number < wire::kDtypeCount ? static_cast<Dtype>(number) : Dtype::kAny; }

bool read_fields(const EntryReader& reader, const wire::VersionEntry& entry, VersionInfo& version) {
  version.fields.resize(entry.fields);
  for (std::uint64_t i = 0; i < entry.fields; ++i) {
    wire::FieldEntry field{};
    if (!reader.read(entry.fields_offset + i * sizeof field, field)) return false;
    version.fields[i].dtype = dtype_of(field.dtype);
    version.fields[i].required = field.required != 0;
    if (!reader.read_text(field.name_offset, field.name_bytes, version.fields[i].name)) return false;
  }
  return true;
}

bool read_classes(const EntryReader& reader, const wire::VersionEntry& entry, VersionInfo& version) {
  version.classes.resize(entry.classes);
  for (std::uint64_t i = 0; i < entry.classes; ++i) {
    wire::ClassEntry from{};
    if (!reader.read(entry.classes_offset + i * sizeof from, from)) return false;
    version.classes[i].is_text = from.type == wire::kClassText;
    version.classes[i].number = from.value;
    if (version.classes[i].is_text && !reader.read_text(from.name_offset, from.name_bytes, version.classes[i].text)) return false;
  }
  return true;
}

bool read_features(const EntryReader& reader, const wire::VersionEntry& entry, VersionInfo& version) {
  version.features.resize(entry.features);
  for (std::uint64_t i = 0; i < entry.features; ++i) {
    wire::NameEntry from{};
    if (!reader.read(entry.features_offset + i * sizeof from, from)) return false;
    if (!reader.read_text(from.offset, from.bytes, version.features[i])) return false;
  }
  return true;
}

}  // namespace

Directory::Directory(base::Mapping mapping) : mapping_(std::move(mapping)), memory_(mapping_.data()), bytes_(mapping_.size()) {}

Directory::Directory(const std::byte* memory, std::size_t bytes) noexcept : memory_(memory), bytes_(bytes) {}

const wire::DirectoryHeader& Directory::header() const noexcept {
  return *reinterpret_cast<const wire::DirectoryHeader*>(memory_);
}

// relaxed: advice only; what it names is read through has().
std::uint32_t Directory::current() const noexcept { return header().current.load(std::memory_order_relaxed); }

bool Directory::has(std::uint32_t ordinal) const noexcept {
  return ordinal < wire::kDirectorySlots && header().slots[ordinal].offset.load(std::memory_order_acquire) != 0;  // [ENTRY]
}

std::shared_ptr<const VersionInfo> Directory::find(std::uint32_t ordinal) {
  if (!has(ordinal)) return nullptr;
  const std::scoped_lock lock(mutex_);
  if (known_.size() <= ordinal) known_.resize(ordinal + 1);
  if (known_[ordinal] == nullptr) known_[ordinal] = read(ordinal);
  return known_[ordinal];
}

std::shared_ptr<const VersionInfo> Directory::read(std::uint32_t ordinal) const {
  const std::uint64_t offset = header().slots[ordinal].offset.load(std::memory_order_acquire);  // [ENTRY]
  if (offset < sizeof(wire::DirectoryHeader) || offset % 8 != 0) return nullptr;
  wire::VersionEntry entry{};
  if (!EntryReader(memory_, bytes_).read(offset, entry)) return nullptr;
  if (entry.bytes < sizeof entry || entry.bytes > bytes_ - offset) return nullptr;

  const EntryReader reader(memory_ + offset, entry.bytes);
  auto version = std::make_shared<VersionInfo>();
  version->ordinal = ordinal;
  version->schema_hash = entry.schema_hash;
  version->kind = entry.model_kind <= static_cast<std::uint8_t>(ModelKind::kOther) ? static_cast<ModelKind>(entry.model_kind)
                                                                                   : ModelKind::kOther;
  version->is_float64 = entry.output_type == static_cast<std::uint8_t>(wire::OutputType::kFloat64);
  version->features_float64 = entry.feature_type == static_cast<std::uint8_t>(wire::OutputType::kFloat64);
  version->values_per_row = entry.values;
  version->margins_per_row = entry.margins;
  if (!reader.read_text(entry.name_offset, entry.name_bytes, version->name)) return nullptr;
  if (!read_fields(reader, entry, *version) || !read_classes(reader, entry, *version)) return nullptr;
  if (!read_features(reader, entry, *version)) return nullptr;
  return version;
}

void VersionCache::keep(std::uint32_t ordinal, std::shared_ptr<const VersionInfo> version) {
  if (version == nullptr) return;
  const std::uint64_t words = (version->fields.size() + 63) / 64;
  const std::uint64_t width = version->is_float64 ? 8 : 4;
  const std::uint64_t row_bytes =
      words * 24 + 16 + sizeof(wire::RowResult) + width * (std::uint64_t{version->values_per_row} + version->margins_per_row);
  row_bytes_ = std::max(row_bytes_, row_bytes);
  feature_bytes_ = std::max<std::uint64_t>(feature_bytes_, version->features.size() * (version->features_float64 ? 8 : 4));
  if (versions_.size() <= ordinal) versions_.resize(ordinal + 1);
  versions_[ordinal] = std::move(version);
}

void VersionCache::refresh(Directory& directory) {
  while (directory.has(next_)) [[unlikely]] {
      keep(next_, directory.find(next_));
      ++next_;
    }
}

const std::shared_ptr<const VersionInfo>& VersionCache::find(Directory& directory, std::uint32_t ordinal) {
  if (ordinal < versions_.size() && versions_[ordinal] != nullptr) return versions_[ordinal];
  if (ordinal < wire::kDirectorySlots) keep(ordinal, directory.find(ordinal));
  return ordinal < versions_.size() ? versions_[ordinal] : none_;
}

void VersionCache::clear() { *this = VersionCache(); }

std::uint64_t VersionCache::result_bytes(std::uint32_t rows, bool with_features, bool with_digests) const noexcept {
  return rows * (row_bytes_ + (with_features ? feature_bytes_ : 0) + (with_digests ? 16 : 0)) + 64;  // 64: padding before the errors
}

}  // namespace ringside
