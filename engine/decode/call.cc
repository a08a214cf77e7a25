#include "engine/decode/call.h"

#include <cstring>

namespace ringside::engine {
namespace {

// What the peer may point at is what the engine granted. 64-bit sums of 32-bit numbers cannot wrap.
bool points_inside(const wire::RequestGeometry& g, const CallLimits& limits) noexcept {
  if (g.slot >= wire::kRingEntries) return false;
  if (g.out_offset % 8 != 0 || std::uint64_t{g.out_offset} + g.out_bytes > limits.out_arena_bytes) return false;
  if (g.body_offset == wire::kInline) return g.body_bytes <= wire::kInlineBytes;
  return g.body_offset % 8 == 0 && std::uint64_t{g.body_offset} + g.body_bytes <= limits.in_arena_bytes;
}

// Reserved parts are empty until their time; an encoding of the future is not guessed at.
bool is_understood(const wire::RequestGeometry& g) noexcept {
  const auto encoding = static_cast<wire::Encoding>(g.encoding);
  return (encoding == wire::Encoding::kHandles || encoding == wire::Encoding::kPositional) && g.priority == 0 &&
         g.reserved == 0 && (g.flags & ~std::uint32_t{wire::kRequestFlagsKnown}) == 0;
}

// Takes a value that may come once and is never empty.
bool take_once(std::string_view value, std::size_t bytes_max, std::string_view& target) noexcept {
  if (!target.empty() || value.size() > bytes_max) return false;
  target = value;
  return true;
}

}  // namespace

CallShape check_geometry(const wire::RequestGeometry& geometry, const CallLimits& limits, wire::BodyLayout& layout) noexcept {
  if (!points_inside(geometry, limits)) return CallShape::kLie;
  if (!is_understood(geometry)) return CallShape::kMalformed;
  if (geometry.rows == 0 || geometry.rows > limits.rows_max) return CallShape::kBatchSize;
  const auto found = wire::body_layout(geometry);
  if (!found) return CallShape::kMalformed;
  layout = *found;
  return CallShape::kGood;
}

CallMeta::CallMeta()
    : bytes_(std::make_unique<std::byte[]>(wire::kMetaBytesMax)),
      request_ids_(std::make_unique<RequestId[]>(wire::kCallRowsMax)) {}

void CallMeta::clear() noexcept {
  rows_ = 0;
  has_request_ids_ = false;
  route_tag_count_ = 0;
  user_id_ = route_key_ = trace_id_ = version_ = label_ = {};
}

std::string_view CallMeta::request_id(std::uint32_t row) const noexcept {
  if (!has_request_ids_ || row >= rows_) return {};
  const RequestId& id = request_ids_[row];
  return {reinterpret_cast<const char*>(bytes_.get()) + id.offset, id.bytes};
}

bool CallMeta::parse(std::uint32_t bytes, std::uint16_t rows) noexcept {
  clear();
  rows_ = rows;
  const bool good = parse_items(bytes, rows);
  if (!good) clear();  // half-read metadata is never shown
  return good;
}

bool CallMeta::parse_items(std::uint32_t bytes, std::uint16_t rows) noexcept {
  std::uint32_t next_row = 0;  // rows before it have their id, or none
  std::uint32_t at = 0;
  while (at != bytes) {
    wire::MetaItem item;
    if (bytes - at < sizeof item) return false;
    std::memcpy(&item, bytes_.get() + at, sizeof item);
    at += sizeof item;
    if (item.reserved != 0 || item.bytes == 0 || wire::padded8(item.bytes) > bytes - at) return false;
    const std::string_view value(reinterpret_cast<const char*>(bytes_.get()) + at, item.bytes);
    const auto kind = static_cast<wire::MetaKind>(item.kind);
    if (kind != wire::MetaKind::kRequestId && item.row != 0) return false;
    bool good = false;
    switch (kind) {
      case wire::MetaKind::kRequestId:
        good = item.row < rows && item.row >= next_row && item.bytes <= wire::kRequestIdBytesMax;
        if (!good) break;
        while (next_row < item.row) request_ids_[next_row++] = {};
        request_ids_[next_row++] = {at, item.bytes};
        has_request_ids_ = true;
        break;
      case wire::MetaKind::kUserId:
        good = take_once(value, wire::kUserIdBytesMax, user_id_);
        break;
      case wire::MetaKind::kRouteKey:
        good = take_once(value, wire::kRouteKeyBytesMax, route_key_);
        break;
      case wire::MetaKind::kTraceId:
        good = take_once(value, wire::kTraceIdBytesMax, trace_id_);
        break;
      // One target: a version or a label, not both.
      case wire::MetaKind::kVersion:
        good = label_.empty() && take_once(value, wire::kVersionBytesMax, version_);
        break;
      case wire::MetaKind::kLabel:
        good = version_.empty() && take_once(value, wire::kVersionBytesMax, label_);
        break;
      case wire::MetaKind::kRouteTag:
        good = route_tag_count_ < wire::kRouteTagsMax && item.bytes <= wire::kRouteTagBytesMax;
        if (good) route_tags_[route_tag_count_++] = value;
        break;
      case wire::MetaKind::kOrigin:
      case wire::MetaKind::kBaseMargin:
      case wire::MetaKind::kEntityKey:
        break;  // reserved
    }
    if (!good) return false;
    at += static_cast<std::uint32_t>(wire::padded8(item.bytes));
  }
  if (has_request_ids_) {
    while (next_row < rows) request_ids_[next_row++] = {};
  }
  return true;
}

}  // namespace ringside::engine
