// Goal: a region goes slice by slice, from its beginning, none larger than kSlice, with a pause between two: no unmapping is long enough for others to
//   feel.
// Method: munmap() is this program's own: it notes what it was asked for, and what was asleep before, and asks the kernel.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

#include "engine/region/region.h"

namespace {

struct Unmapping {
  const void* at;
  std::size_t bytes;
  std::uint64_t slept_ns;  // since the one before, as it was asked for
};

constexpr std::size_t kNotedMax = 1'000;
Unmapping noted[kNotedMax];  // no vector: an allocator may unmap, too
std::size_t count = 0;
std::uint64_t slept_ns = 0;

}  // namespace

extern "C" int munmap(void* at, std::size_t bytes) noexcept {
  if (count < kNotedMax) noted[count++] = {at, bytes, slept_ns};
  slept_ns = 0;
  return static_cast<int>(syscall(SYS_munmap, at, bytes));
}

extern "C" int nanosleep(const timespec* duration, timespec* /*left*/) {
  slept_ns += static_cast<std::uint64_t>(duration->tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(duration->tv_nsec);
  return 0;
}

namespace ringside::engine {
namespace {

// The unmappings of what lay at [begin, begin + bytes), in order.
std::vector<Unmapping> unmappings_of(std::size_t bytes, bool sealed) {
  const std::byte* begin = nullptr;
  std::size_t mapped = 0;
  {
    Region region;
    begin = region.take<std::byte>(bytes).data();
    if (sealed) region.seal();
    mapped = region.bytes();
    count = 0;
    slept_ns = 0;
  }
  std::vector<Unmapping> ours;
  std::copy_if(noted, noted + count, std::back_inserter(ours),
               [&](const Unmapping& one) { return one.at >= begin && one.at < begin + mapped; });
  return ours;
}

TEST(Unmapping, OfALargeRegionIsOfSlicesInOrderWithAPauseBetween) {
  constexpr std::size_t kBytes = 11 * Region::kSlice - 5'000;
  const std::vector<Unmapping> slices = unmappings_of(kBytes, true);
  ASSERT_EQ(slices.size(), 11u);
  const auto* at = static_cast<const std::byte*>(slices.front().at);
  const auto pause_ns = static_cast<std::uint64_t>(std::chrono::nanoseconds(Region::kPause).count());
  for (std::size_t i = 0; i < slices.size(); ++i) {
    EXPECT_EQ(slices[i].at, at) << i;
    EXPECT_EQ(slices[i].bytes, Region::kSlice) << i;
    EXPECT_EQ(slices[i].slept_ns, i == 0 ? 0 : pause_ns) << i;
    at += slices[i].bytes;
  }
}

TEST(Unmapping, OfASmallRegionIsOneSliceOfItsPages) {
  const std::vector<Unmapping> slices = unmappings_of(10'000, true);
  ASSERT_EQ(slices.size(), 1u);
  EXPECT_EQ(slices[0].bytes, 3u * 4'096);
}

TEST(Unmapping, OfWhatWasNeverSealedIsOfSlicesToo) {
  for (const Unmapping& one : unmappings_of(5 * Region::kSlice, false)) EXPECT_LE(one.bytes, Region::kSlice);
  EXPECT_GE(count, 5u);
}

}  // namespace
}  // namespace ringside::engine
