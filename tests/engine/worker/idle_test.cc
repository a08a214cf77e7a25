// Goal: a worker and its caller, each learning alone how long to spin, settle at spinning together, from any state and after anything that
// disturbs them, and at sleeping where spinning cannot help.
// Method: both policies as pure values in a made-up time: what takes a wake-up, a call, a caller's own work is given. No clock, no thread.
#include "engine/worker/idle.h"

#include <gtest/gtest.h>

#include <utility>

#include "client_lib/base/processors.h"
#include "client_lib/waiting/patience.h"

namespace ringside::engine {
namespace {

using Time = std::uint64_t;  // ns

constexpr base::SpinLimits kLimits = base::adaptive_spin_ns({.usable = 2, .has_quota = false});

// One caller and one worker.
class Pair {
 public:
  struct Costs {
    Time wake = 30'000, service = 1'000;
    // Both want the same one: whoever spins keeps the other from running.
    bool one_processor = false;
  };
  explicit Pair(const Costs& costs) : costs_(costs) {}

  // A call, `think` after the last answer. Returns how long it took.
  Time call(Time think) {
    static_cast<void>(idle_.should_park(idle_since_));
    const Time posted = now_ + think;
    const bool rang = posted >= idle_since_ + idle_.patience();
    const Time spin = patience_.policy(rang).spin_ns;
    const Time begun = posted + (costs_.one_processor ? spin : 0) + (rang ? wake() : 0);
    if (rang) {
      idle_.woke(begun);
    } else {
      static_cast<void>(idle_.should_park(begun));
    }
    const Time answered = begun + costs_.service;
    const bool slept = answered - posted >= spin;
    idle_.worked(slept);
    idle_since_ = answered;
    now_ = answered + (slept ? wake() : 0) + (costs_.one_processor ? idle_.patience() : 0);
    patience_.learn(rang, {.how = Waited::kAnswered, .slept = slept, .ns = now_ - posted});
    sleeps_ += (rang ? 1 : 0) + (slept ? 1 : 0);
    return now_ - posted;
  }

  // Sleeps of both sides in so many calls, one soon after the other.
  int sleeps_in(int calls, Time think) {
    const int before = sleeps_;
    for (int i = 0; i < calls; ++i) call(think);
    return sleeps_ - before;
  }

  void have_processors(Time wake) { costs_ = {.wake = wake, .service = costs_.service}; }

