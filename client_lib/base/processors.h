// How many processors this process may use, and for how long a thread that waits adaptively spins before it sleeps: about as long as a
// wake-up takes, less where a spinning thread takes the processor away from the one that it waits for.
//
// Thread safety: free functions. Cost: count_processors() reads /proc and /sys: control path.
#pragma once

#include <sched.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>

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

constexpr std::uint64_t adaptive_spin_ns(const Processors& processors) noexcept {
  return processors.usable <= 2 || processors.has_quota ? 5'000 : 50'000;
}

}  // namespace ringside::base
