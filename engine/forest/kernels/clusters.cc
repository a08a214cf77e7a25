#include "engine/forest/kernels/clusters.h"

#include "engine/forest/kernels/ranked_kernel.h"

namespace ringside::engine {
namespace {

constexpr std::uint32_t kClusterLevels = 4;
constexpr std::size_t kClusterBytes = 32;

// How a depth is cut: a first stage of what four levels a stage leave over.
struct Cut {
  std::uint32_t stages, first_levels;

  explicit Cut(std::uint32_t depth)
      : stages((depth + kClusterLevels - 1) / kClusterLevels), first_levels(depth - kClusterLevels * (stages - 1)) {}
  [[nodiscard]] std::uint32_t levels() const { return first_levels + kClusterLevels * (stages - 1); }
  // Levels above a stage.
  [[nodiscard]] std::uint32_t above(std::uint32_t stage) const {
    return stage == 0 ? 0 : first_levels + kClusterLevels * (stage - 1);
  }
  [[nodiscard]] std::size_t bytes_a_tree() const {
    std::size_t bytes = sizeof(float) << levels();
    for (std::uint32_t s = 0; s < stages; ++s) bytes += kClusterBytes << above(s);
    return bytes;
  }
};

class ClusterKernel final : public RankedKernel<avx512::Clusters, avx512::add_clusters> {
 public:
  ClusterKernel(const FlatForest& forest, const ThresholdColumns& columns, const Cut& cut, Region* region)
      : RankedKernel(forest, columns, padded_trees(forest) * cut.bytes_a_tree() + (cut.stages + 1) * FrozenMemory::kAlignment,
                     region) {
    std::array<std::span<std::uint8_t>, avx512::Clusters::kStagesMax> stages;
    for (std::uint32_t s = 0; s < cut.stages; ++s) {
      stages[s] = memory_.take<std::uint8_t>(padded_trees(forest) * (kClusterBytes << cut.above(s)));
      view_.stage[s] = stages[s].data();
    }
    const auto leaves = memory_.take<float>(forest.trees.size() << cut.levels());
    const std::size_t width = std::size_t{1} << cut.levels();
    for (std::size_t t = 0; t < forest.trees.size(); ++t) {
      std::uint32_t level = 0;
      fill_tree(forest, forest.trees[t], cut.levels(), [&](std::size_t heap, const FlatNode& node) {
        if (heap >> (level + 1) != 0) ++level;
        if (heap >= width) {
          leaves[t * width + heap - width] = forest.leaf_values[node.feature];
        } else if (!node.is_leaf()) {
          put(stages, cut, t, heap, level, columns.test(node));
        }
      });
    }
    view_.stages = cut.stages;
    view_.first_levels = cut.first_levels;
    view_.leaves = leaves.data();
    memory_.freeze();
  }

  [[nodiscard]] const char* name() const noexcept override { return "clusters"; }

 private:
  using Stages = std::array<std::span<std::uint8_t>, avx512::Clusters::kStagesMax>;

  static void put(const Stages& stages, const Cut& cut, std::size_t tree, std::size_t heap, std::uint32_t level,
                  ThresholdColumns::Test test) {
    std::uint32_t stage = cut.stages - 1;
    while (cut.above(stage) > level) --stage;
    const std::uint32_t inside = level - cut.above(stage);
    const std::size_t cluster = (heap >> inside) - (std::size_t{1} << cut.above(stage));
    const std::size_t node = (std::size_t{1} << inside) | (heap & ((std::size_t{1} << inside) - 1));
    if (stage == 0) {  // A group's slots together, then its ranks.
      const std::size_t group = tree / avx512::kTreesAGroup * avx512::kTreesAGroup * kClusterBytes;
      const std::size_t place = group + tree % avx512::kTreesAGroup * 16 + node;
      stages[0][place] = test.slot;
      stages[0][place + avx512::kTreesAGroup * 16] = test.rank;
    } else {
      const std::size_t place = ((tree << cut.above(stage)) + cluster) * kClusterBytes + node;
      stages[stage][place] = test.slot;
      stages[stage][place + 16] = test.rank;
    }
  }
};

}  // namespace

std::unique_ptr<TreeKernel> make_cluster_kernel(const FlatForest& forest, const ThresholdColumns& columns, Region* region) {
  const std::uint32_t depth = forest.depth();
  if (depth <= kClusterLevels || depth > kClusterLevels * avx512::Clusters::kStagesMax || forest.leaf_size != 1) return nullptr;
  const Cut cut(depth);
  if (forest.trees.size() * cut.bytes_a_tree() > bytes_max(forest))
    return nullptr;  // Before it is filled: it may be much larger.
  return where_small_enough(std::make_unique<ClusterKernel>(forest, columns, cut, region), forest);
}

}  // namespace ringside::engine
