// Goal: a series holds every observation once, in the bucket that its bounds say, with the exact sum.
// Method: values on, just below and just above each bound, over two workers.
#include "engine/counters/latency_series.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace ringside::engine {
namespace {

struct TwoWorkers {
  std::unique_ptr<WorkerCounters> a = std::make_unique<WorkerCounters>(), b = std::make_unique<WorkerCounters>();
  LatencySeries series() const {
    const std::vector<const WorkerCounters*> both = {a.get(), b.get()};
    return latency_series(both, &WorkerCounters::forest_ns);
  }
};

TEST(LatencySeriesTest, NothingIsZero) { EXPECT_EQ(TwoWorkers().series(), LatencySeries{}); }

TEST(LatencySeriesTest, EveryBoundIsTheBoundOfABucket) {
  for (const std::uint64_t bound : kSeriesBoundsNs) {
    EXPECT_EQ(LatencyHistogram::lower_bound_ns(LatencyHistogram::bucket(bound)), bound);
  }
}

TEST(LatencySeriesTest, ValuesCountBelowEveryBoundThatIsAboveThem) {
  for (std::uint32_t i = 0; i < kSeriesBounds; ++i) {
    TwoWorkers workers;
    workers.a->forest_ns.record(kSeriesBoundsNs[i] - 1);
    workers.b->forest_ns.record(kSeriesBoundsNs[i]);
    const LatencySeries series = workers.series();
    EXPECT_EQ(series.count, 2u);
    EXPECT_EQ(series.sum_ns, 2 * kSeriesBoundsNs[i] - 1);
    if (i > 0) {
      EXPECT_EQ(series.below[i - 1], 0u);
    }
    EXPECT_EQ(series.below[i], 1u);
    if (i + 1 < kSeriesBounds) {
      EXPECT_EQ(series.below[i + 1], 2u);
    }
  }
}

TEST(LatencySeriesTest, ValuesBeyondTheLastBoundAreInTheCountAlone) {
  TwoWorkers workers;
  workers.a->forest_ns.record(60'000'000'000);
  EXPECT_EQ(workers.series().count, 1u);
  EXPECT_EQ(workers.series().below.back(), 0u);
}

}  // namespace
}  // namespace ringside::engine
