// A LightGBM model, packed for walking: features of a row to raw scores, raw scores to values, with LightGBM's bits.
//
//   Result<LightgbmForest<double>, ModelError> forest = LightgbmForest<double>::build(model);
//   forest->predict_scores(rows, count, forest->features(), scores);
//   forest->values_of(scores, count, values);
//
// Feature is what the rows hold, float or double, as the model was trained: LightGBM compares them all as doubles, and so do these, in
// effect (feature_keys.h). NaN is missing, of any sign and payload; scores and values are double.
//
// Thread safety: immutable once built; any number of threads may predict at the same time.
// Cost: predicting never allocates, locks, throws or enters the kernel. build() does: loader only.
// Limits: 2^29 features, 2^32 - 1 nodes. Models that are too wide for the lockstep kernel (lockstep.h) are walked a tree after the other.
#pragma once

#include <ringside/result.h>
#include <cstddef>
#include <memory>

#include "engine/forest/lightgbm/lockstep.h"
#include "engine/forest/lightgbm/model.h"
#include "engine/forest/plain_walker.h"

namespace ringside::engine {

class Region;

template <class Feature>
class LightgbmForest {
 public:
  // Of the rounds in `options`; checks the model and the range. `region`: where it is packed, which outlives it; null: in memory of its own.
  [[nodiscard]] static Result<LightgbmForest, ModelError> build(const LightgbmModel& model, const WalkOptions& options = {},
                                                                Region* region = nullptr);

  [[nodiscard]] std::size_t features() const noexcept { return features_; }
  [[nodiscard]] std::size_t outputs() const noexcept { return outputs_; }  // Scores a row, and values a row.
  [[nodiscard]] std::size_t trees() const noexcept { return trees_; }
  [[nodiscard]] const LightgbmObjective& objective() const noexcept { return objective_; }
  [[nodiscard]] const LightgbmKernel<Feature>& kernel() const noexcept { return *kernel_; }

  // Row r's features are features[r * stride … r * stride + features()). A random forest's scores are sums.
  // REQUIRES: stride >= features(); `scores` has room for rows x outputs().
  void predict_scores(const Feature* features, std::size_t rows, std::size_t stride, double* scores) const noexcept;

  // rows x outputs() scores to as many values; `values` may be `scores`.
  void values_of(const double* scores, std::size_t rows, double* values) const noexcept;

 private:
  LightgbmForest() = default;

  std::size_t features_ = 0;
  std::size_t outputs_ = 1;
  std::size_t trees_ = 0;
  double averaged_rounds_ = 0;  // 0: nothing is averaged.
  LightgbmObjective objective_;
  std::unique_ptr<LightgbmKernel<Feature>> kernel_;
};

extern template class LightgbmForest<float>;
extern template class LightgbmForest<double>;

}  // namespace ringside::engine
