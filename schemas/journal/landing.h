// A landing ring: where one worker commits its records, and the recorder takes them from. A file on tmpfs, so it outlives the engine.
//
//   page 0 ┌ identity ┬ committed (worker's lines) ┬ taken (recorder's lines) ┐   page 1 … ┌ records: `capacity` bytes, a ring ┐
//
// Positions are bytes since the ring was made and only grow; position p stands at p & (capacity - 1). A record never wraps: a pad record
// (a head of which only bytes and type count) fills what is left before the end, and fewer than 32 bytes before the end are skipped unread.
//
// A worker commits a record before its answer is released, and seals it (computes its checksum, 0 until then) right after: an answer need not
// wait for that. What a killed worker left between the two the next start seals.
//
// [COMMIT]  worker:    records, mark; `committed` store(release)   ▶  whoever looks after a kill: all before it is whole
// [SEAL]    worker:    checksums; `sealed` store(release)          ▶  recorder: load(acquire), copies records
// [TAKE]    recorder:  records copied; `taken` store(release)      ▶  worker:   load(acquire), overwrites them
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "schemas/journal/record.h"

namespace ringside::journal {

inline constexpr std::uint64_t kLandingMagic = 0x3144'4E4C'5349'4E52;  // reads "RNISLND1"
inline constexpr std::uint64_t kLandingHeaderBytes = 4'096;
inline constexpr std::uint64_t kLandingBytesMin = 256 * 1024;  // of records: several of the longest

// What a worker's next start needs: up to which sequence the ring was filled at a position, and how many rows wait for a gap record there. Two take turns, and the one whose position is `committed` counts: a worker that
// is killed between its stores leaves the older one whole.
struct LandingMark {
  std::uint64_t position;
  std::uint64_t sequence;
  std::uint64_t unrecorded;
};

struct LandingHeader {
  std::uint64_t magic;           // 0
  std::uint32_t layout_version;  // 8
  std::uint16_t writer;          // 12
  std::uint16_t reserved;        // 14
  std::uint64_t capacity;        // 16  bytes of records, a power of two
  std::uint64_t engine_epoch;    // 24
  std::uint32_t epoch;           // 32
  std::uint32_t reserved2;       // 36
  std::uint8_t reserved3[88];    // 40

  alignas(wire::kPairBytes) std::atomic<std::uint64_t> committed;  // 128  written by the worker alone
  LandingMark marks[2];                                            // 136
  std::atomic<std::uint64_t> sealed;                               // 184  taken <= sealed <= committed
  alignas(wire::kPairBytes) std::atomic<std::uint64_t> taken;      // 256  written by the recorder alone
};
static_assert(std::is_standard_layout_v<LandingHeader> && std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(offsetof(LandingHeader, capacity) == 16 && offsetof(LandingHeader, epoch) == 32);
static_assert(offsetof(LandingHeader, committed) == 128 && offsetof(LandingHeader, marks) == 136);
static_assert(offsetof(LandingHeader, sealed) == 184);
static_assert(sizeof(LandingMark) == 24);
static_assert(offsetof(LandingHeader, taken) == 256 && sizeof(LandingHeader) <= kLandingHeaderBytes);

}  // namespace ringside::journal
