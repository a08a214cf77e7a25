// Goal: what operators assign is published, kept and restored; switch and rollback end a canary as they should.
// Method: small real bundles in a temporary models/; outcomes are awaited, the published table is asked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <future>

#include "engine/traffic/route.h"
#include "engine/versions/versions.h"
#include "tests/support/versions_rig.h"

namespace ringside::engine {
namespace {

using test::BundleFiles;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RolesTest : public test::VersionsRig {
 protected:
  RolesTest() {
    for (const char* version : {"small_v1.0.0", "small_v1.1.0"}) add(version);
    open({.task = {},
          .models_directory = {},
          .remember = [this](const std::string& version, const OperatorRoles& roles) -> Result<Done, std::string> {
            if (refuse_to_remember_) return fail(std::string("disk full"));
            chosen_ = version;
            kept_ = roles;
            return Done{};
          },
          .remember_pins = [this](const Pins&, const std::vector<PinChange>& changes) -> Result<Done, std::string> {
            if (refuse_to_remember_) return fail(std::string("disk full"));
            kept_pins_.push_back(changes.size());
            return Done{};
          },
          .warn = [this](const std::string& text) { warned_.push_back(text); },
          .record = [this](const VersionEvent& event) { recorded_.push_back(event.action); }});
  }

  Result<Done, SwitchOutcome> start(OperatorRoles roles = {}, const std::string& previous = {}) {
    return VersionsRig::start("small_v1.0.0", {.roles = std::move(roles), .previous = previous});
  }
  SwitchOutcome try_out(const std::string& version) {
    return ask({.version = version, .dry_run = true, .reason = {}, .actor = {}});
  }
  // "version/arm" of a call with this key.
  std::string answers(const std::string& key) {
    const TrafficTable& table = publisher_.acquire();
    const auto [index, arm] = route(table, {.version = "", .label = "", .key = key, .tags = {}});
    return table.resident(index).bundle->version + "/" + std::string(wire::name(arm));
  }
  std::vector<std::string> roles_of(const std::string& version) {
    const auto one = status(version);
    return one ? one->roles : std::vector<std::string>();
  }

  bool refuse_to_remember_ = false;
  std::string chosen_;
  OperatorRoles kept_;
  std::vector<std::size_t> kept_pins_;
  std::vector<std::string> warned_, recorded_;
};

TEST_F(RolesTest, CanaryIsLoadedPublishedAndKept) {
  ASSERT_TRUE(start());
  const auto change = ask_role(CanaryRequest{"small_v1.1.0", kBuckets, ""});
  ASSERT_TRUE(change.ok()) << change.error().message;
  EXPECT_EQ(answers("u1"), "small_v1.1.0/canary");
  EXPECT_EQ(answers(""), "small_v1.0.0/current");
  EXPECT_THAT(roles_of("small_v1.1.0"), ElementsAre("canary"));
  EXPECT_EQ(kept_.canary, (Canary{"small_v1.1.0", kBuckets, "small_v1.1.0"}));
  EXPECT_EQ(chosen_, "") << "nobody chose a current version";
}

TEST_F(RolesTest, CanaryThatIsUnknownOrBrokenIsRefusedAndChangesNothing) {
  auto broken = BundleFiles::small("small_v1.2.0");
  broken.edit("feature_schema.yaml", "final_feature_cols", "final_feature_rows");
  broken.write(place_.path() / "small_v1.2.0");
  ASSERT_TRUE(start());
  EXPECT_EQ(ask_role(CanaryRequest{"small_v9", 1, ""}).error().kind, SwitchOutcome::Kind::kUnknownVersion);
  EXPECT_EQ(ask_role(CanaryRequest{"../small_v1.1.0", 1, ""}).error().kind, SwitchOutcome::Kind::kUnknownVersion);
  EXPECT_EQ(ask_role(CanaryRequest{"small_v1.2.0", 1, ""}).error().kind, SwitchOutcome::Kind::kFailedCheck);
  EXPECT_EQ(ask_role(CanaryRequest{"small_v1.0.0", 1, ""}).error().kind, SwitchOutcome::Kind::kRefused);
  EXPECT_FALSE(versions_->roles().assigned.canary);
  EXPECT_EQ(answers("u1"), "small_v1.0.0/current");
}

TEST_F(RolesTest, SwitchToTheCanaryPromotesItButADryRunDoesNot) {
  ASSERT_TRUE(start());
  ASSERT_TRUE(ask_role(CanaryRequest{"small_v1.1.0", 0, ""}));
  try_out("small_v1.1.0");
  EXPECT_TRUE(versions_->roles().assigned.canary);
  EXPECT_THAT(switch_to("small_v1.1.0").message, HasSubstr("no canary any more"));
  EXPECT_FALSE(versions_->roles().assigned.canary);
  EXPECT_FALSE(kept_.canary) << "in the same write as the version";
  EXPECT_EQ(chosen_, "small_v1.1.0");
}

TEST_F(RolesTest, RollbackEndsTheCanaryAndKeepsPinsAndLabels) {
  BundleFiles::small("small_v1.2.0").write(place_.path() / "small_v1.2.0");
  ASSERT_TRUE(start());
  switch_to("small_v1.1.0");
  ASSERT_TRUE(ask_role(CanaryRequest{"small_v1.2.0", kBuckets, ""}));
  ASSERT_TRUE(ask_role(PinRequest{"small_v1.2.0", {"u1"}, {}}));
  ASSERT_TRUE(ask_role(LabelRequest{"prod", "small_v1.2.0"}));
  EXPECT_THAT(roll_back().message, HasSubstr("the canary small_v1.2.0 has ended"));
  EXPECT_EQ(answers("u2"), "small_v1.0.0/current");
  EXPECT_EQ(answers("u1"), "small_v1.2.0/pin");
  EXPECT_FALSE(kept_.canary);
  EXPECT_THAT(kept_.labels, ElementsAre(std::pair<std::string, std::string>("prod", "small_v1.2.0")));
}

TEST_F(RolesTest, VersionMayBeNamedByItsLabel) {
  ASSERT_TRUE(start());
  ASSERT_TRUE(ask_role(LabelRequest{"next", "small_v1.1.0"}));
  EXPECT_EQ(ask_role(CanaryRequest{"next", 1, ""})->version, "small_v1.1.0");
  EXPECT_EQ(switch_to("next").to, "small_v1.1.0");
}

TEST_F(RolesTest, PinsAreKeptByTheirChangesAlone) {
  ASSERT_TRUE(start());
  ASSERT_TRUE(ask_role(PinRequest{"small_v1.1.0", {"u1", "u2"}, {}}));
  ASSERT_TRUE(ask_role(PinRequest{"small_v1.1.0", {"u1", "u3"}, {}}));
  EXPECT_EQ(ask_role(PinRequest{"small_v1.1.0", {"u1"}, {}})->status, "unchanged");
  EXPECT_THAT(kept_pins_, ElementsAre(2u, 1u));
  EXPECT_EQ(answers("u3"), "small_v1.1.0/pin");
}

TEST_F(RolesTest, WhatCannotBeKeptAnswersAllTheSameAndSaysSo) {
  ASSERT_TRUE(start());
  refuse_to_remember_ = true;
  EXPECT_THAT(ask_role(CanaryRequest{"small_v1.1.0", kBuckets, ""})->message, HasSubstr("will not survive a restart: disk full"));
  EXPECT_THAT(ask_role(PinRequest{"small_v1.1.0", {"u1"}, {}})->message, HasSubstr("will not survive a restart: disk full"));
  EXPECT_EQ(answers("u1"), "small_v1.1.0/pin");
}

TEST_F(RolesTest, RolesOfTheLastRunHoldFromTheFirstCallOn) {
  OperatorRoles roles;
  roles.canary = Canary{"small_v1.1.0", kBuckets, "spring"};
  roles.pins = Pins::none()->with(std::vector<PinChange>{{PinKind::kKey, "u1", "small_v1.0.0"}});
  roles.labels = {{"prod", "small_v1.1.0"}};
  ASSERT_TRUE(start(roles));
  EXPECT_EQ(answers("u1"), "small_v1.0.0/pin");
  EXPECT_EQ(answers("u2"), "small_v1.1.0/canary");
  EXPECT_THAT(roles_of("small_v1.1.0"), ElementsAre("canary", "label:prod"));
  EXPECT_TRUE(warned_.empty());
}

TEST_F(RolesTest, RoleOfAVersionThatWentIsToldAndWaitsForIt) {
  OperatorRoles roles;
  roles.canary = Canary{"small_v1.2.0", kBuckets, "spring"};
  ASSERT_TRUE(start(roles));
  EXPECT_THAT(warned_, Contains(HasSubstr("small_v1.2.0 has a role and does not answer")));
  EXPECT_EQ(answers("u1"), "small_v1.0.0/current");
  BundleFiles::small("small_v1.2.0").write(place_.path() / "small_v1.2.0");
  try_out("small_v1.2.0");  // loads it
  EXPECT_EQ(answers("u1"), "small_v1.2.0/canary");
}

TEST_F(RolesTest, PreviousVersionOfTheLastRunIsLoadedAndCanBeRolledBackTo) {
  ASSERT_TRUE(start({}, "small_v1.1.0"));
  EXPECT_THAT(roles_of("small_v1.1.0"), ElementsAre("previous"));
  EXPECT_EQ(roll_back().to, "small_v1.1.0");
  EXPECT_EQ(answers("u1"), "small_v1.1.0/current");
  EXPECT_TRUE(warned_.empty());
}

TEST_F(RolesTest, PreviousVersionMayBeKeptByItsDirectorysName) {
  std::filesystem::rename(place_.path() / "small_v1.1.0", place_.path() / "candidate");
  ASSERT_TRUE(start({}, "candidate"));
  EXPECT_EQ(roll_back().to, "small_v1.1.0");
}

TEST_F(RolesTest, PreviousVersionThatWentIsToldAndThereIsNoneToRollBackTo) {
  ASSERT_TRUE(start({}, "small_v0.9.0"));
  EXPECT_THAT(warned_, ElementsAre(HasSubstr("small_v0.9.0 was the previous version, and there is none to roll back to")));
  EXPECT_EQ(roll_back().kind, SwitchOutcome::Kind::kRefused);
}

TEST_F(RolesTest, WhatIsSoAlreadyIsDoneAndNoEvent) {
  ASSERT_TRUE(start());
  ASSERT_TRUE(ask_role(CanaryRequest{"small_v1.1.0", 10'000, ""}));
  recorded_.clear();
  for (const auto& nothing : {ask_role(PinRequest{"", {"u1"}, {}}), ask_role(LabelRequest{"prod", ""}),
                              ask_role(CanaryRequest{"small_v1.1.0", 10'000, ""})}) {
    ASSERT_TRUE(nothing);
    EXPECT_EQ(nothing->status, "unchanged");
    EXPECT_THAT(nothing->message, HasSubstr("nothing to do: "));
  }
  EXPECT_TRUE(recorded_.empty());
  ASSERT_TRUE(ask_role(CanaryRequest{}));
  EXPECT_THAT(recorded_, ElementsAre("canary"));
  ASSERT_TRUE(ask_role(CanaryRequest{}));
  EXPECT_THAT(recorded_, ElementsAre("canary"));
}

TEST_F(RolesTest, CanaryThatBecameCurrentBetweenTwoRunsIsOver) {
  OperatorRoles roles;
  roles.canary = Canary{"small_v1.0.0", kBuckets, "spring"};
  ASSERT_TRUE(start(roles));
  EXPECT_FALSE(versions_->roles().assigned.canary);
}

}  // namespace
}  // namespace ringside::engine
