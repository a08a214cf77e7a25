// Goal: a worker that does not end its pass is named after the bound, and no other worker ever.
// Method: readers and a clock by hand.
#include "engine/health/turn_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringside::engine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TurnWatch::Clock::time_point at(int seconds) { return TurnWatch::Clock::time_point(std::chrono::seconds(1'000 + seconds)); }

TEST(TurnWatch, WorkerThatTurnsIsNeverStuck) {
  Quiescence quiescence(1);
  auto worker = quiescence.reader(0);
  worker.online();
  TurnWatch watch(quiescence, at(0));
  for (int second = 0; second < 60; ++second) {
    worker.quiet();
    watch.look(at(second));
    EXPECT_THAT(watch.stuck(at(second)).workers, IsEmpty());
  }
}

TEST(TurnWatch, WorkerThatHoldsItsPassIsNamed) {
  Quiescence quiescence(2);
  auto good = quiescence.reader(0), bad = quiescence.reader(1);
  good.online();
  bad.online();
  TurnWatch watch(quiescence, at(0));
  for (int second = 0; second < 5; ++second) {
    good.quiet();
    watch.look(at(second));
    EXPECT_THAT(watch.stuck(at(second)).workers, IsEmpty()) << "the bound is not reached";
  }
  good.quiet();
  watch.look(at(5));
  EXPECT_THAT(watch.stuck(at(5)).workers, ElementsAre(1u));
  EXPECT_EQ(watch.stuck(at(7)).for_at_least, std::chrono::seconds(7));
  bad.quiet();
  watch.look(at(8));
  EXPECT_THAT(watch.stuck(at(8)).workers, IsEmpty());
}

TEST(TurnWatch, SleepingWorkerTurns) {
  Quiescence quiescence(1);
  auto worker = quiescence.reader(0);
  worker.online();
  TurnWatch watch(quiescence, at(0));
  worker.offline();
  EXPECT_THAT(watch.stuck(at(100)).workers, IsEmpty());
}

}  // namespace
}  // namespace ringside::engine
