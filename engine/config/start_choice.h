// Which version an engine starts with. The first of these that says something decides, and if that fails nothing else is tried:
//
//   --bundle · MODEL_PATH · the key `bundle` · the last operator's choice (traffic.json), unless models/current moved since ·
//   models/current
//
//   auto inputs = read_start_inputs(loaded, models, state_directory_of_the_task);
//   auto choice = choose_start(inputs);
//   if (!choice) { print(choice.error().message); exit 5 }
//
// choose_start is pure; read_start_inputs looks at the disk. Thread safety: no state.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ringside/result.h>

#include "engine/config/config_loader.h"
#include "engine/config/operator_choice.h"

namespace ringside::engine {

struct StartInputs {
  std::string models;  // the directory, as configured
  std::string bundle_flag, model_path, bundle_key;
  std::optional<OperatorChoice> choice;
  std::string choice_file;     // for messages
  std::string choice_problem;  // traffic.json is there and cannot be read: why
  CurrentLink current;
  std::vector<std::string> bundles;  // names of the directories in models that hold a manifest.json, sorted as versions
  std::vector<std::string> others;   // of those that hold none: no bundles, but somebody may have meant one
  std::vector<std::pair<std::string, std::string>> versions;  // version → its directory, where that has another name
};

struct StartChoice {
  std::string directory;  // of the bundle
  std::string origin;     // "--bundle", "MODEL_PATH", …
  std::string note;       // what an operator should know of the choice; often empty
  bool outdates_operator =
      false;  // models/current moved after the last operator's choice: that choice is over, and must not come back
};

struct StartProblem {
  std::string message;  // what is wrong, where, and what to type
};

[[nodiscard]] Result<StartChoice, StartProblem> choose_start(const StartInputs& inputs);

// `task_state_dir`: <state-dir>/<task>; empty while the task is not known, for then there is no last choice to be found.
// `versions` is left to the caller: whoever can read a manifest.
[[nodiscard]] StartInputs read_start_inputs(const LoadedConfig& loaded, const std::string& task_state_dir);

// Orders v1.9.0 before v1.10.0: runs of digits compare as numbers.
[[nodiscard]] bool version_before(std::string_view a, std::string_view b);

}  // namespace ringside::engine
