// Goal: each change of a role ends as role_change.h says: done, unchanged or refused with what to type; what is refused changes nothing.
// Method: drafts made by hand; one transition a test.
#include "engine/versions/role_change.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/made_bundle.h"

namespace ringside::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RoleChangeTest : public ::testing::Test {
 protected:
  RoleChangeTest() {
    for (const char* version : {"v0", "v1", "v2"}) {
      draft_.residents.push_back(std::make_shared<Resident>(test::make_bundle({.version = version}), 0, 1));
    }
    draft_.current = draft_.residents[0];
  }
  template <class Request>
  Result<RoleChange, std::string> ask(Request what) {
    const RoleRequest request{.what = what, .reason = {}, .actor = {}};
    OperatorRoles roles = draft_.roles;
    auto change = change_roles(
        request, request.version(), draft_, [](const std::string& name) { return name.starts_with('v'); }, roles);
    EXPECT_TRUE(change.ok() || roles.canary == draft_.roles.canary);
    draft_.roles = roles;
    return change;
  }
  std::string status(const Result<RoleChange, std::string>& change) {
    return change ? change->status : "refused: " + change.error();
  }

  TrafficDraft draft_;
};

TEST_F(RoleChangeTest, CanarySaltIsTheVersionAndStaysWhileTheShareChanges) {
  EXPECT_EQ(status(ask(CanaryRequest{"v1", 10'000, ""})), "canary_set");
  EXPECT_EQ(draft_.roles.canary->salt, "v1");
  EXPECT_EQ(status(ask(CanaryRequest{"v1", 20'000, "spring"})), "canary_set");
  EXPECT_EQ(status(ask(CanaryRequest{"v1", 30'000, ""})), "canary_set");
  EXPECT_EQ(draft_.roles.canary, (Canary{"v1", 30'000, "spring"}));
  EXPECT_EQ(status(ask(CanaryRequest{"v1", 30'000, ""})), "unchanged");
}

TEST_F(RoleChangeTest, AnotherCanaryTakesThePlaceAndItsOwnSalt) {
  ASSERT_TRUE(ask(CanaryRequest{"v1", 10'000, "spring"}));
  const auto change = ask(CanaryRequest{"v2", 10'000, ""});
  EXPECT_THAT(change->message, HasSubstr("in place of v1"));
  EXPECT_EQ(draft_.roles.canary->salt, "v2");
}

TEST_F(RoleChangeTest, CurrentVersionIsNoCanary) {
  EXPECT_THAT(status(ask(CanaryRequest{"v0", 10'000, ""})), HasSubstr("refused: v0 is the current version"));
}

TEST_F(RoleChangeTest, CanaryOffEndsItOnce) {
  ASSERT_TRUE(ask(CanaryRequest{"v1", 10'000, ""}));
  EXPECT_EQ(status(ask(CanaryRequest{})), "canary_off");
  EXPECT_FALSE(draft_.roles.canary);
  EXPECT_EQ(status(ask(CanaryRequest{})), "unchanged");
}

TEST_F(RoleChangeTest, SwitchToTheCanaryPromotesItAndAnotherLeavesIt) {
  ASSERT_TRUE(ask(CanaryRequest{"v1", 10'000, ""}));
  EXPECT_FALSE(end_promoted_canary(draft_.roles, "v2"));
  EXPECT_TRUE(draft_.roles.canary);
  EXPECT_TRUE(end_promoted_canary(draft_.roles, "v1"));
  EXPECT_FALSE(draft_.roles.canary);
}

TEST_F(RoleChangeTest, PinsAreSetMovedAndRemoved) {
  EXPECT_EQ(status(ask(PinRequest{"v1", {"u1", "u2"}, {"a=b"}})), "pinned");
  EXPECT_EQ(draft_.roles.pins->size(), 3u);
  const auto moved = ask(PinRequest{"v2", {"u1"}, {}});
  EXPECT_THAT(moved->pin_changes, ElementsAre(PinChange{PinKind::kKey, "u1", "v2"}));
  EXPECT_EQ(status(ask(PinRequest{"v2", {"u1"}, {}})), "unchanged");
  EXPECT_EQ(status(ask(PinRequest{"", {"u1"}, {}})), "unpinned");
  EXPECT_EQ(status(ask(PinRequest{"", {"u1"}, {}})), "unchanged");
  EXPECT_EQ(draft_.roles.pins->size(), 2u);
  const auto all = ask(PinRequest{.version = "", .keys = {}, .tags = {}, .all = true});
  EXPECT_EQ(status(all), "unpinned");
  EXPECT_THAT(all->pin_changes, IsEmpty());
  EXPECT_EQ(draft_.roles.pins->size(), 0u);
}

TEST_F(RoleChangeTest, OneMorePinThanThereMayBeIsRefused) {
  std::vector<PinChange> changes;
  for (std::size_t i = 0; i < kPinsMax; ++i) changes.push_back({PinKind::kKey, std::to_string(i), "v1"});
  draft_.roles.pins = Pins::none()->with(changes);
  EXPECT_THAT(status(ask(PinRequest{"v1", {"one more"}, {}})), HasSubstr("1000001 pins, more than 1000000"));
  EXPECT_EQ(status(ask(PinRequest{"v2", {"7"}, {}})), "pinned");
  EXPECT_EQ(draft_.roles.pins->size(), kPinsMax);
}

TEST_F(RoleChangeTest, LabelOfAnOperatorWinsOverABundlesAndGivesItBack) {
  draft_.labels = {{"prod", "v1"}};
  EXPECT_EQ(status(ask(LabelRequest{"prod", "v2"})), "labelled");
  EXPECT_EQ(*draft_.version_of_label("prod"), "v2");
  EXPECT_EQ(status(ask(LabelRequest{"prod", "v2"})), "unchanged");
  EXPECT_EQ(status(ask(LabelRequest{"prod", ""})), "label_removed");
  EXPECT_EQ(*draft_.version_of_label("prod"), "v1");
  EXPECT_THAT(status(ask(LabelRequest{"prod", ""})), HasSubstr("brings along"));
  EXPECT_EQ(status(ask(LabelRequest{"dev", ""})), "unchanged");
}

TEST_F(RoleChangeTest, LabelMustNotHideAVersion) {
  EXPECT_THAT(status(ask(LabelRequest{"v9", "v1"})), HasSubstr("'v9' is a version's name"));
}

TEST_F(RoleChangeTest, EveryVersionWithARoleIsNamedOnce) {
  ASSERT_TRUE(ask(CanaryRequest{"v1", 0, ""}));
  ASSERT_TRUE(ask(PinRequest{"v1", {"u1"}, {}}));
  ASSERT_TRUE(ask(LabelRequest{"prod", "v2"}));
  EXPECT_THAT(versions_with_roles(draft_.roles), ElementsAre("v1", "v2"));
  ASSERT_TRUE(ask(PinRequest{"", {"u1"}, {}}));
  ASSERT_TRUE(ask(CanaryRequest{}));
  EXPECT_THAT(versions_with_roles(draft_.roles), ElementsAre("v2"));
}

}  // namespace
}  // namespace ringside::engine
