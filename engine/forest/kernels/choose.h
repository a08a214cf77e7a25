// Which kernel evaluates a forest: those that take its trees on this processor are packed, compared and timed on rows made of the
// forest's own thresholds, and the quickest stays.
//
//   Result<std::shared_ptr<const TreeKernel>, std::string> kernel = choose_kernel(flatten(model, range));
//
// Thread safety: pure functions; the result is immutable. Cost: packing, linear in the forest; some 10 ms of comparing and timing beside it,
// or a few rows of the slowest kernel where those take longer. For the loader.
// Errors: kernels that disagree in a bit, which is a fault of ours or of the machine, and no reason to serve one of them.
#pragma once

#include <ringside/result.h>
#include <memory>
#include <string>

#include "engine/forest/flat_forest.h"
#include "engine/forest/kernels/kernel.h"

namespace ringside::engine {

class Region;

enum class KernelKind : std::uint8_t { kOneTree, kLockstep, kBitTrees, kClusters };

inline constexpr KernelKind kKernelKinds[] = {KernelKind::kOneTree, KernelKind::kLockstep, KernelKind::kBitTrees,
                                              KernelKind::kClusters};

// null where that kernel does not take the forest, or not on this processor. kOneTree takes all.
[[nodiscard]] std::unique_ptr<TreeKernel> make_kernel(KernelKind kind, const FlatForest& forest, Region* region = nullptr);

[[nodiscard]] Result<std::shared_ptr<const TreeKernel>, std::string> choose_kernel(const FlatForest& forest,
                                                                                   Region* region = nullptr);

}  // namespace ringside::engine
