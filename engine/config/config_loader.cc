#include "engine/config/config_loader.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "engine/config/config_keys.h"
#include "engine/config/near_name.h"
#include "engine/config/yaml_settings.h"

extern char** environ;

namespace ringside::engine {
namespace {

constexpr std::uintmax_t kFileBytesMax = 1u << 20;

std::string joined(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : ",") + value;
  return text;
}

// A problem shows at most this much of what it found.
std::string shown(const std::string& value) { return value.size() <= 80 ? value : value.substr(0, 77) + "..."; }

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
  if (text.empty() || text.back() == ',') parts.emplace_back();
  return parts;
}

// What a flag asks for in place of serving.
std::optional<Wanted> wanted_by(const std::string& flag) {
  if (flag == "--check-config") return Wanted::kCheckConfig;
  if (flag == "--config-schema") return Wanted::kConfigSchema;
  if (flag == "--help-config") return Wanted::kHelpConfig;
  if (flag == "--help" || flag == "-h") return Wanted::kHelp;
  if (flag == "--version") return Wanted::kVersion;
  return std::nullopt;
}

class Loader {
 public:
  explicit Loader(const ProcessInputs& inputs) : inputs_(inputs) {}

  Result<LoadedConfig, ConfigProblems> load() {
    read_flags();
    if (loaded_.wanted != Wanted::kServe && loaded_.wanted != Wanted::kCheckConfig)
      return std::move(loaded_);  // asked for: never refused
    read_file();
    read_environment();
    apply_flags();
    fill_defaults();
    check_together();
    if (!problems_.empty()) return fail(std::move(problems_));
    return std::move(loaded_);
  }

 private:
  struct Flag {
    const ConfigKey* key;
    std::string value;
  };

  void add_problem(std::string where, std::string path, const std::string& value, std::string bound, std::string hint) {
    problems_.push_back({std::move(where), std::move(path), shown(value), std::move(bound), std::move(hint)});
  }

