// Records as lines of a table and of CSV.
//
// Thread safety: pure.
#pragma once

#include <string>
#include <vector>

#include "tools/cli/outcome.h"

namespace ringside::cli {

// RFC 4180. Lists and objects are JSON in a cell; what is null is empty.
[[nodiscard]] std::string audit_csv_head();
[[nodiscard]] std::string audit_csv_line(const Json& record);

[[nodiscard]] std::vector<std::string> audit_table_head();
[[nodiscard]] std::vector<std::string> audit_table_row(const Json& record);

// Compact, as it came: UTF-8 with U+FFFD for what is none.
[[nodiscard]] std::string json_text(const Json& document);

}  // namespace ringside::cli
