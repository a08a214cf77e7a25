// Threshold columns as the AVX-512 kernels read them, and the ranks of a row's categories.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/forest/flat_forest.h"
#include "engine/forest/kernels/avx512.h"
#include "engine/forest/kernels/frozen_memory.h"
#include "engine/forest/kernels/threshold_columns.h"

namespace ringside::engine {

class PackedColumns {
 public:
  // What pack() takes of the memory.
  [[nodiscard]] static std::size_t bytes(const ThresholdColumns& columns, const FlatForest& forest);
  PackedColumns(const ThresholdColumns& columns, const FlatForest& forest, FrozenMemory& memory);

  [[nodiscard]] const avx512::Columns& view() const noexcept { return view_; }
  [[nodiscard]] avx512::Slots slots() const noexcept { return slots_; }
  [[nodiscard]] bool has_sets() const noexcept { return !sets_.empty(); }

  // REQUIRES: has_sets(). Where this row's categories go, one byte a set.
  void rank_sets(const float* row, avx512::SetRanks& ranks) const noexcept;

 private:
  struct Set {
    std::uint32_t feature;
    CategorySet set;
  };

  void pack_rungs(const ThresholdColumns& columns, FrozenMemory& memory);
  void pack_blocks(const ThresholdColumns& columns, FrozenMemory& memory);

  avx512::Columns view_{};
  avx512::Slots slots_;
  std::span<Set> sets_;
  std::span<std::uint32_t> set_words_;
  CategoryRule rule_;
};

}  // namespace ringside::engine
