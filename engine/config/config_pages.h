// Pages made from the table of keys: what each says of a key stands there once.
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "engine/config/engine_config.h"

namespace ringside::engine {

// --check-config: every key with its value and where it comes from.
[[nodiscard]] std::string config_text(const EngineConfig& config);
// ringsided --help.
[[nodiscard]] std::string config_help();
// ringsided --help-config: the README's table.
[[nodiscard]] std::string config_markdown();
// ringsided --config-schema: schemas/engine_config.schema.json, a JSON Schema of the YAML file.
[[nodiscard]] std::string config_schema();

}  // namespace ringside::engine
