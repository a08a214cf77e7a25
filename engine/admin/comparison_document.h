// Two versions side by side → JSON: GET /model/compare. Its form is schemas/cli_output.schema.json's.
//
// Thread safety: a pure function.
#pragma once

#include <string>

#include "engine/admin/documents.h"

namespace ringside::engine {

// version.txt, evaluation.json (with how much a number changed), packages, and what differs in schema: every key of a field that `ringside
// schema` shows. REQUIRES: both have schema and facts.
[[nodiscard]] Json comparison_document(const VersionView& first, const VersionView& second, const std::string& task);

}  // namespace ringside::engine
