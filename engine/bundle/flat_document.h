// A document of any form as lines that a person reads side by side: ("metrics.auc", "0.91"), ("classes[0]", "paid").
//
// Thread safety: a pure function. Limits: 1,000 lines; what comes after is left out.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/bundle/document_reader.h"

namespace ringside::engine {

inline constexpr const char* kEvaluationFile = "evaluation.json";

using FlatDocument = std::vector<std::pair<std::string, std::string>>;

// In the document's order. Scalars stand as they were written; a repeated key is a problem, at any depth: it says two things.
[[nodiscard]] FlatDocument flat(const DocumentNode& document, ProblemList& problems);

}  // namespace ringside::engine
