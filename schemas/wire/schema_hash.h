// The name of an ordered list of (name, dtype): of a client schema, or of the fields of a bundle. XXH3-64 over, for each, one byte of dtype,
// two bytes of length (little-endian) and the name. Two different lists with the same hash (2^-64 a pair) are refused when declared.
#pragma once

#define XXH_INLINE_ALL  // the state on the stack, no call into the library
#include <xxhash.h>

#include <cstdint>
#include <string_view>

#include "schemas/wire/cell.h"

namespace ringside::wire {

class SchemaHasher {
 public:
  SchemaHasher() noexcept { XXH3_64bits_reset(&state_); }

  void add(Dtype dtype, std::string_view name) noexcept {
    const unsigned char head[3] = {static_cast<unsigned char>(dtype), static_cast<unsigned char>(name.size() & 0xFF),
                                   static_cast<unsigned char>(name.size() >> 8 & 0xFF)};
    XXH3_64bits_update(&state_, head, sizeof head);
    XXH3_64bits_update(&state_, name.data(), name.size());
  }

  [[nodiscard]] std::uint64_t hash() const noexcept { return XXH3_64bits_digest(&state_); }

 private:
  XXH3_state_t state_;
};

}  // namespace ringside::wire
