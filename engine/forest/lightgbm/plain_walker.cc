#include "engine/forest/lightgbm/plain_walker.h"

#include <string>

namespace ringside::engine {

bool goes_left(const LightgbmTree& tree, std::size_t split, double value) noexcept {
  if (tree.is_categorical(split)) return holds_category(tree.categories_of(split), value);
  const LightgbmMissing missing = tree.missing(split);
  if (value != value && missing == LightgbmMissing::kNan) return tree.default_left(split);
  if (value != value) value = 0;
  if (value == 0 && missing == LightgbmMissing::kZero) return tree.default_left(split);
  return value <= tree.thresholds[split];
}

namespace {

template <class Feature>
std::size_t leaf_of(const LightgbmTree& tree, const Feature* row) noexcept {
  std::int32_t at = tree.splits() == 0 ? ~0 : 0;
  while (at >= 0) {
    const auto split = static_cast<std::size_t>(at);
    const double x = lightgbm_value(static_cast<double>(row[tree.split_features[split]]));
    at = goes_left(tree, split, x) ? tree.left_children[split] : tree.right_children[split];
  }
  return static_cast<std::size_t>(~at);
}

}  // namespace

bool holds_category(std::span<const std::uint32_t> set, double value) noexcept {
  // What LightGBM casts to int: x86-64 makes a negative number of anything too large.
  if (!(value > -1.0 && value < 2'147'483'648.0)) return false;
  const auto category = static_cast<std::uint32_t>(static_cast<std::int32_t>(value));
  return category / 32 < set.size() && (set[category / 32] >> (category % 32) & 1U) != 0;
}

template <class Feature>
double lightgbm_leaf_value(const LightgbmTree& tree, const Feature* row) noexcept {
  const std::size_t leaf = leaf_of(tree, row);
  if (!tree.is_linear()) return tree.leaf_values[leaf];
  double value = tree.leaf_constants[leaf];
  for (std::size_t c = tree.coefficient_begins[leaf]; c < tree.coefficient_begins[leaf + 1]; ++c) {
    const double x = lightgbm_value(static_cast<double>(row[tree.coefficient_features[c]]));
    if (x != x) return tree.leaf_values[leaf];
    value += tree.coefficients[c] * x;
  }
  return value;
}

template double lightgbm_leaf_value(const LightgbmTree&, const float*) noexcept;
template double lightgbm_leaf_value(const LightgbmTree&, const double*) noexcept;

Result<LightgbmWalker, ModelError> LightgbmWalker::of(const LightgbmModel& model, const WalkOptions& options) {
  if (auto checked = check_lightgbm_model(model); !checked) return fail(std::move(checked).error());
  const auto trees = model.tree_range(options.iteration_begin, options.iteration_end);
  if (!trees || (model.average_output && trees->begin == trees->end)) {
    return fail(ModelError{"iteration_range", "a range of " + std::to_string(model.rounds()) + " rounds",
                           std::to_string(options.iteration_begin) + " to " + std::to_string(options.iteration_end)});
  }
  return LightgbmWalker(model, *trees);
}

namespace {

template <class Feature>
void add_trees(const LightgbmModel& model, TreeRange trees, const Feature* row, double* scores) noexcept {
  for (std::size_t k = 0; k < model.outputs; ++k) scores[k] = 0;
  for (std::size_t t = trees.begin; t < trees.end; ++t) scores[t % model.outputs] += lightgbm_leaf_value(model.trees[t], row);
}

}  // namespace

void LightgbmWalker::predict_scores(const double* row, double* scores) const noexcept { add_trees(*model_, trees_, row, scores); }
void LightgbmWalker::predict_scores(const float* row, double* scores) const noexcept { add_trees(*model_, trees_, row, scores); }

void LightgbmWalker::values_of(const double* scores, double* values) const noexcept {
  const auto rounds = static_cast<double>((trees_.end - trees_.begin) / model_->outputs);
  for (std::size_t k = 0; k < model_->outputs; ++k) values[k] = model_->average_output ? scores[k] / rounds : scores[k];
  model_->objective.values_of(values, model_->outputs, values);
}

}  // namespace ringside::engine
