// Goal: a list reads the same on the heap, in a region, moved and copied; a copy does not need the region.
// Method: each way, and where its elements lie.
#include "engine/region/settled_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <utility>

namespace ringside::engine {
namespace {

using ::testing::ElementsAre;

TEST(SettledList, ReadsTheSameWhereverItLies) {
  Region region;
  SettledList<int> list;
  EXPECT_TRUE(list.empty());
  list.push_back(1);
  list.emplace_back(2);
  list.built()[0] = 7;
  EXPECT_THAT(list, ElementsAre(7, 2));
  EXPECT_GT(list.heap_bytes(), 0u);
  list.settle(region);
  EXPECT_THAT(list, ElementsAre(7, 2));
  EXPECT_TRUE(region.holds(list.data()));
  EXPECT_EQ(list.heap_bytes(), 0u);
  region.seal();
  EXPECT_EQ(std::as_const(list).back(), 2);
}

TEST(SettledList, MovesWithoutItsElements) {
  Region region;
  SettledList<int> list(std::vector<int>{1, 2, 3});
  const int* at = list.data();
  SettledList<int> moved(std::move(list));
  EXPECT_EQ(moved.data(), at);
  moved.settle(region);
  at = moved.data();
  SettledList<int> assigned;
  assigned = std::move(moved);
  EXPECT_EQ(assigned.data(), at);
  EXPECT_THAT(assigned, ElementsAre(1, 2, 3));
}

TEST(SettledList, CopyOutlivesTheRegion) {
  std::optional<Region> region(std::in_place);
  SettledList<int> list(std::vector<int>{1, 2, 3});
  list.settle(*region);
  const SettledList<int> copy = list;
  EXPECT_FALSE(region->holds(copy.data()));
  region.reset();
  EXPECT_THAT(copy, ElementsAre(1, 2, 3));
}

TEST(SettledList, AnEmptyOneSettlesToo) {
  Region region;
  SettledList<int> list;
  list.settle(region);
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(region.used(), 0u);
}

}  // namespace
}  // namespace ringside::engine
