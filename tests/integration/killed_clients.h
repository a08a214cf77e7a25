// Kills clients at places of their lives, and looks what becomes of the engine and of another client.
//
//   KilledClients killed;
//   const auto deaths = places(killed.trace());          before and behind every system call and every store to shared memory
//   for (const Death& death : deaths) killed.die(death); expects the survivor served and the engine as it was
//
// Thread safety: one thread; one of them a process (it is the tracer of its victims).
#pragma once

#include <sched.h>

#include <chrono>
#include <vector>

#include "tests/integration/engine_footprint.h"
#include "tests/integration/engine_process.h"
#include "tests/integration/traced_life.h"

namespace ringside::testing {

struct Death {
  std::size_t step = 0;  // of the trace
  bool behind = false;   // the instruction was carried out
};

[[nodiscard]] std::vector<Death> deaths_at_calls_and_stores(const LifeTrace& trace);

// Tracer and victim take turns; on two processors each turn would be a wake-up from one to the other.
class OneProcessor {
 public:
  OneProcessor();
  ~OneProcessor();
  OneProcessor(const OneProcessor&) = delete;
  OneProcessor& operator=(const OneProcessor&) = delete;

 private:
  cpu_set_t allowed_;
};

class KilledClients {
 public:
  KilledClients();

  [[nodiscard]] const LifeTrace& trace() const noexcept { return trace_; }
  // Expects that the survivor is answered right and that the engine comes to hold what it held before. Waits for that: the watchdog of the
  // whole ends a leak.
  void die(const Death& death);

  [[nodiscard]] std::size_t died() const noexcept { return died_; }
  [[nodiscard]] std::size_t missed() const noexcept { return missed_; }  // lives that took another way
  [[nodiscard]] std::chrono::nanoseconds slowest_return() const noexcept { return slowest_; }
  // That the engine's private memory did not grow by the deaths since the first hundred.
  void expect_memory_as_before() const;

 private:
  void expect_served();
  [[nodiscard]] TracedLife::Life life() const;
  void record();
  void freeze();
  void thaw();

  EngineProcess engine_;
  std::vector<FieldDecl> fields_;
  Client survivor_;
  Schema schema_;
  Row row_;
  OneProcessor processor_;  // of this process and its victims, not of the engine
  LifeTrace trace_;
  std::size_t thawed_at_ = 0;  // step of the trace: before it the client has slept on an answer that a frozen engine owed
  bool frozen_ = false;
  EngineFootprint before_;
  std::uint64_t private_bytes_ = 0;  // after the first hundred
  std::size_t died_ = 0, missed_ = 0;
  std::chrono::nanoseconds slowest_{0};
};

}  // namespace ringside::testing
