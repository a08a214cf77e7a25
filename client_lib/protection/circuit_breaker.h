// Stops calling an engine that fails, and finds out with one call at a time whether it is back.
//
//   closed ──`failures` in a row──▶ open ──`open_for`──▶ half open: one call may go ──it is answered──▶ closed
//                                    ▲                            │
//                                    └───────── it fails ─────────┘
//
// Thread safety: any thread, no locks. Cost: a relaxed load while closed. A trial that is never told about (a forgotten call) is followed by
// another one `open_for` later. relaxed throughout: a call that passes a moment late or early does no harm.
#pragma once

#include <atomic>
#include <cstdint>

namespace ringside::detail {

class CircuitBreaker {
 public:
  // `failures` 0: it never opens.
  CircuitBreaker(std::uint32_t failures, std::uint64_t open_for_ns) noexcept : limit_(failures), open_for_ns_(open_for_ns) {}

  [[nodiscard]] bool is_off() const noexcept { return limit_ == 0; }

  // False: do not call.
  [[nodiscard]] bool may_go(std::uint64_t now_ns) noexcept {
    if (is_off() || in_a_row_.load(std::memory_order_relaxed) < limit_) return true;
    std::uint64_t until = open_until_ns_.load(std::memory_order_relaxed);
    return now_ns >= until && open_until_ns_.compare_exchange_strong(until, now_ns + open_for_ns_, std::memory_order_relaxed);
  }
  // The call that might go at `now_ns` did not: where it was the trial, the next one may be.
  void not_sent(std::uint64_t now_ns) noexcept {
    std::uint64_t until = now_ns + open_for_ns_;
    if (!is_off()) open_until_ns_.compare_exchange_strong(until, now_ns, std::memory_order_relaxed);
  }
  void succeeded() noexcept {
    if (!is_off() && in_a_row_.load(std::memory_order_relaxed) != 0) in_a_row_.store(0, std::memory_order_relaxed);
  }
  void failed(std::uint64_t now_ns) noexcept {
    if (is_off()) return;
    const std::uint32_t before = in_a_row_.load(std::memory_order_relaxed);
    if (before >= limit_) return open_until_ns_.store(now_ns + open_for_ns_, std::memory_order_relaxed);
    if (in_a_row_.fetch_add(1, std::memory_order_relaxed) + 1 == limit_)
      open_until_ns_.store(now_ns + open_for_ns_, std::memory_order_relaxed);
  }

 private:
  std::uint32_t limit_;
  std::uint64_t open_for_ns_;
  std::atomic<std::uint32_t> in_a_row_{0};
  std::atomic<std::uint64_t> open_until_ns_{0};
};

}  // namespace ringside::detail
