// When the calls of the run are due: in bursts, with pauses that add up to what the load leaves idle.
//
//   |call call call call …        |call call call …             2 ms a burst; 80 % of capacity: 84 % of it calls, paced a little below
//   |<-------- 84 % -----><-16 %->|                             capacity, then nothing
//
// An even schedule at 80 % of capacity leaves gaps of some hundred nanoseconds, in which nobody else can run: with two processors, the admin
// side would have to take its time from the callers. Here it finds the pauses.
//
// Thread safety: immutable. Times are CLOCK_MONOTONIC nanoseconds.
#pragma once

#include <algorithm>
#include <cstdint>

namespace ringside::bench {

class BurstSchedule {
 public:
  static constexpr std::uint64_t kBurstNs = 2'000'000;
  static constexpr double kPace = 0.95;  // within a burst, of capacity

  // REQUIRES: capacity > 0 calls a second; 0 < load <= kPace.
  BurstSchedule(std::uint64_t start_ns, double capacity, double load) noexcept
      : start_ns_(start_ns),
        spacing_ns_(1e9 / (capacity * kPace)),
        calls_(std::max<std::uint64_t>(1, static_cast<std::uint64_t>(capacity * load * (kBurstNs / 1e9)))) {}

  [[nodiscard]] std::uint64_t calls_a_burst() const noexcept { return calls_; }
  [[nodiscard]] std::uint64_t due_ns(std::uint64_t call) const noexcept {
    return start_ns_ + call / calls_ * kBurstNs + static_cast<std::uint64_t>(static_cast<double>(call % calls_) * spacing_ns_);
  }
  [[nodiscard]] bool begins_burst(std::uint64_t call) const noexcept { return call % calls_ == 0; }

 private:
  std::uint64_t start_ns_;
  double spacing_ns_;
  std::uint64_t calls_;
};

}  // namespace ringside::bench
