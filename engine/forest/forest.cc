#include "engine/forest/forest.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <utility>

#include "engine/forest/flat_forest.h"
#include "engine/forest/verified_versions.h"

namespace ringside::engine {
namespace {

// Floats that a row, or its sums, may take of the stack where they must be copied: 32 KiB.
constexpr std::size_t kCopiedMax = 8192;
// Rows whose missing values are made NaN, or whose sums are kept apart, at a time.
constexpr std::size_t kTileRows = 64;

constexpr const char* kTrees = "learner.gradient_booster.model.trees";

std::optional<ModelError> refuse_size(const BoosterModel& model) {
  std::size_t nodes = 0;
  std::size_t leaf_values = 0;
  for (const BoosterTree& tree : model.trees) {
    nodes += tree.nodes();
    leaf_values += tree.leaf_size == 1 ? tree.nodes() : tree.leaf_vectors.size();  // No row of a vector has two leaves.
  }
  if (leaf_values >= std::numeric_limits<std::uint32_t>::max()) {
    return ModelError{kTrees, "fewer than 4294967295 values of leaves", std::to_string(leaf_values)};
  }
  if (nodes >= std::numeric_limits<std::uint32_t>::max())
    return ModelError{kTrees, "fewer than 4294967295 nodes", std::to_string(nodes)};
  if (model.missing == model.missing && model.num_feature > kCopiedMax) {
    return ModelError{"learner.learner_model_param.num_feature",
                      "at most " + std::to_string(kCopiedMax) + " with a `missing` that is not NaN",
                      std::to_string(model.num_feature)};
  }
  if (release_rules(model.version, model.booster).sum == SumOrder::kLeavesFirst && model.outputs() > kCopiedMax) {
    return ModelError{"learner.learner_model_param.num_class",
                      "at most " + std::to_string(kCopiedMax) + " in a model of XGBoost " + release_text(model.version),
                      std::to_string(model.outputs())};
  }
  return std::nullopt;
}

Result<std::shared_ptr<const TreeKernel>, ModelError> kernel_for(const FlatForest& flat, std::optional<KernelKind> wanted,
                                                                 Region* region) {
  if (wanted) {
    if (std::shared_ptr<const TreeKernel> kernel = make_kernel(*wanted, flat, region)) return kernel;
    return fail(ModelError{kTrees, "a forest that the chosen kernel takes, on a processor that it is for", "another"});
  }
  auto chosen = choose_kernel(flat, region);
  if (!chosen) return fail(ModelError{kTrees, "one answer of all kernels", chosen.error()});
  return std::move(chosen).value();
}

}  // namespace

Result<Forest, ModelError> Forest::build(const BoosterModel& model, const Options& options) {
  if (auto checked = check_model(model); !checked) return fail(std::move(checked).error());
  if (auto error = refuse_size(model)) return fail(std::move(*error));
  auto start = start_margins(model);
  if (!start) return fail(std::move(start).error());
  const auto range = model.tree_range(options.iteration_begin, options.iteration_end);
  if (!range) {
    return fail(ModelError{"iteration_range", "a range of " + std::to_string(model.rounds()) + " rounds",
                           std::to_string(options.iteration_begin) + " to " + std::to_string(options.iteration_end)});
  }

  Forest forest;
  forest.features_ = model.num_feature;
  forest.objective_ = find_objective(model.objective, model.version);
  forest.sum_ = release_rules(model.version, model.booster).sum;
  forest.missing_ = model.missing;
  forest.base_margins_ = std::move(start).value();
  if (options.region != nullptr) forest.base_margins_.settle(*options.region);
  if (model.booster == BoosterKind::kGblinear) {
    forest.linear_weights_ = std::vector<float>(model.linear_weights.begin(), model.linear_weights.end());
    if (options.region != nullptr) forest.linear_weights_.settle(*options.region);
    return forest;
  }
  const FlatForest flat = flatten(model, *range);
  auto kernel = kernel_for(flat, options.kernel, options.region);
  if (!kernel) return fail(std::move(kernel).error());
  forest.kernel_ = std::move(kernel).value();
  forest.trees_ = flat.trees.size();
  forest.nodes_ = flat.nodes.size();
  return forest;
}

std::size_t Forest::bytes() const noexcept {
  return (kernel_ != nullptr ? kernel_->bytes() : 0) + linear_weights_.size() * sizeof(float);
}

void Forest::predict_margins(const float* features, std::size_t rows, std::size_t stride, const float* base_margins,
                             float* margins) const noexcept {
  const std::size_t outputs = margins_per_row();
  if (base_margins == nullptr) {
    for (std::size_t r = 0; r < rows; ++r) std::ranges::copy(base_margins_, margins + r * outputs);
  } else if (base_margins != margins) {
    std::copy_n(base_margins, rows * outputs, margins);
  }
  if (missing_ != missing_) {
    add_booster(features, rows, stride, margins);
    return;
  }
  std::array<float, kCopiedMax> copy;  // Not initialised: filled as far as it is read.
  const std::size_t together = features_ == 0 ? kTileRows : std::min(kTileRows, kCopiedMax / features_);
  for (std::size_t first = 0; first < rows; first += together) {
    const std::size_t count = std::min(together, rows - first);
    for (std::size_t r = 0; r < count; ++r) {
      std::ranges::replace_copy(std::span(features + (first + r) * stride, features_), copy.data() + r * features_, missing_,
                                std::numeric_limits<float>::quiet_NaN());
    }
    add_booster(copy.data(), count, features_, margins + first * outputs);
  }
}

// Features are missing where NaN from here on.
void Forest::add_booster(const float* features, std::size_t rows, std::size_t stride, float* margins) const noexcept {
  if (sum_ == SumOrder::kMarginFirst || kernel_ == nullptr) {
    add_to_margins(features, rows, stride, margins);
    return;
  }
  std::array<float, kCopiedMax> sums;
  const std::size_t outputs = margins_per_row();
  const std::size_t together = std::min(kTileRows, kCopiedMax / outputs);
  for (std::size_t first = 0; first < rows; first += together) {
    const std::size_t count = std::min(together, rows - first);
    std::fill_n(sums.data(), count * outputs, 0.0F);
    add_to_margins(features + first * stride, count, stride, sums.data());
    for (std::size_t i = 0; i < count * outputs; ++i) margins[first * outputs + i] += sums[i];
  }
}

void Forest::add_to_margins(const float* features, std::size_t rows, std::size_t stride, float* margins) const noexcept {
  if (kernel_ != nullptr) {
    kernel_->add_trees(features, rows, stride, margins);
    return;
  }
  for (std::size_t r = 0; r < rows; ++r) add_features(features + r * stride, margins + r * margins_per_row());
}

// gblinear: the bias first, then feature by feature.
void Forest::add_features(const float* row, float* margins) const noexcept {
  const std::size_t outputs = margins_per_row();
  const float* bias = linear_weights_.data() + features_ * outputs;
  for (std::size_t k = 0; k < outputs; ++k) {
    float sum = bias[k] + margins[k];
    for (std::size_t f = 0; f < features_; ++f) {
      if (row[f] == row[f]) sum += row[f] * linear_weights_[f * outputs + k];
    }
    margins[k] = sum;
  }
}

}  // namespace ringside::engine
