// How long a worker looks before it sleeps.
//
//   spin      never sleeps: the lowest latency, one core gone
//   adaptive  looks for as long as base::SpinBudget has learnt that it pays, then sleeps: dense traffic is answered spinning, sparse traffic
//             costs a few microseconds of looking a call, an idle engine nothing
//   park      sleeps at once
//
// Two budgets are learnt: what comes after a pass that woke a client is a wake-up away, what comes after another pass is not.
//
// A pure value: the worker tells it what happened, and when. Thread safety: none; a worker owns it. Units: ticks of base::ticks(); a moment
// is never 0.
#pragma once

#include <cstdint>

#include "client_lib/base/spin_budget.h"

namespace ringside::engine {

enum class WaitMode : std::uint8_t { kSpin, kAdaptive, kPark };

class Idle {
 public:
  Idle(WaitMode mode, const base::SpinLimits& limits) noexcept
      : mode_(mode), after_quiet_(limits), after_waking_(limits), budget_(&after_quiet_) {}
  Idle(const Idle&) = delete;  // budget_ points into it
  Idle& operator=(const Idle&) = delete;

  [[nodiscard]] bool never_parks() const noexcept { return mode_ == WaitMode::kSpin; }

  // After a pass that did something; whether it woke a client.
  void worked(bool woke_a_client) noexcept {
    if (began_ != 0) {
      if (slept_) {
        budget_->found_sleeping(last_ - began_);
      } else {
        budget_->found_spinning(last_ - began_);
      }
    }
    began_ = 0;
    slept_ = false;
    budget_ = woke_a_client ? &after_waking_ : &after_quiet_;
  }

  // After a pass at `now` that found nothing. True: sleep now. REQUIRES: !never_parks().
  [[nodiscard]] bool should_park(std::uint64_t now) noexcept {
    if (slept_) begin(now);  // roused, and not for work: that wait teaches nothing
    if (began_ == 0) begin(now);
    last_ = now;
    return mode_ == WaitMode::kPark || now - began_ >= budget_->budget();
  }

  // How long this wait looks, from its first look.
  [[nodiscard]] std::uint64_t patience() const noexcept { return budget_->budget(); }

  // Work came just before sleep.
  void stayed_awake(std::uint64_t now) noexcept { last_ = now; }
  // Back from sleep, whatever ended it.
  void woke(std::uint64_t now) noexcept {
    last_ = now;
    slept_ = true;
  }

 private:
  void begin(std::uint64_t now) noexcept {
    began_ = now;
    slept_ = false;
  }

  WaitMode mode_;
  base::SpinBudget after_quiet_, after_waking_;
  base::SpinBudget* budget_;  // that of this wait
  std::uint64_t began_ = 0;   // the first look that found nothing; 0: the last pass worked
  std::uint64_t last_ = 0;    // the last such look, or when we woke
  bool slept_ = false;        // this wait was slept through
};

}  // namespace ringside::engine
