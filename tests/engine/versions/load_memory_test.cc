// Goal: bundles that come and go leave nothing behind.
// Method: load_memory.h, with the allocator of the engine. Two hundred bundles that stayed would be 15 MB; what the allocator gives back, it gives
// back when it likes, so that either moment may find some MB less. The long test holds 10,000 loads to a hundredth.
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
  EXPECT_LT(memory.last_kb, memory.first_kb + 8'192) << memory.first_kb << " KB first";
  RecordProperty("first_kb", std::to_string(memory.first_kb));
  RecordProperty("last_kb", std::to_string(memory.last_kb));
}

}  // namespace
}  // namespace ringside::test
