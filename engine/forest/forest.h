// A boosted forest, packed for walking: features of a row to margins, margins to values, with XGBoost's bits.
//
//   Result<Forest, ModelError> forest = Forest::build(model);
//   forest->predict_margins(row, 1, forest->features(), nullptr, margins);
//   forest->transform(margins, 1, values);
//
// Order of operations, which the bits rest on (README.md): float32 throughout; a margin starts as the base margin and the trees'
// leaves are added one by one in tree order; left is `x < threshold`; NaN is missing and takes the node's default.
//
// Nodes of all trees lie in one array, each tree breadth first, the two children of a split side by side:
//
//   tree 0: [root][l r][ll lr rl rr] …   tree 1: [root] …      next = left + !(x < threshold), default where x is NaN
//
// A leaf's "next" is itself, so that several trees can walk in lockstep to the depth of the deepest without asking who has arrived.
//
// Thread safety: immutable once built; any number of threads may predict at the same time.
// Cost: predict_margins() and transform() never allocate, lock, throw or enter the kernel. build() does: loader only.
// Limits: 2^32 - 1 nodes in all.
#pragma once

#include <ringside/result.h>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/forest/model.h"
#include "engine/forest/objective.h"

namespace ringside::engine {

class Forest {
 public:
  [[nodiscard]] static Result<Forest, ModelError> build(const BoosterModel& model);

  [[nodiscard]] std::size_t features() const noexcept { return features_; }
  [[nodiscard]] std::size_t margins_per_row() const noexcept { return margins_per_row_; }
  [[nodiscard]] std::size_t values_per_row() const noexcept { return objective_->values_per_row(margins_per_row_); }
  [[nodiscard]] const Objective& objective() const noexcept { return *objective_; }
  [[nodiscard]] std::size_t trees() const noexcept { return groups_of_trees_.size(); }
  [[nodiscard]] std::size_t nodes() const noexcept { return nodes_.size(); }

  // The margin of a row before the first tree: the base score through the objective's link, the same for every output.
  [[nodiscard]] float base_margin() const noexcept { return base_margin_; }

  // Row r's features are features[r * stride … r * stride + features()), NaN where missing (of any sign and payload).
  // `base_margins`, where given, is rows x margins_per_row() and replaces base_margin(); it may be `margins`.
  // REQUIRES: stride >= features(); `margins` has room for rows x margins_per_row().
  void predict_margins(const float* features, std::size_t rows, std::size_t stride, const float* base_margins,
                       float* margins) const noexcept;

  // rows x margins_per_row() margins to rows x values_per_row() values; `values` may be `margins`.
  void transform(const float* margins, std::size_t rows, float* values) const noexcept {
    objective_->transform(margins, rows, margins_per_row_, values);
  }

 private:
  struct Node {
    float threshold;                 // NaN in a leaf: nothing is below it, so a leaf always steps "right".
    std::uint32_t feature_and_side;  // feature << 1 | default_left
    std::uint32_t left;              // Index in nodes_; the right child is left + 1. Of a leaf: its own index - 1.
  };
  static_assert(sizeof(Node) == 12);

  // Trees that walk in lockstep: `count` consecutive ones, `depth` steps to the deepest leaf.
  struct Squad {
    std::uint32_t first_tree;
    std::uint32_t count;
    std::uint32_t depth;
  };
  static constexpr std::uint32_t kSquadTrees = 8;

  Forest() = default;
  std::uint32_t pack_tree(const BoosterTree& tree, float weight, bool weighted);
  void add_trees(const float* row, float* margins) const noexcept;

  std::size_t features_ = 0;
  std::size_t margins_per_row_ = 1;
  float base_margin_ = 0;
  const Objective* objective_ = nullptr;
  std::vector<Node> nodes_;
  std::vector<float> leaf_values_;              // By node index; 0 for splits. DART: already multiplied by the tree's weight.
  std::vector<std::uint32_t> roots_;            // By tree.
  std::vector<std::uint32_t> groups_of_trees_;  // By tree: the output that it adds to.
  std::vector<Squad> squads_;
};

}  // namespace ringside::engine
