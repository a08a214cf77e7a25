// How many calls may be made again: a share of all calls, saved up to a few. When everything fails, load grows by that share and no more.
//
// Thread safety: any thread, no locks; relaxed, as the number stands for itself. Cost: one locked instruction a call, none where it is off.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace ringside::detail {

class RetryBudget {
 public:
  static constexpr std::int64_t kSavedMax = 10;  // retries

  // `share`: of calls, from 0 (none) to 1.
  explicit RetryBudget(double share) noexcept
      : earned_(static_cast<std::int64_t>(std::clamp(share, 0.0, 1.0) * kWhole)), saved_(earned_ == 0 ? 0 : kSavedMax * kWhole) {}

  [[nodiscard]] bool is_off() const noexcept { return earned_ == 0; }

  // A first try.
  void earn() noexcept {
    if (is_off() || saved_.load(std::memory_order_relaxed) >= kSavedMax * kWhole) return;
    saved_.fetch_add(earned_, std::memory_order_relaxed);
  }
  // True: try again.
  [[nodiscard]] bool spend() noexcept {
    std::int64_t saved = saved_.load(std::memory_order_relaxed);
    do {
      if (saved < kWhole) return false;
    } while (!saved_.compare_exchange_weak(saved, saved - kWhole, std::memory_order_relaxed));
    return true;
  }

 private:
  static constexpr std::int64_t kWhole = 1'000;  // of one retry
  std::int64_t earned_;
  std::atomic<std::int64_t> saved_;
};

}  // namespace ringside::detail
