// What `--status` prints: the cursor, how far it is behind the journal, and what the process at work last said.
//
// Thread safety: free functions. Cost: --status reads the file names and sizes of the journal's folder.
#pragma once

#include <cstdint>
#include <string>

#include <ringside/result.h>

#include "tools/ship/ship_config.h"

namespace ringside::ship {

// What a process at work says of itself, in <state>/activity.json; not kept over a crash of the host.
struct Activity {
  std::string state = "starting";  // following (all is shipped), sending, retrying
  std::uint64_t waiting_rows = 0;  // read and not arrived yet
  std::uint64_t retries = 0;       // since the process started
  int tries = 0;                   // that failed in a row, now
  std::string last_error;
  std::uint64_t last_error_ns = 0;
};

// As well as it can: shipping goes on without.
void write_activity(const std::string& state_dir, const Activity& activity);

// One JSON object with a newline. Error: the cursor cannot be read.
[[nodiscard]] Result<std::string, std::string> status_json(const ShipConfig& config);

}  // namespace ringside::ship
