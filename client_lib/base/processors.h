// How many processors this process may use, and between which limits a thread that waits adaptively learns how long to spin before it
// sleeps: less where a spinning thread takes the processor away from the one that it waits for, least where spinning is paid for.
//
// Thread safety: free functions. Cost: count_processors() reads /proc and /sys: control path.
#pragma once

#include <sched.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>

#include "client_lib/base/spin_budget.h"

namespace ringside::base {

struct Processors {
  unsigned usable = 1;     // that this thread may run on
  bool has_quota = false;  // a CPU quota of a control group: spinning is paid for
};

// Whether the control group or one above it has a cpu.max that is not "max". `cgroup_path` is as in /proc/self/cgroup, below `root`.
inline bool has_cpu_quota(const std::string& root, std::string cgroup_path) {
  while (true) {
    std::ifstream file(root + cgroup_path + "/cpu.max");
    std::string quota;
    if (file >> quota && quota != "max") return true;
    const auto slash = cgroup_path.rfind('/');
    if (slash == std::string::npos || cgroup_path.empty()) return false;
    cgroup_path.resize(slash);
  }
}

inline Processors count_processors() {
  Processors found;
  cpu_set_t set;
  CPU_ZERO(&set);
  // Machines with more processors than cpu_set_t holds (1,024) fail here; they do not lack processors.
  found.usable = sched_getaffinity(0, sizeof set, &set) == 0 ? static_cast<unsigned>(std::max(CPU_COUNT(&set), 1)) : 64;
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    if (line.starts_with("0::")) found.has_quota = has_cpu_quota("/sys/fs/cgroup", line.substr(3));
  }
  return found;
}

// `longest` is above what a wake-up takes on a virtual machine (20 to 80 us), or two sides that put each other to sleep could never learn
// that it is not worth it. A quota pays for spinning with throttling, which costs more than any wake-up.
constexpr SpinLimits adaptive_spin_ns(const Processors& processors) noexcept {
  if (processors.has_quota) return {.first = 2'000, .longest = 20'000};
  if (processors.usable <= 2) return {.first = 5'000, .longest = 100'000};
  return {.first = 10'000, .longest = 200'000};
}

}  // namespace ringside::base
