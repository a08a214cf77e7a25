// Goal: the time that a call is expected to take follows those that were taken, and one odd call does not shut anybody out.
#include "engine/worker/service_time.h"

#include <gtest/gtest.h>

namespace ringside::engine {
namespace {

TEST(ServiceTime, KnowsNothingAtFirst) { EXPECT_EQ(ServiceTime().expected_ns(1), 0U); }

TEST(ServiceTime, FollowsWhatCallsTook) {
  ServiceTime times;
  times.learn(1, 1'000);
  for (int i = 0; i < 100; ++i) times.learn(1, 3'000);
  EXPECT_NEAR(static_cast<double>(times.expected_ns(1)), 3'000, 50);
}

TEST(ServiceTime, TellsSizesApart) {
  ServiceTime times;
  times.learn(1, 1'000);
  times.learn(512, 90'000);
  EXPECT_EQ(times.expected_ns(1), 1'000U);
  EXPECT_EQ(times.expected_ns(600), 90'000U);
  EXPECT_EQ(times.expected_ns(64), 0U);
}

TEST(ServiceTime, OneSlowCallCountsLittle) {
  ServiceTime times;
  for (int i = 0; i < 10; ++i) times.learn(1, 1'000);
  times.learn(1, 1'000'000'000);
  EXPECT_LT(times.expected_ns(1), 1'500U);
}

TEST(ServiceTime, ARefusalLowersWhatItWasJudgedBy) {
  ServiceTime times;
  times.learn(1, 1'000'000);
  for (int i = 0; i < 1'000; ++i) times.forgo(1);
  EXPECT_LT(times.expected_ns(1), 1'000U);
}

TEST(ServiceTime, TakesCallsBeyondTheLargest) {
  ServiceTime times;
  times.learn(8 * 4'096, 5);
  EXPECT_EQ(times.expected_ns(4'096), 5U);
}

}  // namespace
}  // namespace ringside::engine
