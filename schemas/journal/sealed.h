// A sealed journal file, <number>.rsj.zst: a finished one in zstd frames, in the published seekable format, so that `zstd -d` gives the .rsj
// again and a record is read without what stands before it.
//
//   SealedHead, in a skippable frame │ frame │ frame │ … │ seek table, in a skippable frame
//
// A frame holds at most kFrameBytes of the file, ends where a block of the chain ends, and has zstd's checksum: a byte that is altered
// spoils one frame, and that one lies in one block. The seek table has an entry for the head, too (32 bytes that hold 0).
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace ringside::journal {

inline constexpr std::uint32_t kFrameBytes = 256u << 10;
inline constexpr std::uint64_t kSealedMagic = 0x5A4E'524A'5349'4E52;  // reads "RNISJRNZ"
inline constexpr std::uint32_t kHeadFrame = 0x184D'2A50, kTableFrame = 0x184D'2A5E, kTableMagic = 0x8F92'EAB1;

struct SealedHead {
  std::uint32_t frame;         // 0   kHeadFrame
  std::uint32_t frame_bytes;   // 4   24: what follows
  std::uint64_t magic;         // 8
  std::uint64_t bytes;         // 16  of the .rsj
  std::uint32_t table_crc32c;  // 24  of the seek table, its frame's head included
  std::uint32_t crc32c;        // 28  of bytes [0, 28)
};
static_assert(std::is_standard_layout_v<SealedHead> && sizeof(SealedHead) == 32 && offsetof(SealedHead, bytes) == 16);

struct TableEntry {
  std::uint32_t packed, bytes;
};
static_assert(sizeof(TableEntry) == 8);
inline constexpr std::size_t kTableHeadBytes = 8;  // kTableFrame, bytes that follow
inline constexpr std::size_t kTableTailBytes = 9;  // entries 4, descriptor 1 = 0, kTableMagic 4

}  // namespace ringside::journal
