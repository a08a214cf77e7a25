#include "engine/journal/version_record.h"

#include <charconv>
#include <cstring>

#include "client_lib/base/crc32c.h"
#include "engine/journal/pseudonym.h"
#include "schemas/journal/version.h"

namespace ringside::engine {
namespace {

void append(std::vector<std::byte>& to, const void* data, std::size_t bytes) {
  const std::size_t at = to.size();
  to.resize(at + bytes);
  if (bytes != 0) std::memcpy(to.data() + at, data, bytes);
}

void read_sha256(std::string_view hex, std::uint8_t (&target)[32]) {
  if (hex.size() != 64) return;
  for (std::size_t i = 0; i < 32; ++i) {
    const char* const at = hex.data() + 2 * i;
    if (std::from_chars(at, at + 2, target[i], 16).ptr != at + 2) {
      std::memset(target, 0, sizeof target);
      return;
    }
  }
}

static_assert(static_cast<int>(journal::Privacy::kDrop) == static_cast<int>(Sensitivity::kDrop) &&
              static_cast<int>(journal::Privacy::kEncrypt) == static_cast<int>(Sensitivity::kEncrypt) &&
              static_cast<int>(journal::Privacy::kHash) == static_cast<int>(Sensitivity::kHash) &&
              static_cast<int>(journal::Privacy::kMask) == static_cast<int>(Sensitivity::kMask));

}  // namespace

void close_record(std::vector<std::byte>& record, std::uint16_t type, std::uint32_t epoch, std::uint64_t wall_ns) {
  record.resize(journal::padded(record.size()));
  journal::RecordHead head{.bytes = static_cast<std::uint32_t>(record.size()),
                           .crc32c = 0,
                           .sequence = 0,
                           .wall_ns = wall_ns,
                           .type = type,
                           .writer = journal::kRecorder,
                           .epoch = epoch};
  std::memcpy(record.data(), &head, sizeof head);
  head.crc32c = base::crc32c(record.data() + 8, record.size() - 8);
  std::memcpy(record.data(), &head, sizeof head);
}

std::vector<std::byte> version_record(const VersionFacts& facts, std::uint32_t epoch, std::uint64_t wall_ns) {
  journal::VersionBody body{};
  body.ordinal = facts.ordinal;
  body.fields = static_cast<std::uint16_t>(facts.schema.size());
  body.features = static_cast<std::uint16_t>(facts.features.size());
  body.classes = static_cast<std::uint16_t>(facts.classes.size());
  body.version_bytes = static_cast<std::uint16_t>(facts.version.size());
  body.task_bytes = static_cast<std::uint16_t>(facts.task.size());
  body.output_float64 = facts.output_float64 ? 1 : 0;
  body.features_float64 = facts.features_float64 ? 1 : 0;
  read_sha256(facts.manifest_sha256, body.manifest_sha256);
  std::vector<std::byte> record, text;
  const journal::RecordHead head{};  // close_record() fills it
  append(record, &head, sizeof head);
  append(record, &body, sizeof body);
  append(text, facts.version.data(), facts.version.size());
  append(text, facts.task.data(), facts.task.size());
  const auto add = [&](journal::NameEntry entry, std::string_view name) {
    entry.bytes = static_cast<std::uint32_t>(name.size());
    append(record, &entry, sizeof entry);
    append(text, name.data(), name.size());
  };
  for (const Field& field : facts.schema.fields()) {
    add({.bytes = 0,
         .type = static_cast<std::uint8_t>(field.dtype),
         .privacy = static_cast<std::uint8_t>(field.sensitivity),
         .keep = static_cast<std::uint8_t>(field.sensitivity == Sensitivity::kMask ? kMaskKeeps : 0),
         .meta = static_cast<std::uint8_t>(field.meta ? 1 : 0)},
        field.name);
  }
  for (const std::string& name : facts.features) add({}, name);
  for (const auto& [name, is_integer] : facts.classes) {
    add({.bytes = 0, .type = static_cast<std::uint8_t>(is_integer ? 1 : 0), .privacy = 0, .keep = 0, .meta = 0}, name);
  }
  append(record, text.data(), text.size());
  close_record(record, static_cast<std::uint16_t>(journal::RecordType::kVersion), epoch, wall_ns);
  return record;
}

}  // namespace ringside::engine
