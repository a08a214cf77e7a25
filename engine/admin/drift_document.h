// A version's drift → JSON: GET /drift, and the few lines of it that status shows. Their form is schemas/cli_output.schema.json's.
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "engine/admin/documents.h"
#include "engine/drift/report.h"

namespace ringside::engine {

[[nodiscard]] Json drift_document(const DriftReport& report, const std::string& task);

// The telling window's verdict and its worst three.
[[nodiscard]] Json drift_summary(const DriftReport& report);

}  // namespace ringside::engine