  // A large call, or a processor that was stolen in the middle of one.
  void call_of(Time service) {
    const Time usual = std::exchange(costs_.service, service);
    call(1'000);
    costs_.service = usual;
  }

 private:
  // Between half and one and a half of what it takes.
  Time wake() {
    state_ = state_ * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
    return costs_.wake / 2 + (state_ >> 33) % (costs_.wake + 1);
  }

  Costs costs_;
  Idle idle_{WaitMode::kAdaptive, kLimits};
  Patience patience_{{.may_sleep = true, .spin_ns = kLimits}};
  Time idle_since_ = 1'000'000'000, now_ = 2'000'000'000;
  Time state_ = 1;
  int sleeps_ = 0;
};

constexpr Time kWakes[] = {3'000, 10'000, 30'000, 60'000};
constexpr Time kThinks[] = {200, 1'000, 4'000, 20'000};

TEST(WaitingTogether, ClosedLoopSettlesAtSpinning) {
  for (const Time wake : kWakes) {
    for (const Time think : kThinks) {
      if (think > wake) continue;  // then sleeping is cheaper
      Pair pair({.wake = wake});
      pair.sleeps_in(20, think);
      EXPECT_LE(pair.sleeps_in(2'000, think), 20) << "a wake-up takes " << wake << ", the caller's own work " << think;
    }
  }
}

TEST(WaitingTogether, ClosedLoopSettlesAgainAfterAPause) {
  for (const Time wake : kWakes) {
    Pair pair({.wake = wake});
    for (int round = 0; round < 50; ++round) {
      pair.sleeps_in(round, 1'000);
      pair.call(Time{5'000'000} * static_cast<Time>(round));
      EXPECT_LE(pair.sleeps_in(200, 1'000), 10) << "a wake-up takes " << wake << ", round " << round;
    }
  }
}

TEST(WaitingTogether, ClosedLoopSettlesAgainAfterLongCalls) {
  for (const Time wake : kWakes) {
    for (const Time service : {50'000u, 150'000u, 4'000'000u}) {
      Pair pair({.wake = wake});
      for (int i = 0; i < 100; ++i) pair.call_of(service);
      pair.sleeps_in(150, 1'000);
      EXPECT_LE(pair.sleeps_in(1'000, 1'000), 20) << "a wake-up takes " << wake << ", a long call " << service;
    }
  }
}

TEST(WaitingTogether, ClosedLoopSettlesAgainAfterSparseTraffic) {
  for (const Time wake : kWakes) {
    Pair pair({.wake = wake});
    pair.sleeps_in(1'000, 1'000'000);
    EXPECT_LE(pair.sleeps_in(200, 1'000), 10) << "a wake-up takes " << wake;
  }
}

TEST(WaitingTogether, ClosedLoopSettlesOnceItHasAProcessorForEachAgain) {
  Pair pair({.wake = 3'000, .one_processor = true});
  pair.sleeps_in(10'000, 1'000);
  pair.have_processors(30'000);
  pair.sleeps_in(150, 1'000);
  EXPECT_LE(pair.sleeps_in(1'000, 1'000), 20);
}

// Two that share a processor can only take turns: the nearer to sleeping at once, the better.
TEST(WaitingTogether, OneProcessorForBothEndsAtTakingTurns) {
  constexpr Time kSwitch = 2'000, kCalls = 5'000;
  Pair pair({.wake = kSwitch, .one_processor = true});
  pair.sleeps_in(500, 1'000);
  Time took = 0;
  for (Time i = 0; i < kCalls; ++i) took += pair.call(1'000);
  EXPECT_LT(took, kCalls * (2 * kSwitch + 1'000) * 3 / 2);
}

TEST(WaitingTogether, SparseTrafficIsNotSpunForByTheWorker) {
  Idle idle(WaitMode::kAdaptive, kLimits);
  Time now = 1'000, spun = 0;
  for (int i = 0; i < 1'000; ++i) {
    static_cast<void>(idle.should_park(now));
    spun += idle.patience();
    idle.woke(now += 1'000'000);
    idle.worked(false);
  }
  EXPECT_LT(spun, 20'000u) << "of a second";
}

TEST(Idle, ParksAtOnceInParkModeAndNeverInSpinMode) {
  Idle park(WaitMode::kPark, kLimits), spin(WaitMode::kSpin, kLimits);
  EXPECT_TRUE(park.should_park(1'000));
  EXPECT_FALSE(park.never_parks());
  EXPECT_TRUE(spin.never_parks());
}

TEST(Idle, LooksForItsPatienceBeforeItParks) {
  Idle idle(WaitMode::kAdaptive, kLimits);
  EXPECT_FALSE(idle.should_park(1'000));
  EXPECT_FALSE(idle.should_park(1'000 + idle.patience() - 1));
  EXPECT_TRUE(idle.should_park(1'000 + idle.patience()));
}

// The door rouses a worker to show it a new client: nobody's wait ended.
TEST(Idle, BeingRousedForNothingTeachesNothing) {
  Idle idle(WaitMode::kAdaptive, kLimits);
  static_cast<void>(idle.should_park(1'000));
  const Time patience = idle.patience();
  idle.woke(50'000);
  EXPECT_FALSE(idle.should_park(50'000)) << "a new look";
  EXPECT_TRUE(idle.should_park(50'000 + patience));
  EXPECT_EQ(idle.patience(), patience);
}

}  // namespace
}  // namespace ringside::engine
