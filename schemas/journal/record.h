// A record of the journal: a head of 32 bytes and a body by type. The same bytes in a worker's landing ring and in a journal file.
//
//   ┌ bytes │ crc32c ┬ sequence ┬ wall_ns ┬ type │ writer │ epoch ┐┌ body, by type; zeros up to a multiple of 8 ┐
//   0       4        8          16        24     26       28      32
//
// All numbers are little-endian. Never renumber; what a reader does not know it skips by `bytes`. README.md draws every byte.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "schemas/wire/limits.h"

namespace ringside::journal {

static_assert(std::endian::native == std::endian::little, "records are written as they stand in memory");

inline constexpr std::uint32_t kLayoutVersion = 1;
inline constexpr std::uint32_t kRecordBytesMax = 64 * 1024;  // one that a worker writes: longer inputs are cut, and marked so
inline constexpr std::uint32_t kVersionRecordBytesMax = 16u << 20;  // one that the recorder writes
inline constexpr std::uint16_t kRecorder = 0xFFFF;                  // `writer` of what no worker wrote
inline constexpr std::uint64_t kAlignment = 8;

enum class RecordType : std::uint16_t {
  kPad = 0,         // landing only: nothing up to the ring's end; sequence 0
  kPrediction = 1,  // one row of one call, answered or not
  kVersion = 2,     // what an ordinal of predictions means; by the recorder, sequence 0, repeated at the head of each file
  kGap = 3,         // predictions that have no record, counted
  kRecovered = 4,   // what a start found of the run before it; by the recorder, sequence 0
  kCheckpoint = 5,  // reserved
  kBlock = 6,       // a link of the chain (chain.h); by the recorder
  kExpired = 7,     // files that retention took away (expired.h); by the recorder
};

struct RecordHead {
  std::uint32_t bytes;     // 0   of the whole record, a multiple of 8
  std::uint32_t crc32c;    // 4   of bytes [8, bytes)
  std::uint64_t sequence;  // 8   of this writer: 1, 2, 3, … without a gap over its predictions and gaps; goes on after a restart
  std::uint64_t wall_ns;   // 16  CLOCK_REALTIME when it was written
  std::uint16_t type;      // 24  RecordType
  std::uint16_t writer;    // 26  the worker's index, or kRecorder
  std::uint32_t epoch;     // 28  which start of the engine on this state directory: 1, 2, …
};
static_assert(std::is_standard_layout_v<RecordHead> && sizeof(RecordHead) == 32);
static_assert(offsetof(RecordHead, crc32c) == 4 && offsetof(RecordHead, sequence) == 8 && offsetof(RecordHead, wall_ns) == 16);
static_assert(offsetof(RecordHead, type) == 24 && offsetof(RecordHead, writer) == 26 && offsetof(RecordHead, epoch) == 28);

struct GapBody {
  std::uint64_t rows;           // 32  exactly so many have no record
  std::uint64_t first_wall_ns;  // 40  of the first of them; the head's wall_ns is the end
  std::uint8_t reason;          // 48  GapReason
  std::uint8_t reserved[7];     // 49
};
static_assert(sizeof(GapBody) == 24 && offsetof(GapBody, first_wall_ns) == 8 && offsetof(GapBody, reason) == 16);

enum class GapReason : std::uint8_t {
  kAnswered = 1,  // when_full: gap, or a refusal that could not wait: answered as if nothing were wrong
  kRefused = 2,   // when_full: fail or block: answered unavailable, reason journal_down, or rejected
};

struct RecoveredBody {
  std::uint64_t next_sequence;  // 32  of the writer from here on
  std::uint64_t records;        // 40  found in its landing ring and written before this record
  std::uint64_t lost_bytes;     // 48  committed but not readable (a broken checksum): 0 unless memory failed
  std::uint32_t from_epoch;     // 56  that wrote them; 0: no landing ring was left (first start, clean stop, or the host died)
  std::uint16_t writer;         // 60  whose ring
  std::uint16_t reserved;       // 62
};
static_assert(sizeof(RecoveredBody) == 32 && offsetof(RecoveredBody, lost_bytes) == 16 &&
              offsetof(RecoveredBody, from_epoch) == 24 && offsetof(RecoveredBody, writer) == 28);

constexpr std::uint64_t padded(std::uint64_t bytes) noexcept { return (bytes + kAlignment - 1) & ~(kAlignment - 1); }

}  // namespace ringside::journal
