// One tree of a LightGBM model after the other, node by node: ../kernels/one_tree.h with LightGBM's splits and sums. What the lockstep kernel
// does not take, rows of thousands of keys and sets by the thousand, ends up here.
//
// Cost: a dependent load or two and a mispredicted branch a level. Memory: 16 bytes a node, 4 a tree, 8 a set beside its words; linear leaves
// beside that.
#pragma once

#include <memory>

#include "engine/forest/lightgbm/lockstep.h"

namespace ringside::engine {

inline constexpr std::uint32_t kLightgbmOneTreeFeatures = std::uint32_t{1} << 29;  // At most.

// REQUIRES: a checked model of at most kLightgbmOneTreeFeatures features and 2^32 - 1 nodes and coefficients; trees within it.
template <class Feature>
[[nodiscard]] std::unique_ptr<LightgbmKernel<Feature>> make_lightgbm_one_tree(const LightgbmModel& model, TreeRange trees,
                                                                              Region* region);

}  // namespace ringside::engine
