// Goal: start, switch, rollback, dry run and persist end as versions.h says, each with its kind of outcome; whatever fails leaves the
//   serving version.
// Method: versions_fixture.h.
#include "engine/versions/versions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <future>

#include "tests/engine/versions/versions_fixture.h"

namespace ringside::engine {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using enum SwitchOutcome::Kind;

TEST_F(VersionsTest, StartPublishesTheStartingVersion) {
  ASSERT_TRUE(start().ok());
  EXPECT_EQ(serving(), "small_v1.0.0");
  EXPECT_EQ(versions_->roles().current, "small_v1.0.0");
  EXPECT_EQ(versions_->roles().previous, "");
  EXPECT_EQ(status("small_v1.0.0")->state, LoadState::kResident);
  EXPECT_THAT(status("small_v1.0.0")->roles, ElementsAre("current"));
  EXPECT_THAT(remembered_, IsEmpty()) << "only an operator's choice is kept";
}

TEST_F(VersionsTest, StartTakesADirectoryWithASlashBehindIt) {
  EXPECT_TRUE(versions_->start((place_.path() / "small_v1.0.0").string() + "/").ok());
  EXPECT_EQ(serving(), "small_v1.0.0");
}

TEST_F(VersionsTest, StartThatFailsPublishesNothingAndSaysWhy) {
  fs::remove(place_.path() / "small_v1.0.0" / "preprocess.json");
  const auto started = start();
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().kind, kFailedCheck);
  EXPECT_FALSE(started.error().problems.empty());
  EXPECT_EQ(serving(), "");
  EXPECT_EQ(status("small_v1.0.0")->state, LoadState::kFailed);
}

TEST_F(VersionsTest, SwitchLoadsAndPublishes) {
  ASSERT_TRUE(start().ok());
  const SwitchOutcome outcome = switch_to("small_v1.1.0");
  EXPECT_EQ(outcome.kind, kPublished) << outcome.message;
  EXPECT_EQ(outcome.from, "small_v1.0.0");
  EXPECT_EQ(outcome.to, "small_v1.1.0");
  EXPECT_EQ(serving(), "small_v1.1.0");
  EXPECT_EQ(versions_->roles().previous, "small_v1.0.0");
  EXPECT_THAT(remembered_, ElementsAre("small_v1.1.0"));
  EXPECT_FALSE(fs::exists(place_.path() / "current")) << "models/ is not written unless asked for";
}

TEST_F(VersionsTest, SwitchToTheServingVersionDoesNothing) {
  ASSERT_TRUE(start().ok());
  const SwitchOutcome outcome = switch_to("small_v1.0.0");
  EXPECT_EQ(outcome.kind, kAlready);
  EXPECT_EQ(versions_->roles().previous, "");
  EXPECT_THAT(remembered_, IsEmpty());
}

TEST_F(VersionsTest, SwitchToAResidentVersionLoadsNothingAgain) {
  ASSERT_TRUE(start().ok());
  switch_to("small_v1.1.0");
  const auto bundle = status("small_v1.0.0")->bundle;
  EXPECT_EQ(switch_to("small_v1.0.0").kind, kPublished);
  EXPECT_EQ(status("small_v1.0.0")->bundle, bundle);
  EXPECT_EQ(versions_->roles().previous, "small_v1.1.0");
}

TEST_F(VersionsTest, RollbackMakesThePreviousVersionAnswerAndASecondOneIsRefused) {
  ASSERT_TRUE(start().ok());
  switch_to("small_v1.1.0");
  const SwitchOutcome first = roll_back();
  EXPECT_EQ(first.kind, kPublished);
  EXPECT_EQ(first.from, "small_v1.1.0");
  EXPECT_EQ(first.to, "small_v1.0.0");
  EXPECT_EQ(serving(), "small_v1.0.0");
  EXPECT_EQ(versions_->roles().previous, "");
  EXPECT_EQ(roll_back().kind, kRefused);
  EXPECT_EQ(serving(), "small_v1.0.0");
  EXPECT_THAT(remembered_, ElementsAre("small_v1.1.0", "small_v1.0.0"));
}

TEST_F(VersionsTest, RollbackWithoutAPreviousVersionIsRefused) {
  ASSERT_TRUE(start().ok());
  EXPECT_EQ(roll_back().kind, kRefused);
  EXPECT_EQ(serving(), "small_v1.0.0");
}

// A connected client that sends text for the field `born`, which small_v1.0.0 does not have, small_v2.0.0 takes as a number and
// small_v3.0.0 as text.
class SwitchWithAClientInTheWay : public VersionsTest {
 protected:
  SwitchWithAClientInTheWay() {
    add_with("small_v2.0.0", "born", "int");
    add_with("small_v3.0.0", "born", "str");
    ClientSchema schema{.columns = {{"age", Dtype::kInt}, {"born", Dtype::kStr}}, .hash = 7};
    static_cast<void>(publisher_.add_schema(schema));
    callers_ = {{"client ads (uid 7, pid 9)", {7}}};
    EXPECT_TRUE(start().ok());
  }
  static constexpr const char* kInTheWay = "client ads (uid 7, pid 9): born: expected int, found str, as it declared";
};

TEST_F(SwitchWithAClientInTheWay, IsRefusedAndNamesClientAndField) {
  for (const bool dry_run : {false, true}) {
    const SwitchOutcome outcome = ask({.version = "small_v2.0.0", .dry_run = dry_run, .reason = {}, .actor = {}});
    EXPECT_EQ(outcome.kind, kRefused) << outcome.message;
    EXPECT_THAT(outcome.message, HasSubstr("--force"));
    ASSERT_EQ(outcome.problems.size(), 1U);
    EXPECT_EQ(outcome.problems[0].text(), kInTheWay);
    EXPECT_EQ(serving(), "small_v1.0.0");
  }
}

