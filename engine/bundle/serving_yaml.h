// serving.yaml, optional: from which probability on a binary model answers its second class.
//
//   threshold: 0.35
//   threshold_compare: float32      # float32 (default) | float64
#pragma once

#include <optional>
#include <string_view>

#include "engine/bundle/bundle.h"
#include "engine/bundle/problem.h"

namespace ringside::engine {

inline constexpr const char* kServingFile = "serving.yaml";

[[nodiscard]] std::optional<DecisionThreshold> read_serving(std::string_view text, BundleProblems& problems);

}  // namespace ringside::engine
