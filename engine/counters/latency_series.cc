#include "engine/counters/latency_series.h"

namespace ringside::engine {

LatencySeries latency_series(std::span<const WorkerCounters* const> workers, LatencyHistogram WorkerCounters::*stage) {
  LatencySeries series;
  for (const WorkerCounters* worker : workers) {
    const LatencyHistogram& histogram = worker->*stage;
    series.sum_ns += histogram.sum_ns();
    std::uint64_t seen = 0;
    std::uint32_t bucket = 0;
    for (std::uint32_t i = 0; i < kSeriesBounds; ++i) {
      for (const std::uint32_t end = LatencyHistogram::bucket(kSeriesBoundsNs[i]); bucket < end; ++bucket) seen += histogram.count(bucket);
      series.below[i] += seen;
    }
    for (; bucket < LatencyHistogram::kBuckets; ++bucket) seen += histogram.count(bucket);
    series.count += seen;
  }
  return series;
}

}  // namespace ringside::engine
