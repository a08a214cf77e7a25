// Two versions side by side, for people: GET /model/compare.
#pragma once

#include <string>

#include "tools/cli/outcome.h"

namespace ringside::cli {

// Throws nlohmann::json::exception where the document has another form than expected.
[[nodiscard]] std::string comparison_text(const Json& document);

}  // namespace ringside::cli