TEST_F(SwitchWithAClientInTheWay, IsDoneWhenForcedAndSaysWhatFollows) {
  const SwitchOutcome outcome = ask({.version = "small_v2.0.0", .force = true, .reason = {}, .actor = {}});
  EXPECT_EQ(outcome.kind, kPublished);
  EXPECT_EQ(outcome.message, std::string("small_v2.0.0 answers now; refused from now on: ") + kInTheWay);
  EXPECT_EQ(serving(), "small_v2.0.0");
}

TEST_F(SwitchWithAClientInTheWay, IsDoneWhenTheClientHasGone) {
  callers_.clear();
  EXPECT_EQ(switch_to("small_v2.0.0").kind, kPublished);
}

TEST_F(SwitchWithAClientInTheWay, IsDoneWhereItIsServed) { EXPECT_EQ(switch_to("small_v3.0.0").kind, kPublished); }

TEST_F(SwitchWithAClientInTheWay, TheWayBackIsNeverBarred) {
  ASSERT_EQ(ask({.version = "small_v2.0.0", .force = true, .reason = {}, .actor = {}}).kind, kPublished);
  ASSERT_EQ(switch_to("small_v3.0.0").kind, kPublished);
  const SwitchOutcome outcome = roll_back();
  EXPECT_EQ(outcome.kind, kPublished);
  EXPECT_EQ(outcome.message, std::string("small_v2.0.0 answers again; refused from now on: ") + kInTheWay);
  EXPECT_EQ(serving(), "small_v2.0.0");
}

TEST_F(VersionsTest, DryRunChangesNoRole) {
  ASSERT_TRUE(start().ok());
  const SwitchOutcome outcome = ask({.version = "small_v1.1.0", .dry_run = true, .reason = {}, .actor = {}});
  EXPECT_EQ(outcome.kind, kDryRunGood);
  EXPECT_EQ(serving(), "small_v1.0.0");
  EXPECT_EQ(versions_->roles().previous, "");
  EXPECT_THAT(remembered_, IsEmpty());
}

TEST_F(VersionsTest, DryRunOfABadBundleFailsItsCheck) {
  ASSERT_TRUE(start().ok());
  test::write_file(place_.path() / "small_v1.1.0" / "preprocess.json", "{}");
  EXPECT_EQ(ask({.version = "small_v1.1.0", .dry_run = true, .reason = {}, .actor = {}}).kind, kFailedCheck);
}

TEST_F(VersionsTest, PersistMovesCurrentAndRemembersAfterIt) {
  ASSERT_TRUE(start().ok());
  const SwitchOutcome outcome = ask({.version = "small_v1.1.0", .persist = true, .reason = {}, .actor = {}});
  EXPECT_EQ(outcome.kind, kPublished);
  EXPECT_EQ(fs::read_symlink(place_.path() / "current"), "small_v1.1.0");
  ASSERT_FALSE(remembered_.empty());
  EXPECT_EQ(remembered_.back(), "small_v1.1.0");
}

TEST_F(VersionsTest, PersistThatCannotMoveCurrentStillPublishesAndSaysWhy) {
  ASSERT_TRUE(start().ok());
  fs::create_directory(place_.path() / "current");
  const SwitchOutcome outcome = ask({.version = "small_v1.1.0", .persist = true, .reason = {}, .actor = {}});
  EXPECT_EQ(outcome.kind, kPersistFailed);
  EXPECT_THAT(outcome.message, HasSubstr("is not a link"));
  EXPECT_EQ(serving(), "small_v1.1.0");
}

TEST_F(VersionsTest, PersistOfTheServingVersionOnlyMovesCurrent) {
  ASSERT_TRUE(start().ok());
  EXPECT_EQ(ask({.version = "small_v1.0.0", .persist = true, .reason = {}, .actor = {}}).kind, kAlready);
  EXPECT_EQ(fs::read_symlink(place_.path() / "current"), "small_v1.0.0");
}

TEST_F(VersionsTest, ChoiceThatCannotBeKeptAnswersAllTheSameAndIsSaid) {
  ASSERT_TRUE(start().ok());
  refuse_to_remember_ = true;
  const SwitchOutcome outcome = switch_to("small_v1.1.0");
  EXPECT_EQ(outcome.kind, kPublished);
  EXPECT_THAT(outcome.message, HasSubstr("disk full"));
  EXPECT_EQ(serving(), "small_v1.1.0");
}

TEST_F(VersionsTest, WorkIsDoneInTheOrderInWhichItWasAsked) {
  ASSERT_TRUE(start().ok());
  load_the_rest_and_wait();
  std::vector<std::string> order;
  std::promise<void> last;
  for (int i = 0; i < 6; ++i) {
    versions_->switch_to({.version = i % 2 == 0 ? "small_v1.1.0" : "small_v1.0.0", .reason = {}, .actor = {}},
                         [&, i](const SwitchOutcome& outcome) {
                           order.push_back(outcome.to);
                           if (i == 5) last.set_value();
                         });
  }
  last.get_future().wait();
  EXPECT_THAT(order, ElementsAre("small_v1.1.0", "small_v1.0.0", "small_v1.1.0", "small_v1.0.0", "small_v1.1.0", "small_v1.0.0"));
}

}  // namespace
}  // namespace ringside::engine
