// The commands that look after a running engine: health, top, config, reload, log-level; and completion, which needs none.
//
// Thread safety: none of its own.
#pragma once

#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "tools/cli/outcome.h"
#include "tools/cli/top.h"

namespace ringside::cli {

struct UpkeepOptions {
  std::string level, shell, show;
  TopOptions top;
};

void declare_upkeep(CLI::App& app, UpkeepOptions& options);
// Nothing: it is another command.
std::optional<int> run_upkeep(const CLI::App& app, const std::string& name, const Globals& globals, const UpkeepOptions& options);

}  // namespace ringside::cli
