// Goal: what is taken is zeroed, aligned and read-only once sealed; a region takes no more memory than it says, and gives all of it back.
// Method: the kernel's own word (mincore, /proc/self/status), and a write that must be a fault.
#include "engine/region/region.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <new>
#include <string>
#include <vector>

namespace ringside::engine {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr std::size_t kPage = 4096;

bool is_mapped(const void* at) {
  unsigned char resident = 0;
  void* page = reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(at) / kPage * kPage);
  return mincore(page, kPage, &resident) == 0;
}

[[maybe_unused]] std::size_t kilobytes(const std::string& what) {  // of /proc/self/status
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(what + ":")) return std::stoul(line.substr(what.size() + 1));
  }
  return 0;
}

TEST(Region, TakesAreZeroedAlignedAndSideBySide) {
  Region region;
  const auto first = region.take<char>(3);
  const auto second = region.take<double>(1'000);
  const auto third = region.take<std::uint16_t>(0);
  for (const void* at : {static_cast<const void*>(first.data()), static_cast<const void*>(second.data())})
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(at) % Region::kAlignment, 0u);
  EXPECT_EQ(reinterpret_cast<const char*>(second.data()), first.data() + Region::kAlignment);
  EXPECT_TRUE(std::ranges::all_of(second, [](double x) { return x == 0; }));
  EXPECT_TRUE(third.empty());
  EXPECT_EQ(region.used(), Region::bytes_for<char>(3) + Region::bytes_for<double>(1'000));
}

TEST(Region, HoldsWhatWasWrittenWhileItGrewFromPagesToHugePages) {
  Region region;
  std::vector<std::span<std::uint32_t>> taken;
  for (std::uint32_t i = 0; region.used() < 7 * kMiB; ++i) {
    taken.push_back(region.take<std::uint32_t>(10'000 + i));
    std::ranges::fill(taken.back(), i);
  }
  region.seal();
  for (std::uint32_t i = 0; i < taken.size(); ++i)
    EXPECT_TRUE(std::ranges::all_of(taken[i], [i](std::uint32_t x) { return x == i; })) << i;
  EXPECT_EQ(region.bytes(), 8 * kMiB);
  EXPECT_TRUE(region.holds(taken.back().data()));
  EXPECT_FALSE(region.holds(&region));
}

TEST(Region, TakesWholePagesAndNoMoreOnceSealed) {
  Region region;
  const auto some = region.take<char>(kPage + 1);
  region.seal();
  EXPECT_EQ(region.bytes(), 2 * kPage);
  EXPECT_TRUE(is_mapped(some.data() + kPage));
  EXPECT_FALSE(is_mapped(some.data() + 2 * kPage)) << "what was reserved beyond it is free again";
}

TEST(Region, EveryPageIsInMemoryOnceSealed) {
  Region region(kMiB / 2);
  const auto some = region.take<char>(kMiB / 2);
  region.seal();
  std::vector<unsigned char> resident(some.size() / kPage);
  ASSERT_EQ(mincore(some.data(), some.size(), resident.data()), 0);
  EXPECT_TRUE(std::ranges::all_of(resident, [](unsigned char page) { return (page & 1) != 0; }));
}

TEST(Region, GivesBackEverySlice) {
  std::vector<const char*> slices;
  {
    Region region;
    const auto some = region.take<char>(5 * Region::kSlice / 2);
    region.seal();
    for (std::size_t at = 0; at < some.size(); at += Region::kSlice / 2) slices.push_back(some.data() + at);
    for (const char* at : slices) EXPECT_TRUE(is_mapped(at));
  }
  for (const char* at : slices) EXPECT_FALSE(is_mapped(at));
}

TEST(Region, ThatIsNeverSealedGivesItsAddressesBackToo) {
  const char* at = nullptr;
  {
    Region region;
    at = region.take<char>(1).data();
  }
  EXPECT_FALSE(is_mapped(at));
}

TEST(Region, ThatIsFullSaysSo) {
  Region region(2 * kPage);
  static_cast<void>(region.take<char>(kPage));
  EXPECT_THROW(static_cast<void>(region.take<char>(kPage + 1)), std::bad_alloc);
}

// A sanitizer takes faults and locks of memory upon itself, and has more addresses than any limit.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

TEST(RegionDeathTest, WriteAfterSealIsAFault) {
  Region region;
  const auto some = region.take<int>(1);
  region.seal();
  EXPECT_EXIT(*const_cast<volatile int*>(some.data()) = 1, ::testing::KilledBySignal(SIGSEGV), "");
}

TEST(Region, MakesDoWithFewerAddressesWhereTheyAreLimited) {
  const auto tried = [] {
    const rlim_t limit = kilobytes("VmSize") * 1024 + 256 * kMiB;
    const rlimit some{limit, limit};
    setrlimit(RLIMIT_AS, &some);
    Region region;
    region.take<char>(kMiB)[kMiB - 1] = 1;
    std::_Exit(0);
  };
  EXPECT_EXIT(tried(), ::testing::ExitedWithCode(0), "");
}

TEST(Region, LockedPagesAreLockedUntilItGoes) {
  const std::size_t before = kilobytes("VmLck");
  {
    Region region;
    static_cast<void>(region.take<char>(4 * kPage));
    region.seal();
    ASSERT_EQ(region.lock(), 0);
    EXPECT_EQ(kilobytes("VmLck"), before + 4 * kPage / 1024);
  }
  EXPECT_EQ(kilobytes("VmLck"), before);
}

TEST(Region, ThatMayNotBeLockedSaysWhy) {
  const auto tried = [] {
    const rlimit none{0, 0};
    setrlimit(RLIMIT_MEMLOCK, &none);
    if (geteuid() == 0 && seteuid(65534) != 0) std::_Exit(3);  // root may lock whatever the limit says
    Region region;
    static_cast<void>(region.take<char>(4 * kPage));
    region.seal();
    const int error = region.lock();
    std::_Exit(error == EPERM || error == ENOMEM ? 0 : 1);
  };
  EXPECT_EXIT(tried(), ::testing::ExitedWithCode(0), "");
}

#endif

}  // namespace
}  // namespace ringside::engine
