// A YAML file → its settings, flat and as text: `workers: {count: 2}` is workers.count = ["2"]. The one place of yaml-cpp in this
// folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/config/config_loader.h"

namespace ringside::engine {

struct Setting {
  std::string path;
  std::vector<std::string> values;
  bool is_list = false;
  std::string where;  // "engine.yaml:3"
};

// Appends problems about the file as such: not readable, not YAML, not a map, a list of maps, too deep. `name` stands in `where`.
[[nodiscard]] std::vector<Setting> yaml_settings(std::string_view text, const std::string& name, ConfigProblems& problems);

}  // namespace ringside::engine
