#include "engine/forest/forest.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/forest/release_rules.h"
#include "engine/forest/verified_versions.h"

namespace ringside::engine {

namespace {

// What the packed walk cannot do yet, though the model value and the plain walker can.
std::optional<ModelError> refuse_unpacked(const BoosterModel& model) {
  const ReleaseRules rules = release_rules(model.version, model.booster);
  const std::vector<float> start = *start_margins(model);
  bool packable =
      model.booster != BoosterKind::kGblinear && rules.sum == SumOrder::kMarginFirst && model.missing != model.missing;
  if (model.booster == BoosterKind::kDart) packable = packable && rules.dart_leaf_from_zero;
  for (const float margin : start) packable = packable && margin == start[0];
  for (const BoosterTree& tree : model.trees) packable = packable && !tree.has_categorical() && tree.leaf_size == 1;
  if (packable) return std::nullopt;
  return ModelError{"learner",
                    "a gbtree or dart of numerical splits, scalar leaves and one base score (the others are read, not packed)",
                    "another model of " + release_text(model.version)};
}

}  // namespace

Result<Forest, ModelError> Forest::build(const BoosterModel& model) {
  if (auto checked = check_model(model); !checked) return fail(std::move(checked).error());
  if (auto error = refuse_unpacked(model)) return fail(std::move(*error));
  std::size_t nodes = 0;
  for (const BoosterTree& tree : model.trees) nodes += tree.nodes();
  if (nodes >= std::numeric_limits<std::uint32_t>::max()) {
    return fail(ModelError{"learner.gradient_booster.model.trees", "fewer than 4294967295 nodes", std::to_string(nodes)});
  }

  Forest forest;
  forest.features_ = model.num_feature;
  forest.margins_per_row_ = model.outputs();
  forest.objective_ = find_objective(model.objective, model.version);
  const std::vector<float> start = *start_margins(model);
  forest.base_margin_ = start[0];
  forest.groups_of_trees_ = model.tree_info;
  forest.nodes_.reserve(nodes);
  forest.leaf_values_.reserve(nodes);
  forest.roots_.reserve(model.trees.size());
  const bool weighted = model.booster == BoosterKind::kDart;
  for (std::size_t t = 0; t < model.trees.size(); ++t) {
    const std::uint32_t depth = forest.pack_tree(model.trees[t], weighted ? model.weight_drop[t] : 1.0F, weighted);
    if (t % kSquadTrees == 0) forest.squads_.push_back({.first_tree = static_cast<std::uint32_t>(t), .count = 0, .depth = 0});
    Squad& squad = forest.squads_.back();
    ++squad.count;
    squad.depth = std::max(squad.depth, depth);
  }
  return forest;
}

// Breadth first, reachable nodes only. Returns the number of steps to the deepest leaf. REQUIRES: a checked tree.
std::uint32_t Forest::pack_tree(const BoosterTree& tree, float weight, bool weighted) {
  const auto append = [&] {
    nodes_.emplace_back();
    leaf_values_.push_back(0.0F);
  };
  const auto root = static_cast<std::uint32_t>(nodes_.size());
  roots_.push_back(root);
  append();

  std::vector<std::uint32_t> queue{0};  // Ids in the file, in packed order: queue[i] is node root + i.
  std::uint32_t depth = 0;
  std::size_t level_end = 1;
  for (std::size_t i = 0; i < queue.size(); ++i) {
    if (i == level_end) {
      ++depth;
      level_end = queue.size();
    }
    const std::uint32_t from = queue[i];
    const std::uint32_t at = root + static_cast<std::uint32_t>(i);
    if (tree.left_children[from] == BoosterTree::kNoChild) {
      nodes_[at] = {.threshold = std::numeric_limits<float>::quiet_NaN(), .feature_and_side = 0, .left = at - 1};
      // XGBoost sums a DART tree on its own first: 0 + leaf, which turns -0 into 0, and then times the weight.
      leaf_values_[at] = weighted ? (0.0F + tree.split_conditions[from]) * weight : tree.split_conditions[from];
      continue;
    }
    const auto side = static_cast<std::uint32_t>(tree.default_left[from]);
    nodes_[at] = {.threshold = tree.split_conditions[from],
                  .feature_and_side = static_cast<std::uint32_t>(tree.split_indices[from]) << 1 | side,
                  .left = static_cast<std::uint32_t>(nodes_.size())};
    append();
    append();
    queue.push_back(static_cast<std::uint32_t>(tree.left_children[from]));
    queue.push_back(static_cast<std::uint32_t>(tree.right_children[from]));
  }
  return depth;
}

void Forest::predict_margins(const float* features, std::size_t rows, std::size_t stride, const float* base_margins,
                             float* margins) const noexcept {
  for (std::size_t r = 0; r < rows; ++r) {
    float* row_margins = margins + r * margins_per_row_;
    for (std::size_t m = 0; m < margins_per_row_; ++m) {
      row_margins[m] = base_margins != nullptr ? base_margins[r * margins_per_row_ + m] : base_margin_;
    }
    add_trees(features + r * stride, row_margins);
  }
}

// The trees of a squad walk side by side, so that their loads overlap; their leaves are added one after the other, in tree order.
void Forest::add_trees(const float* row, float* margins) const noexcept {
  const Node* nodes = nodes_.data();
  for (const Squad& squad : squads_) {
    std::uint32_t at[kSquadTrees] = {};
    for (std::uint32_t i = 0; i < squad.count; ++i) at[i] = roots_[squad.first_tree + i];
    const auto walk = [&](std::uint32_t count) {
      for (std::uint32_t step = 0; step < squad.depth; ++step) {
        for (std::uint32_t i = 0; i < count; ++i) {
          const Node node = nodes[at[i]];
          const float x = row[node.feature_and_side >> 1];
          const auto below = static_cast<std::uint32_t>(x < node.threshold);
          const auto missing = static_cast<std::uint32_t>(x != x);
          at[i] = node.left + ((below | (missing & node.feature_and_side)) ^ 1U);
        }
      }
    };
    if (squad.count == kSquadTrees) {
      walk(kSquadTrees);  // A constant, for the compiler to unroll.
    } else {
      walk(squad.count);
    }
    for (std::uint32_t i = 0; i < squad.count; ++i) margins[groups_of_trees_[squad.first_tree + i]] += leaf_values_[at[i]];
  }
}

}  // namespace ringside::engine
