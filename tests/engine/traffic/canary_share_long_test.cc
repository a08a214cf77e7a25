// Goal: a canary takes the share that was asked for, within 0.25 percentage points, whatever its salt.
// Method: a million keys for each of 100 salts, at three shares.
#include "tests/engine/traffic/canary_share.h"

#include <gtest/gtest.h>

namespace ringside::engine {
namespace {

TEST(CanaryShare, IsWithinAQuarterOfAPercentagePointForEverySalt) {
  for (const std::uint32_t percent : {1u, 10u, 50u}) {
    for (std::uint32_t salt = 0; salt < 100; ++salt) EXPECT_NEAR(canary_share(salt, 1'000'000, percent), percent, 0.25) << salt;
  }
}

}  // namespace
}  // namespace ringside::engine
