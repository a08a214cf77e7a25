#include "tools/cli/completion.h"

#include <algorithm>
#include <sstream>
#include <string_view>

namespace ringside::cli {
namespace {

// Prints the versions that an engine knows, one a line; nothing where none answers. --run-dir and --task of the line are heeded.
constexpr std::string_view kVersionsFunction =
    "_ringside_versions() {\n"
    "  ringside \"$@\" versions --json 2>/dev/null | grep -o '\"version\":\"[^\"]*\"' | cut -d'\"' -f4 | sort -u\n"
    "}\n";

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, at);) parts.push_back(part);
  return parts;
}

// CLI11 writes a set of allowed values into the type's name: TEXT:{bash,zsh}.
std::vector<std::string> choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const auto begin = type.find('{'), end = type.find('}');
  if (begin == std::string::npos || end == std::string::npos) return {};
  return split(type.substr(begin + 1, end - begin - 1), ',');
}

OptionWords option_words(const CLI::Option& option) {
  OptionWords words;
  for (const std::string& name : option.get_lnames()) words.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) words.names.push_back("-" + name);
  const bool positional = words.names.empty();
  if (positional) words.names.push_back(option.get_name(true));
  words.what = split(option.get_description(), '\n').empty() ? "" : split(option.get_description(), '\n').front();
  words.choices = choices_of(option);
  const std::string about = option.get_option_text() + " " + (positional ? words.names.front() : "");
  const auto says = [&](std::string_view word) { return about.find(word) != std::string::npos; };
  if (!positional && option.get_items_expected_max() == 0) {
    words.value = ValueKind::kNone;
  } else if (!words.choices.empty()) {
    words.value = ValueKind::kChoice;
  } else if (says("FILE")) {
    words.value = ValueKind::kFile;
  } else if (says("DIR")) {
    words.value = ValueKind::kDirectory;
  } else if (says("VERSION") || says("V1,V2")) {
    words.value = ValueKind::kVersion;
  } else {
    words.value = ValueKind::kText;
  }
  return words;
}

CommandWords words_of(const CLI::App& app, std::string name) {
  CommandWords words{.name = std::move(name), .what = app.get_description(), .options = {}, .positionals = {}};
  for (const CLI::Option* option : app.get_options()) {
    OptionWords one = option_words(*option);
    (one.names.front().starts_with('-') ? words.options : words.positionals).push_back(std::move(one));
  }
  return words;
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : std::string(between)) + word;
  return text;
}

std::string names_of(const std::vector<OptionWords>& options) {
  std::string text;
  for (const OptionWords& option : options) text += (text.empty() ? "" : " ") + joined(option.names, " ");
  return text;
}

// What bash completes a value with.
std::string bash_value(const OptionWords& option) {
  switch (option.value) {
    case ValueKind::kFile:
      return "COMPREPLY+=($(compgen -f -- \"$cur\"))";
    case ValueKind::kDirectory:
      return "COMPREPLY+=($(compgen -d -- \"$cur\"))";
    case ValueKind::kVersion:
      return "COMPREPLY+=($(compgen -W \"$(_ringside_versions \"${engine[@]}\")\" -- \"$cur\"))";
    case ValueKind::kChoice:
      return "COMPREPLY+=($(compgen -W '" + joined(option.choices, " ") + "' -- \"$cur\"))";
    case ValueKind::kNone:
    case ValueKind::kText:
      break;
  }
  return ":";
}

// Inside single quotes of a zsh specification, where : and ] mean something.
std::string zsh_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      if (c == ':' || c == '[' || c == ']' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out;
}

std::string zsh_action(const OptionWords& option) {
  switch (option.value) {
    case ValueKind::kFile:
      return "_files";
    case ValueKind::kDirectory:
      return "_files -/";
    case ValueKind::kVersion:
      return "_ringside_known_versions";
    case ValueKind::kChoice:
      return "(" + joined(option.choices, " ") + ")";
    case ValueKind::kNone:
    case ValueKind::kText:
      break;
  }
  return " ";
}

std::string zsh_options(const std::vector<OptionWords>& options) {
  std::string text;
  for (const OptionWords& option : options) {
    for (const std::string& name : option.names) {
      text += " \\\n        '" + name + "[" + zsh_text(option.what) + "]";
      if (option.value != ValueKind::kNone) text += ":value:" + zsh_action(option);
      text += "'";
    }
  }
  return text;
}

}  // namespace

