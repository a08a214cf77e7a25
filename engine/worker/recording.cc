// The records of a call's rows: committed before anything of its answer can be seen.
#include <algorithm>

#include "engine/worker/worker.h"
#include "schemas/journal/prediction.h"

namespace ringside::engine {
namespace {

RecordedTile recorded(const Bundle& bundle, const Tile& tile, const Workspace& work, const std::int32_t* labels) noexcept {
  return {.schema = bundle.schema,
          .tile = tile,
          .scores = {work.values.data(), work.margins.data(), work.features.data(), work.stride, labels},
          .values = static_cast<std::uint16_t>(bundle.scorer.values_per_row()),
          .margins = static_cast<std::uint16_t>(bundle.scorer.margins_per_row()),
          .features = static_cast<std::uint16_t>(bundle.plan.features()),
          .output_type = bundle.scorer.output_type(),
          .feature_type = bundle.plan.feature_type()};
}

RecordedCall recorded(const ActiveCall& active, std::uint64_t now_ticks = 0) noexcept {
  return {.peer = active.channel->peer(),
          .meta = active.readable ? &active.meta : nullptr,
          .ticket = active.ticket,
          .client_id = active.client_id,
          .rows = active.call.geometry.rows,
          .summary = active.summary,
          .now_ticks = now_ticks};
}

// One target's part of a comparison.
RecordedCall recorded_target(const ActiveCall& active, std::uint32_t number) noexcept {
  return {.peer = active.channel->peer(),
          .meta = &active.meta,
          .ticket = active.ticket,
          .client_id = active.client_id,
          .rows = active.call.geometry.rows,
          .summary = active.comparison->summaries[number],
          .target = static_cast<std::uint8_t>(number)};
}

}  // namespace

// False: the tile's rows must not be answered with a score.
bool Worker::record_rows(ActiveCall& active, std::uint32_t first_row, const Workspace& work,
                         const std::int32_t* labels) noexcept {
  if (options_.journal == nullptr) return true;
  const std::uint64_t now_ticks = sum_up(active);
  return options_.journal->record_rows(recorded(active, now_ticks), first_row,
                                       recorded(*active.resident->bundle, work.tile, work, labels), ids_);
}

// Of the rows that a call's deadline left unread, after others were. False: likewise.
bool Worker::record_timeout(ActiveCall& active, std::uint32_t first_row, std::uint32_t rows) noexcept {
  if (options_.journal == nullptr) return true;
  sum_up(active);
  return options_.journal->record_unread(recorded(active), first_row, rows, wire::Status::kTimeout, &ids_);
}

bool Worker::record_target(ActiveCall& active, std::uint32_t number, const Workspace& work, const std::int32_t* labels) noexcept {
  if (options_.journal == nullptr) return true;
  ComparedTarget& target = active.comparison->targets[number];
  sum_up_target(active, number);
  const RecordedTile tile = recorded(*target.resident->bundle, *target.tile, work, labels);
  if (!options_.journal->record_rows(recorded_target(active, number), target.tile_row, tile, target.ids)) return false;
  for (std::uint32_t row = 0; row < tile.tile.rows(); ++row) static_cast<void>(target.ids.next());
  return true;
}

bool Worker::record_target_unread(ActiveCall& active, std::uint32_t number, std::uint32_t first_row, std::uint32_t rows,
                                  wire::Status status) noexcept {
  if (options_.journal == nullptr) return true;
  sum_up_target(active, number);
  return options_.journal->record_unread(recorded_target(active, number), first_row, rows, status,
                                         &active.comparison->targets[number].ids);
}

// Of a call that is answered with its status alone, whatever was recorded of its rows before.
void Worker::record_answer(ActiveCall& active) noexcept {
  if (options_.journal == nullptr) return;
  sum_up(active);
  const auto rows = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(active.call.geometry.rows, 1, options_.rows_max));
  CallSummary& summary = active.summary;
  if (options_.journal->record_unread(recorded(active), 0, rows, summary.status, nullptr)) return;
  options_.journal->count_refused(rows);
  if (summary.status == wire::Status::kRejected) return;  // it gives no score away, and its caller learns when to come again
  summary.status = wire::Status::kUnavailable;
  summary.code = static_cast<std::uint8_t>(wire::Reason::kJournalDown);
  summary.retry_after_us = 0;
}

}  // namespace ringside::engine
