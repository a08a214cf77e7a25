// Goal: the lag is the age of the oldest that is not written, and zero when all is.
// Method: looks and a clock by hand.
#include "engine/metrics/lag_meter.h"

#include <gtest/gtest.h>

namespace ringside::engine {
namespace {

LagMeter::Clock::time_point second(int number) { return LagMeter::Clock::time_point(std::chrono::seconds(1'000 + number)); }

TEST(LagMeter, NothingWaitsNoLag) {
  LagMeter meter;
  for (int i = 0; i < 10; ++i) meter.look(100, 100, second(i));
  EXPECT_EQ(meter.lag_s(second(10)), 0);
}

TEST(LagMeter, RecorderThatStandsStillFallsBehind) {
  LagMeter meter;
  meter.look(100, 100, second(0));
  for (int i = 1; i <= 30; ++i) meter.look(100 + static_cast<std::uint64_t>(i), 100, second(i));
  EXPECT_EQ(meter.lag_s(second(30)), 29);
}

TEST(LagMeter, WhatIsWrittenNoLongerCounts) {
  LagMeter meter;
  for (int i = 1; i <= 10; ++i) meter.look(static_cast<std::uint64_t>(i), 0, second(i));
  meter.look(11, 8, second(11));
  EXPECT_EQ(meter.lag_s(second(11)), 2);  // the ninth was committed at 9
  meter.look(11, 11, second(12));
  EXPECT_EQ(meter.lag_s(second(12)), 0);
}

TEST(LagMeter, MemoryIsBoundedAndTheLagIsNot) {
  LagMeter meter;
  for (int i = 1; i <= 5'000; ++i) meter.look(static_cast<std::uint64_t>(i), 0, second(i));
  EXPECT_EQ(meter.lag_s(second(5'000)), 4'999);
}

}  // namespace
}  // namespace ringside::engine
