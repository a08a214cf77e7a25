// Goal: a grace period is over exactly when every worker has announced quiet, or was offline, since it began.
// Method: each case by hand, on one thread; the races stand in quiescence_race_test.cc.
#include "engine/epoch/quiescence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringside::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Quiescence, GracePassesAtOnceWhileAllWorkersAreOffline) {
  Quiescence quiescence(3);
  EXPECT_TRUE(quiescence.passed(quiescence.begin_grace_period()));
}

TEST(Quiescence, WorkerInAPassHoldsUpTheGraceThatBeganMeanwhile) {
  Quiescence quiescence(1);
  auto reader = quiescence.reader(0);
  reader.online();
  EXPECT_FALSE(quiescence.passed(quiescence.begin_grace_period()));
}

TEST(Quiescence, QuietEndsTheGraceThatBeganBefore) {
  Quiescence quiescence(1);
  auto reader = quiescence.reader(0);
  reader.online();
  const auto grace = quiescence.begin_grace_period();
  reader.quiet();
  EXPECT_TRUE(quiescence.passed(grace));
}

TEST(Quiescence, QuietDoesNotEndTheGraceThatBeginsAfterIt) {
  Quiescence quiescence(1);
  auto reader = quiescence.reader(0);
  reader.online();
  static_cast<void>(quiescence.begin_grace_period());
  reader.quiet();
  EXPECT_FALSE(quiescence.passed(quiescence.begin_grace_period()));
}

TEST(Quiescence, QuietWhenNothingBeganHelpsNoLaterGrace) {
  Quiescence quiescence(1);
  auto reader = quiescence.reader(0);
  reader.online();
  reader.quiet();
  reader.quiet();
  EXPECT_FALSE(quiescence.passed(quiescence.begin_grace_period()));
}

TEST(Quiescence, GoingOfflineEndsEveryGrace) {
  Quiescence quiescence(1);
  auto reader = quiescence.reader(0);
  reader.online();
  const auto first = quiescence.begin_grace_period();
  const auto second = quiescence.begin_grace_period();
  reader.offline();
  EXPECT_TRUE(quiescence.passed(first));
  EXPECT_TRUE(quiescence.passed(second));
}

TEST(Quiescence, WorkerThatComesOnlineLaterDoesNotHoldUpAnOlderGrace) {
  Quiescence quiescence(1);
  auto reader = quiescence.reader(0);
  const auto grace = quiescence.begin_grace_period();
  reader.online();
  EXPECT_TRUE(quiescence.passed(grace));
  EXPECT_FALSE(quiescence.passed(quiescence.begin_grace_period()));
}

TEST(Quiescence, QuietAfterSleepStillCounts) {
  Quiescence quiescence(1);
  auto reader = quiescence.reader(0);
  reader.online();
  reader.offline();
  reader.online();
  const auto grace = quiescence.begin_grace_period();
  EXPECT_FALSE(quiescence.passed(grace));
  reader.quiet();
  EXPECT_TRUE(quiescence.passed(grace));
}

TEST(Quiescence, LaterGraceCoversTheEarlierOnes) {
  Quiescence quiescence(1);
  auto reader = quiescence.reader(0);
  reader.online();
  const auto first = quiescence.begin_grace_period();
  const auto second = quiescence.begin_grace_period();
  reader.quiet();
  EXPECT_TRUE(quiescence.passed(first));
  EXPECT_TRUE(quiescence.passed(second));
}

TEST(Quiescence, EveryWorkerMustPassAndStragglersAreNamed) {
  Quiescence quiescence(4);
  auto first = quiescence.reader(0), second = quiescence.reader(1), last = quiescence.reader(3);
  first.online();
  second.online();
  last.online();
  const auto grace = quiescence.begin_grace_period();
  EXPECT_THAT(quiescence.stragglers(grace), ElementsAre(0, 1, 3));
  second.quiet();
  last.offline();
  EXPECT_FALSE(quiescence.passed(grace));
  EXPECT_THAT(quiescence.stragglers(grace), ElementsAre(0));
  first.quiet();
  EXPECT_TRUE(quiescence.passed(grace));
  EXPECT_THAT(quiescence.stragglers(grace), IsEmpty());
}

}  // namespace
}  // namespace ringside::engine
