// The users and groups of access lists: names, as a configuration has them, to the numbers that the kernel knows.
//
// Thread safety: free functions. Cost: asks the host's name service, which may take long: at start alone.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include <ringside/result.h>

#include "engine/config/engine_config.h"

namespace ringside::engine {

struct AccessIds {
  std::vector<uid_t> data_users, admin_users;
  std::vector<gid_t> data_groups;
};

// A number stands for itself, whether or not it has a name. Error: every name that the host does not know, a line each.
[[nodiscard]] Result<AccessIds, std::string> resolve_access(const EngineConfig::Access& access);

}  // namespace ringside::engine
