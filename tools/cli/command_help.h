// How a command is declared, so that each has help of one form: what it does, what one should know, exit statuses, examples.
//
// Thread safety: none of its own.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "schemas/process/exit_status.h"

namespace ringside::cli {

inline CLI::App* command(CLI::App& app, const char* name, const char* what, const std::string& more, const std::string& example) {
  CLI::App* made = app.add_subcommand(name, what);
  made->footer((more.empty() ? "" : more + "\n\n") + "--run-dir, --task and --json may stand here too: see ringside --help.\n\n" +
               std::string(kExitStatusHelp) + "\n\nExample:\n  " + example);
  return made;
}

}  // namespace ringside::cli
