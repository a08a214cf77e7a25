// How long a call takes once it is begun, by its rows: what tells beforehand that a deadline cannot be met.
//
//   times.learn(rows, ns);                                    of each call that was answered
//   if (now + times.expected_ns(rows) > deadline) { times.forgo(rows); refuse }
//
// A running mean for each power of two of rows. One slow call counts four times the mean at most, and every refusal lowers the mean it was
// judged by: a mean that is wrong is soon tried again, so it cannot shut a caller out.
//
// Thread safety: none; a worker owns it.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "schemas/wire/limits.h"

namespace ringside::engine {

class ServiceTime {
 public:
  void learn(std::uint32_t rows, std::uint64_t ns) noexcept {
    std::uint64_t& mean = mean_of(rows);
    if (mean == 0) {
      mean = ns;
    } else {
      mean = (mean * 7 + std::min(ns, mean * 4) + 7) / 8;
    }
  }
  // 0: nothing is known yet.
  [[nodiscard]] std::uint64_t expected_ns(std::uint32_t rows) const noexcept { return means_[bucket(rows)]; }
  void forgo(std::uint32_t rows) noexcept {
    std::uint64_t& mean = mean_of(rows);
    mean -= (mean + 63) / 64;
  }

 private:
  static constexpr std::size_t bucket(std::uint32_t rows) noexcept {
    return static_cast<std::size_t>(std::bit_width(std::min<std::uint32_t>(rows, wire::kCallRowsMax)));
  }
  std::uint64_t& mean_of(std::uint32_t rows) noexcept { return means_[bucket(rows)]; }

  std::array<std::uint64_t, std::bit_width(std::uint32_t{wire::kCallRowsMax}) + 1> means_{};
};

}  // namespace ringside::engine
