// One of the things that a benchmark compares: ours, or a reference.
//
//   begin_slice()                      the machine is this side's: its server runs, every other one is stopped
//     stage(row) call() stage(row) …   only call() is timed
//   end_slice()
//
// Both sides see the same rows in the same order. stage() puts the caller's row where the caller would have it (in cache, hot);
// call() starts with that row and ends with the score in hand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tools/load/histogram.h"

namespace ringside::bench {

// Where one side's times go, in ticks.
struct SliceLimits {
  std::uint64_t ticks = 0;      // a slice lasts about so long …
  std::uint32_t calls_min = 2;  // … but has at least so many calls
};

class Side {
 public:
  virtual ~Side() = default;

  virtual void begin_slice() {}
  virtual void end_slice() {}

  // REQUIRES: call_rows() rows from `row` on are there; `row` is below the number of distinct rows.
  virtual void stage(std::size_t row) = 0;
  virtual void call() = 0;
  // What the last call answered; empty where sides have nothing to compare (an echo).
  [[nodiscard]] virtual std::span<const float> answer() const = 0;

  // Calls for one slice from `row` on, recording each. Returns the row after the last. `slowdown`: see comparison.h.
  virtual std::size_t run_slice(std::size_t row, std::size_t rows, std::size_t rows_a_call, const SliceLimits& limits,
                                double slowdown, load::Histogram& ticks);
};

}  // namespace ringside::bench
