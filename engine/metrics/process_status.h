// What the operating system says of this process: the figures that every Prometheus client library exports under `process_`.
//
// Thread safety: no state. Cost: a few reads of /proc, some 50 us; what cannot be read is 0.
#pragma once

#include <cstdint>

namespace ringside::engine {

struct ProcessStatus {
  double cpu_s = 0;  // user and system, of all threads
  std::uint64_t resident_bytes = 0, virtual_bytes = 0;
  std::uint64_t open_fds = 0, max_fds = 0;
  std::uint64_t threads = 0;
  std::uint64_t major_faults = 0;
};

[[nodiscard]] ProcessStatus process_status();

}  // namespace ringside::engine
