// How long to wait before the next try: doubling from `first` to `most`, each time a random part of it from a half to the whole, so that
// the shippers of many hosts do not come back to a store that has just risen in one wave.
//
// Thread safety: one thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace ringside::ship {

class BackOff {
 public:
  using Milliseconds = std::chrono::milliseconds;
  BackOff(Milliseconds first, Milliseconds most, std::uint64_t seed) : first_(first), most_(most), step_(first), random_(seed) {}

  Milliseconds next() {
    const Milliseconds step = step_;
    step_ = std::min(most_, step_ * 2);
    return Milliseconds(std::uniform_int_distribution<std::int64_t>(step.count() / 2, step.count())(random_));
  }
  void reset() noexcept { step_ = first_; }

 private:
  Milliseconds first_, most_, step_;
  std::mt19937_64 random_;
};

}  // namespace ringside::ship
