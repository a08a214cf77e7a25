#include "engine/decode/metadata_errors.h"

namespace ringside::engine {
namespace {

RowError too_long(wire::MetaKind kind) noexcept {
  RowError error{.code = wire::FieldCode::kTooLong, .name = wire::name(kind)};
  error.high = static_cast<double>(wire::meta_bytes_max(kind));
  if (kind == wire::MetaKind::kRouteTag) error.low = static_cast<double>(wire::kRouteTagsMax);
  return error;
}

}  // namespace

void refuse_metadata(const CallMeta& meta, std::uint32_t first_row, Tile& tile) noexcept {
  using enum wire::MetaKind;
  if (!meta.has_refused()) return;
  for (std::uint32_t row = 0; row < tile.rows(); ++row) {
    if (meta.request_id_refused(first_row + row)) tile.add_error(row, too_long(kRequestId));
    for (const wire::MetaKind kind : {kUserId, kRouteKey, kRouteTag, kTraceId}) {
      if (meta.refused(kind)) tile.add_error(row, too_long(kind));
    }
  }
}

}  // namespace ringside::engine
