#include "engine/forest/lightgbm/forest.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "engine/forest/lightgbm/plain_walker.h"

namespace ringside::engine {
namespace {

// One tree after the other, as the model stands.
template <class Feature>
class PlainKernel final : public LightgbmKernel<Feature> {
 public:
  PlainKernel(const LightgbmModel& model, TreeRange trees)
      : outputs_(model.outputs),
        trees_(model.trees.begin() + static_cast<std::ptrdiff_t>(trees.begin),
               model.trees.begin() + static_cast<std::ptrdiff_t>(trees.end)) {}

  [[nodiscard]] const char* name() const noexcept override { return "plain"; }

  [[nodiscard]] std::size_t bytes() const noexcept override {
    std::size_t bytes = trees_.size() * sizeof(LightgbmTree);
    const auto add = [&](const auto& values) { bytes += values.size() * sizeof(values[0]); };
    for (const LightgbmTree& tree : trees_) {
      for (const auto* ints : {&tree.left_children, &tree.right_children, &tree.split_features, &tree.coefficient_features})
        add(*ints);
      for (const auto* doubles : {&tree.thresholds, &tree.leaf_values, &tree.leaf_constants, &tree.coefficients}) add(*doubles);
      for (const auto* words : {&tree.set_begins, &tree.category_words, &tree.coefficient_begins}) add(*words);
      add(tree.decision_types);
    }
    return bytes;
  }

  void add_trees(const Feature* features, std::size_t rows, std::size_t stride, double* scores) const noexcept override {
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t t = 0; t < trees_.size(); ++t) {
        scores[r * outputs_ + t % outputs_] += lightgbm_leaf_value(trees_[t], features + r * stride);
      }
    }
  }

 private:
  std::size_t outputs_;
  std::vector<LightgbmTree> trees_;
};

}  // namespace

template <class Feature>
Result<LightgbmForest<Feature>, ModelError> LightgbmForest<Feature>::build(const LightgbmModel& model, const WalkOptions& options,
                                                                           Region* region) {
  const auto walker = LightgbmWalker::of(model, options);
  if (!walker) return fail(walker.error());
  const TreeRange trees = walker->trees();
  LightgbmForest forest;
  forest.features_ = model.num_feature;
  forest.outputs_ = model.outputs;
  forest.trees_ = trees.end - trees.begin;
  forest.averaged_rounds_ = model.average_output ? static_cast<double>(forest.trees_ / forest.outputs_) : 0.0;
  forest.objective_ = model.objective;
  forest.kernel_ = make_lightgbm_lockstep<Feature>(model, trees, region);
  if (forest.kernel_ == nullptr) forest.kernel_ = std::make_unique<PlainKernel<Feature>>(model, trees);
  return forest;
}

template <class Feature>
void LightgbmForest<Feature>::predict_scores(const Feature* features, std::size_t rows, std::size_t stride,
                                             double* scores) const noexcept {
  std::fill(scores, scores + rows * outputs_, 0.0);
  kernel_->add_trees(features, rows, stride, scores);
}

template <class Feature>
void LightgbmForest<Feature>::values_of(const double* scores, std::size_t rows, double* values) const noexcept {
  for (std::size_t i = 0; i < rows * outputs_; ++i) values[i] = averaged_rounds_ > 0 ? scores[i] / averaged_rounds_ : scores[i];
  for (std::size_t r = 0; r < rows; ++r) objective_.values_of(values + r * outputs_, outputs_, values + r * outputs_);
}

template class LightgbmForest<float>;
template class LightgbmForest<double>;

}  // namespace ringside::engine
