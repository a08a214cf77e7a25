// Where the programs of one host meet: <run-dir>/<task>/{data,admin}.sock, and <state-dir>/<task>/.
//
//   as root      /run/ringside                   /var/lib/ringside               /var/log/ringside/<task>/
//   otherwise    $XDG_RUNTIME_DIR/ringside       $XDG_STATE_HOME/ringside        standard error
//                (unset: /run/ringside)          (unset: ~/.local/state/ringside)
//
// That is where an engine makes its sockets. A client without root also looks into /run/ringside when its own directory does not
// exist (client_lib/connect/socket_path.h): the engine it wants is then the system's.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace ringside {

// What the defaults depend on. Relative XDG paths are ignored, as the XDG specification asks.
struct PathEnvironment {
  uid_t uid = 0;
  std::string xdg_runtime_dir, xdg_state_home, home;

  static PathEnvironment of_this_process() {
    const auto get = [](const char* name) {
      const char* value = std::getenv(name);
      return std::string(value == nullptr ? "" : value);
    };
    return {.uid = geteuid(),
            .xdg_runtime_dir = get("XDG_RUNTIME_DIR"),
            .xdg_state_home = get("XDG_STATE_HOME"),
            .home = get("HOME")};
  }
};

inline std::string default_run_dir(const PathEnvironment& environment) {
  if (environment.uid != 0 && environment.xdg_runtime_dir.starts_with('/')) return environment.xdg_runtime_dir + "/ringside";
  return "/run/ringside";
}

inline std::string default_state_dir(const PathEnvironment& environment) {
  if (environment.uid == 0) return "/var/lib/ringside";
  if (environment.xdg_state_home.starts_with('/')) return environment.xdg_state_home + "/ringside";
  return environment.home + "/.local/state/ringside";
}

inline std::string data_socket(std::string_view run_dir, std::string_view task) {
  return std::string(run_dir) + "/" + std::string(task) + "/data.sock";
}
inline std::string admin_socket(std::string_view run_dir, std::string_view task) {
  return std::string(run_dir) + "/" + std::string(task) + "/admin.sock";
}

// The tasks that have, or had, an engine under run_dir: folders with a socket. Sorted; empty when run_dir cannot be read.
inline std::vector<std::string> tasks_under(const std::string& run_dir) {
  std::vector<std::string> tasks;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(run_dir, error), end; !error && entry != end; entry.increment(error)) {
    const std::string task = entry->path().filename();
    std::error_code ignored;
    if (std::filesystem::is_socket(data_socket(run_dir, task), ignored) ||
        std::filesystem::is_socket(admin_socket(run_dir, task), ignored)) {
      tasks.push_back(task);
    }
  }
  std::sort(tasks.begin(), tasks.end());
  return tasks;
}

}  // namespace ringside
