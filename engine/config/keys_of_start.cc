#include "engine/config/key_forms.h"
#include "engine/config/key_sections.h"

namespace ringside::engine {

std::span<const ConfigKey> start_keys() {
  static const ConfigKey keys[] = {
      {"task", "--task", "NAME", false, "the starting bundle's task_name", "The one task that this engine serves.",
       [](EngineConfig& c, const Values& v) { return assign_task(c.task, v); }, [](const EngineConfig& c) { return c.task; },
       KeyType::kText},
      text_key("models", "Directory of bundles, with the link `current` to the one to start with.",
               [](auto& c) -> auto& { return c.models; }, {.flag = "--models", .argument = "DIR"}),
      text_key("bundle", "The version to start with: a name under `models`, or a path with a slash.",
               [](auto& c) -> auto& { return c.bundle; },
               {.flag = "--bundle",
                .argument = "VERSION|DIR",
                .default_words = "the last operator's choice; models/current if nobody chose, or if it has moved since"}),
      text_key(
          "run_dir", "Sockets are <run_dir>/<task>/data.sock and admin.sock.", [](auto& c) -> auto& { return c.run_dir; },
          {.flag = "--run-dir", .argument = "DIR", .default_words = "/run/ringside; $XDG_RUNTIME_DIR/ringside without root"}),
      text_key("state_dir", "What outlives the engine: <state_dir>/<task>/.", [](auto& c) -> auto& { return c.state_dir; },
               {.flag = "--state-dir",
                .argument = "DIR",
                .default_words = "/var/lib/ringside; $XDG_STATE_HOME/ringside or ~/.local/state/ringside without root"}),
      bool_key("core_dumps",
               "Let a crash write the engine's memory to a file, and processes of its user trace it. It holds rows as they came, "
               "whatever their fields' privacy, and keys.",
               [](auto& c) -> auto& { return c.core_dumps; }),
  };
  return keys;
}

}  // namespace ringside::engine
