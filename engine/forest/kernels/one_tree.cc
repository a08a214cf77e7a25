#include "engine/forest/kernels/one_tree.h"

namespace ringside::engine {
namespace {

class OneTreeKernel final : public TreeKernel {
 public:
  explicit OneTreeKernel(const FlatForest& forest) : forest_(forest) {}

  [[nodiscard]] const char* name() const noexcept override { return "one tree"; }

  [[nodiscard]] std::size_t bytes() const noexcept override {
    return forest_.nodes.size() * sizeof(FlatNode) + forest_.trees.size() * sizeof(FlatTree) +
           forest_.leaf_values.size() * sizeof(float) + forest_.sets.size() * sizeof(CategorySet) +
           forest_.set_words.size() * sizeof(std::uint32_t);
  }

  void add_trees(const float* features, std::size_t rows, std::size_t stride, float* margins) const noexcept override {
    for (std::size_t r = 0; r < rows; ++r) {
      for (const FlatTree& tree : forest_.trees) {
        const FlatNode& leaf = leaf_of(features + r * stride, tree);
        if (forest_.leaf_size == 1) {
          margins[r * forest_.outputs + tree.output] += forest_.leaf_values[leaf.feature];
        } else {
          for (std::size_t k = 0; k < forest_.leaf_size; ++k)
            margins[r * forest_.outputs + k] += forest_.leaf_values[leaf.feature + k];
        }
      }
    }
  }

 private:
  [[nodiscard]] const FlatNode& leaf_of(const float* row, const FlatTree& tree) const noexcept {
    const FlatNode* node = &forest_.nodes[tree.root];
    while (!node->is_leaf()) node = &forest_.nodes[node->left + (goes_right(row[node->feature], *node) ? 1 : 0)];
    return *node;
  }

  [[nodiscard]] bool goes_right(float value, const FlatNode& node) const noexcept {
    if (node.is_categorical()) {
      const Branch branch = branch_of(value, forest_.sets[node.set], forest_.set_words.data(), forest_.category_rule);
      return branch == Branch::kDefault ? !node.default_left : branch == Branch::kRight;
    }
    if (value != value) return !node.default_left;
    return !(value < node.threshold);
  }

  const FlatForest forest_;
};

}  // namespace

std::unique_ptr<TreeKernel> make_one_tree_kernel(const FlatForest& forest) { return std::make_unique<OneTreeKernel>(forest); }

}  // namespace ringside::engine
