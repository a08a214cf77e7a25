// Ticks around one call. The load fences keep the processor from beginning the next call before this one has ended, and from reading
// the counter early: what is measured is the latency of a call, not the rate at which calls overlap. Costs some 10 ns, on every side alike.
#pragma once

#include <cstdint>

#include "client_lib/base/clock.h"

namespace ringside::bench {

inline std::uint64_t fenced_ticks() noexcept {
#if defined(__x86_64__)
  _mm_lfence();
  const std::uint64_t now = base::ticks();
  _mm_lfence();
  return now;
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
  return base::ticks();
#else
  return base::ticks();
#endif
}

}  // namespace ringside::bench
