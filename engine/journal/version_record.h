// A bundle as the journal names it: the version record (schemas/journal/version.h) that precedes its predictions in every file.
//
// Thread safety: pure. Allocates: control path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/schema/input_schema.h"

namespace ringside::engine {

struct VersionFacts {
  std::uint32_t ordinal = 0;
  std::string_view version, task;
  std::string_view manifest_sha256;  // 64 hex digits; anything else is written as zeros
  const InputSchema& schema;
  const std::vector<std::string>& features;
  std::vector<std::pair<std::string, bool>> classes = {};  // as text; true: training had an integer
  bool output_float64 = false, features_float64 = false;
};

// The whole record, its checksum included.
[[nodiscard]] std::vector<std::byte> version_record(const VersionFacts& facts, std::uint32_t epoch, std::uint64_t wall_ns);

// Of a recorder's own record: head around a body that stands at `record.data() + sizeof(RecordHead)`; pads to 8.
void close_record(std::vector<std::byte>& record, std::uint16_t type, std::uint32_t epoch, std::uint64_t wall_ns);

}  // namespace ringside::engine
