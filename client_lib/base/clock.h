// Time: CLOCK_MONOTONIC nanoseconds (deadlines, what crosses the wire) and raw ticks (stage times, converted off the path).
#pragma once

#include <ctime>
#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace ringside::base {

inline std::uint64_t monotonic_ns() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

// The processor's constant-rate counter: about 20 cycles, no system call. Differences mean something on one machine only.
inline std::uint64_t ticks() noexcept {
#if defined(__x86_64__)
  return __rdtsc();
#elif defined(__aarch64__)
  std::uint64_t value = 0;
  asm volatile("mrs %0, cntvct_el0" : "=r"(value));
  return value;
#else
  return monotonic_ns();
#endif
}

// One short pause inside a spin loop: gives the sibling hyperthread its turn and keeps the loop from speculating ahead.
inline void cpu_relax() noexcept {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield" ::: "memory");
#endif
}

}  // namespace ringside::base
