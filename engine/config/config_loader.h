// Flags, RINGSIDE_* variables and a YAML file → EngineConfig, or every problem at once: an operator should restart once, not five
// times.
//
//   /etc/ringside/engine.yaml: 2 problems
//     workers.count: 0 is not a whole number from 1 to 64 (the least is 1)          [engine.yaml:3]
//     limits.row_max: unknown key; did you mean limits.rows_max?                    [engine.yaml:5]
//
// Thread safety: free functions without state. Cost: reads one file of at most 1 MiB.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <ringside/result.h>

#include "engine/config/engine_config.h"
#include "schemas/process/run_paths.h"

namespace ringside::engine {

struct ConfigProblem {
  std::string where;  // "--workers", "RINGSIDE_WAIT", "engine.yaml:3"
  std::string path;   // the key
  std::string value;  // what was found
  std::string bound;  // what would have been right, or what is wrong with the key
  std::string hint;   // what to do

  [[nodiscard]] std::string text() const;
};
using ConfigProblems = std::vector<ConfigProblem>;

[[nodiscard]] std::string problems_text(const ConfigProblems& problems);

// The process's surroundings as a value, so that every rule can be tested.
struct ProcessInputs {
  std::vector<std::string> arguments;              // without the program's name
  std::map<std::string, std::string> environment;  // all of it; only RINGSIDE_*, MODEL_PATH and the XDG names are read
  PathEnvironment paths;

  static ProcessInputs of_this_process(int argc, const char* const* argv);
};

// What the command line asks for.
enum class Wanted : std::uint8_t { kServe, kCheckConfig, kHelp, kHelpConfig, kConfigSchema, kVersion };

struct LoadedConfig {
  Wanted wanted = Wanted::kServe;
  EngineConfig config;
  std::string bundle_flag;         // --bundle, which wins over MODEL_PATH …
  std::string model_path;          // … which wins over
  std::string bundle_key;          // RINGSIDE_BUNDLE or the file's key. start_choice.h decides
  std::vector<std::string> notes;  // worth a warning, not worth refusing: a RINGSIDE_* variable that is no key
};

[[nodiscard]] Result<LoadedConfig, ConfigProblems> load_config(const ProcessInputs& inputs);

}  // namespace ringside::engine
