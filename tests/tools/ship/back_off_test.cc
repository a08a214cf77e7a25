// Goal: pauses double up to the most, and no two shippers need agree on one. Method: many draws under fixed seeds.
#include "tools/ship/back_off.h"

#include <gtest/gtest.h>

#include <set>

namespace ringside::ship {
namespace {

using std::chrono::milliseconds;

TEST(BackOff, IsBetweenHalfOfTheStepAndAllOfItAndTheStepDoublesUpToTheMost) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    BackOff back_off(milliseconds(100), milliseconds(1'000), seed);
    for (const int step : {100, 200, 400, 800, 1'000, 1'000}) {
      const auto pause = back_off.next().count();
      EXPECT_GE(pause, step / 2);
      EXPECT_LE(pause, step);
    }
  }
}

TEST(BackOff, DiffersFromSeedToSeed) {
  std::set<std::int64_t> pauses;
  for (std::uint64_t seed = 0; seed < 100; ++seed)
    pauses.insert(BackOff(milliseconds(1'000), milliseconds(1'000), seed).next().count());
  EXPECT_GT(pauses.size(), 50u);
}

TEST(BackOff, BeginsAnewAfterSuccess) {
  BackOff back_off(milliseconds(100), milliseconds(10'000), 1);
  for (int i = 0; i < 6; ++i) back_off.next();
  back_off.reset();
  EXPECT_LE(back_off.next().count(), 100);
}

}  // namespace
}  // namespace ringside::ship
