// The other process of a round trip, pinned to a processor of its own and stopped whenever it is not its turn.
//
//   ServerProcess echo = ServerProcess::fork_into([region] { for (;;) answer(region); });
//   echo.resume(); … measure … echo.pause();
//
// A server that spins would take the processor from the next one's turn, so it is stopped (SIGSTOP) between its slices; pause()
// returns when it stands still. It dies with its parent, however that ends.
//
// Thread safety: one owner. Limits: with a single processor both sides share it, and every round trip costs time slices.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace ringside::bench {

// The first two processors that this process may use: the caller's and the server's.
struct Processors {
  int client = 0, server = 0;
};
[[nodiscard]] const Processors& processors();
void pin_this_thread(int processor);
// Back to all that were allowed at first: for whoever counts processors to know how patient it may be, and for children.
void unpin_this_thread();

class ServerProcess {
 public:
  // Runs `body` in a fork, pinned to processors().server; it starts paused. REQUIRES: `body` never returns.
  [[nodiscard]] static ServerProcess fork_into(const std::function<void()>& body);
  // Another program, not pinned, running; its output goes to `log`.
  [[nodiscard]] static ServerProcess execute(const std::vector<std::string>& arguments,
                                             const std::vector<std::pair<std::string, std::string>>& environment,
                                             const std::string& log);

  ServerProcess(ServerProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)), polite_(other.polite_) {}
  ServerProcess& operator=(ServerProcess&&) = delete;
  ~ServerProcess();

  void pause();
  void resume();
  [[nodiscard]] bool alive();  // false once it has ended

 private:
  ServerProcess(pid_t pid, bool polite) : pid_(pid), polite_(polite) {}
  pid_t pid_;
  bool polite_;  // asked to end before it is made to
};

}  // namespace ringside::bench
