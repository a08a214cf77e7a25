// A call under way. One with at most 64 rows begins and ends within one pass; a larger one is worked off a tile a turn, so that it does not
// hold up a one-row caller, and keeps its traffic table (and so its bundle) pinned meanwhile.
//
// A worker has a fixed number of them. When all are taken by large calls, further large calls wait in their rings; small ones always have one.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/decode/call.h"
#include "engine/decode/gather.h"
#include "engine/ingress/channel.h"
#include "engine/respond/result_writer.h"
#include "engine/traffic/table.h"
#include "engine/worker/compared_target.h"

namespace ringside::engine {

struct ActiveCall {
  Channel* channel = nullptr;          // null: free. Followed only after adopt() has found it in the current seating
  std::uint64_t client_id = 0;         // of that channel
  std::uint64_t ticket = 0;
  Call call;
  CallMeta meta;
  const TrafficTable* table = nullptr;
  const Resident* resident = nullptr;
  const Adapter* adapter = nullptr;
  const Terms* terms = nullptr;        // held, where they count calls under way
  bool pinned = false;
  bool readable = false;               // its metadata
  GatherCursor cursor;
  ResultWriter writer;
  CallSummary summary;
  std::uint64_t seen_ticks = 0;        // when the request was seen
  std::uint64_t begun_ticks = 0;       // and taken
  std::uint64_t decode_ticks = 0, preprocess_ticks = 0, forest_ticks = 0;
  std::uint32_t ok_rows = 0, invalid_rows = 0, dropped_values = 0;  // counted when the call is answered
  // Of a call with several targets (meta.targets()), which leaves resident to writer above alone. Apart, so that other calls do not touch it.
  std::unique_ptr<Comparison> comparison = std::make_unique<Comparison>();
};

inline constexpr std::uint32_t kLargeCallsMax = 16;  // under way at once, a worker

}  // namespace ringside::engine
