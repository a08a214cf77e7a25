#include "engine/counters/totals.h"

#include <vector>

namespace ringside::engine {
namespace {

// The value at or below which `percent` of all observations lie, by nearest rank.
std::uint64_t percentile(const std::vector<std::uint64_t>& counts, std::uint64_t all, std::uint64_t percent) {
  const std::uint64_t rank = (all / 100) * percent + ((all % 100) * percent + 99) / 100;  // ceil, without overflow
  std::uint64_t seen = 0;
  for (std::uint32_t bucket = 0; bucket < counts.size(); ++bucket) {
    seen += counts[bucket];
    if (seen >= rank) return LatencyHistogram::lower_bound_ns(bucket);
  }
  return 0;
}

StageTimes stage(std::span<const WorkerCounters* const> workers, LatencyHistogram WorkerCounters::*histogram) {
  std::vector<std::uint64_t> counts(LatencyHistogram::kBuckets);
  std::uint64_t all = 0;
  for (const WorkerCounters* worker : workers) {
    for (std::uint32_t bucket = 0; bucket < counts.size(); ++bucket) {
      const std::uint64_t count = (worker->*histogram).count(bucket);
      counts[bucket] += count;
      all += count;
    }
  }
  if (all == 0) return {};
  return {.count = all,
          .p50_ns = percentile(counts, all, 50),
          .p95_ns = percentile(counts, all, 95),
          .p99_ns = percentile(counts, all, 99)};
}

}  // namespace

std::uint64_t CounterTotals::all_rows() const noexcept {
  std::uint64_t all = 0;
  for (const std::uint64_t count : rows) all += count;
  return all;
}

CounterTotals sum(std::span<const WorkerCounters* const> workers) {
  CounterTotals totals;
  for (const WorkerCounters* worker : workers) {
    totals.calls += worker->calls.value();
    totals.refused_calls += worker->refused_calls.value();
    for (std::size_t status = 0; status < totals.rows.size(); ++status) totals.rows[status] += worker->rows[status].value();
    for (std::size_t reason = 0; reason < totals.rejected_calls.size(); ++reason)
      totals.rejected_calls[reason] += worker->rejected_calls[reason].value();
    totals.dropped_values += worker->dropped_values.value();
    totals.parks += worker->parks.value();
    totals.wakes += worker->wakes.value();
    totals.lies += worker->lies.value();
  }
  totals.queue = stage(workers, &WorkerCounters::queue_ns);
  totals.decode = stage(workers, &WorkerCounters::decode_ns);
  totals.preprocess = stage(workers, &WorkerCounters::preprocess_ns);
  totals.forest = stage(workers, &WorkerCounters::forest_ns);
  totals.respond = stage(workers, &WorkerCounters::respond_ns);
  totals.total = stage(workers, &WorkerCounters::total_ns);
  return totals;
}

}  // namespace ringside::engine
