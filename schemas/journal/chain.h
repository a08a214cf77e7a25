// The chain over a journal: each block record names, by one SHA-256, every byte of the journal before it.
//
//   file   0 ─ header ─ records ─┐ begin 0, end e0: block 0 ┌─ block 0's record ─ records ─┐ block 1 ┌─ …        ─ tail ┐
//                                └─ link 0 ────────────────▶└──────────────────── link 1 ─▶└─ …                        └─▶ `previous` of the next header
//
// link k = SHA-256(link k-1 ‖ bytes [begin, end) ‖ number ‖ begin ‖ end), numbers as 8 bytes; link -1 is the header's `previous`. A block
// begins where the one before it ended, so it covers that one's record. `previous` of a file is the same over the tail of the file before
// it: from its last block's end to its last whole record's; zeros in the first file of all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "schemas/journal/record.h"

namespace ringside::journal {

inline constexpr std::uint64_t kBlockBytes = 1u << 20;  // a block is closed by the first write that reaches it

struct BlockBody {
  std::uint64_t index;      // 32  in its file: 0, 1, 2, …
  std::uint64_t begin;      // 40  bytes of the file
  std::uint64_t end;        // 48  where this record stands
  std::uint8_t sha256[32];  // 56  the link
};
static_assert(std::is_standard_layout_v<BlockBody> && sizeof(BlockBody) == 56);
static_assert(offsetof(BlockBody, begin) == 8 && offsetof(BlockBody, end) == 16 && offsetof(BlockBody, sha256) == 24);

}  // namespace ringside::journal
