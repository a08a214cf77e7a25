// A file of pins: KEY VERSION a line, apart by a tab or, where a line has none, by its last run of blanks. Empty lines and those that begin with
// # are passed over.
//
// Thread safety: no state. Cost: memory for the whole list.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <ringside/result.h>

#include "tools/cli/outcome.h"

namespace ringside::cli {

struct PinList {
  std::map<std::string, std::vector<std::string>> keys;  // by version, in the order of the file
  std::size_t size = 0;
};

// Error: the file cannot be read, or its first wrong lines with what was expected: nothing of such a list is to be used.
[[nodiscard]] Result<PinList, Trouble> read_pin_list(const std::string& file);

}  // namespace ringside::cli
