#include "client_lib/connect/socket_path.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

namespace ringside {
namespace {

constexpr const char* kSocketName = "data.sock";

}  // namespace

std::string default_run_dir() {
  const char* const runtime = geteuid() == 0 ? nullptr : std::getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && *runtime != '\0') {
    std::string own = std::string(runtime) + "/ringside";
    std::error_code ignored;  // not readable is as good as not there
    if (std::filesystem::is_directory(own, ignored)) return own;
  }
  return "/run/ringside";
}

Result<std::string, ConnectError> find_socket(const ClientOptions& options) {
  namespace fs = std::filesystem;
  if (!options.socket.empty()) return options.socket;
  const std::string run_dir = options.run_dir.empty() ? default_run_dir() : options.run_dir;
  if (!options.task.empty()) {
    if (options.task.find('/') != std::string::npos || options.task.starts_with('.')) {
      return fail(ConnectError{ConnectErrorCode::kBadOptions, "the task '" + options.task + "' is not a plain name"});
    }
    return run_dir + "/" + options.task + "/" + kSocketName;
  }

  std::vector<std::string> tasks;
  std::error_code error;
  for (fs::directory_iterator entry(run_dir, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (fs::exists(entry->path() / kSocketName, ignored)) tasks.push_back(entry->path().filename().string());
  }
  if (error == std::errc::permission_denied) {
    return fail(ConnectError{ConnectErrorCode::kNotAllowed, "this user may not read " + run_dir + ": ask for its group"});
  }
  if (tasks.empty()) {
    return fail(ConnectError{ConnectErrorCode::kNotFound,
                             "no engine has a socket in " + run_dir + ": start ringsided, or name its run_dir"});
  }
  if (tasks.size() == 1) return run_dir + "/" + tasks[0] + "/" + kSocketName;
  std::sort(tasks.begin(), tasks.end());
  std::string names;
  for (const std::string& task : tasks) names += (names.empty() ? "" : ", ") + task;
  return fail(ConnectError{ConnectErrorCode::kAmbiguousTask, run_dir + " has several tasks (" + names + "): name one"});
}

}  // namespace ringside
