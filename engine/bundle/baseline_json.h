// baseline.json → Baseline. Form: schemas/baseline.schema.json, what it means: schemas/bundle.md.
//
// Thread safety: pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/bundle/problem.h"
#include "engine/drift/baseline.h"

namespace ringside::engine {

inline constexpr const char* kBaselineFile = "baseline.json";

// What the file must be about, from the rest of the bundle.
struct BaselineSubject {
  const std::vector<std::string>& features;  // in the plan's order
  std::vector<std::string> fields;           // in the schema's order
  std::size_t scores = 0;                    // values of the model a row
  bool features_are_float32 = true;
  bool scores_are_float32 = true;
};

// Adds a problem for everything that is wrong. The result is only meant to be used when there was none.
[[nodiscard]] Baseline read_baseline(std::string_view text, const BaselineSubject& subject, BundleProblems& problems);

}  // namespace ringside::engine
