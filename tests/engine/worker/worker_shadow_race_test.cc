// Goal: a shadow that comes, goes and changes while workers score for it breaks nothing: answers stay current's, counts are never torn.
// Method: a client that never rests, an operator and a reader that do not either; for the tsan build above all.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "engine/shadow/report.h"
#include "tests/engine/worker/worker_rig.h"

namespace ringside::engine {
namespace {

TEST(WorkerShadowRace, RolePublishedWhileRowsAreScored) {
  WorkerRig rig;
  rig.serve({test::make_bundle({.version = "v1"}), test::make_bundle({.version = "v2"}), test::make_bundle({.version = "v3"})});
  Seat seat = rig.make_seat();
  rig.seat({&seat});
  rig.start();
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> wrong{0};
  std::thread client([&] {
    for (std::uint32_t i = 0; i < 2'000; ++i) {
      const std::vector<double> xs = ramp(i % 100 == 0 ? 130 : 1 + i % 3);
      const auto answer = seat.call(xs);
      for (std::uint32_t row = 0; row < xs.size(); ++row) wrong += answer.value(row) == (xs[row] < 10 ? 1.0F : 2.0F) ? 0 : 1;
    }
    done.store(true);
  });
  for (std::uint32_t round = 0; !done.load(); ++round) {
    rig.publisher.update([&](TrafficDraft& draft) {
      draft.roles.shadow.reset();
      if (round % 5 != 0) draft.roles.shadow = Shadow{round % 2 == 0 ? "v2" : "v3", kBuckets};
    });
    const auto comparison = rig.publisher.snapshot().comparison;
    for (int look = 0; comparison != nullptr && look < 20; ++look) {
      const ShadowReport report = shadow_report(*comparison);
      ASSERT_LE(report.totals.compared, report.totals.equal_values) << "a row that is counted has all its counts";
      ASSERT_EQ(report.totals.max_difference, 0);
    }
  }
  client.join();
  EXPECT_EQ(wrong.load(), 0u);
}

}  // namespace
}  // namespace ringside::engine
