// A response: one 128-byte slot of a channel, written by the engine alone, and a result.
//
//   resp[slot]                                        result, in the out-region that the request named, or in inline_result
//   ┌────────────────── line 0 ──────────────────┐    ┌─────────┬─────┬──────┬────────┬─────────┬──────────┬────────┐
//   │ seq = ticket + 1 (stored last) · geometry  │───▶│ bitmaps │ ids │ rows │ values │ margins │ features │ errors │
//   ├────────────────── line 1 ──────────────────┤    └─────────┴─────┴──────┴────────┴─────────┴──────────┴────────┘
//   │ inline_result: a result of at most 64 bytes│     result.h computes the offsets from the geometry
//   └────────────────────────────────────────────┘
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "schemas/wire/limits.h"
#include "schemas/wire/status.h"

namespace ringside::wire {

enum class OutputType : std::uint8_t { kFloat32 = 0, kFloat64 = 1 };

enum ResponseFlag : std::uint8_t {
  kResultInline = 1u << 0,
  kIdsMade = 1u << 1,       // the call brought no request ids: 16 bytes (UUIDv7) a row are in the result
  kHasFeatures = 1u << 2,
  kFeaturesFloat64 = 1u << 3,  // with kHasFeatures: they are float64, else float32
  kHasInputDigests = 1u << 4,
};

struct ResponseGeometry {
  std::uint32_t version_ordinal;  // 8   in the directory; kNoVersion: none answered
  std::uint16_t rows;             // 12  rows with a result
  std::uint16_t fields;           // 14  of the bundle: bits in each bitmap
  std::uint16_t values;           // 16  a row
  std::uint16_t margins;          // 18  a row
  std::uint16_t features;         // 20  a row, with kHasFeatures
  std::uint8_t call_status;       // 22  wire::Status: kOk: see the rows; else it is every row's
  std::uint8_t call_code;         // 23  FieldCode where call_status is kInvalid, Reason where kUnavailable or kRejected
  std::uint8_t output_type;       // 24
  std::uint8_t arm;               // 25
  std::uint8_t flags;             // 26
  std::uint8_t targets;           // 27  1; more: a comparison, whose result targets.h lays out
  std::uint32_t result_bytes;     // 28
  std::uint32_t errors;           // 32  units of 32 bytes of errors in the result
  std::uint32_t queue_ns;         // 36  from seeing the request to beginning it; saturates
  std::uint32_t decode_ns;        // 40
  std::uint32_t preprocess_ns;    // 44
  std::uint32_t forest_ns;        // 48
  std::uint32_t total_ns;         // 52  from seeing the request to releasing the response
  std::uint32_t block_offset;     // 56  of a target in a comparison's table: where its result begins; else 0
  std::uint32_t retry_after_us;   // 60  where call_status is kRejected: worth asking again then; 0: nobody can say
};
inline constexpr std::uint32_t kNoVersion = 0xFFFF'FFFF;

struct alignas(kPairBytes) ResponseSlot {
  std::atomic<std::uint64_t> seq;  // 0   ticket + 1 [COMPLETE]
  ResponseGeometry geometry;
  std::byte inline_result[kInlineBytes];
};

static_assert(std::is_standard_layout_v<ResponseSlot>);
static_assert(sizeof(ResponseGeometry) == 56 && offsetof(ResponseSlot, geometry) == 8);
static_assert(offsetof(ResponseGeometry, call_status) == 14 && offsetof(ResponseGeometry, result_bytes) == 20);
static_assert(offsetof(ResponseGeometry, total_ns) == 44);
static_assert(offsetof(ResponseSlot, inline_result) == kLineBytes && sizeof(ResponseSlot) == kPairBytes);

}  // namespace ringside::wire
