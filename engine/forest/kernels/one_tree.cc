#include "engine/forest/kernels/one_tree.h"

#include <algorithm>
#include <span>
#include <vector>

#include "engine/forest/kernels/frozen_memory.h"

namespace ringside::engine {
namespace {

class OneTreeKernel final : public TreeKernel {
 public:
  OneTreeKernel(const FlatForest& forest, Region* region)
      : memory_(FrozenMemory::bytes_for<FlatNode>(forest.nodes.size()) + FrozenMemory::bytes_for<FlatTree>(forest.trees.size()) +
                    FrozenMemory::bytes_for<float>(forest.leaf_values.size()) +
                    FrozenMemory::bytes_for<CategorySet>(forest.sets.size()) +
                    FrozenMemory::bytes_for<std::uint32_t>(forest.set_words.size()),
                region),
        nodes_(copy(forest.nodes)),
        trees_(copy(forest.trees)),
        leaf_values_(copy(forest.leaf_values)),
        sets_(copy(forest.sets)),
        set_words_(copy(forest.set_words)),
        outputs_(forest.outputs),
        leaf_size_(forest.leaf_size),
        category_rule_(forest.category_rule) {
    memory_.freeze();
  }

  [[nodiscard]] const char* name() const noexcept override { return "one tree"; }
  [[nodiscard]] std::size_t bytes() const noexcept override { return memory_.bytes(); }

  void add_trees(const float* features, std::size_t rows, std::size_t stride, float* margins) const noexcept override {
    for (std::size_t r = 0; r < rows; ++r) {
      for (const FlatTree& tree : trees_) {
        const FlatNode& leaf = leaf_of(features + r * stride, tree);
        if (leaf_size_ == 1) {
          margins[r * outputs_ + tree.output] += leaf_values_[leaf.feature];
        } else {
          for (std::size_t k = 0; k < leaf_size_; ++k) margins[r * outputs_ + k] += leaf_values_[leaf.feature + k];
        }
      }
    }
  }

 private:
  template <class T>
  [[nodiscard]] std::span<const T> copy(const std::vector<T>& list) {
    const std::span<T> taken = memory_.take<T>(list.size());
    std::ranges::copy(list, taken.begin());
    return taken;
  }

  [[nodiscard]] const FlatNode& leaf_of(const float* row, const FlatTree& tree) const noexcept {
    const FlatNode* node = &nodes_[tree.root];
    while (!node->is_leaf()) node = &nodes_[node->left + (goes_right(row[node->feature], *node) ? 1 : 0)];
    return *node;
  }

  [[nodiscard]] bool goes_right(float value, const FlatNode& node) const noexcept {
    if (node.is_categorical()) {
      const Branch branch = branch_of(value, sets_[node.set], set_words_.data(), category_rule_);
      return branch == Branch::kDefault ? !node.default_left : branch == Branch::kRight;
    }
    if (value != value) return !node.default_left;
    return !(value < node.threshold);
  }

  FrozenMemory memory_;
  std::span<const FlatNode> nodes_;
  std::span<const FlatTree> trees_;
  std::span<const float> leaf_values_;
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
