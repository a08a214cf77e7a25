#include "engine/metrics/process_status.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace ringside::engine {
namespace {

std::uint64_t entries_of(const char* directory) {
  std::error_code error;
  const std::filesystem::directory_iterator entries(directory, error);
  return error ? 0 : static_cast<std::uint64_t>(std::distance(begin(entries), end(entries)));
}

double seconds(const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; }

}  // namespace

ProcessStatus process_status() {
  ProcessStatus status;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    status.cpu_s = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    status.major_faults = static_cast<std::uint64_t>(usage.ru_majflt);
  }
  std::uint64_t virtual_pages = 0, resident_pages = 0;
  if (std::ifstream("/proc/self/statm") >> virtual_pages >> resident_pages) {
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    status.virtual_bytes = virtual_pages * page;
    status.resident_bytes = resident_pages * page;
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) status.max_fds = limit.rlim_cur;
  const std::uint64_t fds = entries_of("/proc/self/fd");
  status.open_fds = fds == 0 ? 0 : fds - 1;  // one of them is the directory that was just read
  status.threads = entries_of("/proc/self/task");
  return status;
}

}  // namespace ringside::engine
