// Goal: no wake is ever lost, in either direction: a request posted while the worker falls asleep is found, and so is an answer
//   given while the client does.
// Method: seeded random pauses around every step of both protocols, on real epoll and futex waits. A lost wake is a sleep that only its
//   safety timeout ended. Both waits must have happened often, or the test has shown nothing.
#include "tests/engine/ingress/park_race.h"

#include <gtest/gtest.h>

#include "tests/support/watchdog.h"

namespace ringside::engine {
namespace {

class ParkRace : public ::testing::TestWithParam<std::uint32_t> {};

TEST_P(ParkRace, NeitherSideLosesAWake) {
  const test::Watchdog watchdog;
  constexpr std::uint64_t kCalls = 4'000;
  const ParkRaceOutcome outcome = run_park_race(kCalls, GetParam());
  EXPECT_EQ(outcome.rescued, 0u);
  EXPECT_EQ(outcome.answered, kCalls);
  EXPECT_GT(outcome.parks, kCalls / 100);
  EXPECT_GT(outcome.futex_waits, kCalls / 100);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ParkRace, ::testing::Values(1u, 20'261'122u, 77u));

}  // namespace
}  // namespace ringside::engine
