// Goal and method: those of park_race_test.cc, for as many races as a minute allows, each with a seed of its own.
#include <gtest/gtest.h>

#include <chrono>

#include "tests/engine/ingress/park_race.h"
#include "tests/support/watchdog.h"

namespace ringside::engine {
namespace {

TEST(ParkLongRace, NeitherSideLosesAWakeInAMinute) {
  const test::Watchdog watchdog(std::chrono::seconds(1'000));
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  std::uint64_t answered = 0, parks = 0;
  for (std::uint32_t seed = 1; seed == 1 || std::chrono::steady_clock::now() < end; ++seed) {
    constexpr std::uint64_t kCalls = 2'000;
    const ParkRaceOutcome outcome = run_park_race(kCalls, seed);
    ASSERT_EQ(outcome.answered, kCalls);
    answered += outcome.answered;
    parks += outcome.parks;
  }
  RecordProperty("answered", std::to_string(answered));
  EXPECT_GT(parks, 0u);
}

}  // namespace
}  // namespace ringside::engine
