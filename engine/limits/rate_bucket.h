// A token bucket in one word, shared by all workers: the moment until which what was taken is paid for.
//
//            paid_until            now
//   ────────────●───────────────────│──▶ time      taken: now is past paid_until; then paid_until += amount / rate
//               ╰── saved up, at most `burst` ──╯
//
// A call passes while something is saved up, however large it is, and may leave a debt: so no size of call waits for ever, and over any
// span of time the rate holds (generic cell rate algorithm).
//
// Thread safety: any thread, without locks. relaxed throughout: the word stands for itself, nothing is published by it.
// Cost: a load and one locked instruction. Errors of rounding: a sixteenth of a nanosecond a call.
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>

namespace ringside::engine {

class RateBucket {
 public:
  // 0 a second: there is no limit.
  RateBucket(std::uint64_t per_s, std::uint64_t burst_ns) noexcept
      : cost_(per_s == 0 ? 0 : 1e9 * kParts / static_cast<double>(per_s)), burst_(static_cast<std::int64_t>(burst_ns) * kParts) {}

  // 0: taken. Else nothing is, and it is worth asking again after so many ns.
  [[nodiscard]] std::uint64_t take(std::uint64_t now_ns, std::uint64_t amount) noexcept {
    if (cost_ == 0) return 0;
    const auto now = static_cast<std::int64_t>(now_ns) * kParts;
    const std::int64_t cost = cost_of(amount);
    std::int64_t paid_until = paid_until_.load(std::memory_order_relaxed);
    do {
      if (paid_until > now) return static_cast<std::uint64_t>(paid_until - now + kParts - 1) / kParts;
    } while (
        !paid_until_.compare_exchange_weak(paid_until, std::max(paid_until, now - burst_) + cost, std::memory_order_relaxed));
    return 0;
  }
  // What was taken and is not used after all. REQUIRES: the same amount.
  void give_back(std::uint64_t amount) noexcept {
    if (cost_ != 0) paid_until_.fetch_sub(cost_of(amount), std::memory_order_relaxed);
  }

  // For a bucket that takes another's place: what was used stays used.
  [[nodiscard]] std::int64_t level() const noexcept { return paid_until_.load(std::memory_order_relaxed); }
  void set_level(std::int64_t level) noexcept { paid_until_.store(level, std::memory_order_relaxed); }
  // Whether all that can be saved up is: nothing is lost by forgetting it.
  [[nodiscard]] bool is_full(std::uint64_t now_ns) const noexcept {
    return cost_ == 0 || level() <= static_cast<std::int64_t>(now_ns) * kParts - burst_;
  }

 private:
  static constexpr std::int64_t kParts = 16;  // of a ns: 2^63 of them are 18 years of uptime
  [[nodiscard]] std::int64_t cost_of(std::uint64_t amount) const noexcept {
    return static_cast<std::int64_t>(std::llround(static_cast<double>(amount) * cost_));
  }

  double cost_;  // of one
  std::int64_t burst_;
  std::atomic<std::int64_t> paid_until_{0};
};

}  // namespace ringside::engine
