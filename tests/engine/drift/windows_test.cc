// Goal: a window holds what came within its length and no more than a slice beyond, whenever it was looked at, and nothing is counted twice.
// Method: a clock of the test's own; looks at counters that grow by known amounts.
#include "engine/drift/windows.h"

#include <gtest/gtest.h>

#include <limits>

namespace ringside::engine {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
enum Window : std::size_t { kFiveMinutes, kHour, kDay };

class Windows : public ::testing::Test {
 protected:
  // So many more of the first count, looked at after `passed`.
  void come(std::uint32_t rows, seconds passed) {
    now_ += passed;
    counts_[0] += rows;
    windows_.look(counts_, now_);
  }
  [[nodiscard]] std::uint64_t in(Window window) const { return windows_.sum(window, now_)[0]; }

  DriftClock::time_point start_{DriftClock::now()}, now_{start_};
  std::vector<std::uint32_t> counts_ = std::vector<std::uint32_t>(3);
  DriftWindows windows_{3, start_};
};

TEST_F(Windows, HoldWhatCame) {
  come(5, seconds(0));
  come(7, seconds(10));
  counts_[2] = 4;
  come(0, seconds(1));
  for (const Window window : {kFiveMinutes, kHour, kDay}) {
    EXPECT_EQ(windows_.sum(window, now_), (std::vector<std::uint64_t>{12, 0, 4}));
  }
}

TEST_F(Windows, LoseWhatIsOlderThanTheirLengthAndASlice) {
  come(1, seconds(0));
  for (const auto& [window, length, slice] : {std::tuple{kFiveMinutes, seconds(minutes(5)), seconds(10)},
                                              {kHour, seconds(minutes(60)), seconds(120)},
                                              {kDay, seconds(hours(24)), seconds(1'800)}}) {
    now_ = start_ + length;
    EXPECT_EQ(in(window), 1u) << length.count();
    now_ = start_ + length + slice - seconds(1);
    EXPECT_EQ(in(window), 1u) << length.count();
    now_ = start_ + length + slice;
    EXPECT_EQ(in(window), 0u) << length.count();
  }
}

TEST_F(Windows, SteadyTrafficKeepsTheirSums) {
  for (std::uint32_t i = 0; i < 3 * 8'640; ++i) come(2, seconds(10));  // three days of looks
  EXPECT_EQ(in(kFiveMinutes), 2u * 31);
  EXPECT_EQ(in(kHour), 2u * (30 * 12 + 1));
  EXPECT_EQ(in(kDay), 2u * (48 * 180 + 1));
}

TEST_F(Windows, OldSlicesDoNotComeBackAfterAPause) {
  come(100, seconds(0));
  come(3, hours(25));
  EXPECT_EQ(in(kFiveMinutes), 3u);
  EXPECT_EQ(in(kHour), 3u);
  EXPECT_EQ(in(kDay), 3u);
}

TEST_F(Windows, ALookThatFindsNothingNewChangesNothing) {
  come(9, seconds(0));
  for (int i = 0; i < 5; ++i) come(0, seconds(1));
  EXPECT_EQ(in(kFiveMinutes), 9u);
}

TEST_F(Windows, CountersThatWrapGoOn) {
  counts_[0] = std::numeric_limits<std::uint32_t>::max() - 1;
  windows_.look(counts_, now_);
  come(5, hours(30));
  EXPECT_EQ(counts_[0], 3u);
  EXPECT_EQ(in(kDay), 5u);
}

TEST_F(Windows, ASlicesCountStopsAtItsEnd) {
  come(0xFFFF'FFF0, seconds(0));
  come(0xFFFF'FFF0, seconds(1));
  EXPECT_EQ(in(kFiveMinutes), 0xFFFF'FFFFu);
}

TEST_F(Windows, SayHowFarTheyReach) {
  now_ = start_ + seconds(25);
  for (const Window window : {kFiveMinutes, kHour, kDay}) EXPECT_EQ(windows_.covers(window, now_), seconds(25));
  now_ = start_ + hours(1) + seconds(5);
  EXPECT_EQ(windows_.covers(kFiveMinutes, now_), seconds(305));
  EXPECT_EQ(windows_.covers(kHour, now_), seconds(3'605));
  EXPECT_EQ(windows_.covers(kDay, now_), seconds(3'605));
}

}  // namespace
}  // namespace ringside::engine
