// The sum of what all workers counted, with percentiles of each stage's time: what operators see.
//
//   CounterTotals totals = sum(counters_of_all_workers);
//   totals.total.p99_ns
//
// A percentile is the smallest value of the bucket that holds it: at most 6 % below the true one (counters.h).
// Thread safety: reads relaxed atomics; call from any thread, at any time. Cost: some thousand loads a worker.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "engine/counters/counters.h"

namespace ringside::engine {

struct StageTimes {
  std::uint64_t count = 0;
  std::uint64_t p50_ns = 0, p95_ns = 0, p99_ns = 0;  // 0 while count is 0
  bool operator==(const StageTimes&) const = default;
};

struct CounterTotals {
  std::uint64_t calls = 0, refused_calls = 0;
  std::array<std::uint64_t, wire::kStatusCount> rows{};  // by status
  std::array<std::uint64_t, wire::kReasonCount> rejected_calls{};  // by reason
  std::uint64_t dropped_values = 0;
  std::uint64_t parks = 0, wakes = 0;
  std::uint64_t lies = 0;
  StageTimes queue, decode, preprocess, forest, respond, total;

  [[nodiscard]] std::uint64_t all_rows() const noexcept;
};

[[nodiscard]] CounterTotals sum(std::span<const WorkerCounters* const> workers);

}  // namespace ringside::engine
