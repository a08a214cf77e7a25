#include "engine/respond/targets_writer.h"

#include <algorithm>
#include <cstring>

#include "schemas/wire/body.h"
#include "schemas/wire/targets.h"

namespace ringside::engine {

bool TargetsWriter::begin(wire::ResponseSlot& slot, std::byte* out_arena, const wire::RequestGeometry& geometry,
                          std::uint32_t targets, const Shapes& shapes, bool make_ids, RequestIdMaker& ids) noexcept {
  const wire::TargetsLayout layout = wire::targets_layout(targets, geometry.rows, make_ids);
  std::array<std::uint64_t, wire::kTargetsMax> needed{};
  std::uint64_t all = layout.blocks_offset;
  std::uint32_t blocks = 0;
  for (std::uint32_t target = 0; target < targets; ++target) {
    if (!shapes[target]) continue;
    needed[target] = wire::padded8(ResultWriter::bytes_without_errors(geometry.rows, *shapes[target]));
    all += needed[target];
    ++blocks;
  }
  if (all > geometry.out_bytes) return false;
  slot_ = &slot;
  region_ = out_arena + geometry.out_offset;
  rows_ = geometry.rows;
  targets_ = targets;
  made_ids_ = make_ids;
  const std::uint64_t spare = blocks == 0 ? 0 : (geometry.out_bytes - all) / blocks / 8 * 8;
  std::uint64_t at = layout.blocks_offset;
  block_offsets_ = {};
  for (std::uint32_t target = 0; target < targets; ++target) {
    if (!shapes[target]) continue;
    block_offsets_[target] = static_cast<std::uint32_t>(at);
    writers_[target].begin_block(region_ + at, needed[target] + spare, rows_, *shapes[target]);
    at += needed[target] + spare;
  }
  if (!make_ids) return true;
  ids.start_call();
  for (std::uint32_t row = 0; row < rows_; ++row) {
    const RequestId id = ids.next();
    std::memcpy(region_ + layout.ids_offset + std::uint64_t{row} * id.size(), id.data(), id.size());
  }
  return true;
}

void TargetsWriter::release(std::uint64_t ticket, const CallSummary& summary, std::span<const CallSummary> summaries) noexcept {
  std::uint64_t end = wire::targets_layout(targets_, rows_, made_ids_).blocks_offset;
  for (std::uint32_t target = 0; target < targets_; ++target) {
    wire::ResponseGeometry geometry{};
    if (block_offsets_[target] != 0) {
      geometry = writers_[target].end_block(summaries[target]);
      geometry.block_offset = block_offsets_[target];
      end = std::max(end, std::uint64_t{geometry.block_offset} + geometry.result_bytes);
    } else {
      ResultWriter::say(geometry, summaries[target]);
    }
    geometry.targets = 1;
    std::memcpy(region_ + target * sizeof geometry, &geometry, sizeof geometry);
  }
  wire::ResponseGeometry geometry{};
  geometry.rows = rows_;
  geometry.targets = static_cast<std::uint8_t>(targets_);
  if (made_ids_) geometry.flags = wire::kIdsMade;
  geometry.result_bytes = static_cast<std::uint32_t>(end);
  ResultWriter::publish(*slot_, geometry, ticket, summary);
}

}  // namespace ringside::engine
