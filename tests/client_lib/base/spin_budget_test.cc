// Goal: a budget follows what its waits have taught, in both directions, and never costs much when they teach nothing.
// Method: a pure value fed with made-up waits; no clock, no thread. What two sides make of each other: tests/engine/worker/idle_test.cc.
#include "client_lib/base/spin_budget.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace ringside::base {
namespace {

constexpr SpinLimits kLimits{.first = 5, .longest = 100};
constexpr std::uint64_t kWake = 40;

// A wait that ends by itself after `length`, as a thread under this budget finds it. Returns how long was spun.
std::uint64_t wait(SpinBudget& budget, std::uint64_t length, std::uint64_t wake = kWake) {
  const std::uint64_t spun = budget.budget();
  if (length < spun) {
    budget.found_spinning(length);
    return length;
  }
  budget.found_sleeping(length + wake);
  return spun;
}

TEST(SpinBudget, BeginsWithTheFirstAndKeepsWhatFinds) {
  SpinBudget budget(kLimits);
  EXPECT_EQ(budget.budget(), 5u);
  for (int i = 0; i < 1'000; ++i) wait(budget, 2);
  EXPECT_EQ(budget.budget(), 5u);
}

TEST(SpinBudget, ShortWaitSleptThroughIsTriedAtOnceAndKept) {
  SpinBudget budget(kLimits);
  wait(budget, 45);
  EXPECT_GT(budget.budget(), 45u);
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(wait(budget, 45), 45u);
  EXPECT_GT(budget.budget(), 45u);
}

TEST(SpinBudget, LongWaitsAreNotSpunFor) {
  SpinBudget budget(kLimits);
  std::uint64_t spun = 0;
  for (int i = 0; i < 1'000; ++i) spun += wait(budget, 1'000);
  EXPECT_LE(spun, 2 * kLimits.first);
  EXPECT_EQ(budget.budget(), 0u);
}

TEST(SpinBudget, BusyCallerWhoComesBackIsMetSpinningFromTheSecondWaitOn) {
  SpinBudget budget(kLimits);
  for (int i = 0; i < 1'000; ++i) wait(budget, 1'000);
  wait(budget, 1);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(wait(budget, 1), 1u);
}

TEST(SpinBudget, OneLongWaitDoesNotEndASpinThatPays) {
  SpinBudget budget(kLimits);
  wait(budget, 20);
  wait(budget, 20);
  wait(budget, 1'000'000);
  EXPECT_EQ(wait(budget, 20), 20u);
}

TEST(SpinBudget, NeverBeyondTheLongest) {
  SpinBudget budget(kLimits);
  for (std::uint64_t length = 0; length < 500; ++length) {
    wait(budget, length);
    ASSERT_LE(budget.budget(), kLimits.longest);
  }
  wait(budget, 110);
  for (int i = 0; i < 10; ++i) wait(budget, 110);
  EXPECT_LE(budget.budget(), kLimits.longest);
}

TEST(SpinBudget, LongestOfNothingNeverSpins) {
  SpinBudget budget({.first = 5, .longest = 0});
  for (std::uint64_t length = 0; length < 500; ++length) ASSERT_EQ(wait(budget, length, 0), 0u);
}

// What is waited for comes only once we sleep, however long we spin: it needs our processor.
TEST(SpinBudget, SpinningThatKeepsTheAwaitedFromComingIsGivenUp) {
  SpinBudget budget(kLimits);
  std::uint64_t spun = 0;
  constexpr int kWaits = 10'000;
  for (int i = 0; i < kWaits; ++i) {
    spun += budget.budget();
    budget.found_sleeping(budget.budget() + 6);
  }
  EXPECT_LT(spun, kWaits) << "more than a sixth of a wait on average";
}

// On one processor a try by the other side lengthens our wait. That is no reason for a try as long by us, and so on in turns.
TEST(SpinBudget, LongerWaitsAmongShortOnesDoNotMakeLongerTries) {
  SpinBudget budget(kLimits);
  std::uint64_t spun = 0;
  constexpr int kWaits = 10'000;
  for (int i = 0; i < kWaits; ++i) {
    spun += budget.budget();
    budget.found_sleeping(budget.budget() + (i % 3 == 0 ? 100 : 6));
  }
  EXPECT_LT(spun, kWaits * 3 / 10);
}

// The scheduler runs the other one in our place, most times but not always: what it saves is a switch, so a miss may not cost much more.
TEST(SpinBudget, FindsOnASharedProcessorAreNotPaidForWithLongSpins) {
  SpinBudget budget(kLimits);
  std::uint64_t cost = 0;
  constexpr std::uint64_t kWaits = 20'000, kFound = 5, kSlept = 6;
  for (std::uint64_t i = 0; i < kWaits; ++i) {
    const std::uint64_t spun = budget.budget();
    if (spun > kFound && i % 16 != 0) {
      budget.found_spinning(kFound);
      cost += kFound;
    } else {
      budget.found_sleeping(spun + kSlept);
      cost += spun + kSlept;
    }
    if (i > 1'000) {
      ASSERT_LE(spun, 4 * kSlept) << i;
    }
  }
  EXPECT_LE(cost, kWaits * kSlept * 5 / 4);
}

TEST(SpinBudget, WhatBecameWorthItAgainIsFoundOutWithinSixtyFourWaits) {
  SpinBudget budget(kLimits);
  for (int i = 0; i < 10'000; ++i) budget.found_sleeping(budget.budget() + 6);
  for (int i = 0; i <= 64; ++i) wait(budget, 1);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(wait(budget, 1), 1u);
}

// A wake-up of 3 us is not worth 60 us of spinning; one of 40 us is.
TEST(SpinBudget, SpinningThatCostsMoreThanTwoWakesIsGivenUp) {
  for (const std::uint64_t wake : {3u, 40u}) {
    SpinBudget budget(kLimits);
    std::uint64_t spun = 0;
    constexpr std::uint64_t kWaits = 5'000;
    for (std::uint64_t i = 0; i < kWaits; ++i) spun += wait(budget, 60, wake);
    if (wake == 40) {
      EXPECT_GT(spun, kWaits * 55);
    } else {
      EXPECT_LT(spun, kWaits * 4);
    }
  }
}

TEST(SpinBudget, InterruptsDoNotPutABusySideToSleep) {
  SpinBudget budget(kLimits);
  wait(budget, 45);
  int slept = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t length = i % 50 == 0 ? 30 : 1;
    slept += wait(budget, length) < length ? 1 : 0;
  }
  EXPECT_EQ(slept, 0);
}

// Bursts of calls and gaps between them, as one side sees them.
struct Bursts {
  int calls;  // in each
  std::uint64_t within, gap, wake;
};
struct Seen {
  double in_vain_a_gap, gaps_slept, found_within;  // the last two: shares
};
Seen see(const SpinLimits& limits, const Bursts& bursts) {
  constexpr int kBursts = 4'000;
  SpinBudget budget(limits);
  std::uint64_t in_vain = 0, slept = 0, found = 0;
  for (int i = 0; i < kBursts; ++i) {
    for (int call = 1; call < bursts.calls; ++call) {
      const std::uint64_t spun = wait(budget, bursts.within, bursts.wake);
      (spun == bursts.within ? found : in_vain) += spun == bursts.within ? 1 : spun;
    }
    const std::uint64_t spun = wait(budget, bursts.gap, bursts.wake);
    if (spun == bursts.gap) continue;
    in_vain += spun;
    ++slept;
  }
  const auto within = static_cast<double>((bursts.calls - 1) * kBursts);
  return {static_cast<double>(in_vain) / kBursts, static_cast<double>(slept) / kBursts, static_cast<double>(found) / within};
}

// Gaps that are too long to be worth it are slept through, and cost no more than the burst needs and rare tries; the burst is found.
void expect_cheap_gaps(const SpinLimits& limits, const Bursts& bursts) {
  const auto [calls, within, gap, wake] = bursts;
  if (within > 2 * wake || within + wake > 2 * limits.longest || gap + wake > 2 * limits.longest) return;  // sparse traffic
  SCOPED_TRACE(::testing::Message() << "at most " << limits.longest << ", " << calls << " calls, " << within
                                    << " within, gaps of " << gap << ", wake-up " << wake);
  const Seen seen = see(limits, bursts);
  if (gap > 4 * wake || gap >= limits.longest) {
    EXPECT_GT(seen.gaps_slept, 0.9);
  }
  if (seen.gaps_slept < 0.5) return;  // worth it
  const std::uint64_t needed = std::max(limits.first, 2 * within), tries = limits.longest / 32;
  EXPECT_LE(seen.in_vain_a_gap, static_cast<double>(needed + tries));
  EXPECT_GT(seen.found_within, 0.9);
}

// Quick finds within a burst speak for a budget that finds them, not for one that is nearly as long as the gap.
TEST(SpinBudget, GapsBetweenBurstsCostNoMoreThanTheBurstNeedsAndRareTries) {
  for (const SpinLimits& limits : {SpinLimits{10'000, 200'000}, SpinLimits{5'000, 100'000}, SpinLimits{2'000, 20'000}}) {
    for (const int calls : {2, 3, 10, 100}) {
      for (const std::uint64_t within : {1'000u, 2'000u, 8'000u, 20'000u}) {
        for (const std::uint64_t gap : {40'000u, 50'000u, 60'000u, 90'000u, 130'000u, 160'000u, 250'000u, 330'000u}) {
          for (const std::uint64_t wake : {5'000u, 10'000u, 40'000u}) expect_cheap_gaps(limits, {calls, within, gap, wake});
        }
      }
    }
  }
}

// Bursts of two, the second call `within` the first. Returns what one of so many gaps cost on average.
double gap_cost(SpinBudget& budget, int gaps, std::uint64_t gap, const std::function<std::uint64_t(int)>& within) {
  std::uint64_t spun = 0;
  for (int i = 0; i < gaps; ++i) {
    wait(budget, within(i));
    spun += wait(budget, gap);
  }
  return static_cast<double>(spun) / gaps;
}

TEST(SpinBudget, QuickerBurstsAreSpunForLess) {
  SpinBudget budget(kLimits);
  EXPECT_GT(gap_cost(budget, 2'000, 120, [](int) { return 20; }), 40);
  gap_cost(budget, 100, 120, [](int) { return 1; });
  EXPECT_LT(gap_cost(budget, 2'000, 120, [](int) { return 1; }), 10);
}

TEST(SpinBudget, LongerFindThanTheLastOnesDoesNotExcuseTries) {
  SpinBudget budget(kLimits);
  EXPECT_LT(gap_cost(budget, 10'000, 120, [](int i) { return i % 8 < 6 ? 1 : 4; }), 10);
}

TEST(SpinBudget, GapsThatGrewShortAreFoundOutWithinSixtyFour) {
  SpinBudget budget(kLimits);
  gap_cost(budget, 1'000, 120, [](int) { return 2; });
  gap_cost(budget, 65, 30, [](int) { return 2; });
  EXPECT_EQ(gap_cost(budget, 100, 30, [](int) { return 2; }), 30);
}

// As often a gap as not, in no order: what finds is kept for as long as it saves more than the gaps cost.
TEST(SpinBudget, FindsPayForSomeGapsInARow) {
  SpinBudget budget(kLimits);
  std::uint64_t cost = 0, best = 0, state = 1;
  for (int i = 0; i < 20'000; ++i) {
    state = state * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
    const std::uint64_t length = (state >> 33) % 2 == 0 ? 2 : 120;
    const std::uint64_t spun = wait(budget, length);
    cost += spun + (spun < length ? kWake : 0);
    best += std::min(length, kWake);
  }
  EXPECT_LE(cost, 3 * best / 2);
}

// Waits that cannot be foretold: as often long as short, in no order.
TEST(SpinBudget, WaitsThatCannotBeForetoldCostAtMostTwiceTheBest) {
  SpinBudget budget(kLimits);
  std::uint64_t cost = 0, best = 0, state = 1;
  for (int i = 0; i < 20'000; ++i) {
    state = state * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
    const std::uint64_t length = (state >> 33) % 2 == 0 ? 2 : 90;
    const std::uint64_t spun = wait(budget, length);
    cost += spun + (spun < length ? kWake : 0);
    best += std::min(length, kWake);
  }
  EXPECT_LE(cost, 5 * best / 2);
}

}  // namespace
}  // namespace ringside::base
