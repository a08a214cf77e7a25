// Goal: no two calls ever share memory of an arena, and nothing of it is ever lost.
// Method: the boundaries by hand; then long random sequences of take and give back against a map of who owns each unit.
#include "client_lib/channel/extents.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace ringside {
namespace {

TEST(ArenaExtents, TakesTheWholeArenaInOnePiece) {
  ArenaExtents extents(4'096);
  const auto all = extents.take(4'096);
  ASSERT_TRUE(all);
  EXPECT_EQ(all->offset, 0u);
  EXPECT_FALSE(extents.take(1));
  extents.give_back(*all);
  EXPECT_EQ(extents.free_bytes(), 4'096u);
}

TEST(ArenaExtents, RoundsUpSoThatTwoCallsShareNoCacheLine) {
  ArenaExtents extents(4'096);
  const auto first = extents.take(1);
  const auto second = extents.take(65);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->bytes, 64u);
  EXPECT_EQ(second->offset, 64u);
  EXPECT_EQ(second->bytes, 128u);
}

TEST(ArenaExtents, TakingNothingAlwaysSucceeds) {
  ArenaExtents extents(64);
  ASSERT_TRUE(extents.take(64));
  const auto nothing = extents.take(0);
  ASSERT_TRUE(nothing);
  EXPECT_EQ(nothing->bytes, 0u);
  extents.give_back(*nothing);
  EXPECT_EQ(extents.free_bytes(), 0u);
}

TEST(ArenaExtents, NeighboursGivenBackJoin) {
  ArenaExtents extents(4'096);
  const auto a = extents.take(1'024), b = extents.take(1'024), c = extents.take(1'024);
  extents.give_back(*a);
  extents.give_back(*c);
  EXPECT_FALSE(extents.take(3'000)) << "b still stands in between";
  extents.give_back(*b);
  EXPECT_EQ(extents.free_extents(), 1u);
  EXPECT_TRUE(extents.take(4'096));
}

TEST(ArenaExtents, FirstFitReusesTheLowestMemory) {
  ArenaExtents extents(4'096);
  const auto a = extents.take(64);
  (void)extents.take(64);
  extents.give_back(*a);
  EXPECT_EQ(extents.take(64)->offset, 0u);
}

TEST(ArenaExtents, RandomUseNeverOverlapsNorLoses) {
  constexpr std::uint32_t kArena = 64 * 1'024, kUnits = kArena / ArenaExtents::kUnitBytes;
  std::mt19937 random(20'261'122);
  ArenaExtents extents(kArena);
  std::vector<int> owner(kUnits, -1);
  std::vector<Extent> taken;
  for (int step = 0; step < 200'000; ++step) {
    const bool give = taken.size() == 63 || (!taken.empty() && random() % 2 == 0);
    if (give) {
      const std::size_t which = random() % taken.size();
      const Extent extent = taken[which];
      for (std::uint32_t u = extent.offset / 64; u < (extent.offset + extent.bytes) / 64; ++u) owner[u] = -1;
      extents.give_back(extent);
      taken[which] = taken.back();
      taken.pop_back();
    } else if (const auto extent = extents.take(1 + random() % (random() % 8 == 0 ? 16'384 : 512)); extent) {
      ASSERT_LE(extent->offset + extent->bytes, kArena);
      for (std::uint32_t u = extent->offset / 64; u < (extent->offset + extent->bytes) / 64; ++u) {
        ASSERT_EQ(owner[u], -1) << "unit " << u << " was given out twice at step " << step;
        owner[u] = step;
      }
      taken.push_back(*extent);
    }
    std::uint64_t in_use = 0;
    for (const Extent& extent : taken) in_use += extent.bytes;
    ASSERT_EQ(extents.free_bytes() + in_use, kArena);
  }
  for (const Extent& extent : taken) extents.give_back(extent);
  EXPECT_EQ(extents.free_extents(), 1u);
  EXPECT_EQ(extents.free_bytes(), kArena);
}

}  // namespace
}  // namespace ringside
