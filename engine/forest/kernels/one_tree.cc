#include "engine/forest/kernels/one_tree.h"

#include <algorithm>
#include <bit>
#include <span>
#include <vector>

#include "engine/forest/kernels/frozen_memory.h"

namespace ringside::engine {
namespace {

// 12 bytes: the two flags have room beside the numbers. Trees stand breadth first, siblings side by side, so the children are the pair of nodes
// 2 * pair - 1 and 2 * pair from the root on; no pair is 0, and no tree has 2^31 nodes, nor a row 2^31 features.
struct Node {
  std::uint32_t pair_and_set = 0;         // pair << 1 | asks a set. 0: a leaf.
  std::uint32_t feature_and_default = 0;  // feature << 1 | a missing value goes left
  std::uint32_t says = 0;  // A split's threshold, as bits, or its set. A leaf's value, as bits, or where its vector begins.

  [[nodiscard]] bool is_leaf() const noexcept { return pair_and_set == 0; }
  [[nodiscard]] bool is_categorical() const noexcept { return (pair_and_set & 1) != 0; }
  [[nodiscard]] bool default_left() const noexcept { return (feature_and_default & 1) != 0; }
  [[nodiscard]] std::uint32_t feature() const noexcept { return feature_and_default >> 1; }
  [[nodiscard]] std::uint32_t left() const noexcept { return (pair_and_set & ~1U) - 1; }  // From the root on.
  [[nodiscard]] float number() const noexcept { return std::bit_cast<float>(says); }
};
static_assert(sizeof(Node) == 12);

struct Tree {
  std::uint32_t root;
  std::uint32_t output;
};

class OneTreeKernel final : public TreeKernel {
 public:
  OneTreeKernel(const FlatForest& forest, Region* region)
      : memory_(FrozenMemory::bytes_for<Node>(forest.nodes.size()) + FrozenMemory::bytes_for<Tree>(forest.trees.size()) +
                    FrozenMemory::bytes_for<float>(vectors_of(forest).size()) +
                    FrozenMemory::bytes_for<CategorySet>(forest.sets.size()) +
                    FrozenMemory::bytes_for<std::uint32_t>(forest.set_words.size()),
                region),
        nodes_(memory_.take<Node>(forest.nodes.size())),
        trees_(memory_.take<Tree>(forest.trees.size())),
        leaf_vectors_(copy(vectors_of(forest))),
        sets_(copy<CategorySet>(forest.sets)),
        set_words_(copy<std::uint32_t>(forest.set_words)),
        outputs_(forest.outputs),
        leaf_size_(forest.leaf_size),
        category_rule_(forest.category_rule) {
    for (std::size_t t = 0; t < trees_.size(); ++t) {
      const FlatTree& tree = forest.trees[t];
      trees_[t] = {.root = tree.root, .output = tree.output};
      for (std::uint32_t n = tree.root; n < tree.root + tree.nodes; ++n) nodes_[n] = packed(forest, forest.nodes[n], tree.root);
    }
    memory_.freeze();
  }

  [[nodiscard]] const char* name() const noexcept override { return "one tree"; }
  [[nodiscard]] std::size_t bytes() const noexcept override { return memory_.bytes(); }

  void add_trees(const float* features, std::size_t rows, std::size_t stride, float* margins) const noexcept override {
    for (std::size_t r = 0; r < rows; ++r) {
      for (const Tree& tree : trees_) {
        const Node& leaf = leaf_of(features + r * stride, tree);
        if (leaf_size_ == 1) {
          margins[r * outputs_ + tree.output] += leaf.number();
        } else {
          for (std::size_t k = 0; k < leaf_size_; ++k) margins[r * outputs_ + k] += leaf_vectors_[leaf.says + k];
        }
      }
    }
  }

 private:
  // Scalar leaves stand in their nodes.
  [[nodiscard]] static std::span<const float> vectors_of(const FlatForest& forest) {
    return forest.leaf_size == 1 ? std::span<const float>() : std::span(forest.leaf_values);
  }

  [[nodiscard]] static Node packed(const FlatForest& forest, const FlatNode& node, std::uint32_t root) {
    if (node.is_leaf()) {
      const bool scalar = forest.leaf_size == 1;
      return {.says = scalar ? std::bit_cast<std::uint32_t>(forest.leaf_values[node.feature]) : node.feature};
    }
    return {.pair_and_set = (node.left - root + 1) | (node.is_categorical() ? 1U : 0U),
            .feature_and_default = node.feature << 1 | (node.default_left ? 1U : 0U),
            .says = node.is_categorical() ? node.set : std::bit_cast<std::uint32_t>(node.threshold)};
  }

  template <class T>
  [[nodiscard]] std::span<const T> copy(std::span<const T> list) {
    const std::span<T> taken = memory_.take<T>(list.size());
    std::ranges::copy(list, taken.begin());
    return taken;
  }

  [[nodiscard]] const Node& leaf_of(const float* row, const Tree& tree) const noexcept {
    const Node* nodes = &nodes_[tree.root];
    const Node* node = nodes;
    while (!node->is_leaf()) node = nodes + node->left() + (goes_right(row[node->feature()], *node) ? 1 : 0);
    return *node;
  }

  [[nodiscard]] bool goes_right(float value, const Node& node) const noexcept {
    if (node.is_categorical()) {
      const Branch branch = branch_of(value, sets_[node.says], set_words_.data(), category_rule_);
      return branch == Branch::kDefault ? !node.default_left() : branch == Branch::kRight;
    }
    if (value != value) return !node.default_left();
    return !(value < node.number());
  }

  FrozenMemory memory_;
  std::span<Node> nodes_;
  std::span<Tree> trees_;
  std::span<const float> leaf_vectors_;
  std::span<const CategorySet> sets_;
  std::span<const std::uint32_t> set_words_;
  std::size_t outputs_, leaf_size_;
  CategoryRule category_rule_;
};

}  // namespace

std::unique_ptr<TreeKernel> make_one_tree_kernel(const FlatForest& forest, Region* region) {
  return std::make_unique<OneTreeKernel>(forest, region);
}

}  // namespace ringside::engine
