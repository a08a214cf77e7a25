// Goal: rates are of the time since the last look, or since the start, and never of a blink. Method: a clock of the test's own.
#include "engine/admin/rate_meter.h"

#include <gtest/gtest.h>

#include <chrono>

namespace ringside::engine {
namespace {

TEST(RateMeter, FirstAnswerIsTheMeanSinceTheStart) {
  const RateMeter::Clock::time_point start{};
  RateMeter meter(start);
  const Rates rates = meter.update(start + std::chrono::seconds(10), 20, 200);
  EXPECT_EQ(rates.calls_per_s, 2.0);
  EXPECT_EQ(rates.rows_per_s, 20.0);
  EXPECT_EQ(rates.over_s, 10.0);
}

TEST(RateMeter, LaterAnswersAreSinceTheOneBefore) {
  const RateMeter::Clock::time_point start{};
  RateMeter meter(start);
  (void)meter.update(start + std::chrono::seconds(10), 20, 20);
  const Rates rates = meter.update(start + std::chrono::seconds(12), 40, 40);
  EXPECT_EQ(rates.calls_per_s, 10.0);
  EXPECT_EQ(rates.over_s, 2.0);
}

TEST(RateMeter, AskingTwiceAtOnceDividesByNoBlink) {
  const RateMeter::Clock::time_point start{};
  RateMeter meter(start);
  (void)meter.update(start + std::chrono::seconds(10), 20, 20);
  const Rates rates = meter.update(start + std::chrono::seconds(10) + std::chrono::microseconds(1), 21, 21);
  EXPECT_GE(rates.over_s, 1.0);
}

}  // namespace
}  // namespace ringside::engine
