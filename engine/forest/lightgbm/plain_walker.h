// The readable truth for LightGBM: evaluates a LightgbmModel as it stands, one row at a time, every operation in LightGBM's order and in
// double. Nothing is packed, hoisted or vectorised. Kernels are tested against it, and it against the vectors of every release.
//
//   Result<LightgbmWalker, ModelError> walker = LightgbmWalker::of(model, {.iteration_end = 10});
//   walker->predict_scores(row, scores);
//   walker->values_of(scores, values);
//
// Thread safety: immutable once made; it keeps a reference to the model, which must outlive it unchanged.
// Cost: slow on purpose; predicting neither allocates nor throws. A tree of any depth is walked in a loop.
#pragma once

#include <ringside/result.h>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/forest/lightgbm/model.h"
#include "engine/forest/plain_walker.h"

namespace ringside::engine {

// Zero to LightGBM: a value this small becomes 0 before any tree sees it, and is missing to a split whose LightgbmMissing is kZero.
inline constexpr double kLightgbmZero = 1e-35F;

[[nodiscard]] inline double lightgbm_value(double x) noexcept { return x >= -kLightgbmZero && x <= kLightgbmZero ? 0.0 : x; }

// Whether a set holds a value, of which the whole part counts: -0.5 is category 0. Not NaN, and nothing that an int32 cannot hold.
[[nodiscard]] bool holds_category(std::span<const std::uint32_t> set, double value) noexcept;

// Where a split of a checked tree sends a feature, which lightgbm_value() has been through.
[[nodiscard]] bool goes_left(const LightgbmTree& tree, std::size_t split, double value) noexcept;

class LightgbmWalker {
 public:
  // Checks the model (check_lightgbm_model) and the range; a random forest needs a round in it.
  [[nodiscard]] static Result<LightgbmWalker, ModelError> of(const LightgbmModel& model, const WalkOptions& options = {});

  // A row of num_feature features, as float32 or float64, to outputs raw scores: predict(raw_score=True). The sum of a random forest too.
  void predict_scores(const double* row, double* scores) const noexcept;
  void predict_scores(const float* row, double* scores) const noexcept;
  // Raw scores to outputs values: predict(). `values` may be `scores`.
  void values_of(const double* scores, double* values) const noexcept;

  // Of the range, outputs() to a round.
  [[nodiscard]] TreeRange trees() const noexcept { return trees_; }

 private:
  LightgbmWalker(const LightgbmModel& model, TreeRange trees) : model_(&model), trees_(trees) {}

  const LightgbmModel* model_;
  TreeRange trees_;
};

// One tree's leaf value for a row. REQUIRES: a checked tree. Feature: float or double.
template <class Feature>
[[nodiscard]] double lightgbm_leaf_value(const LightgbmTree& tree, const Feature* row) noexcept;

}  // namespace ringside::engine
