// A journal file: <state-dir>/<task>/journal/<number, 16 hex digits>.rsj. A header of 256 bytes, then records without anything between.
//
//   header · version records of what is known · recovered records, in the first file of a start · predictions, gaps, new versions …
//
// It ends where the file ends, where `bytes` is 0 (space that was reserved and not used), or at the first record whose checksum is
// wrong: what a power cut left half-written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "schemas/journal/record.h"

namespace ringside::journal {

inline constexpr std::uint64_t kFileMagic = 0x314E'524A'5349'4E52;  // reads "RNISJRN1"

struct FileHeader {
  std::uint64_t magic;           // 0
  std::uint32_t layout_version;  // 8
  std::uint32_t crc32c;          // 12  of bytes [16, 256)
  std::uint64_t number;          // 16  as in its name; 1 is the first ever
  std::uint64_t created_ns;      // 24  CLOCK_REALTIME
  std::uint64_t engine_epoch;    // 32  the random one of this start, as clients saw it
  std::uint32_t epoch;           // 40  which start, counted
  std::uint16_t writers;         // 44  workers
  std::uint16_t task_bytes;      // 46
  std::uint8_t previous[32];     // 48  the tip of the chain of the file before (chain.h); zeros: none
  char task[176];                // 80
};
static_assert(std::is_standard_layout_v<FileHeader> && sizeof(FileHeader) == 256);
static_assert(offsetof(FileHeader, crc32c) == 12 && offsetof(FileHeader, number) == 16 && offsetof(FileHeader, epoch) == 40);
static_assert(offsetof(FileHeader, previous) == 48 && offsetof(FileHeader, task) == 80);

}  // namespace ringside::journal
