// Nanoseconds from differences of base::ticks(), without a division or a system call.
//
// Thread safety: immutable. Accuracy: measured against CLOCK_MONOTONIC over a few milliseconds: about 1 in 10,000.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "client_lib/base/clock.h"

namespace ringside::base {

class TickRate {
 public:
  // Spins for about 2 ms.
  static TickRate measure() noexcept {
    const std::uint64_t start_ns = monotonic_ns(), start_ticks = ticks();
    std::uint64_t now_ns = start_ns;
    while (now_ns - start_ns < 2'000'000) now_ns = monotonic_ns();
    const std::uint64_t elapsed_ticks = std::max<std::uint64_t>(ticks() - start_ticks, 1);
    TickRate rate;
    rate.ns_per_tick_ = static_cast<double>(now_ns - start_ns) / static_cast<double>(elapsed_ticks);
    return rate;
  }

  [[nodiscard]] std::uint64_t ns(std::uint64_t tick_difference) const noexcept {
    return static_cast<std::uint64_t>(static_cast<double>(tick_difference) * ns_per_tick_);
  }
  // The same, at most 2^32 - 1: four seconds.
  [[nodiscard]] std::uint32_t ns32(std::uint64_t tick_difference) const noexcept {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(ns(tick_difference), std::numeric_limits<std::uint32_t>::max()));
  }
  [[nodiscard]] std::uint64_t ticks_in(std::uint64_t ns) const noexcept { return static_cast<std::uint64_t>(static_cast<double>(ns) / ns_per_tick_); }

 private:
  double ns_per_tick_ = 1.0;
};

}  // namespace ringside::base
