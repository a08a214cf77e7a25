// What reading the configuration again changes: which keys differ, which of those the running engine takes, and which need a restart.
//
//   ReloadPlan plan = plan_reload(running, fresh);
//   running = plan.config;      // a value and its source change together
//
// Thread safety: pure.
#pragma once

#include <string>
#include <vector>

#include "engine/config/engine_config.h"

namespace ringside::engine {

struct KeyChange {
  std::string path, from, to;  // values as `ringside config` shows them; empty: the default, where no value says it
};

struct ReloadPlan {
  EngineConfig config;                  // `running` with the live keys of `fresh`
  std::vector<KeyChange> applied;       // take effect now
  std::vector<KeyChange> need_restart;  // stay as they are
};

[[nodiscard]] ReloadPlan plan_reload(const EngineConfig& running, const EngineConfig& fresh);

}  // namespace ringside::engine
