// Where everything stands in the result of a call with several targets (meta.h): never inline, whatever its size.
//
//   table   ResponseGeometry × targets, in the order of the request: each as if its target had been asked alone. One that nobody answers,
//           such as an unknown version, has its own call_status, and no rows
//   ids     rows × 16, where the slot's own geometry has kIdsMade: one a row, whoever answers it
//   blocks  what result.h lays out, one a target with rows, without ids, at block_offset (a multiple of 8) of its geometry
//
// The slot's own geometry: kOk, rows and targets as asked, version_ordinal kNoVersion, times of the whole call, result_bytes up to the end
// of the last block. A call that is refused as a whole (malformed, expired, …) is answered as one without targets.
#pragma once

#include <cstdint>

#include "schemas/wire/response.h"

namespace ringside::wire {

struct TargetsLayout {
  std::uint64_t ids_offset, blocks_offset;  // the first block stands here; further ones where their geometries say
};

constexpr TargetsLayout targets_layout(std::uint32_t targets, std::uint32_t rows, bool ids_made) noexcept {
  TargetsLayout layout{};
  layout.ids_offset = std::uint64_t{targets} * sizeof(ResponseGeometry);
  layout.blocks_offset = layout.ids_offset + (ids_made ? std::uint64_t{rows} * 16 : 0);
  return layout;
}
static_assert(sizeof(ResponseGeometry) % 8 == 0);

}  // namespace ringside::wire
