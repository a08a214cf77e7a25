// The steps of preprocess.json → PlanStep, one by one. Keys, types and numbers are judged here, names and meaning by Plan::compile.
#pragma once

#include <optional>
#include <string>

#include "engine/bundle/document.h"
#include "engine/bundle/problem.h"
#include "engine/preprocess/plan_spec.h"

namespace ringside::engine {

// None for what this version does not know: said, with the nearest op that there is. `key`: where the step stands, "steps[3]".
[[nodiscard]] std::optional<PlanStep> read_plan_step(const DocumentNode& node, const std::string& key, ProblemList& problems);

}  // namespace ringside::engine
