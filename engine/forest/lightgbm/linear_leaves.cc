#include "engine/forest/lightgbm/linear_leaves.h"

namespace ringside::engine {

std::size_t LightgbmLinearLeaves::bytes_for(const LightgbmSizes& sizes) noexcept {
  if (!sizes.linear) return 0;
  return 2 * FrozenMemory::bytes_for<double>(sizes.leaves) + FrozenMemory::bytes_for<std::uint32_t>(sizes.leaves + 1) +
         FrozenMemory::bytes_for<std::int32_t>(sizes.coefficients) + FrozenMemory::bytes_for<double>(sizes.coefficients);
}

LightgbmLinearLeaves::LightgbmLinearLeaves(const LightgbmSizes& sizes, FrozenMemory& memory) {
  if (!sizes.linear) return;
  values_ = memory.take<double>(sizes.leaves);
  constants_ = memory.take<double>(sizes.leaves);
  coefficient_begins_ = memory.take<std::uint32_t>(sizes.leaves + 1);
  coefficient_features_ = memory.take<std::int32_t>(sizes.coefficients);
  coefficients_ = memory.take<double>(sizes.coefficients);
}

void LightgbmLinearLeaves::add(const LightgbmTree& tree, std::size_t leaf) {
  values_[leaves_] = tree.leaf_values[leaf];
  constants_[leaves_] = tree.is_linear() ? tree.leaf_constants[leaf] : tree.leaf_values[leaf];
  const std::size_t begin = tree.is_linear() ? tree.coefficient_begins[leaf] : 0;
  const std::size_t end = tree.is_linear() ? tree.coefficient_begins[leaf + 1] : 0;
  for (std::size_t c = begin; c < end; ++c, ++coefficients_added_) {
    coefficient_features_[coefficients_added_] = tree.coefficient_features[c];
    coefficients_[coefficients_added_] = tree.coefficients[c];
  }
  coefficient_begins_[++leaves_] = coefficients_added_;
}

}  // namespace ringside::engine
