// `ringside top`: what the engine does, now.
#pragma once

#include <string>

#include "tools/cli/outcome.h"

namespace ringside::cli {

struct TopOptions {
  std::string interval = "1s";
  unsigned count = 0;  // pages; 0: until it is interrupted
};

// Reads GET /metrics once an interval, so it costs the workers nothing. On a terminal each page takes the place of the one before.
int show_top(const Globals& globals, const TopOptions& options);

}  // namespace ringside::cli
