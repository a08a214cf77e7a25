// preprocess.json → a PlanSpec and the classes. Syntax and types are judged here, names and meaning by Plan::compile.
#pragma once

#include <string_view>
#include <vector>

#include "engine/bundle/bundle.h"
#include "engine/bundle/problem.h"
#include "engine/preprocess/plan_spec.h"

namespace ringside::engine {

inline constexpr const char* kPlanFile = "preprocess.json";

struct PlanDocument {
  PlanSpec spec;
  std::vector<ClassLabel> classes;
};

// What could be read; use it only if no problem was added.
[[nodiscard]] PlanDocument read_plan(std::string_view text, BundleProblems& problems);

}  // namespace ringside::engine
