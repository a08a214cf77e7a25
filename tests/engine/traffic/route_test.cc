// Goal: a call is answered by version or label, else pin, else canary, else current; a key's bucket is the one that formats promise.
// Method: one row a rule; buckets recorded by xxHash's own program (record_buckets.py); shares counted over made keys.
#include "engine/traffic/route.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/engine/traffic/canary_share.h"
#include "tests/support/made_bundle.h"

namespace ringside::engine {
namespace {

using enum wire::Arm;
using test::make_bundle;

std::shared_ptr<const Resident> resident_called(const std::string& version) {
  return std::make_shared<Resident>(make_bundle({.version = version}), 0, 1);
}

TrafficDraft draft_of(std::vector<std::string> versions) {
  TrafficDraft draft;
  for (const std::string& version : versions) draft.residents.push_back(resident_called(version));
  draft.current = draft.residents.front();
  return draft;
}

std::string unhexed(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) bytes += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  return bytes;
}

TEST(Bucket, IsTheOneThatXxhsumFinds) {
  const char* source = std::getenv("RINGSIDE_SOURCE");
  std::ifstream file(std::string(source != nullptr ? source : ".") + "/tests/engine/traffic/buckets.tsv");
  std::size_t lines = 0;
  for (std::string line; std::getline(file, line); ++lines) {
    std::istringstream words(line);
    std::string salt, key, hash;
    std::uint32_t bucket = 0;
    ASSERT_TRUE(words >> salt >> key >> hash >> bucket);
    EXPECT_EQ(bucket_of(unhexed(salt), unhexed(key)), bucket) << line;
  }
  EXPECT_GT(lines, 100u);
}

TEST(Bucket, SaltAndKeyDoNotRunIntoEachOther) { EXPECT_NE(bucket_of("ab", "c"), bucket_of("a", "bc")); }

// Current v0, canary v1 at 100 %, key u1 pinned to v2, tag a=b to v3, c=d to v4, label prod on v5.
struct Precedence {
  RouteTerms terms;
  const char* version;
  wire::Arm arm;
};
TEST(Route, FollowsItsOrder) {
  TrafficDraft draft = draft_of({"v0", "v1", "v2", "v3", "v4", "v5"});
  draft.roles.canary = Canary{"v1", kBuckets, "v1"};
  draft.roles.pins = Pins::none()->with(
      std::vector<PinChange>{{PinKind::kKey, "u1", "v2"}, {PinKind::kTag, "a=b", "v3"}, {PinKind::kTag, "c=d", "v4"}});
  draft.roles.labels = {{"prod", "v5"}};
  const TrafficTable table(draft, 1);
  const std::vector<std::string_view> none, both{"x=y", "c=d", "a=b"}, one{"a=b"}, strange{"a=c"};
  const std::vector<Precedence> rows{
      {{"v0", "", "u1", one}, "v0", kVersion},
      {{"", "prod", "u1", one}, "v5", kLabel},
      {{"v9", "", "u1", one}, nullptr, kVersion},
      {{"", "dev", "u1", one}, nullptr, kLabel},
      {{"", "", "u1", one}, "v2", kPin},
      {{"", "", "u2", one}, "v3", kPin},
      {{"", "", "", one}, "v3", kPin},
      {{"", "", "u2", both}, "v4", kPin},
      {{"", "", "u2", strange}, "v1", kCanary},
      {{"", "", "u2", none}, "v1", kCanary},
      {{"", "", "", strange}, "v0", kCurrent},
      {{"", "", "", none}, "v0", kCurrent},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto [index, arm] = route(table, rows[i].terms);
    EXPECT_EQ(arm, rows[i].arm) << i;
    if (rows[i].version == nullptr) {
      EXPECT_EQ(index, TrafficTable::kNone) << i;
    } else {
      ASSERT_NE(index, TrafficTable::kNone) << i;
      EXPECT_EQ(table.resident(index).bundle->version, rows[i].version) << i;
    }
  }
}

TEST(Route, TableWithoutCanaryAndPinsDoesNotLookAtTheKey) {
  const TrafficTable table(draft_of({"v0", "v1"}), 1);
  EXPECT_FALSE(table.routes_by_key());
  EXPECT_EQ(route(table, {.version = "", .label = "", .key = "u1", .tags = {}}).arm, kCurrent);
}

TEST(Route, RoleOfAVersionThatIsNotResidentDecidesNothing) {
  TrafficDraft draft = draft_of({"v0"});
  draft.roles.canary = Canary{"v1", kBuckets, "v1"};
  draft.roles.pins = Pins::none()->with(std::vector<PinChange>{{PinKind::kKey, "u1", "v2"}});
  draft.roles.labels = {{"prod", "v2"}};
  draft.labels = {{"prod", "v0"}};
  const TrafficTable table(draft, 1);
  EXPECT_FALSE(table.routes_by_key());
  EXPECT_EQ(route(table, {.version = "", .label = "", .key = "u1", .tags = {}}).arm, kCurrent);
  EXPECT_EQ(table.find_label("prod"), TrafficTable::kNone) << "the operator's word is not undone by a bundle's";
}

TEST(Route, PinsThatWereAllRemovedCostNothing) {
  TrafficDraft draft = draft_of({"v0", "v1"});
  draft.roles.pins = Pins::none()->with(std::vector<PinChange>{{PinKind::kKey, "u1", "v1"}});
  draft.roles.pins = draft.roles.pins->with(std::vector<PinChange>{{PinKind::kKey, "u1", ""}});
  EXPECT_FALSE(TrafficTable(draft, 1).routes_by_key());
}

TEST(Canary, GrowthOnlyAddsKeys) {
  TrafficDraft draft = draft_of({"v0", "v1"});
  std::vector<bool> before(2'000, false);
  std::size_t share_before = 0;
  for (const std::uint32_t percent : {0u, 1u, 5u, 20u, 50u, 99u, 100u}) {
    draft.roles.canary = Canary{"v1", percent * kBucketsPerPercent, "salt"};
    const TrafficTable table(draft, 1);
    std::size_t share = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
      const std::string key = "user" + std::to_string(i);
      const bool is_canary = route(table, {.version = "", .label = "", .key = key, .tags = {}}).arm == kCanary;
      ASSERT_TRUE(is_canary || !before[i]) << key << " left the canary at " << percent << " %";
      before[i] = is_canary;
      share += is_canary ? 1 : 0;
    }
    EXPECT_TRUE(share > share_before || percent == 0);
    share_before = share;
  }
  EXPECT_EQ(share_before, before.size());
}

// Five standard deviations of what independent draws would give.
TEST(Canary, ShareIsNearWhatWasAskedForEverySalt) {
  constexpr std::uint32_t kKeys = 20'000;
  const double bound = 5 * std::sqrt(0.1 * 0.9 / kKeys) * 100;
  for (std::uint32_t salt = 0; salt < 100; ++salt) EXPECT_NEAR(canary_share(salt, kKeys, 10), 10, bound) << salt;
}

TEST(Roles, AreNamedInOrderAndOnlyWhereTheyAreHeld) {
  TrafficDraft draft = draft_of({"v0", "v1", "v2"});
  draft.previous = draft.residents[1];
  draft.labels = {{"old", "v1"}, {"prod", "v1"}};
  draft.roles.labels = {{"prod", "v0"}};
  draft.roles.canary = Canary{"v1", 0, "v1"};
  draft.roles.pins = Pins::none()->with(std::vector<PinChange>{{PinKind::kTag, "a=b", "v1"}});
  EXPECT_EQ(draft.roles_of("v0"), (std::vector<std::string>{"current", "label:prod"}));
  EXPECT_EQ(draft.roles_of("v1"), (std::vector<std::string>{"previous", "canary", "pinned", "label:old"}));
  EXPECT_TRUE(draft.roles_of("v2").empty()) << "free to retire";
}

}  // namespace
}  // namespace ringside::engine
