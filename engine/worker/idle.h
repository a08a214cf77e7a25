// How long a worker looks before it sleeps.
//
//   spin      never sleeps: the lowest latency, one core gone
//   adaptive  looks for a while after the last work, then sleeps; the while halves each time it was in vain and is whole again after one that
//             was not, so sparse traffic costs next to nothing and dense traffic is answered spinning
//   park      sleeps at once
//
// Thread safety: none; a worker owns it. Units: ticks of base::ticks().
#pragma once

#include <algorithm>
#include <cstdint>

#include "client_lib/base/clock.h"
#include "client_lib/base/tick_rate.h"

namespace ringside::engine {

enum class WaitMode : std::uint8_t { kSpin, kAdaptive, kPark };

class Idle {
 public:
  Idle(WaitMode mode, std::uint64_t spin_ns, const base::TickRate& rate) noexcept
      : mode_(mode), full_budget_(rate.ticks_in(spin_ns)), budget_(full_budget_) {}

  // After a pass that did something.
  void worked() noexcept {
    if (idle_since_ != 0) budget_ = full_budget_;  // looking was worth it
    idle_since_ = 0;
  }

  // After a pass that found nothing. True: sleep now.
  [[nodiscard]] bool should_park() noexcept {
    if (mode_ == WaitMode::kSpin) {
      base::cpu_relax();
      return false;
    }
    if (mode_ == WaitMode::kPark) return true;
    const std::uint64_t now = base::ticks();
    if (idle_since_ == 0) idle_since_ = now;
    if (now - idle_since_ < budget_) {
      base::cpu_relax();
      return false;
    }
    budget_ = std::max(budget_ / 2, full_budget_ / kSmallestShare);
    return true;
  }

  // Back from sleep: whatever woke us starts a new while.
  void woke() noexcept { idle_since_ = 0; }

 private:
  static constexpr std::uint64_t kSmallestShare = 8;

  WaitMode mode_;
  std::uint64_t full_budget_, budget_;
  std::uint64_t idle_since_ = 0;  // 0: the last pass worked
};

}  // namespace ringside::engine
