// How long the oldest of what was committed has waited to be written, from two growing counts that are looked at now and then.
//
//   committed  ──●────●────●──▶      the oldest look at which more was committed than is written by now: that long ago
//   written    ────────●
//
// Thread safety: any thread. Cost: a look each second is kept, for ten minutes at most.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>

namespace ringside::engine {

class LagMeter {
 public:
  using Clock = std::chrono::steady_clock;

  void look(std::uint64_t committed, std::uint64_t written, Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    while (!looks_.empty() && looks_.front().committed <= written) looks_.pop_front();
    // What came since the last look is as old as this one at most. Full: the oldest stays, so that a lag never shrinks by itself.
    if (committed > written && looks_.size() < kLooksMax && (looks_.empty() || committed > looks_.back().committed)) {
      looks_.push_back({now, committed});
    }
  }
  [[nodiscard]] double lag_s(Clock::time_point now) const {
    const std::lock_guard lock(mutex_);
    return looks_.empty() ? 0 : std::chrono::duration<double>(now - looks_.front().at).count();
  }

 private:
  static constexpr std::size_t kLooksMax = 600;
  struct Look {
    Clock::time_point at;
    std::uint64_t committed;
  };
  mutable std::mutex mutex_;
  std::deque<Look> looks_;
};

}  // namespace ringside::engine
