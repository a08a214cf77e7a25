// Goal: the process' figures are the operating system's.
// Method: a descriptor more is one more; memory that is touched is resident; time that is spent is counted.
#include "engine/metrics/process_status.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "client_lib/base/unique_fd.h"

namespace ringside::engine {
namespace {

TEST(ProcessStatusTest, CountsDescriptors) {
  const auto before = process_status().open_fds;
  const base::UniqueFd another(open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(process_status().open_fds, before + 1);
}

TEST(ProcessStatusTest, TouchedMemoryIsResident) {
  const auto before = process_status();
  std::vector<char> memory(64u << 20);
  std::memset(memory.data(), 1, memory.size());
  const auto after = process_status();
  EXPECT_GE(after.resident_bytes, before.resident_bytes + memory.size() / 2);
  EXPECT_GE(after.virtual_bytes, after.resident_bytes);
  EXPECT_EQ(memory[1], 1);
}

TEST(ProcessStatusTest, TimeIsCountedAndLimitsAreKnown) {
  const auto status = process_status();
  EXPECT_GT(status.cpu_s, 0);
  EXPECT_GE(status.threads, 1u);
  EXPECT_GT(status.max_fds, 0u);
}

}  // namespace
}  // namespace ringside::engine
