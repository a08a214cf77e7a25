// A shadow's differences for people: GET /shadow, and the line of it on `status`.
#pragma once

#include <string>

#include "tools/cli/outcome.h"

namespace ringside::cli {

// Throws nlohmann::json::exception where the document has another form than expected.
[[nodiscard]] std::string shadow_text(const Json& document);

// "loan_default_v1.1.0, 1200 rows compared, 3 labels flipped"; "-": no shadow.
[[nodiscard]] std::string shadow_line(const Json& status);

}  // namespace ringside::cli
