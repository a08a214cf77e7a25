// A request: one 128-byte entry of a channel's ring, written by the client alone, and a body.
//
//   req[ticket & 63]                                   body, in the channel's request arena or in inline_body
//   ┌───────────────── line 0 ─────────────────┐       ┌────────────┬───────┬──────┬────────┬──────┬──────┐
//   │ seq = ticket + 1 (stored last) · geometry│──────▶│ broadcast? │ cells │ tags │ extras │ meta │ text │
//   ├───────────────── line 1 ─────────────────┤       └────────────┴───────┴──────┴────────┴──────┴──────┘
//   │ inline_body: a body of at most 64 bytes  │        body.h computes the offsets from the geometry; none is sent
//   └──────────────────────────────────────────┘
//
// The engine copies the entry once and then believes only its copy.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "schemas/wire/limits.h"

namespace ringside::wire {

enum class Encoding : std::uint8_t {
  kHandles = 1,     // tagged cells, one column a handle of the client schema named by schema_hash
  kPositional = 2,  // tagged cells in the order of one bundle's fields; schema_hash is that bundle's
  kPackedF32 = 3,   // as kHandles, each cell a float32 and nothing else: no tags; NaN: absent
  kPackedF64 = 4,   // the same of float64
};

// Bytes of a cell, but for its tag, which packed ones do not have.
constexpr std::uint64_t cell_bytes(std::uint8_t encoding) noexcept {
  return encoding == static_cast<std::uint8_t>(Encoding::kPackedF32) ? 4 : 8;
}
constexpr bool is_packed(std::uint8_t encoding) noexcept {
  return encoding == static_cast<std::uint8_t>(Encoding::kPackedF32) || encoding == static_cast<std::uint8_t>(Encoding::kPackedF64);
}

enum RequestFlag : std::uint32_t {
  kReturnFeatures = 1u << 0,       // the features that the forest read, in their own width
  kReturnContributions = 1u << 1,  // reserved
  kReturnTimings = 1u << 2,        // reserved: timings always come
  kReturnInputDigest = 1u << 3,    // 16 bytes that name the canonical row
};
inline constexpr std::uint32_t kRequestFlagsKnown = kReturnFeatures | kReturnInputDigest;

struct RequestGeometry {
  std::uint64_t schema_hash;        // 8   which client schema (kHandles) or bundle (kPositional)
  std::uint64_t deadline_ns;        // 16  the engine's CLOCK_MONOTONIC; 0: none
  std::uint32_t body_offset;        // 24  in the request arena, a multiple of 8; kInline: inline_body
  std::uint32_t body_bytes;         // 28
  std::uint32_t out_offset;         // 32  in the result arena, a multiple of 8
  std::uint32_t out_bytes;          // 36
  std::uint16_t slot;               // 40  the response slot that this call owns until it is answered
  std::uint16_t rows;               // 42
  std::uint16_t columns;            // 44  of the client schema, broadcast ones included
  std::uint16_t broadcast_columns;  // 46  one value for all rows; which: a bitmap at the head of the body
  std::uint32_t extras;             // 48  ExtraCells in the body
  std::uint32_t meta_bytes;         // 52  call metadata (meta.h), padded to 8
  std::uint8_t encoding;            // 56
  std::uint8_t priority;            // 57  reserved: 0
  std::uint16_t reserved;           // 58  0
  std::uint32_t flags;              // 60
};

struct alignas(kPairBytes) RequestEntry {
  std::atomic<std::uint64_t> seq;   // 0   ticket + 1 [SUBMIT]
  RequestGeometry geometry;
  std::byte inline_body[kInlineBytes];
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "a hidden lock would be one per process");
static_assert(std::is_standard_layout_v<RequestEntry>);
static_assert(sizeof(RequestGeometry) == 56 && offsetof(RequestEntry, geometry) == 8);
static_assert(offsetof(RequestGeometry, body_offset) == 16 && offsetof(RequestGeometry, slot) == 32);
static_assert(offsetof(RequestGeometry, extras) == 40 && offsetof(RequestGeometry, encoding) == 48 && offsetof(RequestGeometry, flags) == 52);
static_assert(offsetof(RequestEntry, inline_body) == kLineBytes && sizeof(RequestEntry) == kPairBytes);

}  // namespace ringside::wire
