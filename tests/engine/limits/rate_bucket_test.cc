// Goal: over any span of time a bucket gives its rate and what was saved up, to the last one.
// Method: a clock that the test turns.
#include "engine/limits/rate_bucket.h"

#include <gtest/gtest.h>

#include <random>

namespace ringside::engine {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kStart = 100 * kSecond;

TEST(RateBucket, WithoutARateTakesEverything) {
  RateBucket bucket(0, 0);
  EXPECT_EQ(bucket.take(kStart, 1'000'000), 0U);
  EXPECT_EQ(bucket.take(kStart, 1'000'000), 0U);
}

TEST(RateBucket, GivesWhatWasSavedUpThenItsRate) {
  RateBucket bucket(10, kSecond);
  int taken = 0;
  while (bucket.take(kStart, 1) == 0) ++taken;
  EXPECT_EQ(taken, 11);  // ten saved up; the last one is on credit
  EXPECT_EQ(bucket.take(kStart, 1), kSecond / 10);
  EXPECT_NE(bucket.take(kStart + kSecond / 10 - 1, 1), 0U);
  EXPECT_EQ(bucket.take(kStart + kSecond / 10, 1), 0U);
}

TEST(RateBucket, LargerThanTheBurstPassesAndLeavesADebt) {
  RateBucket bucket(100, 0);
  EXPECT_EQ(bucket.take(kStart, 500), 0U);
  EXPECT_EQ(bucket.take(kStart, 1), 5 * kSecond);
  EXPECT_EQ(bucket.take(kStart + 5 * kSecond, 1), 0U);
}

TEST(RateBucket, SavesUpNoMoreThanItsBurst) {
  RateBucket bucket(10, kSecond);
  EXPECT_EQ(bucket.take(kStart, 1), 0U);
  int taken = 0;
  while (bucket.take(kStart + 1'000 * kSecond, 1) == 0) ++taken;
  EXPECT_EQ(taken, 11);
}

TEST(RateBucket, WhatIsGivenBackWasNeverTaken) {
  RateBucket bucket(10, 0);
  EXPECT_EQ(bucket.take(kStart, 5), 0U);
  bucket.give_back(5);
  EXPECT_EQ(bucket.take(kStart, 5), 0U);
  EXPECT_NE(bucket.take(kStart, 5), 0U);
}

TEST(RateBucket, HoldsItsRateOverAnySpan) {
  std::mt19937_64 random(7);
  for (const std::uint64_t rate : {3ULL, 1'000ULL, 333'333ULL, 30'000'000ULL}) {
    RateBucket bucket(rate, kSecond / 10);
    std::uint64_t now = kStart, taken = 0;
    while (now < kStart + 10 * kSecond) {
      now += random() % (2 * kSecond / rate + 100'000);
      const std::uint64_t rows = 1 + random() % 64;
      if (bucket.take(now, rows) == 0) taken += rows;
    }
    const double span_s = static_cast<double>(now - kStart) / kSecond;
    EXPECT_LE(static_cast<double>(taken), static_cast<double>(rate) * (span_s + 0.1) * 1.001 + 64) << rate;
  }
}

TEST(RateBucket, IsFullWhenNothingIsLostByForgettingIt) {
  RateBucket bucket(10, kSecond);
  EXPECT_TRUE(bucket.is_full(kStart));
  EXPECT_EQ(bucket.take(kStart, 1), 0U);
  EXPECT_FALSE(bucket.is_full(kStart));
  EXPECT_TRUE(bucket.is_full(kStart + kSecond / 10));
}

}  // namespace
}  // namespace ringside::engine
