// Goal: both roads compute CRC-32C. Method: the check value and the vectors of RFC 3720, and each other at every length.
#include "client_lib/base/crc32c.h"

#include <gtest/gtest.h>

#include <vector>

namespace ringside::base {
namespace {

TEST(Crc32c, IsTheOneOfRfc3720) {
  EXPECT_EQ(crc32c("123456789", 9), 0xE306'9283u);
  EXPECT_EQ(crc32c(std::vector<unsigned char>(32, 0).data(), 32), 0x8A91'36AAu);
  EXPECT_EQ(crc32c_by_table(std::vector<unsigned char>(32, 0xFF).data(), 32), 0x62A8'AB43u);
}

TEST(Crc32c, IsTheSameByInstructionAndByTable) {
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("sse4.2")) GTEST_SKIP() << "this processor has no SSE4.2";
  std::vector<unsigned char> bytes(1'700);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(i * 131 + (i >> 8));
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    ASSERT_EQ(crc32c_by_instruction(bytes.data(), size), crc32c_by_table(bytes.data(), size)) << size;
  }
#endif
}

}  // namespace
}  // namespace ringside::base
