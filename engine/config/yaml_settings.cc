#include "engine/config/yaml_settings.h"

#include <exception>

#include <yaml-cpp/yaml.h>

namespace ringside::engine {
namespace {

constexpr std::size_t kDepthMax = 8;         // the deepest key has three names
constexpr std::size_t kSettingsMax = 1'000;  // aliases can make a small file large

class Flattener {
 public:
  Flattener(const std::string& name, ConfigProblems& problems) : name_(name), problems_(problems) {}

  void map(const YAML::Node& node, const std::string& prefix, std::size_t depth) {
    for (const auto& item : node) {
      if (!item.first.IsScalar()) {
        problem(item.first, prefix, "a key is a word", "");
        continue;
      }
      value(item.second, prefix.empty() ? item.first.Scalar() : prefix + "." + item.first.Scalar(), place(item.first), depth);
      if (settings.size() > kSettingsMax) return;
    }
  }

  std::vector<Setting> settings;

 private:
  void value(const YAML::Node& node, const std::string& path, const std::string& where, std::size_t depth) {
    if (node.IsMap()) {
      if (depth >= kDepthMax) return problem(node, path, "keys nest " + std::to_string(kDepthMax) + " deep at most", "");
      return map(node, path, depth + 1);
    }
    Setting setting{path, {}, node.IsSequence(), where};
    if (node.IsScalar()) {
      setting.values.push_back(node.Scalar());
    } else if (node.IsSequence()) {
      for (const auto& element : node) {
        if (!element.IsScalar()) return problem(element, path, "a list of plain values", "");
        setting.values.push_back(element.Scalar());
        if (setting.values.size() > kSettingsMax)
          return problem(node, path, "at most " + std::to_string(kSettingsMax) + " values", "");
      }
    } else {
      return problem(node, path, "a value", "leave the key out to have its default");
    }
    settings.push_back(std::move(setting));
  }

  void problem(const YAML::Node& node, const std::string& path, std::string bound, std::string hint) {
    problems_.push_back({place(node), path, "", std::move(bound), std::move(hint)});
  }
  [[nodiscard]] std::string place(const YAML::Node& node) const { return name_ + ":" + std::to_string(node.Mark().line + 1); }

  const std::string& name_;
  ConfigProblems& problems_;
};

}  // namespace

std::vector<Setting> yaml_settings(std::string_view text, const std::string& name, ConfigProblems& problems) {
  Flattener flattener(name, problems);
  try {
    const YAML::Node root = YAML::Load(std::string(text));
    if (root.IsNull()) return {};
    if (!root.IsMap()) {
      problems.push_back({name + ":1", "", "", "the file is a map of keys", "such as `workers: {count: 2}`"});
      return {};
    }
    flattener.map(root, "", 1);
  } catch (const YAML::Exception& error) {
    problems.push_back({name + ":" + std::to_string(error.mark.line + 1), "", "", "not YAML: " + error.msg, ""});
  } catch (const std::exception& error) {
    problems.push_back({name, "", "", std::string("not readable as YAML: ") + error.what(), ""});
  }
  if (flattener.settings.size() > kSettingsMax) {
    problems.push_back({name, "", "", "at most " + std::to_string(kSettingsMax) + " keys", ""});
    flattener.settings.clear();
  }
  return std::move(flattener.settings);
}

}  // namespace ringside::engine
