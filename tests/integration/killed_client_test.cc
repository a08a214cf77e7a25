// Goal: wherever a client dies, the engine serves the others, and gives back what it held for the dead one.
// Method: one life is single-stepped; then a life is ended by SIGKILL before and behind every system call and every store to shared memory
// that it made, and before instructions drawn from all of it by a seeded generator. The long form draws a hundred thousand.
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstdio>
#include <random>

#include "tests/integration/client_life.h"
#include "tests/integration/killed_clients.h"

namespace ringside::testing {
namespace {

void say(const char* what, const KilledClients& killed) {
  std::printf(
      "%s: %zu died, %zu took another way; the engine as before within %.1f ms at the slowest, the survivor's call included\n",
      what, killed.died(), killed.missed(), static_cast<double>(killed.slowest_return().count()) / 1e6);
}

TEST(KilledClient, LifeIsRecordedToItsEndWithAllItsStages) {
  const KilledClients killed;
  const LifeTrace& trace = killed.trace();
  EXPECT_EQ(trace.exit_status, 0) << "stepped through, it was not answered right";
  ASSERT_FALSE(trace.steps.empty());
  EXPECT_EQ(trace.steps.back().stage, kClientStages);
  for (std::uint32_t stage = 1; stage <= kClientStages; ++stage) {
    const auto of_stage = [stage](const LifeStep& step) { return step.stage == stage; };
    const auto calls =
        std::ranges::count_if(trace.steps, [&](const LifeStep& step) { return of_stage(step) && step.system_call >= 0; });
    const auto stores =
        std::ranges::count_if(trace.steps, [&](const LifeStep& step) { return of_stage(step) && step.shared_store; });
    std::printf("stage %u: %td instructions, %td system calls, %td stores to shared memory\n", stage,
                std::ranges::count_if(trace.steps, of_stage), calls, stores);
  }
}

// A life that waited where lives seldom wait is not lived again: then another one is recorded.
constexpr int kLivesRecordedMax = 5;

TEST(KilledClient, AtEverySystemCallAndEveryStoreLeavesNothingBehind) {
  for (int life = 0; life < kLivesRecordedMax; ++life) {
    KilledClients killed;
    const std::vector<Death> deaths = deaths_at_calls_and_stores(killed.trace());
    for (const Death& death : deaths) {
      killed.die(death);
      if (::testing::Test::HasFatalFailure()) return;
    }
    say("at calls and stores", killed);
    killed.expect_memory_as_before();
    if (killed.missed() * 5 <= deaths.size()) return;
  }
  FAIL() << "places of the recorded life were not found again, of " << kLivesRecordedMax << " lives";
}

#ifdef RINGSIDE_LONG
constexpr int kRandomDeaths = 100'000;
#else
constexpr int kRandomDeaths = 300;
#endif

TEST(KilledClient, AtRandomInstructionsLeavesNothingBehind) {
  for (int life = 0; life < kLivesRecordedMax; ++life) {
    KilledClients killed;
    std::mt19937 random(20'261'125);
    for (int i = 0; i < kRandomDeaths; ++i) {
      killed.die({random() % killed.trace().steps.size(), false});
      if (::testing::Test::HasFatalFailure()) return;
      if (i % 1'000 == 999) say("at random instructions so far", killed);
    }
    say("at random instructions", killed);
    killed.expect_memory_as_before();
    if (killed.missed() * 5 <= static_cast<std::size_t>(kRandomDeaths)) return;
  }
  FAIL() << "places of the recorded life were not found again, of " << kLivesRecordedMax << " lives";
}

}  // namespace
}  // namespace ringside::testing
