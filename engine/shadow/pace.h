// When a worker may score a row for the shadow: after the callers, and so seldom that their 99th percentile does not notice.
//
//   idle    a pass found nothing for 2 us            one row a pass, and every pass looks for calls first
//   busy    512 passes found calls, one after another   one row: a worker that never rests still compares a few, the rest is shed
//   dear    rows that take more than 1 us            at most 1/200 of the time: of callers who come at any moment, so many meet one
//
// A pure value: the worker tells it what happened, and when. Thread safety: none; a worker owns it. Units: ticks of base::ticks().
#pragma once

#include <cstdint>

namespace ringside::engine {

class ShadowPace {
 public:
  static constexpr std::uint32_t kBusyPasses = 512;
  static constexpr std::uint64_t kDearShare = 200;

  struct Limits {
    std::uint64_t patience = 0;  // 2 us
    std::uint64_t cheap = 0;     // 1 us
  };
  explicit ShadowPace(const Limits& limits) noexcept : limits_(limits) {}

  // At the end of a pass while rows wait; whether the pass found calls.
  [[nodiscard]] bool due(std::uint64_t now, bool worked) noexcept {
    if (worked) {
      idle_since_ = 0;
      if (++busy_passes_ < kBusyPasses) return false;
    } else {
      if (idle_since_ == 0) idle_since_ = now;
      if (now - idle_since_ < limits_.patience) return false;
    }
    return now >= next_;
  }

  // Instead of sleeping, while rows wait: the pace of dear rows does not hold then, for who calls meanwhile would have had to wake us.
  [[nodiscard]] bool patient(std::uint64_t now) const noexcept {
    return idle_since_ != 0 && now - idle_since_ >= limits_.patience;
  }

  void scored(std::uint64_t began, std::uint64_t ended) noexcept {
    busy_passes_ = 0;
    const std::uint64_t took = ended - began;
    next_ = took > limits_.cheap ? ended + took * (kDearShare - 1) : 0;
  }

 private:
  Limits limits_;
  std::uint64_t idle_since_ = 0;  // 0: the last pass worked
  std::uint64_t next_ = 0;
  std::uint32_t busy_passes_ = 0;  // since the last row
};

}  // namespace ringside::engine
