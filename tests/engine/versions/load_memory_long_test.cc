// Goal: resident memory after 10,000 loads and retirements is within 1 % of that after 100.
// Method: load_memory.h, with the allocator of the engine; with and without the XGBoost library, which allocates for itself.
#include <gtest/gtest.h>

#include <cstdio>

#include "tests/engine/versions/load_memory.h"
#include "tests/support/watchdog.h"

namespace ringside::test {
namespace {

void expect_as_after_a_hundred(bool use_reference) {
  const Watchdog watchdog(std::chrono::hours(1));
  const LoadMemory memory = memory_after_loads(100, 10'000, use_reference);
  std::printf("%zu KB after 100, %zu KB after 10,000 loads\n", memory.first_kb, memory.last_kb);
  EXPECT_GE(memory.retirements, 9'990u);
  EXPECT_LE(static_cast<double>(memory.last_kb), 1.01 * static_cast<double>(memory.first_kb));
}

TEST(LoadMemoryLong, OfTenThousandLoadsIsThatOfAHundred) { expect_as_after_a_hundred(false); }

TEST(LoadMemoryLong, OfTenThousandLoadsWithTheReferenceIsThatOfAHundred) { expect_as_after_a_hundred(true); }

}  // namespace
}  // namespace ringside::test
