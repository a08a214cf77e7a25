// The operator of the run: commands to admin.sock, and when each of them was felt if it was.
//
// Thread safety: one thread. Every function ends the program where the engine does not do as it is told.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace ringside::bench {

// From before a command was sent until 10 ms after it was answered.
struct Window {
  std::uint64_t begin_ns = 0, end_ns = 0;
  std::string what;  // "switch", "canary 5 %", …
};
inline constexpr std::uint64_t kAfterPublicationNs = 10'000'000;

class OperatorDesk {
 public:
  OperatorDesk(const std::string& run_dir, const std::string& task);

  // One after the other, round and round: switch, rollback, canary 5 %, canary 50 %, its end, switch there, switch back. From `home` to `away`
  // and home again in seven commands. Returns when the window is over.
  static constexpr std::uint64_t kChangesARound = 7;
  Window next_change(const std::string& home, const std::string& away);

  void switch_to(const std::string& version) const;
  void roll_back() const;
  void set_shadow(const std::string& version) const;  // of every row
  void read_metrics() const;  // whole, and forgets it

  // The load state of a version; "" where it is unknown.
  [[nodiscard]] std::string state_of(const std::string& version) const;
  void wait_until_resident(const std::string& version) const;
  // Retired and reclaimed.
  void wait_until_gone(const std::string& version) const;
  [[nodiscard]] std::uint64_t answered_rows(const std::vector<std::string>& versions) const;
  [[nodiscard]] pid_t engine_pid() const;

 private:
  void wait_for(const std::string& version, const std::string& state) const;

  std::string socket_;
  std::uint64_t changes_ = 0;
};

// The threads of an engine that no call passes through (all but "rs-worker-*"): where they run, and what they have used.
void keep_side_threads_off(pid_t engine, int processor);
[[nodiscard]] std::uint64_t side_threads_cpu_ns(pid_t engine);
// Linux shares processors between sessions before it looks at threads (autogroups): makes this process a session of its own that goes before
// others. Then, within it: workers before all, the engine's other threads and the calling one after them. False: not allowed.
bool leave_other_programs_behind();
bool prefer_to_others(pid_t engine);

}  // namespace ringside::bench
