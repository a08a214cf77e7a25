// Goal: a row is due as pace.h says: after two idle microseconds, one in 512 busy passes, dear rows for 1/200 of the time.
#include "engine/shadow/pace.h"

#include <gtest/gtest.h>

namespace ringside::engine {
namespace {

constexpr ShadowPace::Limits kLimits{.patience = 2'000, .cheap = 1'000};

TEST(ShadowPace, IdleForAsLongAsItsPatienceThenEveryPass) {
  ShadowPace pace(kLimits);
  EXPECT_FALSE(pace.due(10'000, true));
  EXPECT_FALSE(pace.due(10'100, false));
  EXPECT_FALSE(pace.due(12'099, false));
  EXPECT_TRUE(pace.due(12'100, false));
  pace.scored(12'100, 13'000);
  EXPECT_TRUE(pace.due(13'001, false));
}

TEST(ShadowPace, CallBeginsTheWaitAnew) {
  ShadowPace pace(kLimits);
  EXPECT_FALSE(pace.due(10'000, false));
  EXPECT_FALSE(pace.due(11'900, true));
  EXPECT_FALSE(pace.due(12'000, false));
  EXPECT_FALSE(pace.due(13'999, false));
  EXPECT_TRUE(pace.due(14'000, false));
}

TEST(ShadowPace, BusyWorkerScoresOneRowInManyPasses) {
  ShadowPace pace(kLimits);
  std::uint64_t now = 10'000;
  std::uint32_t rows = 0;
  for (std::uint32_t pass = 0; pass < 10 * ShadowPace::kBusyPasses; ++pass) {
    if (!pace.due(now, true)) continue;
    pace.scored(now, now + 500);
    ++rows;
  }
  EXPECT_EQ(rows, 10u);
}

TEST(ShadowPace, DearRowsTakeOneTwoHundredthOfTheTime) {
  ShadowPace pace(kLimits);
  std::uint64_t now = 10'000, spent = 0;
  for (; now < 10'000'000; now += 100) {
    if (!pace.due(now, false)) continue;
    pace.scored(now, now + 3'000);
    spent += 3'000;
    now += 3'000;
  }
  EXPECT_GT(spent, 10'000'000 / 200 - 6'000);
  EXPECT_LE(spent, 10'000'000 / 200 + 3'000) << "and the row that began last";
}

TEST(ShadowPace, DearRowsWaitNoLongerWhereAWorkerWouldSleep) {
  ShadowPace pace(kLimits);
  EXPECT_FALSE(pace.patient(9'000));
  EXPECT_FALSE(pace.due(10'000, false));
  EXPECT_FALSE(pace.patient(11'999));
  EXPECT_TRUE(pace.due(12'000, false));
  pace.scored(12'000, 15'000);
  EXPECT_FALSE(pace.due(15'100, false));
  EXPECT_TRUE(pace.patient(15'100));
  EXPECT_FALSE(pace.due(15'200, true));
  EXPECT_FALSE(pace.patient(15'300));
}

TEST(ShadowPace, CheapRowsAreNotSpaced) {
  ShadowPace pace(kLimits);
  EXPECT_FALSE(pace.due(10'000, false));
  pace.scored(12'000, 13'000);
  EXPECT_TRUE(pace.due(13'000, false));
  pace.scored(13'000, 14'001);
  EXPECT_FALSE(pace.due(14'100, false));
}

}  // namespace
}  // namespace ringside::engine
