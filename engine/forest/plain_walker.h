// The readable truth: evaluates a BoosterModel as it stands, one row at a time, every addition in the order of the release that wrote it.
// Nothing is packed, hoisted or vectorised. Every kernel is tested against it, and it against the vectors of every release.
//
//   Result<PlainWalker, ModelError> walker = PlainWalker::of(model, {.iteration_end = 10});
//   walker->predict_margins(row, nullptr, margins);
//   walker->transform(margins, values);
//
// Thread safety: immutable once made; it keeps a reference to the model, which must outlive it unchanged.
// Cost: slow on purpose; predicting neither allocates nor throws. A tree of any depth is walked in a loop.
#pragma once

#include <ringside/result.h>
#include <cstddef>
#include <vector>

#include "engine/forest/model.h"
#include "engine/forest/objective.h"
#include "engine/forest/release_rules.h"

namespace ringside::engine {

struct WalkOptions {
  std::size_t iteration_begin = 0;  // As XGBoost's iteration_range; gblinear knows none.
  std::size_t iteration_end = 0;    // Exclusive; 0: all.
};

class PlainWalker {
 public:
  // Checks the model (check_model) and the range.
  [[nodiscard]] static Result<PlainWalker, ModelError> of(const BoosterModel& model, const WalkOptions& options = {});

  [[nodiscard]] std::size_t margins_per_row() const noexcept { return start_.size(); }
  [[nodiscard]] std::size_t values_per_row() const noexcept { return objective_->values_per_row(start_.size()); }

  // One row of num_feature features, missing where NaN (of any sign and payload) or equal to the model's `missing`. `base_margins`,
  // where given, is margins_per_row() long and takes the base scores' place.
  void predict_margins(const float* row, const float* base_margins, float* margins) const noexcept;
  void transform(const float* margins, float* values) const noexcept { objective_->transform(margins, 1, start_.size(), values); }

 private:
  PlainWalker(const BoosterModel& model, std::vector<float> start, TreeRange trees)
      : model_(&model),
        objective_(find_objective(model.objective, model.version)),
        rules_(release_rules(model.version, model.booster)),
        start_(std::move(start)),
        trees_(trees) {}

  [[nodiscard]] bool is_missing(float x) const noexcept { return x != x || x == model_->missing; }
  [[nodiscard]] bool goes_left(const BoosterTree& tree, std::size_t node, float x) const noexcept;
  [[nodiscard]] std::size_t leaf_of(const BoosterTree& tree, const float* row) const noexcept;
  [[nodiscard]] float weighted(float leaf, std::size_t tree) const noexcept;
  void add_trees(const float* row, float* margins) const noexcept;
  void add_features(const float* row, float* margins) const noexcept;

  const BoosterModel* model_;
  const Objective* objective_;
  ReleaseRules rules_;
  std::vector<float> start_;
  TreeRange trees_;
};

}  // namespace ringside::engine
