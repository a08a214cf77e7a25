// The trees of a model as every kernel wants them: only nodes that a row can reach, breadth first, siblings side by side, in one array.
//
//   nodes:  tree 0: [root][l r][ll lr rl rr] …   tree 1: [root] …        next = left + (goes right)
//
// DART's weights are multiplied in, and the trees are those of the rounds that were asked for. It is made when a bundle is loaded, and
// dropped when the kernels have packed what they need.
//
// Thread safety: a value. Cost: linear in the model. Limits: 2^32 - 1 nodes and leaf values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/forest/model.h"
#include "engine/forest/release_rules.h"

namespace ringside::engine {

struct FlatNode {
  static constexpr std::uint32_t kLeaf = 0;  // As `left`: no split's left child is the first node of the forest.
  static constexpr std::uint32_t kNoSet = ~std::uint32_t{0};

  std::uint32_t left = kLeaf;  // The right child is the next one.
  std::uint32_t feature = 0;   // Of a leaf: index of its first value in leaf_values.
  float threshold = 0;         // Left iff the feature is less. Not asked where there is a set.
  std::uint32_t set = kNoSet;  // Index in sets: the categories that go right.
  bool default_left = false;   // Where a missing value goes.

  [[nodiscard]] bool is_leaf() const noexcept { return left == kLeaf; }
  [[nodiscard]] bool is_categorical() const noexcept { return set != kNoSet; }
};

struct FlatTree {
  std::uint32_t root = 0;  // Index in nodes; its last node is the one before the next tree's root.
  std::uint32_t nodes = 0;
  std::uint32_t depth = 0;   // Steps to the deepest leaf.
  std::uint32_t output = 0;  // That it adds to; not asked for vector leaves.
};

// The categories that go right: as bits from the first word of 32 that holds any to the last, or, where they lie far apart, as an ascending
// list. Either way no more than a few words a category that is listed. Equal sets of a model are one.
struct CategorySet {
  std::uint32_t first = 0;       // In FlatForest::set_words.
  std::uint32_t count = 0;       // Words there: of bits, or one a category.
  std::uint32_t begin_word = 0;  // Category / 32 of the first word,
  std::uint32_t end_word = 0;    // and one beyond that of the last.

  [[nodiscard]] bool is_list() const noexcept { return count != end_word - begin_word; }
};

struct FlatForest {
  std::size_t features = 0;
  std::size_t outputs = 1;
  std::size_t leaf_size = 1;  // Values a leaf: 1, or `outputs` for vector leaves, which add to every output.
  CategoryRule category_rule = CategoryRule::kLeft;
  std::vector<FlatNode> nodes;
  std::vector<FlatTree> trees;
  std::vector<float> leaf_values;
  std::vector<CategorySet> sets;
  std::vector<std::uint32_t> set_words;

  [[nodiscard]] std::uint32_t depth() const noexcept;  // Of the deepest tree.
};

// REQUIRES: a checked gbtree or DART model (model_check.cc); range within its trees.
[[nodiscard]] FlatForest flatten(const BoosterModel& model, TreeRange range);

// Where a value that may be one of a set's categories goes. The set must not be empty.
enum class Branch : std::uint8_t { kLeft, kRight, kDefault };

// `words`: FlatForest::set_words. NaN is missing, so kDefault.
[[nodiscard]] Branch branch_of(float value, const CategorySet& set, const std::uint32_t* words, CategoryRule rule) noexcept;

}  // namespace ringside::engine
