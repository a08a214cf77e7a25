// The command line as a table of words, and that table as what a shell completes with. The table is read from the parser's own
// declarations, so a new command or option is completed without another line.
//
// Thread safety: pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace ringside::cli {

enum class ValueKind : std::uint8_t { kNone, kText, kFile, kDirectory, kVersion, kChoice };

struct OptionWords {
  std::vector<std::string> names;      // "--json", "-h"; of a positional one its name
  std::string what;                    // the first line of its help
  ValueKind value = ValueKind::kNone;  // kNone: a flag
  std::vector<std::string> choices = {};
};

struct CommandWords {
  std::string name, what;  // the name of the program itself is empty
  std::vector<OptionWords> options, positionals;
};

// The program first, then each command, in the order of the help.
[[nodiscard]] std::vector<CommandWords> command_words(const CLI::App& app);

[[nodiscard]] std::string bash_completion(const std::vector<CommandWords>& words);
[[nodiscard]] std::string zsh_completion(const std::vector<CommandWords>& words);

}  // namespace ringside::cli
