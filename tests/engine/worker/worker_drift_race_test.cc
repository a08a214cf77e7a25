// Goal: drift counters may be read at any moment while a worker counts: counts only grow, none is torn, and at the end none is missing.
// Method: a client that never rests, a reader that adds up as fast as it can; for the tsan build above all.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "engine/drift/monitor.h"
#include "tests/engine/worker/worker_rig.h"

namespace ringside::engine {
namespace {

TEST(WorkerDriftRace, ReaderSeesCountsGrowAndMissesNone) {
  WorkerRig rig;
  Baseline baseline{.rows = 10, .scored = 10};
  baseline.features = {{.name = "x", .edges = {10}, .counts = {5, 5}}};
  baseline.scores = {{.name = "score", .edges = {1.5}, .counts = {5, 5}}};
  baseline.fields.resize(1);
  rig.serve({test::make_bundle({.version = "v1", .baseline = baseline})});
  Seat seat = rig.make_seat();
  rig.seat({&seat});
  rig.start();
  const auto resident = rig.publisher.snapshot().current;
  const std::shared_ptr<const DriftCounters> counters(resident, &resident->drift);
  constexpr std::uint32_t kCalls = 2'000;
  std::atomic<std::uint32_t> rows{0};
  std::atomic<bool> done{false};
  std::thread client([&] {
    for (std::uint32_t i = 0; i < kCalls; ++i) {
      const std::vector<double> xs = ramp(i % 100 == 0 ? 130 : 1 + i % 3);
      static_cast<void>(seat.call(xs));
      rows.fetch_add(static_cast<std::uint32_t>(xs.size()));
    }
    done.store(true);
  });
  DriftMonitor monitor;
  DriftClock::time_point now = DriftClock::now();
  std::vector<std::uint32_t> before = counters->sum();
  while (!done.load()) {
    const auto seen = counters->sum();
    for (std::size_t i = 0; i < seen.size(); ++i) ASSERT_GE(seen[i], before[i]) << i;
    before = seen;
    monitor.look({{"v1", counters}}, now += std::chrono::milliseconds(1));
  }
  client.join();
  const DriftLayout& layout = counters->layout();
  test::wait_until([&] { return counters->sum()[DriftLayout::kScored] == rows.load(); });
  const auto all = counters->sum();
  EXPECT_EQ(all[layout.feature(0)] + all[layout.feature(0) + 1], rows.load());
  EXPECT_EQ(all[layout.score(0)], all[layout.feature(0)]);
  monitor.look({{"v1", counters}}, now);
  EXPECT_EQ(monitor.report("v1", now)->windows[2].rows, rows.load());
}

}  // namespace
}  // namespace ringside::engine
