// Where the landing rings of an engine stand, and that nobody else writes there.
#pragma once

#include <string>

#include <ringside/result.h>

#include "client_lib/base/unique_fd.h"

namespace ringside::engine {

struct LandingChoice {
  std::string task, run_directory, state_directory;  // run and state directory of this task
  std::string configured;                            // empty: choose
  bool on_disk_allowed = false;
};

// <run_directory>/landing where that is tmpfs, else /dev/shm/ringside-<uid>/<task>-<hash of the state directory>: rings belong to a journal, and two
// engines of one task must not meet. Makes the folder, 0700. Error: it is not tmpfs and that was not allowed; others may write to it; what the
// system refused.
[[nodiscard]] Result<std::string, std::string> landing_folder(const LandingChoice& choice);

// Held until closed. Error: another process has it.
[[nodiscard]] Result<base::UniqueFd, std::string> lock_folder(const std::string& folder);

}  // namespace ringside::engine
