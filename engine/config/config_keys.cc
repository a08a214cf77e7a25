#include "engine/config/config_keys.h"

#include <algorithm>
#include <vector>

#include "engine/config/key_sections.h"

namespace ringside::engine {

std::span<const ConfigKey> config_keys() {
  static const std::vector<ConfigKey> all = [] {
    std::vector<ConfigKey> keys;
    for (const auto section : {start_keys(), log_keys(), serving_keys(), bundle_keys(), access_keys(), journal_keys()}) {
      keys.insert(keys.end(), section.begin(), section.end());
    }
    return keys;
  }();
  return all;
}

const ConfigKey* find_key(std::string_view path) {
  const auto keys = config_keys();
  const auto found = std::ranges::find(keys, path, &ConfigKey::path);
  return found == keys.end() ? nullptr : &*found;
}

std::string environment_name(const ConfigKey& key) {
  std::string name = "RINGSIDE_";
  for (const char c : key.path) name += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

std::string default_of(const ConfigKey& key) {
  return key.default_words.empty() ? key.show(EngineConfig{}) : std::string(key.default_words);
}

std::vector<ConfigRow> config_rows(const EngineConfig& config) {
  std::vector<ConfigRow> rows;
  for (const ConfigKey& key : config_keys()) {
    const auto source = config.sources.find(std::string(key.path));
    rows.push_back({std::string(key.path), key.show(config), source == config.sources.end() ? "default" : source->second,
                    std::string(key.meaning), key.live});
  }
  return rows;
}

}  // namespace ringside::engine
