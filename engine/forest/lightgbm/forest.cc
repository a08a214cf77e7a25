#include "engine/forest/lightgbm/forest.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "engine/forest/lightgbm/one_tree.h"
#include "engine/forest/lightgbm/plain_walker.h"
#include "engine/forest/lightgbm/squads.h"

namespace ringside::engine {
namespace {

// What any kernel takes.
std::optional<ModelError> refuse_size(const LightgbmModel& model, TreeRange trees) {
  if (model.num_feature > kLightgbmOneTreeFeatures) {
    return ModelError{"max_feature_idx", "below " + std::to_string(kLightgbmOneTreeFeatures),
                      std::to_string(model.num_feature - 1)};
  }
  const LightgbmSizes sizes(model, trees);
  constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
  if (std::max({sizes.nodes, sizes.coefficients, sizes.sets, sizes.category_words}) <= kMost) return std::nullopt;
  return ModelError{"trees", "at most 4294967295 nodes, coefficients, sets and words of categories",
                    std::to_string(sizes.nodes) + ", " + std::to_string(sizes.coefficients) + ", " + std::to_string(sizes.sets) +
                        " and " + std::to_string(sizes.category_words)};
}

}  // namespace

template <class Feature>
Result<LightgbmForest<Feature>, ModelError> LightgbmForest<Feature>::build(const LightgbmModel& model, const WalkOptions& options,
                                                                           Region* region) {
  const auto walker = LightgbmWalker::of(model, options);
  if (!walker) return fail(walker.error());
  const TreeRange trees = walker->trees();
  if (auto error = refuse_size(model, trees)) return fail(std::move(*error));
  LightgbmForest forest;
  forest.features_ = model.num_feature;
  forest.outputs_ = model.outputs;
  forest.trees_ = trees.end - trees.begin;
  forest.averaged_rounds_ = model.average_output ? static_cast<double>(forest.trees_ / forest.outputs_) : 0.0;
  forest.objective_ = model.objective;
  forest.kernel_ = make_lightgbm_lockstep<Feature>(model, trees, region);
  if (forest.kernel_ == nullptr) forest.kernel_ = make_lightgbm_one_tree<Feature>(model, trees, region);
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
