// A forest's features as bytes. A split asks `x < threshold`, and what matters of x is only how many of the model's thresholds it is not
// below: its rank. With ranks for features and rank numbers for thresholds, 64 splits are one comparison of 64 bytes.
//
//   thresholds of a feature, ascending:   t1    t2    t3        x goes right at t_k  <=>  not (x < t_k)  <=>  rank(x) >= k
//   rank of x:                          0  |  1  |  2  |  3
//
// A column is up to 254 thresholds of one feature (a feature with more has several), or one set of categories of one feature. A byte
// names a node's column and its default direction, so that a missing value costs nothing, in one of two ways:
//
//   up to 64 columns   two *slots* a column: a missing value has rank 0 in the left one (below every threshold, so left everywhere) and
//                      255 in the right one (right everywhere); the node picks the slot of its default direction
//   up to 128 columns  one slot a column, where ranks of values start at 1 and 0 is missing; where the node's top bit says that missing
//                      goes right, 1 is taken from both sides before they are compared, and 0 - 1 is 255
//
// Exact for every float32: ranks are counted with the comparison of the walk itself. A threshold that is NaN sends every value right, as
// -infinity does, and becomes it.
//
// Thread safety: a value. Cost: sorting the model's thresholds. Limits: 128 columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "engine/forest/flat_forest.h"

namespace ringside::engine {

class ThresholdColumns {
 public:
  static constexpr std::size_t kColumnsMax = 128;
  static constexpr std::size_t kThresholdsMax = 254;  // A column. 255 is a missing value that goes right.
  static constexpr std::size_t kNarrowRow = 32;       // Features that two vectors hold, so that their order costs nothing.
  static constexpr std::size_t kLane = 8;             // Numerical columns are padded to whole lanes of 8 bytes, and sets as well.

  // Of one node: go right where the byte in the slot is not below the rank (both less 1 if the default bit is set).
  struct Test {
    std::uint8_t slot;
    std::uint8_t rank;
  };

  // nullopt: needs more than kColumnsMax columns.
  [[nodiscard]] static std::optional<ThresholdColumns> of(const FlatForest& forest);

  [[nodiscard]] std::size_t numerical() const noexcept { return features_.size(); }  // Columns, padded.
  [[nodiscard]] std::size_t all() const noexcept { return numerical() + (sets_.size() + kLane - 1) / kLane * kLane; }
  // Whether a node's top bit is its default direction; otherwise slot `half() + c` is column c for missing values that go right.
  [[nodiscard]] bool default_bit() const noexcept { return all() > 64; }
  [[nodiscard]] std::size_t half() const noexcept { return all() <= 32 ? 32 : 64; }

  // REQUIRES: a split of the forest.
  [[nodiscard]] Test test(const FlatNode& node) const noexcept;

  struct SetColumn {
    std::uint32_t feature;
    std::uint32_t set;  // Index in FlatForest::sets.
  };

  // By numerical column, in a narrow row those with most thresholds first, otherwise in order of features: the feature (0 in padding), and the ascending thresholds (none in padding). With default_bit() the first is
  // -infinity, below no value that is not missing.
  [[nodiscard]] std::span<const std::uint32_t> features() const noexcept { return features_; }
  [[nodiscard]] std::span<const float> thresholds(std::size_t column) const noexcept { return thresholds_[column]; }
  // By set column; the first one is column numerical().
  [[nodiscard]] std::span<const SetColumn> sets() const noexcept { return sets_; }

 private:
  std::vector<std::uint32_t> features_;
  std::vector<std::vector<float>> thresholds_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> first_columns_;  // Feature and its first column, ascending.
  std::vector<SetColumn> sets_;
};

}  // namespace ringside::engine
