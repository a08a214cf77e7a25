// What systemd wants to know of a service of Type=notify, over the socket that it names in the environment; sd_notify(3) and
// sd_watchdog_enabled(3) without their library.
//
//   systemd.ready(); systemd.status("loan_default_v1.0.0 answers"); systemd.ping(); systemd.stopping();
//
// Without one, or where nobody listens, nothing happens. Thread safety: none of its own. Cost: a system call a word.
#pragma once

#include <chrono>
#include <string>

namespace ringside::engine {

class NotifySocket {
 public:
  // The environment's words; null: not set.
  struct Environment {
    const char* notify_socket = nullptr;  // NOTIFY_SOCKET: a path, or @ and a name of the abstract namespace
    const char* watchdog_usec = nullptr;  // WATCHDOG_USEC
    const char* watchdog_pid = nullptr;   // WATCHDOG_PID: for whom that is
    static Environment of_this_process();
  };
  explicit NotifySocket(const Environment& environment);

  void ready() { say("READY=1"); }
  void reloading();  // until the next ready()
  void stopping() { say("STOPPING=1"); }
  void status(const std::string& text);  // said when it differs from the last
  void ping() { say("WATCHDOG=1"); }

  // How often ping() is expected; zero: no watchdog.
  [[nodiscard]] std::chrono::microseconds watchdog() const noexcept { return watchdog_; }

 private:
  void say(const std::string& word) const;

  std::string socket_, status_;
  std::chrono::microseconds watchdog_{0};
};

}  // namespace ringside::engine
