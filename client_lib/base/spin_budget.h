// How long a thread that waits adaptively spins before it sleeps: learnt from how long its waits turn out to be.
//
//   wait ──▶ spin for budget() ──found──▶ found_spinning(waited)                 the wait itself, exactly
//                              └─sleep──▶ woken ──▶ found_sleeping(waited)       the wait and our own wake-up
//
// The classic rule: spin for as long as a wake-up costs, and no wait costs more than twice the best possible. A fixed budget cannot
// follow it, for a wake-up takes 3 us here and 80 there; and where it is shorter than the *other* side's wake-up, both sides put each
// other to sleep for ever. So:
//
//   try      a wait that was slept through but was short: the next one may spin for twice as long as the shortest since the last try, and for
//            two wake-ups at most. (Short is up to twice the longest budget, for our own wake-up is in the measurement.)
//   keep     a budget that found something is kept: an interrupt's length puts nobody to sleep
//   halve    after a long wait: sparse traffic is not spun for, and a busy caller who paused is still met spinning
//   strike   a short wait that a budget missed, for the waited-for may need the very processor that we spin on; or one that it found, but by
//            spinning for more than two wake-ups: sleeping is cheaper. A find takes a strike away. From the second on the budget is 0, and
//            the next try waits for 4, 8, … 64 occasions: what cannot be foretold costs a spin rarely, and what changes is found out soon
//
// What a wake-up costs is told by what a wait slept through took longer than the next one, found spinning, or, where none is found, longer
// than its own spin in vain, which is too much by what was left of the wait. On one processor nothing is left: what a side spins there, and
// thereby adds to the other's wait, stays short.
//
// A pure value: times go in, times come out. Thread safety: one owner. Units: any, all the same. Cost: a few instructions.
#pragma once

#include <algorithm>
#include <cstdint>

namespace ringside::base {

struct SpinLimits {
  std::uint64_t first;  // before anything was learnt, and of any try the least: about a busy caller's own work between two calls
  std::uint64_t longest;  // however much it finds; 0: sleep at once
};

class SpinBudget {
 public:
  constexpr explicit SpinBudget(const SpinLimits& limits) noexcept
      : first_(std::min(limits.first, limits.longest)), longest_(limits.longest), budget_(first_) {}

  [[nodiscard]] constexpr std::uint64_t budget() const noexcept { return budget_; }

  // What was waited for came while we looked.
  constexpr void found_spinning(std::uint64_t waited) noexcept {
    if (slept_ != 0) {
      wake_ = wake_ / 4 + (slept_ - std::min(std::max(waited, spun_), slept_)) / 4 * 3;
      slept_ = 0;
    }
    if (waited > first_ && waited / kWorthWakes > wake_) {
      strike();
    } else if (strikes_ != 0) {
      --strikes_;
    }
  }

  // It came while we slept, after a spin of budget() in vain.
  constexpr void found_sleeping(std::uint64_t waited) noexcept {
    slept_ = 0;
    if (waited > 2 * longest_) {
      budget_ /= 2;
      return;
    }
    shortest_ = std::min(shortest_, waited);
    spun_ = std::min(budget_, waited);
    wake_ = wake_ == kUnknown ? waited - spun_ : wake_ - wake_ / 8 + (waited - spun_) / 8;
    if (budget_ >= first_) strike();
    if (hold_ != 0) {
      --hold_;
      return;
    }
    slept_ = waited;
    budget_ = std::min(std::max(std::min(kTryFactor * shortest_, kWorthWakes * wake_), first_), longest_);
    shortest_ = kUnknown;
  }

 private:
  static constexpr std::uint64_t kUnknown = ~std::uint64_t{0};
  static constexpr std::uint64_t kWorthWakes = 2;
  static constexpr std::uint64_t kTryFactor = 2;
  static constexpr std::uint32_t kStrikesForgiven = 1;
  static constexpr std::uint32_t kStrikesMost = 6;  // a try every 64 occasions

  constexpr void strike() noexcept {
    strikes_ = std::min(strikes_ + 1, kStrikesMost);
    if (strikes_ <= kStrikesForgiven) return;
    budget_ = 0;
    hold_ = std::uint32_t{1} << strikes_;
  }

  std::uint64_t first_, longest_;
  std::uint64_t budget_;
  std::uint64_t wake_ = kUnknown;      // what a wake-up costs
  std::uint64_t slept_ = 0;            // the wait before this one, if it was slept through and we now try to spin
  std::uint64_t spun_ = 0;             // in vain, in that wait
  std::uint64_t shortest_ = kUnknown;  // wait slept through since the last try
  std::uint32_t strikes_ = 0;
  std::uint32_t hold_ = 0;  // occasions for a try that are let go by
};

}  // namespace ringside::base
