// Call metadata: a sequence of items in the body, each {kind u16, bytes u16, row u16, reserved u16} and its bytes, padded to 8.
//
//   item kinds used now: request_id (one a row), user_id, route_key, route_tag, trace_id, version, label
//   reserved, refused as malformed until their time: origin, base_margin, entity_key, cancel
//
// An ordinary call has none of them and costs nothing.
#pragma once

#include <cstdint>

#include "schemas/wire/limits.h"

namespace ringside::wire {

enum class MetaKind : std::uint16_t {
  kRequestId = 1,  // of row `row`, at most 64 bytes; at most one a row; rows ascending
  kUserId = 2,     // at most 128 bytes
  kRouteKey = 3,   // at most 128 bytes
  kRouteTag = 4,   // "key=value", at most 16 of them
  kTraceId = 5,    // at most 64 bytes
  kVersion = 6,    // the version to answer; at most 8 targets are reserved for comparisons, one is served
  kLabel = 7,      // the label that selects the version to answer
  kOrigin = 8,     // reserved: caller's address and token name, from trusted peers
  kBaseMargin = 9, // reserved: float32 × rows × margins
  kEntityKey = 10, // reserved
};

struct MetaItem {
  std::uint16_t kind;
  std::uint16_t bytes;
  std::uint16_t row;       // kRequestId: which row; else 0
  std::uint16_t reserved;  // 0
};
static_assert(sizeof(MetaItem) == 8);

}  // namespace ringside::wire
