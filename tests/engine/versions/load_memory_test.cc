// Goal: bundles that come and go leave nothing behind.
// Method: load_memory.h, with the allocator of the engine. The bound is loose: a few loads more are a few pages that an allocator keeps.
#include "tests/engine/versions/load_memory.h"

#include <gtest/gtest.h>

#include "tests/support/watchdog.h"

namespace ringside::test {
namespace {

TEST(LoadMemory, OfThreeHundredLoadsIsThatOfAHundred) {
  const Watchdog watchdog;
  const LoadMemory memory = memory_after_loads(100, 300);
  EXPECT_GE(memory.loads, 300u);
  EXPECT_GE(memory.retirements, 290u);
  EXPECT_LT(static_cast<double>(memory.last_kb), 1.1 * static_cast<double>(memory.first_kb)) << memory.first_kb << " KB first";
  RecordProperty("first_kb", std::to_string(memory.first_kb));
  RecordProperty("last_kb", std::to_string(memory.last_kb));
}

}  // namespace
}  // namespace ringside::test
