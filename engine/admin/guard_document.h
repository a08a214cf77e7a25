// What guards watch and what they did, as JSON for operators (cli_output.schema.json, $defs/guard).
//
// Thread safety: pure functions.
#pragma once

#include <string_view>

#include "engine/admin/documents.h"
#include "engine/guards/guard.h"

namespace ringside::engine {

[[nodiscard]] Json guard_document(const GuardStatus& status);

// The last time that a guard reverted this version: {"at","reason","message"}; null: never.
[[nodiscard]] Json revert_document(const GuardStatus& status, std::string_view version);

}  // namespace ringside::engine
