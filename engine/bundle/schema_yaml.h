// feature_schema.yaml → the compiled schema, and the feature names in the model's order. Scalars are text until a declared dtype
// converts them: `fill: no` of a str is "no", `fill: 1.10` stays "1.10".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/bundle/problem.h"
#include "engine/schema/input_schema.h"

namespace ringside::engine {

inline constexpr const char* kSchemaFile = "feature_schema.yaml";

struct FeatureSchema {
  InputSchema input;
  std::vector<std::string> final_feature_cols;
};

// What could be read; use it only if no problem was added.
[[nodiscard]] FeatureSchema read_feature_schema(std::string_view text, BundleProblems& problems);

}  // namespace ringside::engine
