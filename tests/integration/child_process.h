// A forked child that runs a function and can say that it has come to a place.
//
//   ChildProcess child([&](const auto& say) { …; say(); pause(); return 0; });
//   child.wait_until_it_said();
//
// Thread safety: one thread. REQUIRES: the process has no other thread when it is made, or the function takes no lock that one may hold.
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <stdexcept>
#include <utility>

namespace ringside::testing {

class ChildProcess {
 public:
  using Say = std::function<void()>;

  explicit ChildProcess(const std::function<int(const Say&)>& run) {
    if (pipe(said_.data()) != 0) throw std::runtime_error("pipe");
    pid_ = fork();
    if (pid_ < 0) throw std::runtime_error("fork");
    if (pid_ != 0) {
      close(said_[1]);
      return;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(said_[0]);
    _exit(run([this] { static_cast<void>(!write(said_[1], "x", 1)); }));
  }
  ~ChildProcess() {
    kill();
    close(said_[0]);
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // False: it ended instead.
  bool wait_until_it_said() const {
    char letter = 0;
    return read(said_[0], &letter, 1) == 1;
  }
  void stop() const {
    ::kill(pid_, SIGSTOP);
    waitpid(pid_, nullptr, WUNTRACED);
  }
  void go_on() const { ::kill(pid_, SIGCONT); }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  // Its exit status; -1: a signal ended it.
  int wait() {
    int status = 0;
    waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

 private:
  std::array<int, 2> said_{};
  pid_t pid_ = -1;
};

}  // namespace ringside::testing
