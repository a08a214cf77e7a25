#include "engine/forest/kernels/bit_trees.h"

#include "engine/forest/kernels/ranked_kernel.h"

namespace ringside::engine {
namespace {

class BitTreeKernel final : public RankedKernel<avx512::BitTrees, avx512::add_bit_trees> {
 public:
  BitTreeKernel(const FlatForest& forest, const ThresholdColumns& columns, std::uint32_t levels, Region* region)
      : RankedKernel(forest, columns, tree_bytes(forest, levels), region) {
    const std::size_t width = std::size_t{1} << levels;
    const auto slots = memory_.take<std::uint8_t>(padded_trees(forest) * width);
    const auto ranks = memory_.take<std::uint8_t>(padded_trees(forest) * width);
    const auto leaves = memory_.take<float>(forest.trees.size() * width);
    for (std::size_t t = 0; t < forest.trees.size(); ++t) {
      fill_tree(forest, forest.trees[t], levels, [&](std::size_t heap, const FlatNode& node) {
        if (heap >= width) {
          leaves[t * width + heap - width] = forest.leaf_values[node.feature];
        } else if (!node.is_leaf()) {
          const ThresholdColumns::Test test = columns.test(node);
          slots[t * width + heap] = test.slot;
          ranks[t * width + heap] = test.rank;
        }
      });
    }
    view_.levels = levels;
    view_.slots = slots.data();
    view_.ranks = ranks.data();
    view_.leaves = leaves.data();
    memory_.freeze();
  }

  [[nodiscard]] const char* name() const noexcept override { return "bit trees"; }

  [[nodiscard]] static std::size_t tree_bytes(const FlatForest& forest, std::uint32_t levels) {
    return 2 * FrozenMemory::bytes_for<std::uint8_t>(padded_trees(forest) << levels) +
           FrozenMemory::bytes_for<float>(forest.trees.size() << levels);
  }
};

}  // namespace

std::unique_ptr<TreeKernel> make_bit_tree_kernel(const FlatForest& forest, const ThresholdColumns& columns, Region* region) {
  constexpr std::uint32_t kLevelsMin = 3, kLevelsMax = 6;
  const std::uint32_t levels = std::max(forest.depth(), kLevelsMin);
  if (levels > kLevelsMax || forest.leaf_size != 1) return nullptr;
  return where_small_enough(std::make_unique<BitTreeKernel>(forest, columns, levels, region), forest);
}

}  // namespace ringside::engine
