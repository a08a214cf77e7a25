#include "engine/forest/plain_walker.h"

#include <algorithm>
#include <string>
#include <utility>

namespace ringside::engine {

Result<PlainWalker, ModelError> PlainWalker::of(const BoosterModel& model, const WalkOptions& options) {
  if (auto checked = check_model(model); !checked) return fail(std::move(checked).error());
  auto start = start_margins(model);
  if (!start) return fail(std::move(start).error());
  const auto trees = model.tree_range(options.iteration_begin, options.iteration_end);
  if (!trees) {
    return fail(ModelError{"iteration_range", "a range of " + std::to_string(model.rounds()) + " rounds",
                           std::to_string(options.iteration_begin) + " to " + std::to_string(options.iteration_end)});
  }
  return PlainWalker(model, std::move(start).value(), *trees);
}

void PlainWalker::predict_margins(const float* row, const float* base_margins, float* margins) const noexcept {
  for (std::size_t k = 0; k < start_.size(); ++k) margins[k] = base_margins != nullptr ? base_margins[k] : start_[k];
  if (model_->booster == BoosterKind::kGblinear) {
    add_features(row, margins);
  } else {
    add_trees(row, margins);
  }
}

void PlainWalker::add_trees(const float* row, float* margins) const noexcept {
  const ScratchVector<BoosterTree>& trees = model_->trees;
  if (rules_.sum == SumOrder::kLeavesFirst) {  // An output after the other; these releases have no vector leaves.
    for (std::size_t k = 0; k < start_.size(); ++k) {
      float sum = 0;
      for (std::size_t t = trees_.begin; t < trees_.end; ++t) {
        if (model_->tree_info[t] == k) sum += weighted(trees[t].split_conditions[leaf_of(trees[t], row)], t);
      }
      margins[k] += sum;
    }
    return;
  }
  for (std::size_t t = trees_.begin; t < trees_.end; ++t) {
    const BoosterTree& tree = trees[t];
    const std::size_t leaf = leaf_of(tree, row);
    if (tree.leaf_size == 1) {
      margins[model_->tree_info[t]] += weighted(tree.split_conditions[leaf], t);
      continue;
    }
    const float* vector = tree.leaf_vectors.data() + static_cast<std::size_t>(tree.right_children[leaf]) * tree.leaf_size;
    for (std::size_t k = 0; k < tree.leaf_size; ++k) margins[k] += weighted(vector[k], t);
  }
}

float PlainWalker::weighted(float leaf, std::size_t tree) const noexcept {
  if (model_->booster != BoosterKind::kDart) return leaf;
  return (rules_.dart_leaf_from_zero ? 0.0F + leaf : leaf) * model_->weight_drop[tree];
}

std::size_t PlainWalker::leaf_of(const BoosterTree& tree, const float* row) const noexcept {
  std::size_t node = 0;
  while (!tree.is_leaf(node)) {
    const float x = row[tree.split_indices[node]];
    const bool left = is_missing(x) ? tree.default_left[node] != 0 : goes_left(tree, node, x);
    node = static_cast<std::size_t>(tree.left_children[node]) + (left ? 0 : 1);
  }
  return node;
}

bool PlainWalker::goes_left(const BoosterTree& tree, std::size_t node, float x) const noexcept {
  if (!tree.has_categorical() || tree.is_categorical[node] == 0) return x < tree.split_conditions[node];

  constexpr float kFirstInvalid = 16'777'216.0F;
  const auto categories = tree.categories_of(node);
  const bool invalid = x < 0 || x >= kFirstInvalid;
  switch (rules_.category) {
    case CategoryRule::kLeft:
      if (invalid) return true;
      break;
    case CategoryRule::kDefaultDirection: {
      const auto beyond = static_cast<float>((categories.back() / 32 + 1) * 32);
      if (invalid || x >= beyond) return tree.default_left[node] != 0;
      break;
    }
    case CategoryRule::kTruncated:
      if (x <= -1 || x >= kFirstInvalid) return true;
      break;
  }
  return !std::binary_search(categories.begin(), categories.end(), static_cast<std::int32_t>(x));
}

// gblinear: the bias first, then feature by feature, an output after the other.
void PlainWalker::add_features(const float* row, float* margins) const noexcept {
  const std::size_t outputs = start_.size();
  const float* bias = model_->linear_weights.data() + model_->num_feature * outputs;
  for (std::size_t k = 0; k < outputs; ++k) {
    float sum = bias[k] + margins[k];
    for (std::size_t f = 0; f < model_->num_feature; ++f) {
      if (!is_missing(row[f])) sum += row[f] * model_->linear_weights[f * outputs + k];
    }
    margins[k] = sum;
  }
}

}  // namespace ringside::engine
