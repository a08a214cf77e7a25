// Goal and method: those of park_race_test.cc, for as many races as a minute allows, each with a seed of its own; or for as many as
//   RINGSIDE_PARK_RACES says, however long it takes:
//
//     RINGSIDE_PARK_RACES=10000000 build/release/tests/engine_ingress_long_race_test
#include <gtest/gtest.h>

#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>

#include "tests/engine/ingress/park_race.h"
#include "tests/support/watchdog.h"

namespace ringside::engine {
namespace {

TEST(ParkLongRace, NeitherSideLosesAWake) {
  const char* const asked = std::getenv("RINGSIDE_PARK_RACES");
  const std::uint64_t wanted = asked == nullptr ? 0 : std::strtoull(asked, nullptr, 10);
  const test::Watchdog watchdog(asked == nullptr ? std::chrono::seconds(1'000) : std::chrono::hours(24));
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  ParkRaceOutcome all;
  for (std::uint32_t seed = 1; seed == 1 || (asked == nullptr ? std::chrono::steady_clock::now() < end : all.answered < wanted);
       ++seed) {
    constexpr std::uint64_t kCalls = 2'000;
    const ParkRaceOutcome outcome = run_park_race(kCalls, seed);
    ASSERT_EQ(outcome.rescued, 0u) << "seed " << seed;
    ASSERT_EQ(outcome.answered, kCalls);
    all.answered += outcome.answered;
    all.parks += outcome.parks;
    all.futex_waits += outcome.futex_waits;
  }
  std::printf("races %" PRIu64 ", parks of the worker %" PRIu64 ", sleeps of the client %" PRIu64
              ", ended by the safety timeout 0\n",
              all.answered, all.parks, all.futex_waits);
  RecordProperty("answered", std::to_string(all.answered));
  EXPECT_GT(all.parks, all.answered / 100);
  EXPECT_GT(all.futex_waits, all.answered / 100);
}

}  // namespace
}  // namespace ringside::engine
