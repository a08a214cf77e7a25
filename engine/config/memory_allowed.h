// How much memory this process may have: the host's, or the least memory.max of its control group and those above it (cgroup v2).
//
// Thread safety: free functions. Cost: reads /proc and /sys; control path.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>

namespace ringside::engine {

// `cgroup_path` is as in /proc/self/cgroup, below `root`. What is no number ("max") is no limit.
inline std::uint64_t memory_limit(const std::string& root, std::string cgroup_path, std::uint64_t host_bytes) {
  std::uint64_t least = host_bytes;
  while (true) {
    std::ifstream file(root + cgroup_path + "/memory.max");
    if (std::uint64_t bytes = 0; file >> bytes) least = std::min(least, bytes);
    const auto slash = cgroup_path.rfind('/');
    if (slash == std::string::npos || cgroup_path.empty()) return least;
    cgroup_path.resize(slash);
  }
}

inline std::uint64_t memory_allowed() {
  std::uint64_t bytes = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    if (line.starts_with("0::")) bytes = memory_limit("/sys/fs/cgroup", line.substr(3), bytes);
  }
  return bytes;
}

}  // namespace ringside::engine
