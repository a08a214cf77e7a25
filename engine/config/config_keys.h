// The table of keys: how each is spelled in the file, the environment and the flags, what it accepts, and what it means.
//
//   workers.count     RINGSIDE_WORKERS_COUNT     --workers N
//
// A section of the file stands in a source of its own (key_sections.h); pages made from the table are in config_pages.h.
//
// Thread safety: constant data and pure functions.
#pragma once

#include <cstdint>
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

// What a value is. kUnsaid: a key that was not finished; a test finds it.
enum class KeyType : std::uint8_t { kUnsaid, kText, kNumber, kShare, kBool, kChoice, kTexts, kNumbers };

struct ConfigKey {
  std::string_view path;           // "workers.count": maps of the YAML file, joined by dots
  std::string_view flag;           // "--workers"; empty: none
  std::string_view argument;       // "N", as help shows it
  bool is_list;                    // a YAML sequence, or text separated by commas
  std::string_view default_words;  // what the default means where the value does not say it; empty: it does
  std::string_view meaning;

  Result<Done, ValueProblem> (*assign)(EngineConfig& config, const std::vector<std::string>& values);
  std::string (*show)(const EngineConfig& config);

  KeyType type = KeyType::kUnsaid;
  std::string_view unit = "";                     // of a number: "us", "bytes"; empty: it counts
  std::uint64_t least = 0, most = 0;              // of a number
  std::span<const std::string_view> choices = {};
  bool live = false;                              // a reload changes it; else it needs a restart
};

// All of them, section after section, in the order of the documentation.
[[nodiscard]] std::span<const ConfigKey> config_keys();
[[nodiscard]] const ConfigKey* find_key(std::string_view path);
[[nodiscard]] std::string environment_name(const ConfigKey& key);

// A key with its value, for operators.
struct ConfigRow {
  std::string path, value, source, meaning;
  bool live = false;
};
[[nodiscard]] std::vector<ConfigRow> config_rows(const EngineConfig& config);

// What the default is, in words where no value says it.
[[nodiscard]] std::string default_of(const ConfigKey& key);

}  // namespace ringside::engine
