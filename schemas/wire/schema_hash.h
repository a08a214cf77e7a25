// The name of an ordered list of (name, dtype): of a client schema, or of the fields of a bundle. XXH3-64 over, for each, one byte of dtype,
// two bytes of length (little-endian) and the name. Two different lists with the same hash (2^-64 a pair) are refused when declared.
#pragma once

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "schemas/wire/cell.h"

namespace ringside::wire {

class SchemaHasher {
 public:
  void add(Dtype dtype, std::string_view name) {
    bytes_ += static_cast<char>(dtype);
    bytes_ += static_cast<char>(name.size() & 0xFF);
    bytes_ += static_cast<char>(name.size() >> 8 & 0xFF);
    bytes_ += name;
  }

  [[nodiscard]] std::uint64_t hash() const noexcept { return XXH3_64bits(bytes_.data(), bytes_.size()); }

 private:
  std::string bytes_;  // all at once: XXH3's streaming state wants 64-byte alignment, which not every stack gives it
};

}  // namespace ringside::wire
