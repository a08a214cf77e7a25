// Packs trees of five to twelve levels for clusters_avx512.cc, which says how they are walked.
//
// Memory: some 2 bytes a split and 4 a leaf of the full tree of the forest's depth; packed only where that is at most kBytesANodeMax a
// node that there is.
#pragma once

#include <memory>

#include "engine/forest/flat_forest.h"
#include "engine/forest/kernels/kernel.h"
#include "engine/forest/kernels/threshold_columns.h"

namespace ringside::engine {

class Region;

// null where the forest does not fit. REQUIRES: avx512_is_here() wherever it will walk; leaf_size 1.
[[nodiscard]] std::unique_ptr<TreeKernel> make_cluster_kernel(const FlatForest& forest, const ThresholdColumns& columns,
                                                              Region* region);

}  // namespace ringside::engine
