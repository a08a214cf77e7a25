// serving.yaml, optional: from which probability on a binary model answers its second class, and how many rounds are asked.
//
//   threshold: 0.35
//   threshold_compare: float32      # float32 (XGBoost's default) | float64 (LightGBM's only one)
//   iterations: 120                 # the first 120 boosting rounds | all
#pragma once

#include <optional>
#include <string_view>

#include "engine/bundle/bundle.h"
#include "engine/bundle/problem.h"

namespace ringside::engine {

inline constexpr const char* kServingFile = "serving.yaml";

struct ServingChoices {
  std::optional<DecisionThreshold> threshold;
  bool compare_is_said = false;  // threshold_compare stands there
  std::optional<Iterations> iterations;
};

[[nodiscard]] ServingChoices read_serving(std::string_view text, BundleProblems& problems);

}  // namespace ringside::engine
