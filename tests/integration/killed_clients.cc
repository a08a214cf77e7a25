#include "tests/integration/killed_clients.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/syscall.h>

#include <algorithm>
#include <thread>

#include "tests/integration/client_life.h"
#include "tests/integration/demo_rows.h"

namespace ringside::testing {

namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

std::vector<Death> deaths_at_calls_and_stores(const LifeTrace& trace) {
  std::vector<Death> deaths;
  for (std::size_t step = 0; step < trace.steps.size(); ++step) {
    if (trace.steps[step].system_call < 0 && !trace.steps[step].shared_store) continue;
    deaths.push_back({step, false});
    deaths.push_back({step, true});
  }
  return deaths;
}

OneProcessor::OneProcessor() {
  sched_getaffinity(0, sizeof allowed_, &allowed_);
  int first = 0;
  while (!CPU_ISSET(first, &allowed_)) ++first;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  sched_setaffinity(0, sizeof one, &one);
}

OneProcessor::~OneProcessor() { sched_setaffinity(0, sizeof allowed_, &allowed_); }

KilledClients::KilledClients()
    : fields_(demo_fields()),
      survivor_(engine_.connect()),
      schema_(*survivor_.resolve(fields_)),
      row_(schema_),
      before_(footprint_of(engine_.pid())) {
  fill(row_, demo_rows()[7]);
  record();
  while (footprint_of(engine_.pid()) != before_) std::this_thread::yield();
}

// Stepped through, a client is so slow that it would never wait: so the engine stands still from before the call until the client has slept.
void KilledClients::record() {
  bool slept = false;
  std::size_t steps = 0;
  trace_ = TracedLife::record(life(), [&](const LifeStep& step) {
    if (step.stage == kSubmitStage && thawed_at_ == 0 && !frozen_) freeze();
    if (slept && frozen_) {
      thawed_at_ = steps;
      thaw();
    }
    slept |= step.stage == kWaitStage && step.system_call == SYS_futex;
    ++steps;
  });
}

// Asleep, so that every client finds that it must ring.
void KilledClients::freeze() {
  while (!is_asleep(engine_.pid())) std::this_thread::yield();
  engine_.freeze();
  frozen_ = true;
}

void KilledClients::thaw() {
  if (frozen_) engine_.thaw();
  frozen_ = false;
}

TracedLife::Life KilledClients::life() const {
  return [this] { return live_as_client(engine_.run_dir(), fields_); };
}

void KilledClients::expect_served() {
  ASSERT_EQ(difference(survivor_.predict(row_, {.deadline = std::chrono::seconds(60)}), demo_rows()[7]), "");
}

void KilledClients::die(const Death& death) {
  {
    TracedLife victim(life());
    const LifeStep& step = trace_.steps[death.step];
    const bool while_owed = step.stage >= kSubmitStage && death.step < thawed_at_;
    bool there = true;
    if (while_owed) {
      there = victim.run_to_stage(kSubmitStage);
      freeze();
    }
    there = there && victim.run_to(step);
    if (there && death.behind) victim.step();
    victim.kill();
    thaw();
    if (!there) {
      ++missed_;
      return;
    }
  }
  const auto died_at = Clock::now();
  expect_served();
  while (footprint_of(engine_.pid()) != before_) std::this_thread::yield();
  slowest_ = std::max(slowest_, std::chrono::nanoseconds(Clock::now() - died_at));
  if (++died_ == 100) private_bytes_ = private_bytes_of(engine_.pid());
}

void KilledClients::expect_memory_as_before() const {
  ASSERT_GE(died_, 100u);
  // What a client costs the engine privately (its session, a seating, its schemas' adapters) is some tens of KiB: 8 MiB is far below what
  // hundreds of them would leave, and above what an allocator keeps for itself.
  EXPECT_LT(private_bytes_of(engine_.pid()), private_bytes_ + (8u << 20));
}

}  // namespace ringside::testing
