// Goal: only those on the list come in, and nobody whose id the kernel could not map.
#include "engine/door/access_list.h"

#include <gtest/gtest.h>

#include <array>

namespace ringside::engine {
namespace {

TEST(AccessList, EmptyListLetsInRootAndTheEnginesOwnUser) {
  const AccessList list;
  EXPECT_TRUE(list.allows(0, 5));
  EXPECT_TRUE(list.allows(geteuid(), 5));
  EXPECT_FALSE(list.allows(geteuid() + 4'000, 5));
}

TEST(AccessList, ListedUserComesInWithAnyGroup) {
  const AccessList list{.users = {4'001, 4'002}, .groups = {}};
  EXPECT_TRUE(list.allows(4'002, 77));
  EXPECT_FALSE(list.allows(4'003, 77));
}

TEST(AccessList, ListedGroupComesInAsPrimaryOrSupplementary) {
  const AccessList list{.users = {}, .groups = {900}};
  const std::array<gid_t, 3> further{800, 900, 1'000};
  const std::array<gid_t, 2> others{800, 1'000};
  EXPECT_TRUE(list.allows(4'001, 900));
  EXPECT_TRUE(list.allows(4'001, 100, further));
  EXPECT_FALSE(list.allows(4'001, 100, others));
  EXPECT_FALSE(list.allows(4'001, 100));
}

TEST(AccessList, UnmappedIdsAreRefusedThoughTheyAreListed) {
  const AccessList list{.users = {65'534}, .groups = {65'534}};
  const std::array<gid_t, 1> unmapped{65'534};
  EXPECT_FALSE(list.allows(65'534, 100));
  EXPECT_FALSE(list.allows(4'001, 65'534));
  EXPECT_FALSE(list.allows(4'001, 100, unmapped));
}

}  // namespace
}  // namespace ringside::engine
