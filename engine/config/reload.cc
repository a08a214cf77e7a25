#include "engine/config/reload.h"

#include <utility>

#include "engine/config/config_keys.h"

namespace ringside::engine {
namespace {

// A list is shown with commas between its values; no value holds one, as variables and flags are split at them.
std::vector<std::string> values_of(const std::string& shown) {
  std::vector<std::string> values;
  std::size_t begin = 0;
  for (std::size_t comma = shown.find(','); comma != std::string::npos; comma = shown.find(',', begin)) {
    values.push_back(shown.substr(begin, comma - begin));
    begin = comma + 1;
  }
  values.push_back(shown.substr(begin));
  return values;
}

}  // namespace

ReloadPlan plan_reload(const EngineConfig& running, const EngineConfig& fresh) {
  ReloadPlan plan{.config = running, .applied = {}, .need_restart = {}};
  for (const ConfigKey& key : config_keys()) {
    const std::string path(key.path);
    const std::string from = key.show(running), to = key.show(fresh);
    if (key.live) {
      const auto source = fresh.sources.find(path);
      plan.config.sources.erase(path);
      if (source != fresh.sources.end()) plan.config.sources[path] = source->second;
    }
    if (from == to) continue;
    // The task that the starting bundle brought is no change of the configuration.
    if (path == "task" && to.empty()) continue;
    if (!key.live) {
      plan.need_restart.push_back({path, from, to});
      continue;
    }
    const std::vector<std::string> values = !key.is_list ? std::vector{to}
                                            : to.empty() ? std::vector<std::string>{}
                                                         : values_of(to);
    // Every value that a key shows, it takes (DefaultsPassTheirOwnChecks); `fresh` passed the checks already.
    if (key.assign(plan.config, values)) plan.applied.push_back({path, from, to});
  }
  return plan;
}

}  // namespace ringside::engine
