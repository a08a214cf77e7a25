// When the calls of an open loop are due: at a fixed rate, whatever becomes of them.
//
//   thread 0   |     |     |     |        threads take turns, so that all together are even
//   thread 1      |     |     |     |
//
// A call is late by what came before it, and its latency counts from the moment when it was due: a stall of the engine is in the times of
// every call that it held up, not in one.
//
// Thread safety: one thread. Times are CLOCK_MONOTONIC nanoseconds.
#pragma once

#include <time.h>

#include <cstdint>

#include "client_lib/base/clock.h"

namespace ringside::load {

class Schedule {
 public:
  // REQUIRES: rate > 0; thread < threads.
  Schedule(std::uint64_t start_ns, double rate, std::uint32_t thread, std::uint32_t threads) noexcept
      : start_ns_(start_ns), interval_ns_(1e9 * threads / rate), phase_ns_(1e9 / rate * thread) {}

  // From the number of the call, not from the last one's time: rounding does not add up.
  [[nodiscard]] std::uint64_t due_ns(std::uint64_t call) const noexcept {
    return start_ns_ + static_cast<std::uint64_t>(phase_ns_ + interval_ns_ * static_cast<double>(call));
  }

 private:
  std::uint64_t start_ns_;
  double interval_ns_, phase_ns_;
};

// Sleeps while there is much time and spins through the rest: a sleeper wakes some 60 us late. Returns at once where `due_ns` has passed.
inline void wait_until(std::uint64_t due_ns) noexcept {
  constexpr std::uint64_t kSpinNs = 150'000;
  std::uint64_t now = base::monotonic_ns();
  if (due_ns > now + kSpinNs) {
    const std::uint64_t wake = due_ns - kSpinNs;
    const timespec until{.tv_sec = static_cast<time_t>(wake / 1'000'000'000), .tv_nsec = static_cast<long>(wake % 1'000'000'000)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) != 0) {
    }
  }
  while (base::monotonic_ns() < due_ns) base::cpu_relax();
}

}  // namespace ringside::load
