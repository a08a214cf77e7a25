// Goal: calls are due at the rate that was asked for, evenly over all threads, however long a run is.
// Method: the schedule is arithmetic; it is asked for known calls. wait_until is only shown to wait at least as long as it should.

#include "tools/load/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace ringside::load {
namespace {

TEST(Schedule, OneThreadIsDueAtTheRate) {
  const Schedule schedule(1'000, 1e6, 0, 1);
  EXPECT_EQ(schedule.due_ns(0), 1'000u);
  EXPECT_EQ(schedule.due_ns(1), 2'000u);
  EXPECT_EQ(schedule.due_ns(1'000'000), 1'000u + 1'000'000'000u);
}

TEST(Schedule, ThreadsTakeTurnsEvenly) {
  std::vector<std::uint64_t> due;
  for (std::uint32_t thread = 0; thread < 3; ++thread) {
    const Schedule schedule(0, 1'000, thread, 3);
    for (std::uint64_t call = 0; call < 4; ++call) due.push_back(schedule.due_ns(call));
  }
  std::sort(due.begin(), due.end());
  for (std::size_t i = 0; i < due.size(); ++i) EXPECT_EQ(due[i], i * 1'000'000) << i;
}

TEST(Schedule, RoundingDoesNotAddUpOverAnHour) {
  const Schedule schedule(0, 30'000, 0, 1);  // 33,333.3 ns apart
  EXPECT_EQ(schedule.due_ns(std::uint64_t{30'000} * 3'600), std::uint64_t{3'600} * 1'000'000'000);
}

TEST(WaitUntil, NeverReturnsBeforeItIsDue) {
  for (const std::uint64_t ahead : {0u, 50'000u, 400'000u}) {
    const std::uint64_t due = base::monotonic_ns() + ahead;
    wait_until(due);
    EXPECT_GE(base::monotonic_ns(), due);
  }
}

TEST(WaitUntil, ReturnsAtOnceWhereThatTimeHasPassed) {
  wait_until(1);
  SUCCEED() << "a watchdog ends the test if it hangs";
}

}  // namespace
}  // namespace ringside::load
