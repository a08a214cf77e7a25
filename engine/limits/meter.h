// What one subject of a rule has used: shared by all channels of all clients that the rule counts together.
//
// Thread safety: any thread, without locks. Every atomic is relaxed: each is a number of its own, and a reader may see it some ns old.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

#include "engine/limits/limit_rule.h"
#include "engine/limits/rate_bucket.h"
#include "schemas/wire/limits.h"
#include "schemas/wire/status.h"

namespace ringside::engine {

// kNone: it may pass.
struct Verdict {
  wire::Reason reason = wire::Reason::kNone;
  std::uint64_t retry_after_ns = 0;  // 0: nobody can say
};

class alignas(wire::kPairBytes) Meter {
 public:
  Meter(const LimitRule& rule, std::string subject)
      : subject_(std::move(subject)),
        rows_per_s_(rule.rows_per_s),
        calls_per_s_(rule.calls_per_s),
        burst_ms_(rule.burst_ms),
        in_flight_max_(rule.in_flight),
        rows_(rule.rows_per_s, burst_ns(rule)),
        calls_(rule.calls_per_s, burst_ns(rule)) {}

  [[nodiscard]] const std::string& subject() const noexcept { return subject_; }

  // A call begins, or may not: then nothing was taken.
  [[nodiscard]] Verdict enter(std::uint64_t now_ns, std::uint32_t rows) noexcept {
    if (in_flight_max_ != 0 && in_flight_.fetch_add(1, std::memory_order_relaxed) >= in_flight_max_) {
      leave();
      return refuse(concurrency_refusals_, {wire::Reason::kConcurrencyLimit, 0});
    }
    if (const std::uint64_t wait_ns = calls_.take(now_ns, 1); wait_ns != 0) {
      leave();
      return refuse(rate_refusals_, {wire::Reason::kRateLimit, wait_ns});
    }
    if (const std::uint64_t wait_ns = rows_.take(now_ns, rows); wait_ns != 0) {
      calls_.give_back(1);
      leave();
      return refuse(rate_refusals_, {wire::Reason::kRateLimit, wait_ns});
    }
    return {};
  }
  // It is answered. REQUIRES: enter() let it pass.
  void leave() noexcept {
    if (in_flight_max_ != 0) in_flight_.fetch_sub(1, std::memory_order_relaxed);
  }
  // It will not be scored after all; leave() is still due.
  void refund(std::uint32_t rows) noexcept {
    rows_.give_back(rows);
    calls_.give_back(1);
  }

  [[nodiscard]] bool counts_under_way() const noexcept { return in_flight_max_ != 0; }
  [[nodiscard]] std::uint32_t in_flight() const noexcept { return in_flight_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t rate_refusals() const noexcept { return rate_refusals_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t concurrency_refusals() const noexcept {
    return concurrency_refusals_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t rows_per_s() const noexcept { return rows_per_s_; }
  [[nodiscard]] std::uint64_t calls_per_s() const noexcept { return calls_per_s_; }
  [[nodiscard]] std::uint32_t in_flight_max() const noexcept { return in_flight_max_; }

  [[nodiscard]] bool is_of(const LimitRule& rule) const noexcept {
    return rows_per_s_ == rule.rows_per_s && calls_per_s_ == rule.calls_per_s && burst_ms_ == rule.burst_ms &&
           in_flight_max_ == rule.in_flight;
  }
  // The rule has other numbers now: who has used up the old rate does not begin anew. (Calls under way stay with the meter that they entered.)
  void take_over(const Meter& before) noexcept {
    rows_.set_level(before.rows_.level());
    calls_.set_level(before.calls_.level());
    rate_refusals_.store(before.rate_refusals(), std::memory_order_relaxed);
    concurrency_refusals_.store(before.concurrency_refusals(), std::memory_order_relaxed);
  }
  [[nodiscard]] bool is_idle(std::uint64_t now_ns) const noexcept {
    return rows_.is_full(now_ns) && calls_.is_full(now_ns) && in_flight() == 0;
  }

 private:
  static std::uint64_t burst_ns(const LimitRule& rule) noexcept { return rule.burst_ms * std::uint64_t{1'000'000}; }
  static Verdict refuse(std::atomic<std::uint64_t>& count, Verdict verdict) noexcept {
    count.fetch_add(1, std::memory_order_relaxed);
    return verdict;
  }

  std::string subject_;
  std::uint64_t rows_per_s_, calls_per_s_;
  std::uint32_t burst_ms_, in_flight_max_;
  RateBucket rows_, calls_;
  std::atomic<std::uint32_t> in_flight_{0};
  std::atomic<std::uint64_t> rate_refusals_{0}, concurrency_refusals_{0};
};

}  // namespace ringside::engine
