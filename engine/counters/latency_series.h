// A stage's latencies over all workers, in the buckets that monitoring systems draw heat maps from.
//
//   LatencySeries queue = latency_series(workers, &WorkerCounters::queue_ns);
//
// Bounds are 2^k and 1.5 · 2^k ns from 128 ns to 1.6 s: they are bounds of LatencyHistogram's buckets, so nothing is estimated. A value on a
// bound counts above it: where a format reads bounds as "at most", that is off by a nanosecond.
//
// Thread safety: reads relaxed atomics; call from any thread, at any time. Cost: some hundred loads a worker.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "engine/counters/counters.h"

namespace ringside::engine {

inline constexpr std::uint32_t kSeriesBounds = 48;
inline constexpr std::array<std::uint64_t, kSeriesBounds> kSeriesBoundsNs = [] {
  std::array<std::uint64_t, kSeriesBounds> bounds{};
  for (std::uint32_t i = 0; i < kSeriesBounds; ++i) bounds[i] = (i % 2 == 0 ? 128ull : 192ull) << (i / 2);
  return bounds;
}();

struct LatencySeries {
  std::uint64_t count = 0, sum_ns = 0;
  std::array<std::uint64_t, kSeriesBounds> below{};  // how many were below kSeriesBoundsNs[i]: cumulative
  bool operator==(const LatencySeries&) const = default;
};

[[nodiscard]] LatencySeries latency_series(std::span<const WorkerCounters* const> workers,
                                           LatencyHistogram WorkerCounters::*stage);

}  // namespace ringside::engine
