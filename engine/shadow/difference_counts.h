// What the differences between two answers to the same row add up to. Each worker owns one and is its only writer; readers add them up.
//
//   |Δ| = the largest difference among the values of a row         decades: 0 | <1e-9 | <1e-8 | … | <1e9 | more | not a number
//
// Thread safety: add() and the counters by their worker; add_to() by anyone at any time. A row that `done` has is in every count [COMPARED].
// Cost: add() is noexcept and allocates nothing; linear in the values.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/counters/counters.h"
#include "engine/drift/baseline.h"

namespace ringside::engine {

inline constexpr int kFirstDecade = -9, kLastDecade = 9;
inline constexpr std::size_t kDecades = kLastDecade - kFirstDecade + 1;
inline constexpr std::size_t kDecadeCells = kDecades + 3;  // equal; below each decade; beyond the last; not a number
inline constexpr std::size_t kFlipClassesMax = 32;         // of more classes only the number of flips is kept

// The cell of an absolute difference.
[[nodiscard]] std::size_t decade_of(double difference) noexcept;

// What is compared: the same for all workers.
struct DifferenceShape {
  std::size_t margins = 0, values = 0, classes = 0;
  std::vector<std::vector<double>> score_edges;  // of each value; none: no distributions are kept

  [[nodiscard]] std::size_t flip_cells() const noexcept { return classes <= kFlipClassesMax ? classes * classes : 0; }
  [[nodiscard]] std::size_t score_cells() const noexcept { return score_edges.size() * kBinsMax; }
};

struct DifferenceTotals {
  std::uint64_t taken = 0;                            // rows put into the queue
  std::uint64_t compared = 0;                         // both scored it
  std::uint64_t refused = 0;                          // the shadow refuses the row
  std::uint64_t shed = 0;                             // no room, or a text too long to keep
  std::uint64_t equal_margins = 0, equal_values = 0;  // in every bit
  std::uint64_t flips = 0;                            // another label
  double sum_difference = 0, max_difference = 0;      // of |Δ|, where it is a number
  std::array<std::uint64_t, kDecadeCells> decades{};
  std::vector<std::uint64_t> flip_matrix;                    // [current's label × classes + shadow's]
  std::vector<std::uint64_t> current_scores, shadow_scores;  // [value × kBinsMax + bin]

  [[nodiscard]] std::uint64_t waiting() const noexcept { return taken - compared - refused; }
};

// One row's answer. Float32 is widened, which is exact.
struct RowAnswer {
  const double* margins;
  const double* values;
  std::int32_t label;  // -1: none
};

class alignas(wire::kPairBytes) DifferenceCounts {
 public:
  explicit DifferenceCounts(const DifferenceShape& shape);  // which must outlive it

  void take() noexcept { taken_.add(1); }
  void shed() noexcept { shed_.add(1); }
  void refuse() noexcept;
  void add(const RowAnswer& current, const RowAnswer& shadow) noexcept;

  void add_to(DifferenceTotals& totals) const;

 private:
  void add_scores(const double* values, std::vector<Counter>& cells) const noexcept;
  void done() noexcept;

  const DifferenceShape& shape_;
  Counter taken_, shed_, refused_, equal_margins_, equal_values_, flips_;
  std::array<Counter, kDecadeCells> decades_;
  std::atomic<double> sum_difference_{0}, max_difference_{0};
  std::vector<Counter> flip_matrix_, current_scores_, shadow_scores_;
  std::atomic<std::uint64_t> done_{0};  // compared and refused
};

}  // namespace ringside::engine
