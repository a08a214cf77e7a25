#include "engine/config/config_pages.h"

#include <algorithm>
#include <string_view>

#include <nlohmann/json.hpp>

#include "engine/config/config_keys.h"
#include "schemas/process/exit_status.h"

namespace ringside::engine {
namespace {

using Json = nlohmann::ordered_json;

std::string padded(std::string_view text, std::size_t width) {
  return std::string(text) + std::string(text.size() < width ? width - text.size() : 1, ' ');
}

// Below a key, in lines of at most 100 characters.
std::string wrapped(std::string_view text) {
  constexpr std::size_t kWidth = 94;
  std::string lines;
  while (!text.empty()) {
    std::size_t end = text.size();
    if (end > kWidth) end = std::min(text.rfind(' ', kWidth), end);
    lines.append("      ").append(text.substr(0, end)).append("\n");
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string_view type_name(KeyType type) {
  switch (type) {
    case KeyType::kUnsaid:
      return "";
    case KeyType::kText:
      return "text";
    case KeyType::kNumber:
      return "number";
    case KeyType::kShare:
      return "share";
    case KeyType::kBool:
      return "bool";
    case KeyType::kChoice:
      return "choice";
    case KeyType::kTexts:
      return "texts";
    case KeyType::kNumbers:
      return "numbers";
  }
  return "";
}

// "number, ms": what stands in the table's column.
std::string form_of(const ConfigKey& key) {
  return std::string(type_name(key.type)) + (key.unit.empty() ? "" : ", " + std::string(key.unit));
}

std::string_view reload_of(const ConfigKey& key) { return key.live ? "live" : "restart"; }

// What the file may hold for a key.
Json schema_of(const ConfigKey& key) {
  Json schema = {{"description", key.meaning}};
  switch (key.type) {
    case KeyType::kUnsaid:
      break;
    case KeyType::kText:
      schema["type"] = "string";
      schema["minLength"] = 1;
      break;
    case KeyType::kNumber:
      schema["type"] = "integer";
      schema["minimum"] = key.least;
      schema["maximum"] = key.most;
      break;
    case KeyType::kShare:
      schema["type"] = "number";
      schema["minimum"] = 0;
      schema["maximum"] = 1;
      break;
    case KeyType::kBool:
      schema["type"] = "boolean";
      break;
    case KeyType::kChoice:
      // YAML 1.1 reads a bare `off` as false; the engine reads the word.
      schema["enum"] = Json::array();
      for (const std::string_view choice : key.choices) schema["enum"].push_back(choice);
      if (std::ranges::find(key.choices, "off") != key.choices.end()) schema["enum"].push_back(false);
      break;
    case KeyType::kTexts:  // a name, or a user's or group's number
      schema["type"] = {"array", "string"};
      schema["items"] = {{"type", {"string", "integer"}}, {"minLength", 1}, {"minimum", 0}};
      break;
    case KeyType::kNumbers:
      schema["type"] = {"array", "string", "integer"};
      schema["items"] = {{"type", "integer"}, {"minimum", key.least}, {"maximum", key.most}};
      schema["uniqueItems"] = true;
      break;
  }
  schema["x-default"] = default_of(key);
  if (!key.unit.empty()) schema["x-unit"] = key.unit;
  schema["x-environment"] = environment_name(key);
  if (!key.flag.empty()) schema["x-flag"] = key.flag;
  schema["x-reload"] = reload_of(key);
  return schema;
}

}  // namespace

std::string config_text(const EngineConfig& config) {
  std::string text;
  for (const ConfigKey& key : config_keys()) {
    const auto source = config.sources.find(std::string(key.path));
    const std::string value = key.show(config);
    text += padded(key.path, 28) + padded(value.empty() ? "(" + default_of(key) + ")" : value, 32) +
            (source == config.sources.end() ? "default" : source->second) + "\n";
  }
  return text;
}

std::string config_help() {
  std::string text =
      "Serve the bundles of one task to clients on this host, through shared memory.\n\n"
      "Usage:\n  ringsided [--config FILE] [options]\n\n"
      "Options (a flag wins over its RINGSIDE_* variable, that over the YAML file, that over the default):\n"
      "  --config FILE             YAML file with the keys below (RINGSIDE_CONFIG). Default: none\n"
      "  --check-config            Print every key with its value and where it comes from, and end.\n"
      "  --config-schema           Print the JSON Schema of the YAML file, and end.\n"
      "  --help-config             Print the keys as a Markdown table, and end.\n"
      "  --help                    This text.\n"
      "  --version                 The program's version.\n\n"
      "Keys marked `live` are read again by SIGHUP and `ringside reload`; all others need a restart.\n\n";
  for (const ConfigKey& key : config_keys()) {
    text += "  " + std::string(key.path);
    if (!key.flag.empty()) text += "  " + std::string(key.flag) + " " + std::string(key.argument);
    text += "  " + environment_name(key) + (key.live ? "  live" : "") + "\n" + wrapped(key.meaning) +
            wrapped("Default: " + default_of(key));
  }
  text += "\nMODEL_PATH names the starting bundle too; --bundle wins over it, and it over the key `bundle`.\n\n" +
          std::string(kExitStatusHelp) +
          "\n\nExample:\n  ringsided --models ./models --run-dir /tmp/ringside --state-dir /tmp/ringside-state\n"
          "  ringsided --config engine.yaml --check-config\n\n"
          "A configuration file:\n  models: /srv/models\n  workers: {count: 2, cpus: [2, 3]}\n  access: {data: {groups: [ads, "
          "risk]}}\n";
  return text;
}

std::string config_markdown() {
  std::string text = "| key | type | flag | default | reload | meaning |\n|---|---|---|---|---|---|\n";
  const auto escaped = [](std::string_view cell) {
    std::string out;
    for (const char c : cell) out += c == '|' ? std::string("\\|") : std::string(1, c);
    return out;
  };
  for (const ConfigKey& key : config_keys()) {
    const std::string flag = key.flag.empty() ? "" : "`" + std::string(key.flag) + " " + escaped(key.argument) + "`";
    text += "| `" + std::string(key.path) + "` | " + form_of(key) + " | " + flag + " | " + escaped(default_of(key)) + " | " +
            std::string(reload_of(key)) + " | " + escaped(key.meaning) + " |\n";
  }
  return text;
}

std::string config_schema() {
  const auto object = [] { return Json{{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}}; };
  Json root = {
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"title", "ringsided's configuration file"},
      {"description",
       "The one YAML file of an engine. Printed by `ringsided --config-schema` from the table of keys. The engine reads values "
       "as text and converts them by their key."}};
  root.update(object());
  for (const ConfigKey& key : config_keys()) {
    Json* node = &root;
    std::string_view rest = key.path;
    for (std::size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
      Json& inner = (*node)["properties"][std::string(rest.substr(0, dot))];
      if (inner.is_null()) inner = object();
      node = &inner;
      rest.remove_prefix(dot + 1);
    }
    (*node)["properties"][std::string(rest)] = schema_of(key);
  }
  return root.dump(2) + "\n";
}

}  // namespace ringside::engine
