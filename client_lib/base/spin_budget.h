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
//            spinning for more than two wake-ups: sleeping is cheaper. A find that needed more than half of a try takes a strike away. From
//            the second on the budget falls to what finds have proven, and the next try waits for 4, 8, … 64 occasions: what cannot be
//            foretold costs a spin rarely, and what changes is found out soon
//   proven   what the finds since the last miss needed: twice the longest, or the least budget, which they speak for some misses longer.
//            A budget that is no more is not struck: within a burst it finds, and a gap between bursts costs no more than it. A longer try
//            that misses the gaps is not excused by quick finds
//
// What a wake-up costs is told by what a wait slept through took longer than its own spin in vain, which is too much by what was left of
// the wait. Where that may be most of it, the next find of like length tells. On one processor nothing is left: what a side spins there,
// and thereby adds to the other's wait, stays short.
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
    if (waited >= std::max(spun_, slept_ / 2) && waited < slept_) {  // another one, as within a burst after a gap, is no measure
      wake_ = wake_ / 4 + (slept_ - waited) / 4 * 3;
      slept_ = 0;
    }
    if (waited > first_ && waited / kWorthWakes > wake_) {
      strike();
      return;
    }
    if (strikes_ != 0 && hold_ == 0 && waited > budget_ / 2) --strikes_;
    proven_ = std::max({proven_, first_, kTryFactor * waited});
    misses_paid_ = std::min(misses_paid_ + kMissesPaidByFind, kMissesPaidMost);
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
    if (budget_ >= first_ && budget_ > proven_) strike();
    proven_ = misses_paid_ == 0 ? 0 : first_;
    if (misses_paid_ != 0) --misses_paid_;
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
  static constexpr std::uint32_t kMissesPaidByFind = 2;  // a wake-up saved is worth some spins of the least length
  static constexpr std::uint32_t kMissesPaidMost = 8;
  static constexpr std::uint32_t kStrikesForgiven = 1;
  static constexpr std::uint32_t kStrikesMost = 6;  // a try every 64 occasions

  constexpr void strike() noexcept {
    strikes_ = std::min(strikes_ + 1, kStrikesMost);
    if (strikes_ <= kStrikesForgiven) return;
    budget_ = std::min(budget_, proven_);
    hold_ = std::uint32_t{1} << strikes_;
  }

  std::uint64_t first_, longest_;
  std::uint64_t budget_;
  std::uint64_t wake_ = kUnknown;      // what a wake-up costs
  std::uint64_t slept_ = 0;            // the last wait slept through, if we now try to spin and none of like length was found yet
  std::uint64_t spun_ = 0;             // in vain, in that wait
  std::uint64_t shortest_ = kUnknown;  // wait slept through since the last try
  std::uint64_t proven_ = 0;           // the budget that finds speak for
  std::uint32_t misses_paid_ = 0;      // for as many more
  std::uint32_t strikes_ = 0;
  std::uint32_t hold_ = 0;  // occasions for a try that are let go by
};

}  // namespace ringside::base
