#include "engine/config/start_choice.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "engine/config/near_name.h"

namespace ringside::engine {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string present(const StartInputs& inputs) {
  return inputs.bundles.empty() ? inputs.models + " holds no bundle"
                                : "present in " + inputs.models + ": " + listed(inputs.bundles);
}

// For the shell: quoted when it must be.
std::string quoted(const std::string& word) {
  const auto plain = [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("_-./").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string right_link(const StartInputs& inputs, const std::string& version) {
  return "ln -sfn " + quoted(version) + " " + quoted(inputs.models + "/current");
}

// A name under models/, or a path.
Result<StartChoice, StartProblem> by_name(const StartInputs& inputs, std::string origin, const std::string& name,
                                          const std::string& where) {
  if (name.find('/') != std::string::npos) return StartChoice{name, std::move(origin), ""};
  const auto is_in = [&name](const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  const auto elsewhere =
      std::find_if(inputs.versions.begin(), inputs.versions.end(), [&](const auto& pair) { return pair.first == name; });
  if (name == "current" || is_in(inputs.bundles)) return StartChoice{inputs.models + "/" + name, std::move(origin), ""};
  if (elsewhere != inputs.versions.end()) return StartChoice{inputs.models + "/" + elsewhere->second, std::move(origin), ""};
  if (is_in(inputs.others))
    return StartChoice{inputs.models + "/" + name, std::move(origin), ""};  // the loader says what it lacks
  const std::string near = nearest(name, inputs.bundles);
  return fail(StartProblem{where + " names version '" + name + "', which is not there; " + present(inputs) +
                           (near.empty() ? "" : "; did you mean " + near + "?") + " (a path needs a slash: ./" + name + ")"});
}

// One that is called as the version in it, where there is such a one: a copy under another name is seldom meant.
std::string newest_bundle(const StartInputs& inputs) {
  const auto is_version = [&](const std::string& name) {
    return std::none_of(inputs.versions.begin(), inputs.versions.end(), [&](const auto& pair) { return pair.second == name; });
  };
  const auto newest = std::find_if(inputs.bundles.rbegin(), inputs.bundles.rend(), is_version);
  if (newest != inputs.bundles.rend()) return *newest;
  return inputs.bundles.empty() ? std::string() : inputs.bundles.back();
}

Result<StartChoice, StartProblem> by_current(const StartInputs& inputs) {
  const std::string link = inputs.models + "/current";
  const std::string newest = newest_bundle(inputs);
  switch (inputs.current.kind) {
    case CurrentLink::Kind::kGood: {
      const std::string& target = inputs.current.target;
      std::string directory = target.starts_with('/') ? target : inputs.models + "/" + target;
      while (directory.size() > 1 && directory.back() == '/') directory.pop_back();  // the last part is the version's name
      return StartChoice{std::move(directory), link, ""};
    }
    case CurrentLink::Kind::kDirectory:
      return StartChoice{link, link, link + " is a directory and not a link: it cannot be moved to another version"};
    case CurrentLink::Kind::kBroken: {
      const std::string near = nearest(inputs.current.target, inputs.bundles);
      const std::string right = near.empty() ? newest : near;
      return fail(StartProblem{
          link + " points at '" + inputs.current.target + "', which does not exist; " + present(inputs) +
          (right.empty() ? "; next: export a bundle into " + inputs.models : "; next: " + right_link(inputs, right))});
    }
    case CurrentLink::Kind::kOther:
      return fail(StartProblem{
          link + " leads to no directory; " + present(inputs) +
          (newest.empty() ? "; next: export a bundle into " + inputs.models : "; next: " + right_link(inputs, newest))});
    case CurrentLink::Kind::kAbsent:
      break;
  }
  return fail(StartProblem{"no version to start with: " + link +
                           " does not exist, and neither --bundle nor MODEL_PATH is given; " + present(inputs) +
                           (newest.empty() ? "; next: export a bundle into " + inputs.models + ", or give --models DIR"
                                           : "; next: " + right_link(inputs, newest))});
}

}  // namespace

bool version_before(std::string_view a, std::string_view b) {
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const auto run = [](std::string_view text, std::size_t& at) {
        while (at < text.size() && text[at] == '0') ++at;
        const std::size_t begin = at;
        while (at < text.size() && is_digit(text[at])) ++at;
        return text.substr(begin, at - begin);
      };
      const std::string_view left = run(a, i), right = run(b, j);
      if (left.size() != right.size()) return left.size() < right.size();
      if (left != right) return left < right;
    } else {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i;
      ++j;
    }
  }
  if ((a.size() - i) != (b.size() - j)) return (a.size() - i) < (b.size() - j);
  return a < b;  // 1.01 and 1.1: an order all the same
}

Result<StartChoice, StartProblem> choose_start(const StartInputs& inputs) {
  if (!inputs.bundle_flag.empty()) return by_name(inputs, "--bundle", inputs.bundle_flag, "--bundle");
  if (!inputs.model_path.empty()) return by_name(inputs, "MODEL_PATH", inputs.model_path, "MODEL_PATH");
  if (!inputs.bundle_key.empty())
    return by_name(inputs, "configuration key bundle", inputs.bundle_key, "the configuration's key bundle");

  const std::string way_out = " (remove the file, or give --bundle, to start otherwise)";
  if (!inputs.choice_problem.empty()) return fail(StartProblem{inputs.choice_problem + way_out});
  if (!inputs.choice || inputs.choice->version.empty()) return by_current(inputs);
  const bool moved = inputs.current.target != inputs.choice->seen_current && inputs.current.kind != CurrentLink::Kind::kAbsent;
  if (moved) {
    auto choice = by_current(inputs);
    if (choice) choice->outdates_operator = true;
    if (choice && choice->note.empty()) {
      choice->note = inputs.models + "/current has moved since an operator chose " + inputs.choice->version + ", so it decides";
    }
    return choice;
  }
  auto choice =
      by_name(inputs, "the last operator's choice (" + inputs.choice_file + ")", inputs.choice->version, inputs.choice_file);
  if (!choice) choice.error().message += way_out;
  return choice;
}

StartInputs read_start_inputs(const LoadedConfig& loaded, const std::string& task_state_dir) {
  StartInputs inputs{.models = loaded.config.models,
                     .bundle_flag = loaded.bundle_flag,
                     .model_path = loaded.model_path,
                     .bundle_key = loaded.bundle_key,
                     .choice = {},
                     .choice_file = task_state_dir.empty() ? "" : choice_path(task_state_dir),
                     .choice_problem = "",
                     .current = read_current_link(loaded.config.models),
                     .bundles = {},
                     .others = {},
                     .versions = {}};
  if (!task_state_dir.empty()) {
    if (auto choice = read_choice(task_state_dir); choice) {
      inputs.choice = std::move(*choice);
    } else {
      inputs.choice_problem = choice.error();
    }
  }
  std::error_code error;
  for (std::filesystem::directory_iterator entry(inputs.models, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    const std::string name = entry->path().filename();
    if (!entry->is_directory(ignored) || entry->is_symlink(ignored) || name == "current" || name.starts_with('.')) continue;
    (std::filesystem::exists(entry->path() / "manifest.json", ignored) ? inputs.bundles : inputs.others).push_back(name);
  }
  std::sort(inputs.bundles.begin(), inputs.bundles.end(), version_before);
  return inputs;
}

}  // namespace ringside::engine
