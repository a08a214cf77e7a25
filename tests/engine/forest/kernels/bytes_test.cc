// Goal: a packed forest takes no more than twelve bytes a node, whatever the layout; one tree after the other, for what no other takes, as much
//   and eight bytes a tree.
// Method: large forests of the shapes at which each layout is densest and sparsest, with distinct thresholds; bytes by nodes. What is a few
//   kilobytes whatever the forest is let off. Prints what it found.

#include <gtest/gtest.h>

#include <cstdio>
#include <random>
#include <set>
#include <string>

#include "engine/forest/forest.h"
#include "tests/engine/forest/model_files.h"

namespace ringside::engine::test {
namespace {

constexpr std::size_t kLetOff = 4096;  // Columns, squads, sets: not more where there are more trees.

struct ForestShape {
  const char* name;
  std::uint32_t trees, depth, features;
  unsigned leaf_percent;  // Of nodes above the last level.
};

// Breadth first; thresholds on a grid of 256 a feature, as training with hist leaves them.
BoosterTree grown_tree(std::mt19937_64& random, const ForestShape& shape) {
  BoosterTree tree;
  std::vector<std::uint32_t> levels{0};
  for (std::size_t node = 0; node < levels.size(); ++node) {
    const bool leaf = levels[node] == shape.depth || (levels[node] > 1 && random() % 100 < shape.leaf_percent);
    tree.left_children.push_back(leaf ? -1 : static_cast<std::int32_t>(levels.size()));
    tree.right_children.push_back(leaf ? -1 : static_cast<std::int32_t>(levels.size() + 1));
    tree.split_indices.push_back(static_cast<std::int32_t>(random() % shape.features));
    tree.split_conditions.push_back(static_cast<float>(random() % 250));
    tree.default_left.push_back(static_cast<std::uint8_t>(random() & 1));
    if (!leaf) levels.insert(levels.end(), 2, levels[node] + 1);
  }
  return tree;
}

class BytesANode : public testing::TestWithParam<ForestShape> {};

TEST_P(BytesANode, AreTwelveAtMost) {
  std::mt19937_64 random(3);
  BoosterModel model = empty_model("reg:squarederror", GetParam().features);
  for (std::uint32_t t = 0; t < GetParam().trees; ++t) add_tree(model, grown_tree(random, GetParam()));
  std::set<std::string> kernels;
  for (const KernelKind kind : kKernelKinds) {
    const auto forest = Forest::build(model, {.kernel = kind});
    if (!forest) continue;
    kernels.emplace(forest->kernel());
    std::printf("%s, %s: %.2f bytes a node of %zu\n", GetParam().name, forest->kernel(),
                static_cast<double>(forest->bytes()) / static_cast<double>(forest->nodes()), forest->nodes());
    const std::size_t trees = kind == KernelKind::kOneTree ? 8 * forest->trees() : 0;
    EXPECT_LE(forest->bytes(), 12 * forest->nodes() + trees + kLetOff) << forest->kernel();
  }
  EXPECT_TRUE(kernels.contains("one tree") && kernels.contains("lockstep"));
  const auto chosen = Forest::build(model);  // by measurement: any of them
  ASSERT_TRUE(chosen.ok());
  EXPECT_TRUE(kernels.contains(chosen->kernel())) << "chosen: " << chosen->kernel();
}

INSTANTIATE_TEST_SUITE_P(Shapes, BytesANode,
                         testing::Values(ForestShape{"50x4x30", 50, 4, 30, 0}, ForestShape{"100x6x30", 100, 6, 30, 0},
                                         ForestShape{"100x6x30_sparse", 100, 6, 30, 30}, ForestShape{"500x8x100", 500, 8, 100, 0},
                                         ForestShape{"500x8x100_sparse", 500, 8, 100, 15},
                                         ForestShape{"1000x10x500", 1000, 10, 500, 20}, ForestShape{"stumps", 5000, 1, 30, 0}),
                         [](const auto& shape) { return shape.param.name; });

}  // namespace
}  // namespace ringside::engine::test
