// A child process whose life is single-stepped once, so that it can be killed again at any of the places found.
//
//   const auto trace = TracedLife::record(live);         every instruction; which of them are system calls and stores to shared memory
//   TracedLife life(live);
//   life.run_to(trace.steps[n]);                         by a breakpoint and a count of arrivals, not step by step
//   life.step();                                         and behind it
//   life.kill();
//
// A life is a function that runs in a forked child: the same addresses in every life. It calls mark_stage() now and then; arrivals are counted
// from the last mark, so that a place is reached quickly, and a life that waited longer before it is still the same life behind it.
//
// How a store is seen: once the segment is mapped, the recorder makes it read-only in the child by a system call of its own; a fault inside is
// a store. The page is made writable for that one instruction.
//
// Thread safety: the tracer is the thread that made it. x86-64 only; elsewhere the tests that need it are not built.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace ringside::testing {

void mark_stage();  // by the life

struct LifeStep {
  std::uint64_t address = 0;
  std::uint32_t stage = 0;    // marks before it
  std::uint32_t arrival = 0;  // at this address since the mark; from 1
  long system_call = -1;      // its number, where the instruction is one
  bool shared_store = false;
};

struct LifeTrace {
  std::vector<LifeStep> steps;
  int exit_status = -1;
};

class TracedLife {
 public:
  using Life = std::function<int()>;  // its exit status

  // One life, single-stepped from its first instruction to its end; `before` is called before each.
  static LifeTrace record(const Life& live, const std::function<void(const LifeStep&)>& before);

  explicit TracedLife(const Life& live);  // stands before its first instruction
  ~TracedLife();                          // killed, if it still lives
  TracedLife(const TracedLife&) = delete;
  TracedLife& operator=(const TracedLife&) = delete;

  // Runs until it stands before the step. False: this life ended without coming there, or no breakpoint can be set (the kernel's own page).
  [[nodiscard]] bool run_to(const LifeStep& step);
  [[nodiscard]] bool run_to_stage(std::uint32_t stage);
  void step();  // one instruction, the one before which it stands
  void kill();  // SIGKILL, and waits until it is gone

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

 private:
  // False: it ended, or does not stop again.
  [[nodiscard]] bool resume(int request);
  [[nodiscard]] bool run_to_arrival(std::uint64_t address, std::uint32_t arrival);
  // Makes the system call in the child, as if it had made it itself, with its registers kept.
  long call_for_it(long number, std::uint64_t first, std::uint64_t second, std::uint64_t third);
  [[nodiscard]] bool find_segment();
  void protect_segment(int protection);
  [[nodiscard]] std::uint64_t instruction() const;
  bool record_step(LifeStep& step);

  pid_t pid_ = -1;
  std::uint32_t stage_ = 0;
  int signal_ = 0;  // that stopped it
  int exit_status_ = -1;
  std::uint64_t segment_ = 0, segment_bytes_ = 0;
};

}  // namespace ringside::testing
