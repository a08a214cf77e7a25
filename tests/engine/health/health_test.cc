// Goal: alive and ready are told apart, and each no has its reason.
// Method: facts by hand.
#include "engine/health/health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringside::engine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

JournalStatus broken_journal() {
  JournalStatus journal;
  journal.recorder.problem = "No space left on device";
  return journal;
}

TEST(Health, VersionAndTurningWorkersAreReady) {
  const HealthReport report = judge({.current = "v1"});
  EXPECT_TRUE(report.alive);
  EXPECT_TRUE(report.ready);
  EXPECT_THAT(report.reasons, IsEmpty());
  EXPECT_EQ(one_line(report), "v1 answers");
}

TEST(Health, WithoutAVersionItIsAliveAndNotReady) {
  const HealthReport report = judge({.current = ""});
  EXPECT_TRUE(report.alive);
  EXPECT_FALSE(report.ready);
  EXPECT_THAT(report.reasons, ElementsAre("no version answers"));
}

TEST(Health, StuckWorkerIsNeither) {
  const HealthReport report =
      judge({.current = "v1", .stuck = {.workers = {2}, .for_at_least = std::chrono::milliseconds(6'500)}});
  EXPECT_FALSE(report.alive);
  EXPECT_FALSE(report.ready);
  EXPECT_EQ(one_line(report), "stuck: worker 2 has not ended a pass for 6 s");
}

TEST(Health, JournalThatTakesNothingIsNotReadyUnlessGapsAreAllowed) {
  const HealthReport strict = judge({.current = "v1", .journal = broken_journal()});
  EXPECT_FALSE(strict.ready);
  EXPECT_TRUE(strict.alive);
  EXPECT_THAT(strict.reasons, ElementsAre("the journal takes no records: No space left on device"));
  const HealthReport lax = judge({.current = "v1", .journal = broken_journal(), .gaps_allowed = true});
  EXPECT_TRUE(lax.ready);
  EXPECT_THAT(lax.warnings, ElementsAre("the journal takes no records: No space left on device"));
  EXPECT_TRUE(judge({.current = "v1", .journal = JournalStatus{}}).ready);
}

}  // namespace
}  // namespace ringside::engine
