// Call metadata: a sequence of items in the body, each {kind u16, bytes u16, row u16, refused u16} and its bytes, padded to 8.
//
//   item kinds used now: request_id (one a row), user_id, route_key, route_tag, trace_id; version, label, routed: the targets
//   reserved, refused as malformed until their time: origin, base_margin, entity_key, cancel
//
// An ordinary call has none of them and costs nothing.
//
// What is longer than its limit is never cut: a part of an id is another's id. It travels as a *refused* item, without bytes, and the
// engine refuses the rows that it concerns (request_id: its own; else every row of the call) with `name(kind)` and TOO_LONG. A refused
// version or label is one that no engine has: unknown_version.
//
// A target is who should answer. None: whoever traffic chooses. One: that one. Two to kTargetsMax, in their order: each of them, and the
// result is as targets.h lays it out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "schemas/wire/limits.h"
#include "schemas/wire/status.h"

namespace ringside::wire {

enum class MetaKind : std::uint16_t {
  kRequestId = 1,   // of row `row`, at most 64 bytes; at most one a row; rows ascending
  kUserId = 2,      // at most 128 bytes
  kRouteKey = 3,    // at most 128 bytes
  kRouteTag = 4,    // "key=value", at most 16 of them; refused, once: one was too long, or there were more
  kTraceId = 5,     // at most 64 bytes
  kVersion = 6,     // a target: this version
  kLabel = 7,       // a target: the version that this label selects
  kOrigin = 8,      // reserved: caller's address and token name, from trusted peers
  kBaseMargin = 9,  // reserved: float32 × rows × margins
  kEntityKey = 10,  // reserved
  kRouted = 11,     // a target: whoever traffic chooses, beside others; it has no bytes
};

struct MetaItem {
  std::uint16_t kind;
  std::uint16_t bytes;
  std::uint16_t row;      // kRequestId: which row; else 0
  std::uint16_t refused;  // FieldCode: kNone, or kTooLong with bytes 0
};
static_assert(sizeof(MetaItem) == 8);

// The most bytes of one item; 0: a kind that has none, is reserved or does not exist.
constexpr std::size_t meta_bytes_max(MetaKind kind) noexcept {
  switch (kind) {
    case MetaKind::kRequestId:
      return kRequestIdBytesMax;
    case MetaKind::kUserId:
      return kUserIdBytesMax;
    case MetaKind::kRouteKey:
      return kRouteKeyBytesMax;
    case MetaKind::kRouteTag:
      return kRouteTagBytesMax;
    case MetaKind::kTraceId:
      return kTraceIdBytesMax;
    case MetaKind::kVersion:
    case MetaKind::kLabel:
      return kVersionBytesMax;
    case MetaKind::kOrigin:
    case MetaKind::kBaseMargin:
    case MetaKind::kEntityKey:
    case MetaKind::kRouted:
      break;
  }
  return 0;
}

// As callers and formats.md call it, in errors.
constexpr std::string_view name(MetaKind kind) noexcept {
  switch (kind) {
    case MetaKind::kRequestId:
      return "request_id";
    case MetaKind::kUserId:
      return "user_id";
    case MetaKind::kRouteKey:
      return "route_key";
    case MetaKind::kRouteTag:
      return "route_tags";
    case MetaKind::kTraceId:
      return "trace_id";
    case MetaKind::kVersion:
      return "version";
    case MetaKind::kLabel:
      return "label";
    case MetaKind::kOrigin:
    case MetaKind::kBaseMargin:
    case MetaKind::kEntityKey:
    case MetaKind::kRouted:
      break;
  }
  return "";
}

}  // namespace ringside::wire
