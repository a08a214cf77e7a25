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

// Where the two versions of control groups say their quota, and how they say that there is none.
struct QuotaFile {
  const char* name;
  const char* none;
};
inline constexpr QuotaFile kQuotaV2{.name = "/cpu.max", .none = "max"}, kQuotaV1{.name = "/cpu.cfs_quota_us", .none = "-1"};

// Whether the control group or one above it has a quota. `cgroup_path` is as in /proc/self/cgroup, below `root`.
inline bool has_cpu_quota(const std::string& root, std::string cgroup_path, const QuotaFile& where = kQuotaV2) {
  while (true) {
    std::ifstream file(root + cgroup_path + where.name);
    std::string quota;
    if (file >> quota && quota != where.none) return true;
    const auto slash = cgroup_path.rfind('/');
    if (slash == std::string::npos || cgroup_path.empty()) return false;
    cgroup_path.resize(slash);
  }
}

// The same for a line of /proc/self/cgroup, "number:controllers:path", below `mounts`. Lines that are not about processors have none.
inline bool has_cpu_quota_in(const std::string& mounts, const std::string& line) {
  const auto first = line.find(':'), second = line.find(':', first + 1);
  if (second == std::string::npos) return false;
  const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",", path = line.substr(second + 1);
  if (controllers == ",,") return has_cpu_quota(mounts, path);  // version 2
  return controllers.find(",cpu,") != std::string::npos && has_cpu_quota(mounts + "/cpu", path, kQuotaV1);
}

inline Processors count_processors() {
  Processors found;
  cpu_set_t set;
  CPU_ZERO(&set);
  // Machines with more processors than cpu_set_t holds (1,024) fail here; they do not lack processors.
  found.usable = sched_getaffinity(0, sizeof set, &set) == 0 ? static_cast<unsigned>(std::max(CPU_COUNT(&set), 1)) : 64;
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    found.has_quota |= has_cpu_quota_in("/sys/fs/cgroup", line);
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
