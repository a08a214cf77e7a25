// The linear leaves of a LightGBM forest, packed: a constant and coefficients a leaf, and the number that stands for them where one of their
// features is NaN. Leaves of trees that are not linear are among them, without coefficients.
//
// Thread safety: filled by one thread, then read by any number. Memory: 20 bytes a leaf, 12 a coefficient. Cost: value_of() is linear in the
// coefficients of its leaf; no allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/forest/kernels/frozen_memory.h"
#include "engine/forest/lightgbm/model.h"
#include "engine/forest/lightgbm/plain_walker.h"
#include "engine/forest/lightgbm/squads.h"

namespace ringside::engine {

class LightgbmLinearLeaves {
 public:
  // What they take of `memory`: nothing where no tree is linear.
  [[nodiscard]] static std::size_t bytes_for(const LightgbmSizes& sizes) noexcept;
  LightgbmLinearLeaves(const LightgbmSizes& sizes, FrozenMemory& memory);

  [[nodiscard]] bool any() const noexcept { return !values_.empty(); }

  // The next leaf; they are numbered from 0. REQUIRES: any(); no more than sizes.leaves of them.
  void add(const LightgbmTree& tree, std::size_t leaf);

  // In the order of the file, in double. REQUIRES: any(). Feature: float or double.
  template <class Feature>
  [[nodiscard]] double value_of(std::size_t leaf, const Feature* row) const noexcept {
    double value = constants_[leaf];
    for (std::size_t c = coefficient_begins_[leaf]; c < coefficient_begins_[leaf + 1]; ++c) {
      const double x = lightgbm_value(static_cast<double>(row[coefficient_features_[c]]));
      if (x != x) return values_[leaf];
      value += coefficients_[c] * x;
    }
    return value;
  }

 private:
  std::span<double> values_, constants_;         // By leaf.
  std::span<std::uint32_t> coefficient_begins_;  // And one more.
  std::span<std::int32_t> coefficient_features_;
  std::span<double> coefficients_;
  std::uint32_t leaves_ = 0, coefficients_added_ = 0;
};

}  // namespace ringside::engine