  void read_flags() {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < inputs_.arguments.size(); ++i) {
      const std::string& argument = inputs_.arguments[i];
      const auto equals = argument.find('=');
      const std::string name = argument.substr(0, equals);
      if (const auto wanted = wanted_by(name)) {
        if (equals != std::string::npos) add_problem(name, "", argument, "takes no value", "");
        if (loaded_.wanted != Wanted::kHelp) loaded_.wanted = *wanted;
        continue;
      }
      const ConfigKey* key = nullptr;
      for (const ConfigKey& candidate : config_keys()) {
        if (!candidate.flag.empty() && candidate.flag == name) key = &candidate;
      }
      if (key == nullptr && name != "--config") {
        unknown_flag(argument, name);
        continue;
      }
      if (!seen.insert(name).second) add_problem(name, "", argument, "given twice", "keep one of them");
      if (equals == std::string::npos && i + 1 == inputs_.arguments.size()) {
        add_problem(name, key == nullptr ? "" : std::string(key->path), "", "needs a value", "see ringsided --help");
        continue;
      }
      const std::string value = equals != std::string::npos ? argument.substr(equals + 1) : inputs_.arguments[++i];
      if (key == nullptr) {
        file_ = value;
        file_named_by_ = name;
      } else {
        flags_.push_back({key, value});
      }
    }
  }

  void unknown_flag(const std::string& argument, const std::string& name) {
    std::vector<std::string> known = {"--config", "--check-config", "--config-schema", "--help-config", "--help", "--version"};
    for (const ConfigKey& key : config_keys()) {
      if (!key.flag.empty()) known.emplace_back(key.flag);
    }
    const std::string near = name.starts_with("--") ? nearest(name, known) : "";
    add_problem("command line", "", argument,
                name.starts_with('-') ? "unknown flag" : "not a flag; ringsided takes no other words",
                near.empty() ? "see ringsided --help" : "did you mean " + near + "?");
  }

  void read_file() {
    if (const auto named = inputs_.environment.find("RINGSIDE_CONFIG");
        file_named_by_.empty() && named != inputs_.environment.end()) {
      file_ = named->second;
      file_named_by_ = "RINGSIDE_CONFIG";
    }
    if (file_named_by_.empty()) return;
    std::error_code error;
    const auto bytes = std::filesystem::file_size(file_, error);
    if (error || !std::filesystem::is_regular_file(file_, error)) {
      return add_problem(file_named_by_, "", file_, "a readable YAML file" + (error ? ": " + error.message() : std::string()),
                         "");
    }
    if (bytes > kFileBytesMax) return add_problem(file_named_by_, "", file_, "at most 1 MiB", "");
    std::ifstream stream(file_, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    if (!stream) return add_problem(file_named_by_, "", file_, std::string("cannot be read: ") + std::strerror(errno), "");

    std::set<std::string> seen;
    for (const Setting& setting : yaml_settings(text.str(), file_, problems_)) {
      const ConfigKey* key = find_key(setting.path);
      if (key == nullptr) {
        unknown_key(setting);
      } else if (!seen.insert(setting.path).second) {
        add_problem(setting.where, setting.path, joined(setting.values), "given twice", "keep one of them");
      } else if (setting.is_list && !key->is_list) {
        add_problem(setting.where, setting.path, joined(setting.values), "one value", "write it without a list");
      } else {
        assign(*key, setting.is_list || !key->is_list ? setting.values : split_at_commas(setting.values.front()), setting.where);
      }
    }
  }

  void unknown_key(const Setting& setting) {
    std::vector<std::string> known;
    for (const ConfigKey& key : config_keys()) known.emplace_back(key.path);
    const std::string near = nearest(setting.path, known);
    add_problem(setting.where, setting.path, joined(setting.values), "unknown key",
                near.empty() ? "ringsided --help lists the keys" : "did you mean " + near + "?");
  }

  void read_environment() {
    std::vector<std::string> known;
    for (const ConfigKey& key : config_keys()) {
      const std::string name = environment_name(key);
      known.push_back(name);
      const auto found = inputs_.environment.find(name);
      if (found == inputs_.environment.end()) continue;
      assign(key, key.is_list ? split_at_commas(found->second) : std::vector<std::string>{found->second}, name);
    }
    loaded_.bundle_key = loaded_.config.bundle;
    if (const auto found = inputs_.environment.find("MODEL_PATH"); found != inputs_.environment.end())
      loaded_.model_path = found->second;
    for (const auto& [name, value] : inputs_.environment) {
      if (!name.starts_with("RINGSIDE_") || name == "RINGSIDE_CONFIG" ||
          std::find(known.begin(), known.end(), name) != known.end())
        continue;
      const std::string near = nearest(name, known);  // other programs have RINGSIDE_* variables too: a note, no refusal
      loaded_.notes.push_back(name + " is no key of the engine" + (near.empty() ? "" : "; did you mean " + near + "?"));
    }
  }

  void apply_flags() {
    for (const Flag& flag : flags_) {
      assign(*flag.key, flag.key->is_list ? split_at_commas(flag.value) : std::vector<std::string>{flag.value},
             std::string(flag.key->flag));
      if (flag.key->path == "bundle") loaded_.bundle_flag = flag.value;
    }
  }

  void assign(const ConfigKey& key, const std::vector<std::string>& values, const std::string& where) {
    if (auto done = key.assign(loaded_.config, values); !done) {
      add_problem(where, std::string(key.path), joined(values), "is not " + done.error().bound, done.error().hint);
    } else {
      loaded_.config.sources[std::string(key.path)] = where;
    }
  }

  void fill_defaults() {
    if (loaded_.config.run_dir.empty()) loaded_.config.run_dir = default_run_dir(inputs_.paths);
    if (loaded_.config.state_dir.empty()) loaded_.config.state_dir = default_state_dir(inputs_.paths);
  }

  // What only several keys together can break.
  void check_together() {
    if (loaded_.config.bundle_signature != BundleSignature::kOff && loaded_.config.bundle_keys.empty()) {
      add_problem(loaded_.config.sources.at("bundle_signature.mode"), "bundle_signature.mode", "",
                  "needs bundle_signature.keys: without a key nothing is trusted", "name a PEM file or a directory of them");
    }
    const auto& workers = loaded_.config.workers;
    if (!workers.cpus.empty() && workers.cpus.size() != workers.count) {
      const auto source = loaded_.config.sources.find("workers.cpus");
      std::string value;
      for (const auto cpu : workers.cpus) value += (value.empty() ? "" : ",") + std::to_string(cpu);
      add_problem(source->second, "workers.cpus", value,
                  "is not one processor for each worker (workers.count is " + std::to_string(workers.count) + ")",
                  "list " + std::to_string(workers.count) + " of them, or none");
    }
  }

  const ProcessInputs& inputs_;
  LoadedConfig loaded_;
  ConfigProblems problems_;
  std::vector<Flag> flags_;
  std::string file_, file_named_by_;
};

}  // namespace

std::string ConfigProblem::text() const {
  std::string line = path.empty() ? where : path;
  line += ":";
  if (!value.empty()) line += " '" + value + "'";
  line += " " + bound;
  if (!hint.empty()) line += " (" + hint + ")";
  if (!path.empty()) line += "  [" + where + "]";
  return line;
}

std::string problems_text(const ConfigProblems& problems) {
  std::string text = "configuration: " + std::to_string(problems.size()) + (problems.size() == 1 ? " problem\n" : " problems\n");
  for (const ConfigProblem& problem : problems) text += "  " + problem.text() + "\n";
  return text;
}

ProcessInputs ProcessInputs::of_this_process(int argc, const char* const* argv) {
  ProcessInputs inputs;
  inputs.arguments.assign(argv + 1, argv + argc);
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) inputs.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  inputs.paths = PathEnvironment::of_this_process();
  return inputs;
}

Result<LoadedConfig, ConfigProblems> load_config(const ProcessInputs& inputs) { return Loader(inputs).load(); }

}  // namespace ringside::engine
