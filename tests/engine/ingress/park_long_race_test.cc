// Goal and method: those of park_race_test.cc, for as many races as a minute or two allows.
#include <gtest/gtest.h>

#include "tests/engine/ingress/park_race.h"
#include "tests/support/watchdog.h"

namespace ringside::engine {
namespace {

TEST(ParkLongRace, NeitherSideLosesAWakeInAMillionCalls) {
  const test::Watchdog watchdog(std::chrono::seconds(1'100));
  for (std::uint32_t seed = 1; seed <= 10; ++seed) {
    constexpr std::uint64_t kCalls = 100'000;
    const ParkRaceOutcome outcome = run_park_race(kCalls, seed);
    EXPECT_EQ(outcome.answered, kCalls);
    EXPECT_GT(outcome.parks, 0u);
  }
}

}  // namespace
}  // namespace ringside::engine
