// Goal: a bundle's state changes only as the one table says.
// Method: every pair of states against the drawing in catalog.h, written out here a second time.
#include "engine/versions/catalog.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

namespace ringside::engine {
namespace {

using enum LoadState;

constexpr LoadState kStates[] = {kFound, kLoading, kVerifying, kResident, kRetiring, kGone, kFailed};

const std::set<std::pair<LoadState, LoadState>> kDrawn{
    {kFound, kLoading}, {kLoading, kVerifying}, {kVerifying, kResident}, {kResident, kRetiring}, {kRetiring, kGone},
    {kGone, kFound},    {kLoading, kFailed},    {kVerifying, kFailed},   {kFailed, kLoading},  // tried again
    {kFound, kGone},    {kFailed, kGone},  // the directory went before it was loaded
};

TEST(LoadStates, EveryPairIsAllowedAsDrawnAndNoOther) {
  for (const LoadState from : kStates) {
    for (const LoadState to : kStates)
      EXPECT_EQ(may_become(from, to), kDrawn.contains({from, to})) << name(from) << " -> " << name(to);
  }
}

TEST(LoadStates, EachHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (const LoadState state : kStates) EXPECT_TRUE(names.insert(name(state)).second);
  EXPECT_EQ(name(kResident), "resident");
}

TEST(CatalogEntryDeathTest, TransitionThatIsNotDrawnIsABrokenInvariant) {
  CatalogEntry entry;
  EXPECT_DEATH(entry.become(kResident), "broken invariant");
}

TEST(CatalogEntry, WalksTheWholeLifeOfABundle) {
  CatalogEntry entry;
  for (const LoadState next : {kLoading, kFailed, kLoading, kVerifying, kResident, kRetiring, kGone, kFound}) {
    entry.become(next);
    EXPECT_EQ(entry.state, next);
  }
}

}  // namespace
}  // namespace ringside::engine
