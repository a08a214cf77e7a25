// The table of keys: how each is spelled in the file, the environment and the flags, what it accepts, and what it means.
//
//   workers.count     RINGSIDE_WORKERS_COUNT     --workers N
//
// Thread safety: constant data and pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ringside/result.h>

#include "engine/config/engine_config.h"

namespace ringside::engine {

// Why a value cannot be: the bound that it breaks, and what to write instead.
struct ValueProblem {
  std::string bound, hint;
};

struct ConfigKey {
  std::string_view path;           // "workers.count": maps of the YAML file, joined by dots
  std::string_view flag;           // "--workers"; empty: none
  std::string_view argument;       // "N", as help shows it
  bool is_list;                    // a YAML sequence, or text separated by commas
  std::string_view default_words;  // what the default means where the value does not say it; empty: it does
  std::string_view meaning;

  Result<Done, ValueProblem> (*assign)(EngineConfig& config, const std::vector<std::string>& values);
  std::string (*show)(const EngineConfig& config);
};

[[nodiscard]] std::span<const ConfigKey> config_keys();
[[nodiscard]] const ConfigKey* find_key(std::string_view path);
[[nodiscard]] std::string environment_name(const ConfigKey& key);

// A key with its value, for operators.
struct ConfigRow {
  std::string path, value, source, meaning;
};
[[nodiscard]] std::vector<ConfigRow> config_rows(const EngineConfig& config);

// --check-config: every key with its value and where it comes from.
[[nodiscard]] std::string config_text(const EngineConfig& config);
// ringsided --help.
[[nodiscard]] std::string config_help();
// The README's table.
[[nodiscard]] std::string config_markdown();

}  // namespace ringside::engine
