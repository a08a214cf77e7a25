// Goal: channels with work get rows by the weight of their class, whatever the sizes of their calls, and a caller of few rows never waits
// for more than a tile of others.
// Method: channels that are numbers, and turns that are counted: no clock and no thread.
#include "engine/worker/fair_turns.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace ringside::engine {
namespace {

// A channel that always has a call of some rows, or one when the test says so.
struct Caller {
  std::uint32_t rows = 1;
  Priority priority = Priority::kNormal;
  bool has_work = true;
  std::uint64_t had = 0, turns = 0, rows_had = 0;
  std::uint32_t more = 0;  // rows beyond those that could be seen before it went
};

// One pass, as the worker does it. Returns the rows that were served.
std::uint32_t pass(FairTurns& turns, std::vector<Caller>& callers) {
  std::uint32_t served = 0;
  do {
    for (Caller& caller : callers) {
      if (!caller.has_work || !turns.may_go(caller.had, caller.rows, caller.priority)) continue;
      const std::uint32_t rows = caller.rows + caller.more;
      turns.went(caller.had, rows, caller.priority);
      ++caller.turns;
      caller.rows_had += rows;
      served += rows;
    }
  } while (turns.end_look());
  return served;
}

TEST(FairTurns, OneCallerHasEveryPass) {
  FairTurns turns;
  std::vector<Caller> callers(1);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(pass(turns, callers), 1U);
}

TEST(FairTurns, NobodyWithWorkIsNoTurn) {
  FairTurns turns;
  std::vector<Caller> callers{{.has_work = false}};
  EXPECT_EQ(pass(turns, callers), 0U);
}

TEST(FairTurns, EveryPassServesSomebodyWhoHasWork) {
  std::mt19937 random(11);
  FairTurns turns;
  std::vector<Caller> callers(20);
  for (int i = 0; i < 100'000; ++i) {
    bool any = false;
    for (Caller& caller : callers) {
      caller.rows = 1 + random() % 64;
      caller.priority = static_cast<Priority>(random() % 3);
      caller.has_work = random() % 4 == 0;
      any |= caller.has_work;
    }
    ASSERT_EQ(pass(turns, callers) != 0, any) << i;
  }
}

TEST(FairTurns, RowsAreSharedWhateverTheSizesOfCalls) {
  FairTurns turns;
  std::vector<Caller> callers{{.rows = 64}, {.rows = 1}, {.rows = 7}, {.rows = 33}};
  for (int i = 0; i < 20'000; ++i) pass(turns, callers);
  for (const Caller& caller : callers) {
    EXPECT_NEAR(static_cast<double>(caller.rows_had), static_cast<double>(callers[0].rows_had), 128) << caller.rows;
  }
}

// The promise of issue 8: however many channels have batches under way.
TEST(FairTurns, ACallerOfOneRowWaitsForOneTile) {
  for (const unsigned seed : {1U, 2U, 3U}) {
    std::mt19937 random(seed);
    FairTurns turns;
    std::vector<Caller> callers(32, {.rows = 64});
    callers.push_back({.rows = 1, .has_work = false});  // the last that a pass looks at
    for (int call = 0; call < 2'000; ++call) {
      for (auto idle = random() % 5; idle > 0; --idle) pass(turns, callers);
      callers.back().has_work = true;
      const std::uint64_t before = callers.back().turns;
      const std::uint32_t others = pass(turns, callers) - callers.back().rows;
      ASSERT_EQ(callers.back().turns, before + 1) << "it was not served in the pass after it came, call " << call;
      ASSERT_LE(others, FairTurns::kLargeRows) << call;
      callers.back().has_work = false;
    }
  }
}

// Of several targets, or of a peer that changed them after the look.
TEST(FairTurns, CallsThatAreLargerThanTheyLookAddOneTile) {
  FairTurns turns;
  std::vector<Caller> callers(32, {.rows = 1, .more = 63});
  callers.push_back({.rows = 1});
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_LE(pass(turns, callers), 2 * FairTurns::kLargeRows + 1) << i;
  }
  for (const Caller& caller : callers) {
    EXPECT_NEAR(static_cast<double>(caller.rows_had), static_cast<double>(callers[0].rows_had), 128) << caller.rows;
  }
}

TEST(FairTurns, AHigherClassHasFourTimesTheShareAndNobodyStarves) {
  FairTurns turns;
  std::vector<Caller> callers{{.priority = Priority::kLow}, {.priority = Priority::kNormal}, {.priority = Priority::kHigh}};
  for (int i = 0; i < 100'000; ++i) pass(turns, callers);
  const auto high = static_cast<double>(callers[2].turns);
  EXPECT_NEAR(high / static_cast<double>(callers[1].turns), 4.0, 0.05);
  EXPECT_NEAR(high / static_cast<double>(callers[0].turns), 16.0, 0.3);
}

TEST(FairTurns, ALowerClassAloneHasEverything) {
  FairTurns turns;
  std::vector<Caller> callers{{.rows = 64, .priority = Priority::kLow}, {.has_work = false}};
  for (int i = 0; i < 100; ++i) EXPECT_EQ(pass(turns, callers), 64U);
}

TEST(FairTurns, IdlenessSavesUpNoClaim) {
  FairTurns turns;
  std::vector<Caller> callers{{.rows = 8}, {.rows = 8, .has_work = false}};
  for (int i = 0; i < 10'000; ++i) pass(turns, callers);
  callers[1].has_work = true;
  const std::uint64_t before = callers[0].turns;
  for (int i = 0; i < 1'000; ++i) pass(turns, callers);
  EXPECT_NEAR(static_cast<double>(callers[0].turns - before), static_cast<double>(callers[1].turns), 2);
}

}  // namespace
}  // namespace ringside::engine
