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
  const bool known =
      encoding == wire::Encoding::kHandles || encoding == wire::Encoding::kPositional || wire::is_packed(g.encoding);
  return known && g.priority == 0 && g.reserved == 0 && (g.flags & ~std::uint32_t{wire::kRequestFlagsKnown}) == 0;
}

// Takes a value that may come once and is never empty.
bool take_once(std::string_view value, std::string_view& target) noexcept {
  if (!target.empty()) return false;
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
  refused_kinds_ = 0;
  route_tag_count_ = 0;
  target_count_ = 0;
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

// A value of the call, not of a row. False: it came before, or cannot come.
bool CallMeta::take(wire::MetaKind kind, std::string_view value) noexcept {
  switch (kind) {
    case wire::MetaKind::kUserId:
      return !refused(kind) && take_once(value, user_id_);
    case wire::MetaKind::kRouteKey:
      return !refused(kind) && take_once(value, route_key_);
    case wire::MetaKind::kTraceId:
      return !refused(kind) && take_once(value, trace_id_);
    case wire::MetaKind::kVersion:
      version_ = value;
      return take_target(kind, value);
    case wire::MetaKind::kLabel:
      label_ = value;
      return take_target(kind, value);
    case wire::MetaKind::kRouteTag:
      if (route_tag_count_ == wire::kRouteTagsMax) return false;
      route_tags_[route_tag_count_++] = value;
      return true;
    case wire::MetaKind::kRequestId:
    case wire::MetaKind::kOrigin:
    case wire::MetaKind::kBaseMargin:
    case wire::MetaKind::kEntityKey:
    case wire::MetaKind::kRouted:
      break;
  }
  return false;
}

bool CallMeta::take_target(wire::MetaKind kind, std::string_view name) noexcept {
  if (target_count_ == wire::kTargetsMax) return false;
  targets_[target_count_++] = {kind, name};
  return true;
}

// The same of one that was too long: but for a target, it, too, comes once, and instead of the value.
bool CallMeta::take_refused(wire::MetaKind kind) noexcept {
  const bool is_target = kind == wire::MetaKind::kVersion || kind == wire::MetaKind::kLabel;
  if (is_target ? !take_target(kind, {}) : refused(kind)) return false;
  if (kind == wire::MetaKind::kUserId && !user_id_.empty()) return false;
  if (kind == wire::MetaKind::kRouteKey && !route_key_.empty()) return false;
  if (kind == wire::MetaKind::kTraceId && !trace_id_.empty()) return false;
  refused_kinds_ |= 1u << static_cast<std::uint16_t>(kind);
  return true;
}

bool CallMeta::parse_items(std::uint32_t bytes, std::uint16_t rows) noexcept {
  std::uint32_t next_row = 0;  // rows before it have their id, or none
  std::uint32_t at = 0;
  while (at != bytes) {
    wire::MetaItem item;
    if (bytes - at < sizeof item) return false;
    std::memcpy(&item, bytes_.get() + at, sizeof item);
    at += sizeof item;
    const auto kind = static_cast<wire::MetaKind>(item.kind);
    const bool is_refused = item.refused == static_cast<std::uint16_t>(wire::FieldCode::kTooLong);
    if (item.refused != 0 && !is_refused) return false;
    if (kind == wire::MetaKind::kRouted) {
      if (item.bytes != 0 || item.row != 0 || is_refused || !take_target(kind, {})) return false;
      continue;
    }
    if ((item.bytes == 0) != is_refused || item.bytes > wire::meta_bytes_max(kind)) return false;
    if (wire::meta_bytes_max(kind) == 0 || wire::padded8(item.bytes) > bytes - at) return false;
    if (kind == wire::MetaKind::kRequestId) {
      if (item.row >= rows || item.row < next_row) return false;
      while (next_row < item.row) request_ids_[next_row++] = {};
      request_ids_[next_row++] = {at, item.bytes, is_refused};
      has_request_ids_ = true;
      if (is_refused) refused_kinds_ |= 1u << static_cast<std::uint16_t>(kind);
    } else {
      const std::string_view value(reinterpret_cast<const char*>(bytes_.get()) + at, item.bytes);
      if (item.row != 0 || !(is_refused ? take_refused(kind) : take(kind, value))) return false;
    }
    at += static_cast<std::uint32_t>(wire::padded8(item.bytes));
  }
  if (has_request_ids_) {
    while (next_row < rows) request_ids_[next_row++] = {};
  }
  return true;
}

}  // namespace ringside::engine