std::vector<CommandWords> command_words(const CLI::App& app) {
  std::vector<CommandWords> all = {words_of(app, "")};
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    all.push_back(words_of(*command, command->get_name()));
  }
  return all;
}

std::string bash_completion(const std::vector<CommandWords>& words) {
  const std::vector<OptionWords>& globals = words.front().options;
  std::string commands, global_values;
  for (const CommandWords& command : words) commands += (commands.empty() ? "" : " ") + command.name;
  for (const OptionWords& option : globals) {
    if (option.value != ValueKind::kNone) global_values += (global_values.empty() ? "" : "|") + joined(option.names, "|");
  }
  std::string text = "# bash completion for ringside; printed by `ringside completion bash`.\n" + std::string(kVersionsFunction) +
                     "_ringside() {\n"
                     "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command='' i\n"
                     "  local -a engine=()\n"
                     "  COMPREPLY=()\n"
                     "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
                     "    case ${COMP_WORDS[i]} in\n"
                     "      " +
                     global_values +
                     ") engine+=(\"${COMP_WORDS[i]}\" \"${COMP_WORDS[i+1]}\"); ((i++)) ;;\n"
                     "      -*) ;;\n"
                     "      *) [[ -n $command ]] || command=${COMP_WORDS[i]} ;;\n"
                     "    esac\n"
                     "  done\n"
                     "  case \"$command $prev\" in\n";
  for (const CommandWords& command : words) {
    for (const OptionWords& option : command.options) {
      if (option.value == ValueKind::kNone) continue;
      for (const std::string& name : option.names) {
        const std::string before = command.name.empty() ? "*" : "'" + command.name;
        text += "    " + before + (command.name.empty() ? "' " : " ") + name + "') " + bash_value(option) + "; return ;;\n";
      }
    }
  }
  text += "  esac\n  case $command in\n";
  for (const CommandWords& command : words) {
    text += "    '" + command.name + "') COMPREPLY=($(compgen -W '" + (command.name.empty() ? commands + " " : "") +
            names_of(command.options) + (command.name.empty() ? "" : " " + names_of(globals)) + "' -- \"$cur\"))";
    for (const OptionWords& positional : command.positionals) text += "\n      " + bash_value(positional);
    text += " ;;\n";
  }
  return text + "  esac\n}\ncomplete -o filenames -o bashdefault -F _ringside ringside\n";
}

std::string zsh_completion(const std::vector<CommandWords>& words) {
  std::string text = "#compdef ringside\n# zsh completion for ringside; printed by `ringside completion zsh`.\n" +
                     std::string(kVersionsFunction) +
                     "_ringside_known_versions() {\n"
                     "  local -a versions=(${(f)\"$(_ringside_versions)\"})\n"
                     "  compadd -a versions\n"
                     "}\n"
                     "_ringside() {\n"
                     "  local context state state_descr line\n"
                     "  typeset -A opt_args\n"
                     "  local -a commands=(\n";
  for (const CommandWords& command : words) {
    if (!command.name.empty()) text += "    '" + command.name + ":" + zsh_text(command.what) + "'\n";
  }
  text += "  )\n  _arguments -C" + zsh_options(words.front().options) +
          " \\\n        '1: :->command' '*:: :->rest'\n"
          "  case $state in\n"
          "    command) _describe command commands ;;\n"
          "    rest)\n      case $words[1] in\n";
  for (const CommandWords& command : words) {
    if (command.name.empty()) continue;
    text += "      " + command.name + ") _arguments" + zsh_options(command.options);
    for (const OptionWords& option : words.front().options) {
      const auto own = [&](const OptionWords& other) { return other.names == option.names; };
      if (std::ranges::none_of(command.options, own)) text += zsh_options({option});
    }
    for (const OptionWords& positional : command.positionals) {
      text += " \\\n        '*:" + zsh_text(positional.names.front()) + ":" + zsh_action(positional) + "'";
    }
    text += " ;;\n";
  }
  return text +
         "      esac ;;\n  esac\n}\n"
         "if [[ $funcstack[1] = _ringside ]]; then _ringside \"$@\"; else compdef _ringside ringside; fi\n";
}

}  // namespace ringside::cli
