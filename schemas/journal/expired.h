// The body of an expired record: journal files that retention took away. Written, and durable, before they go; repeated at the head of every
// later file. What verify needs to tell files that were deleted by their keeper from files that somebody removed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "schemas/journal/record.h"

namespace ringside::journal {

enum class ExpiredReason : std::uint8_t { kAge = 1, kSize = 2 };

struct ExpiredBody {
  std::uint64_t first, last;           // 32, 40  files first … last, without a gap
  std::uint64_t oldest_ns, newest_ns;  // 48, 56  of their records
  std::uint8_t before[32];             // 64      `previous` of file `first`; zeros: not known
  std::uint8_t after[32];              // 96      `previous` of file last + 1
  std::uint8_t reason;                 // 128     ExpiredReason, of the last of them
  std::uint8_t reserved[7];            // 129
};
static_assert(std::is_standard_layout_v<ExpiredBody> && sizeof(ExpiredBody) == 104);
static_assert(offsetof(ExpiredBody, oldest_ns) == 16 && offsetof(ExpiredBody, before) == 32);
static_assert(offsetof(ExpiredBody, after) == 64 && offsetof(ExpiredBody, reason) == 96);

}  // namespace ringside::journal
