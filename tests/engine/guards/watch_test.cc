// Goal: a guard watches what it should for as long as it should, tells a breach once, and judges a canary by calls that the draw decided.
// Method: drafts of bundles made in memory, whose counters the test fills; a clock of the test's own.
#include "engine/guards/watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/guards/counted_arm.h"
#include "tests/support/made_bundle.h"

namespace ringside::engine {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::shared_ptr<const Resident> resident(const std::string& version) {
  return std::make_shared<Resident>(test::make_bundle({.version = version}), 0, 2);
}

class GuardWatchTest : public ::testing::Test {
 protected:
  GuardWatchTest() {
    draft_.residents = {old_, fresh_};
    draft_.current = old_;
    EXPECT_FALSE(look(0s));
  }

  std::optional<Breach> look(std::chrono::milliseconds later = 200ms) { return watch_.look(draft_, now_ += later); }
  void canary() { draft_.roles.canary = Canary{"fresh", kBuckets / 2, "fresh"}; }
  void switch_to_fresh() {
    draft_.previous = std::exchange(draft_.current, fresh_);
    draft_.roles.canary.reset();
  }
  // Rows with a route key, on both workers.
  static void answer(const std::shared_ptr<const Resident>& by, std::uint32_t good, std::uint32_t bad = 0) {
    for (Resident::PerWorker& own : by->by_worker) {
      for (std::uint32_t i = 0; i < good / 2; ++i) own.arms.drawn.add_call(1, 0, 0, 1'000);
      for (std::uint32_t i = 0; i < bad / 2; ++i) own.arms.drawn.add_call(0, 1, 0, 1'000);
    }
  }
  static void answer_keyless(const std::shared_ptr<const Resident>& by, std::uint32_t good, std::uint32_t bad = 0) {
    for (std::uint32_t i = 0; i < good; ++i) by->by_worker[0].arms.keyless.add_call(1, 0, 0, 1'000);
    for (std::uint32_t i = 0; i < bad; ++i) by->by_worker[0].arms.keyless.add_call(0, 1, 0, 1'000);
  }

  std::shared_ptr<const Resident> old_ = resident("old"), fresh_ = resident("fresh");
  TrafficDraft draft_;
  GuardWatch watch_{{.window = 10s, .watch_after_switch = 60s}};
  GuardClock::time_point now_{};
};

TEST_F(GuardWatchTest, WatchesNothingWithoutCanaryOrSwitch) {
  answer(old_, 0, 1'000);
  EXPECT_FALSE(look());
  EXPECT_THAT(watch_.watched(), IsEmpty());
}

TEST_F(GuardWatchTest, ABadCanaryIsToldAtTheFirstLookThatHasItsRows) {
  canary();
  EXPECT_FALSE(look());
  answer(old_, 1'000);
  answer(fresh_, 0, 198);
  EXPECT_FALSE(look()) << "two rows too few";
  ASSERT_THAT(watch_.watched(), SizeIs(1));
  EXPECT_EQ(watch_.watched()[0].judgement.judged_rows, 198u);
  answer(fresh_, 0, 2);
  const auto breach = look();
  ASSERT_TRUE(breach);
  EXPECT_EQ(breach->role, GuardedRole::kCanary);
  EXPECT_EQ(breach->version, "fresh");
  EXPECT_EQ(breach->other, "old");
  EXPECT_THAT(breach->reason, HasSubstr("error rate 100 % in 200 calls"));
}

// Of rows that come little by little, in periods of a tick: not one period after that in which there are enough.
TEST_F(GuardWatchTest, ABadSwitchIsToldInThePeriodInWhichItsRowsBreakTheLimit) {
  answer(old_, 1'000);
  EXPECT_FALSE(look());
  switch_to_fresh();
  EXPECT_FALSE(look());
  const GuardSettings settings{.window = 10s, .watch_after_switch = 60s};
  const ArmCounts before = CountedArm().rows(1'000).counts();
  int broken_for = 0;
  std::optional<Breach> breach;
  for (int period = 1; period <= 100 && !breach; ++period) {
    answer(fresh_, 0, 20);
    const auto bad = static_cast<std::uint32_t>(20 * period);
    broken_for += judge(CountedArm().rows(bad, bad).counts(), before, settings, Pairing::kBefore).broken() ? 1 : 0;
    breach = look();
  }
  ASSERT_TRUE(breach);
  EXPECT_EQ(breach->role, GuardedRole::kSwitch);
  EXPECT_EQ(broken_for, 1);
}

TEST_F(GuardWatchTest, AGoodCanaryIsLeftAlone) {
  canary();
  for (int i = 0; i < 500; ++i) {
    answer(old_, 100);
    answer(fresh_, 100);
    ASSERT_FALSE(look());
  }
  EXPECT_THAT(watch_.watched(), SizeIs(1));
}

TEST_F(GuardWatchTest, AfterABreachAllBeginsAnewWithTheNextCanary) {
  canary();
  EXPECT_FALSE(look());
  answer(old_, 1'000);
  answer(fresh_, 0, 1'000);
  ASSERT_TRUE(look());
  EXPECT_FALSE(look()) << "told once, though it is still there";
  draft_.roles.canary.reset();
  for (int i = 0; i < 10; ++i) ASSERT_FALSE(look());
  EXPECT_THAT(watch_.watched(), IsEmpty());
  canary();
  EXPECT_FALSE(look()) << "the rows of the first canary do not count";
  answer(old_, 1'000);
  answer(fresh_, 0, 1'000);
  EXPECT_TRUE(look());
}

TEST_F(GuardWatchTest, WhatBothDidBeforeTheCanaryDoesNotCount) {
  answer(fresh_, 0, 1'000);  // while nobody watched
  answer(old_, 1'000);
  canary();
  EXPECT_FALSE(look());
  answer(old_, 1'000);
  answer(fresh_, 1'000);
  EXPECT_FALSE(look());
}

TEST_F(GuardWatchTest, ACanaryIsHeldAgainstCallsWithARouteKeyAlone) {
  canary();
  EXPECT_FALSE(look());
  answer(fresh_, 500, 500);
  answer_keyless(old_, 10'000);
  EXPECT_FALSE(look()) << "nobody to compare with";
  answer(old_, 500, 500);
  EXPECT_FALSE(look()) << "keyed calls fail by either";
}

TEST_F(GuardWatchTest, TheWindowForgets) {
  canary();
  EXPECT_FALSE(look());
  answer(old_, 1'000);
  answer(fresh_, 1'000, 8);
  EXPECT_FALSE(look());
  EXPECT_FALSE(look(30s));
  EXPECT_EQ(watch_.watched().at(0).judgement.judged_rows, 0u);
}

TEST_F(GuardWatchTest, ABadSwitchIsToldAgainstTheLastWindowOfTheVersionBefore) {
  answer(old_, 500);
  answer_keyless(old_, 500);
  switch_to_fresh();
  EXPECT_FALSE(look());
  ASSERT_THAT(watch_.watched(), SizeIs(1));
  EXPECT_EQ(watch_.watched()[0].judgement.other_rows, 1'000u) << "with those that came since the look before";
  EXPECT_EQ(watch_.watched()[0].left, 60s);
  answer_keyless(fresh_, 0, 300);
  const auto breach = look();
  ASSERT_TRUE(breach);
  EXPECT_EQ(breach->role, GuardedRole::kSwitch);
  EXPECT_EQ(breach->version, "fresh");
  EXPECT_EQ(breach->other, "old");
  EXPECT_FALSE(look()) << "told once";
}

TEST_F(GuardWatchTest, WhatCameBeforeTheFirstLookOfAllCounts) {
  GuardWatch watch({});
  answer(old_, 1'000);
  EXPECT_FALSE(watch.look(draft_, now_));
  switch_to_fresh();
  EXPECT_FALSE(watch.look(draft_, now_));
  EXPECT_EQ(watch.watched().at(0).judgement.other_rows, 1'000u);
}

TEST_F(GuardWatchTest, ASwitchIsWatchedForItsTimeOnly) {
  answer(old_, 1'000);
  switch_to_fresh();
  EXPECT_FALSE(look());
  EXPECT_FALSE(look(60s));
  EXPECT_THAT(watch_.watched(), IsEmpty());
  answer(fresh_, 0, 1'000);
  EXPECT_FALSE(look());
}

TEST_F(GuardWatchTest, ARollbackIsNotWatched) {
  answer(old_, 1'000);
  switch_to_fresh();
  EXPECT_FALSE(look());
  answer(fresh_, 1'000);
  draft_.current = std::exchange(draft_.previous, nullptr);
  EXPECT_FALSE(look());
  EXPECT_THAT(watch_.watched(), IsEmpty());
  answer(old_, 0, 1'000);
  EXPECT_FALSE(look());
}

TEST_F(GuardWatchTest, ASwitchFromAVersionOfWhichNothingIsKnownIsNotWatched) {
  answer(old_, 1'000);
  switch_to_fresh();
  const auto newest = resident("newest");  // two switches between two looks: going back would lead to `fresh`
  draft_.residents.push_back(newest);
  draft_.previous = std::exchange(draft_.current, newest);
  EXPECT_FALSE(look());
  answer(newest, 0, 1'000);
  EXPECT_FALSE(look());
  EXPECT_THAT(watch_.watched(), IsEmpty());
}

TEST_F(GuardWatchTest, ASwitchIsNotWatchedWhereAskedNotTo) {
  GuardWatch watch({.watch_after_switch = 0s});
  EXPECT_FALSE(watch.look(draft_, now_));
  answer(old_, 1'000);
  switch_to_fresh();
  EXPECT_FALSE(watch.look(draft_, now_));
  answer(fresh_, 0, 1'000);
  EXPECT_FALSE(watch.look(draft_, now_));
}

TEST_F(GuardWatchTest, APromotedCanaryIsWatchedAsASwitch) {
  canary();
  EXPECT_FALSE(look());
  answer(old_, 1'000);
  answer(fresh_, 1'000);
  EXPECT_FALSE(look());
  switch_to_fresh();
  EXPECT_FALSE(look());
  answer(fresh_, 0, 1'000);
  EXPECT_EQ(look()->role, GuardedRole::kSwitch);
}

TEST_F(GuardWatchTest, KeepsNoBundleInMemory) {
  canary();
  EXPECT_FALSE(look());
  const std::weak_ptr<const Resident> gone = fresh_;
  draft_.residents = {old_};
  draft_.roles.canary.reset();
  fresh_.reset();
  EXPECT_TRUE(gone.expired());
  EXPECT_FALSE(look());
}

TEST_F(GuardWatchTest, ACanaryThatIsNotResidentIsNotWatched) {
  draft_.roles.canary = Canary{"nowhere", kBuckets, "nowhere"};
  EXPECT_FALSE(look());
  EXPECT_THAT(watch_.watched(), IsEmpty());
}

}  // namespace
}  // namespace ringside::engine
