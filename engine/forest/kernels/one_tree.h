// One tree after the other, node by node: walks whatever a model holds, and is meant to be read. What the faster kernels do not take
// (vector leaves, thousands of category sets, features by the tens of thousands) ends up here.
//
// Cost: a dependent load and a mispredicted branch or two a level; some ten times what the best kernel takes.
// Memory: 12 bytes a node, 8 a tree; vectors of leaves beside that.
#pragma once

#include <memory>

#include "engine/forest/flat_forest.h"
#include "engine/forest/kernels/kernel.h"

namespace ringside::engine {

class Region;

[[nodiscard]] std::unique_ptr<TreeKernel> make_one_tree_kernel(const FlatForest& forest, Region* region);

}  // namespace ringside::engine
