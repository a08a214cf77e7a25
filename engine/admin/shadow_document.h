// A shadow's differences → JSON: GET /shadow, and the line of it on status. Their form is schemas/cli_output.schema.json's.
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "engine/admin/documents.h"

namespace ringside::engine {

[[nodiscard]] Json shadow_document(const Roles& roles, const std::string& task);

// Null: no shadow, or one that cannot be compared.
[[nodiscard]] Json shadow_summary(const Roles& roles);

}  // namespace ringside::engine
