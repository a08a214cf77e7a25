// What a worker does for the shadow: rows are copied behind their answer (decoded again before it, where they must be), and scored when no caller waits.
#include <algorithm>

#include "client_lib/base/clock.h"
#include "engine/worker/worker.h"

namespace ringside::engine {

// Before the answer goes, where checked values are not all that the shadow reads. Null: they are, or there is no shadow.
const Tile* Worker::decode_for_shadow(const ActiveCall& active, GatherCursor from, const GatherOutcome& gathered) const noexcept {
  const TrafficTable::Shadowing& shadowing = active.table->shadowing();
  if (shadowing.comparison == nullptr || active.summary.arm != wire::Arm::kCurrent) return nullptr;
  if (!shadowing.comparison->needs_request(gathered.dropped)) return nullptr;
  const wire::RequestGeometry& geometry = active.call.geometry;
  const bool positional = geometry.encoding == static_cast<std::uint8_t>(wire::Encoding::kPositional);
  const Adapter* adapter = positional ? &shadowing.comparison->positional()
                                      : active.table->adapter(geometry.schema_hash, geometry.columns, shadowing.index);
  Tile& tile = shadowing.resident->by_worker[options_.index].workspace->tile;
  const std::uint32_t rows = std::min(gathered.rows, ShadowComparison::kRowsDecodedAgain);
  // A client that changes its request under us: no row is the shadow's.
  if (adapter == nullptr || gather(active.call, *adapter, shadowing.resident->bundle->schema, rows, from, tile).malformed)
    tile.start(0);
  return &tile;
}

// The tile just answered, where current answered it as current: versions, labels, pins and the canary are other populations.
void Worker::offer_to_shadow(const ActiveCall& active, const Workspace& work, const std::int32_t* labels,
                             const Tile* again) const noexcept {
  const TrafficTable::Shadowing& shadowing = active.table->shadowing();
  if (shadowing.comparison == nullptr || active.summary.arm != wire::Arm::kCurrent) return;
  shadowing.comparison->offer(options_.index, {.work = work, .labels = labels, .share = shadowing.share, .again = again});
}

// At the end of a pass: at most one row. True: rows wait. The shadow's workspace is free then, though it may answer calls of its own.
bool Worker::score_for_shadow(const TrafficTable& table, bool worked) noexcept {
  const TrafficTable::Shadowing& shadowing = table.shadowing();
  if (!shadowing.comparison->waits(options_.index)) return false;
  const std::uint64_t now = base::ticks();
  if (!shadow_pace_.due(now, worked)) return true;
  shadowing.comparison->score_one(options_.index, *shadowing.resident->by_worker[options_.index].workspace);
  shadow_pace_.scored(now, base::ticks());
  return shadowing.comparison->waits(options_.index);
}

// Instead of sleeping: one of the rows that wait. A table that came since the pass may have another shadow, or none.
void Worker::finish_for_shadow() noexcept {
  const TrafficTable::Shadowing& shadowing = traffic_.acquire().shadowing();
  if (shadowing.comparison == nullptr || !shadow_pace_.patient(base::ticks()) || !shadowing.comparison->waits(options_.index))
    return;
  shadowing.comparison->score_one(options_.index, *shadowing.resident->by_worker[options_.index].workspace);
}

}  // namespace ringside::engine
