// Calls and rows a second, measured between two questions: no timer runs for it.
//
//   Rates rates = meter.update(now, calls, rows);
//
// The base moves on once it is a second old, so that two operators who ask at once do not divide by a blink. The first answer is
// the mean since the start. Thread safety: one thread.
#pragma once

#include <chrono>
#include <cstdint>

#include "engine/admin/snapshot.h"

namespace ringside::engine {

class RateMeter {
 public:
  using Clock = std::chrono::steady_clock;
  explicit RateMeter(Clock::time_point start) : base_{start, 0, 0}, latest_(base_) {}

  Rates update(Clock::time_point now, std::uint64_t calls, std::uint64_t rows) {
    if (latest_.at - base_.at >= kLeast && now - latest_.at >= kLeast) base_ = latest_;
    if (now - latest_.at >= kLeast) latest_ = {now, calls, rows};
    const double seconds = std::chrono::duration<double>(now - base_.at).count();
    if (seconds <= 0) return {};
    return {.calls_per_s = static_cast<double>(calls - base_.calls) / seconds,
            .rows_per_s = static_cast<double>(rows - base_.rows) / seconds,
            .over_s = seconds};
  }

 private:
  struct Sample {
    Clock::time_point at;
    std::uint64_t calls, rows;
  };
  static constexpr std::chrono::seconds kLeast{1};
  Sample base_, latest_;
};

}  // namespace ringside::engine
