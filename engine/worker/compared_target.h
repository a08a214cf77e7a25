// One of several targets of a call under way: who answers it, how far it has come, and what came out.
#pragma once

#include <array>
#include <cstdint>

#include "engine/decode/gather.h"
#include "engine/respond/request_id.h"
#include "engine/respond/targets_writer.h"
#include "engine/traffic/table.h"

namespace ringside::engine {

struct ComparedTarget {
  const Resident* resident = nullptr;  // null: nobody answers; the summary says why
  const Adapter* adapter = nullptr;
  TrafficTable::Index alike = TrafficTable::kNone;  // targets of the same number gather alike
  GatherCursor cursor;
  std::uint32_t ok_rows = 0, invalid_rows = 0, dropped_values = 0;
  std::uint64_t decode_ticks = 0, preprocess_ticks = 0, forest_ticks = 0;
  // Of its last tile: where it stands, from which row, and what gathering said of it.
  Tile* tile = nullptr;
  bool drift_due =
      false;  // not counted yet: it waits for the answer to be out, or for who needs the tile or its bundle's workspace next
  std::uint32_t tile_row = 0;
  bool stepped = false;  // in this step: that tile was not compared yet
  GatherOutcome gathered;
  RequestIdMaker ids{{1, 0, 0, 0}};  // draws for its next rows what the answer carries: each row has one id, whoever answers it
};

struct Comparison {
  std::uint32_t count = 0;  // 2 to kTargetsMax
  std::array<ComparedTarget, wire::kTargetsMax> targets;
  std::array<CallSummary, wire::kTargetsMax> summaries;
  TargetsWriter writer;
};

}  // namespace ringside::engine
