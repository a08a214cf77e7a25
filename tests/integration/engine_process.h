// A real engine for a test: ringsided in its own temporary run and state directory, killed or stopped as the test likes.
//
// Thread safety: none. A test that uses it needs the built program: RINGSIDE_BIN (set by ctest).
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include <ringside/client.h>

namespace ringside::testing {

class EngineProcess {
 public:
  // Serves `models`, or the repository's models/. Returns when the engine has said that it serves; fails the test if it ends
  // instead.
  explicit EngineProcess(std::vector<std::string> arguments = {}, std::string models = {});
  ~EngineProcess();  // SIGKILL if it still runs
  EngineProcess(const EngineProcess&) = delete;
  EngineProcess& operator=(const EngineProcess&) = delete;

  void start();         // again, after kill() or stop()
  void kill();          // SIGKILL, and waits until it is gone
  int stop();           // SIGTERM; its exit status
  void freeze() const;  // SIGSTOP, and waits until it stands still
  void thaw() const;    // SIGCONT

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  [[nodiscard]] std::string state_dir() const { return directory_ + "/state"; }
  [[nodiscard]] const std::string& landing_dir() const noexcept { return landing_; }  // in /dev/shm
  [[nodiscard]] const std::string& run_dir() const noexcept { return run_dir_; }
  [[nodiscard]] std::size_t open_descriptors() const;

  // A connection, or a failed test. Until the background load has made every version of models/ resident, a field that only a later one
  // knows is an extra field; so this waits for `resident` (ctest's watchdog ends a test that waits for ever).
  [[nodiscard]] Client connect(ClientOptions options = {}, std::string_view resident = "loan_default_v1.1.0") const;

  // Runs `ringside` with these arguments. What it printed goes to `output`, if given.
  int cli(const std::vector<std::string>& arguments, std::string* output = nullptr) const;

 private:
  std::string directory_, run_dir_, landing_, models_;
  std::vector<std::string> arguments_;
  pid_t pid_ = -1;
};

}  // namespace ringside::testing
