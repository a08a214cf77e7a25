// Goal: the thread reverts a bad version by itself, tells it once, and is stopped at any moment.
// Method: a draft that the test changes under the guard's eyes; outcomes are awaited under a watchdog.
#include "engine/guards/guard.h"

#include <gtest/gtest.h>

#include "tests/support/made_bundle.h"
#include "tests/support/watchdog.h"

namespace ringside::engine {
namespace {

class GuardTest : public ::testing::Test {
 protected:
  GuardTest() {
    draft_.residents = {old_, fresh_};
    draft_.current = old_;
  }
  ~GuardTest() override { guard_.stop(); }

  static std::shared_ptr<const Resident> resident(const std::string& version) {
    return std::make_shared<Resident>(test::make_bundle({.version = version}), 0, 1);
  }
  void canary() {
    {
      const std::lock_guard lock(mutex_);
      draft_.roles.canary = Canary{"fresh", kBuckets, "fresh"};
    }
    guard_.changed();
  }
  static void answer(const std::shared_ptr<const Resident>& by, std::uint32_t ok, std::uint32_t invalid) {
    for (int i = 0; i < 500; ++i) by->by_worker[0].arms.drawn.add_call(ok, invalid, 0, 1'000);
  }
  TrafficDraft draft() {
    const std::lock_guard lock(mutex_);
    ++looks_;
    if (spoils_at_look_ == looks_) {  // before this look counts
      answer(old_, 1, 0);
      answer(fresh_, 0, 1);
    }
    return draft_;
  }
  Guard::Outcome revert(const Breach& breach) {
    const std::lock_guard lock(mutex_);
    ++reverts_;
    reverted_at_look_ = looks_;
    if (!can_revert_) return {false, "nowhere to go"};
    draft_.roles.canary.reset();
    return {true, breach.version + " went"};
  }

  test::Watchdog watchdog_;
  std::mutex mutex_;
  std::shared_ptr<const Resident> old_ = resident("old"), fresh_ = resident("fresh");
  TrafficDraft draft_;
  bool can_revert_ = true;
  int reverts_ = 0, told_ = 0;
  int looks_ = 0, spoils_at_look_ = -1, reverted_at_look_ = 0;
  Guard guard_{{},
               {.traffic = [this] { return draft(); },
                .revert = [this](const Breach& breach) { return revert(breach); },
                .told = [this](const GuardRevert&) { ++told_; }}};
};

TEST_F(GuardTest, RevertsABadCanaryAndSaysSo) {
  guard_.start();
  canary();
  test::wait_until([&] { return guard_.status().watched.size() == 1; });
  answer(old_, 1, 0);
  answer(fresh_, 0, 1);
  test::wait_until([&] { return !guard_.status().reverts.empty(); });
  const GuardStatus status = guard_.status();
  EXPECT_TRUE(status.enabled);
  EXPECT_TRUE(status.reverts[0].done);
  EXPECT_EQ(status.reverts[0].breach.version, "fresh");
  EXPECT_EQ(status.reverts[0].message, "fresh went");
  EXPECT_TRUE(status.watched.empty());
  guard_.stop();
  EXPECT_EQ(reverts_, 1);
  EXPECT_EQ(told_, 1);
}

// Within a second, by the guard's clock: the period between two looks is shorter, and the look that finds the rows reverts. Periods are counted, so
// a machine that is busy changes nothing.
TEST_F(GuardTest, RevertsInTheLookThatFindsTheRowsThatBreakALimit) {
  static_assert(kGuardTick < std::chrono::seconds(1) && kGuardRest <= std::chrono::seconds(1));
  guard_.start();
  canary();
  test::wait_until([&] { return !guard_.status().watched.empty(); });
  {
    const std::lock_guard lock(mutex_);
    spoils_at_look_ = looks_ + 2;
  }
  test::wait_until([&] { return !guard_.status().reverts.empty(); });
  const std::lock_guard lock(mutex_);
  EXPECT_EQ(reverted_at_look_, spoils_at_look_);
}

TEST_F(GuardTest, SaysSoWhereItCannotRevert) {
  can_revert_ = false;
  guard_.start();
  canary();
  test::wait_until([&] { return guard_.status().watched.size() == 1; });
  answer(old_, 1, 0);
  answer(fresh_, 0, 1);
  test::wait_until([&] { return !guard_.status().reverts.empty(); });
  EXPECT_FALSE(guard_.status().reverts[0].done);
  EXPECT_EQ(guard_.status().reverts[0].message, "nowhere to go");
}

TEST_F(GuardTest, LooksAtNothingWhereItIsOff) {
  Guard off({.enabled = false}, {.traffic = []() -> TrafficDraft {
                                   ADD_FAILURE() << "looked";
                                   return {};
                                 },
                                 .revert = [](const Breach&) { return Guard::Outcome{}; }});
  off.start();
  off.changed();
  off.stop();
  EXPECT_FALSE(off.status().enabled);
}

TEST_F(GuardTest, StopsBeforeItWasStartedAndTwice) {
  guard_.stop();
  guard_.stop();
  guard_.start();
  guard_.stop();
}

}  // namespace
}  // namespace ringside::engine
