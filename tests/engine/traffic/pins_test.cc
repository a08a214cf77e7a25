// Goal: pins are found by their whole text, a change touches nothing but what it names, and the value it was made from stays as it was.
// Method: small sets by hand; then random changes beside a std::map.
#include "engine/traffic/pins.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace ringside::engine {
namespace {

using enum PinKind;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::map<std::string, std::string> all_keys(const Pins& pins, std::size_t about = 1) {
  std::map<std::string, std::string> seen;
  for (std::size_t shard = 0; shard < PinIndex::kShards;) {
    shard = pins.page(shard, about, [&](PinKind kind, std::string_view text, std::string_view version) {
      if (kind != kKey) return;
      EXPECT_TRUE(seen.emplace(text, version).second) << text << " is seen twice";
    });
  }
  return seen;
}

TEST(Pins, NothingIsPinnedAtFirst) {
  const auto pins = Pins::none();
  EXPECT_EQ(pins->find(kKey, "u1"), PinIndex::kAbsent);
  EXPECT_EQ(pins->version_of(kTag, "a=b"), "");
  EXPECT_EQ(pins->size(), 0u);
  EXPECT_THAT(all_keys(*pins), IsEmpty());
}

TEST(Pins, KeyIsFoundByItsWholeTextAndKindAlone) {
  const auto pins = Pins::none()->with(std::vector<PinChange>{{kKey, "u1", "v1"}, {kTag, "u2", "v2"}});
  EXPECT_EQ(pins->version_of(kKey, "u1"), "v1");
  EXPECT_EQ(pins->version_of(kTag, "u2"), "v2");
  for (const char* other : {"", "u", "u11", "u2", "U1"}) EXPECT_EQ(pins->version_of(kKey, other), "") << other;
  EXPECT_EQ(pins->version_of(kTag, "u1"), "");
  EXPECT_EQ(pins->keys(), 1u);
  EXPECT_EQ(pins->tags(), 1u);
}

TEST(Pins, ChangeLeavesTheValueThatItWasMadeFrom) {
  const auto before = Pins::none()->with(std::vector<PinChange>{{kKey, "u1", "v1"}, {kKey, "u2", "v1"}});
  const auto after = before->with(std::vector<PinChange>{{kKey, "u1", "v2"}, {kKey, "u2", ""}, {kKey, "u3", "v1"}});
  EXPECT_EQ(before->version_of(kKey, "u1"), "v1");
  EXPECT_EQ(before->version_of(kKey, "u2"), "v1");
  EXPECT_EQ(before->version_of(kKey, "u3"), "");
  EXPECT_EQ(after->version_of(kKey, "u1"), "v2");
  EXPECT_EQ(after->version_of(kKey, "u2"), "");
  EXPECT_EQ(after->version_of(kKey, "u3"), "v1");
  EXPECT_EQ(after->size(), 2u);
}

TEST(Pins, OfSeveralChangesOfOneTextTheLastCounts) {
  const auto pins =
      Pins::none()->with(std::vector<PinChange>{{kKey, "u1", "v1"}, {kKey, "u1", "v2"}, {kKey, "u2", "v1"}, {kKey, "u2", ""}});
  EXPECT_EQ(pins->version_of(kKey, "u1"), "v2");
  EXPECT_EQ(pins->version_of(kKey, "u2"), "");
  EXPECT_EQ(pins->pinned_to("v1"), 0u);
  EXPECT_EQ(pins->pinned_to("v2"), 1u);
}

TEST(Pins, TextsOfEveryByteAndOfTheLongestLengthArePinned) {
  const std::string longest(kPinTextBytesMax, 'k'), bytes("\0\n\xFF\t", 4);
  const auto pins = Pins::none()->with(std::vector<PinChange>{{kKey, longest, "v1"}, {kKey, bytes, "v2"}});
  EXPECT_EQ(pins->version_of(kKey, longest), "v1");
  EXPECT_EQ(pins->version_of(kKey, bytes), "v2");
}

// Else an engine that lives long enough would run out of numbers for versions.
TEST(Pins, NumberOfAVersionThatNothingIsPinnedToIsUsedAgain) {
  auto pins = Pins::none()->with(std::vector<PinChange>{{kKey, "stays", "v"}});
  for (int i = 0; i < 1'000; ++i) pins = pins->with(std::vector<PinChange>{{kKey, "moves", "v" + std::to_string(i)}});
  EXPECT_LE(pins->versions().size(), 3u);
  EXPECT_EQ(pins->version_of(kKey, "stays"), "v");
  EXPECT_EQ(pins->version_of(kKey, "moves"), "v999");
}

TEST(Pins, AnyHistoryOfChangesAgreesWithAMap) {
  std::minstd_rand random(7);
  std::map<std::string, std::string> expected;
  auto pins = Pins::none();
  for (int step = 0; step < 60; ++step) {
    std::vector<PinChange> changes;
    for (int i = 0; i < 500; ++i) {
      PinChange change{kKey, "k" + std::to_string(random() % 8'000), random() % 4 == 0 ? "" : "v" + std::to_string(random() % 3)};
      if (change.version.empty()) {
        expected.erase(change.text);
      } else {
        expected[change.text] = change.version;
      }
      changes.push_back(std::move(change));
    }
    pins = pins->with(changes);
    ASSERT_EQ(pins->keys(), expected.size());
  }
  EXPECT_EQ(all_keys(*pins, 100), expected);
  for (int i = 0; i < 8'000; ++i) {
    const std::string key = "k" + std::to_string(i);
    const auto found = expected.find(key);
    ASSERT_EQ(pins->version_of(kKey, key), found == expected.end() ? "" : found->second) << key;
  }
  for (const char* version : {"v0", "v1", "v2"}) {
    const auto count = std::ranges::count_if(expected, [&](const auto& pair) { return pair.second == version; });
    EXPECT_EQ(pins->pinned_to(version), static_cast<std::size_t>(count));
  }
}

TEST(Pins, TagsComeWithTheFirstPage) {
  const auto pins = Pins::none()->with(std::vector<PinChange>{{kTag, "a=b", "v1"}, {kTag, "c=d", "v2"}});
  std::vector<std::string> seen;
  EXPECT_EQ(pins->page(0, 1, [&](PinKind, std::string_view text, std::string_view) { seen.emplace_back(text); }),
            PinIndex::kShards);
  EXPECT_THAT(seen, UnorderedElementsAre("a=b", "c=d"));
}

TEST(PinsDeathTest, TextBeyondTheLimitIsABrokenInvariant) {
  const std::vector<PinChange> changes{{kKey, std::string(kPinTextBytesMax + 1, 'k'), "v1"}};
  EXPECT_DEATH(static_cast<void>(Pins::none()->with(changes)), "broken invariant");
}

}  // namespace
}  // namespace ringside::engine
