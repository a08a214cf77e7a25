// Goal: what stands in models/ is known, loaded, told or refused as its directory, its names and its schema say.
// Method: versions_fixture.h.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <future>

#include "tests/engine/versions/versions_fixture.h"

namespace ringside::engine {
namespace {

namespace fs = std::filesystem;
using test::BundleFiles;
using test::wait_until;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using enum SwitchOutcome::Kind;

TEST_F(VersionsTest, UnknownNamesAndPathTricksAreUnknownVersions) {
  ASSERT_TRUE(start().ok());
  for (const char* bad :
       {"small_v9", "", "..", "../x", "small_v1.1.0/../small_v1.1.0", "/etc", ".", "current", "small_v1.1.0/"}) {
    const SwitchOutcome outcome = switch_to(bad);
    EXPECT_EQ(outcome.kind, kUnknownVersion) << bad;
    EXPECT_EQ(serving(), "small_v1.0.0") << bad;
  }
}

TEST_F(VersionsTest, LinkInModelsIsNoVersion) {
  ASSERT_TRUE(start().ok());
  fs::create_directory_symlink("small_v1.1.0", place_.path() / "small_v2.0.0");
  EXPECT_EQ(switch_to("small_v2.0.0").kind, kUnknownVersion);
}

TEST_F(VersionsTest, FailedLoadLeavesTheServingVersionAndIsListedWithItsProblems) {
  ASSERT_TRUE(start().ok());
  test::write_file(place_.path() / "small_v1.1.0" / "model.json", "{}");
  const SwitchOutcome outcome = switch_to("small_v1.1.0");
  EXPECT_EQ(outcome.kind, kFailedCheck);
  EXPECT_EQ(outcome.from, "small_v1.0.0");
  EXPECT_FALSE(outcome.problems.empty());
  EXPECT_EQ(serving(), "small_v1.0.0");
  EXPECT_EQ(status("small_v1.1.0")->state, LoadState::kFailed);
  EXPECT_THAT(status("small_v1.1.0")->reason, HasSubstr("model.json"));
  EXPECT_TRUE(status("small_v1.1.0")->roles.empty());
}

TEST_F(VersionsTest, RepairedBundleLoadsOnTheNextSwitch) {
  ASSERT_TRUE(start().ok());
  const std::string file = (place_.path() / "small_v1.1.0" / "model.json").string();
  const std::string good = test::read_file(file);
  test::write_file(file, "{}");
  ASSERT_EQ(switch_to("small_v1.1.0").kind, kFailedCheck);
  test::write_file(file, good);
  EXPECT_EQ(switch_to("small_v1.1.0").kind, kPublished);
  EXPECT_EQ(status("small_v1.1.0")->reason, "");
}

TEST_F(VersionsTest, DirectoryOfAnotherNameAnswersAsTheVersionInItWithAWarning) {
  ASSERT_TRUE(start().ok());
  BundleFiles::small("small_v3.0.0").write(place_.path() / "candidate (2)");
  const SwitchOutcome outcome = ask({.version = "small_v3.0.0", .persist = true, .reason = {}, .actor = {}});
  EXPECT_EQ(outcome.kind, kPublished) << outcome.message;
  EXPECT_EQ(outcome.to, "small_v3.0.0");
  EXPECT_EQ(serving(), "small_v3.0.0");
  EXPECT_EQ(fs::read_symlink(place_.path() / "current"), "candidate (2)") << "a link that leads somewhere";
  EXPECT_EQ(status("small_v3.0.0")->directory, (place_.path() / "candidate (2)").string());
  EXPECT_THAT(warned_, ElementsAre(HasSubstr("the directory 'candidate (2)' is not called as the version in it")));
  ASSERT_EQ(switch_to("small_v1.0.0").kind, kPublished);
  EXPECT_EQ(switch_to("candidate (2)").to, "small_v3.0.0") << "its directory's name will do, too";
}

TEST_F(VersionsTest, StartTakesADirectoryOfAnotherName) {
  fs::rename(place_.path() / "small_v1.0.0", place_.path() / "first");
  ASSERT_TRUE(start("first").ok());
  EXPECT_EQ(serving(), "small_v1.0.0");
  EXPECT_EQ(status("small_v1.0.0")->directory, (place_.path() / "first").string());
}

TEST_F(VersionsTest, SecondDirectoryOfAVersionIsRefusedAndNamesTheFirst) {
  ASSERT_TRUE(start().ok());
  add("small_v1.1.0");
  BundleFiles::small("small_v1.1.0").write(place_.path() / "a copy");  // before the other by name
  versions_->load_the_rest();
  wait_until([&] { return status("a copy") && status("a copy")->state == LoadState::kFailed; });
  EXPECT_THAT(status("a copy")->reason,
              HasSubstr("small_v1.1.0, which answers from " + (place_.path() / "small_v1.1.0").string()));
  EXPECT_EQ(status("small_v1.1.0")->state, LoadState::kResident);
}

// The field `zip` of a version that is not loaded yet.
TEST_F(VersionsTest, OptionalFieldsOfOtherBundlesAreKnownBeforeTheyAreLoaded) {
  BundleFiles later = add_with_zip("small_v2.0.0");
  later.edit("feature_schema.yaml", "zip", "shoe_size");
  later.edit_manifest(R"("task_name":"small")", R"("task_name":"other")");
  later.write(place_.path() / "foreign");
  test::write_file(place_.path() / "small_v1.1.0" / "manifest.json", "{");  // broken: holds nothing up
  ASSERT_TRUE(start().ok());
  EXPECT_EQ(adapted("zip"), Adapter::kDropped) << "before anything else was loaded";
  EXPECT_EQ(adapted("shoe_size"), Adapter::kExtra) << "another task's";
  EXPECT_EQ(publisher_.snapshot().find("small_v2.0.0"), nullptr);
}

// A caller who was answered is not refused because a load failed.
TEST_F(VersionsTest, OptionalFieldsOfABundleThatFailsAreKnownUntilItsDirectoryGoesOrChanges) {
  const fs::path later = place_.path() / "small_v2.0.0";
  add_with_zip("small_v2.0.0");
  test::write_file(later / "model.json", "{}");
  ASSERT_TRUE(start().ok());
  load_the_rest_and_wait();
  ASSERT_EQ(status("small_v2.0.0")->state, LoadState::kFailed);
  EXPECT_EQ(adapted("zip"), Adapter::kDropped);
  EXPECT_EQ(switch_to("small_v2.0.0").kind, kFailedCheck);
  EXPECT_EQ(adapted("zip"), Adapter::kDropped) << "failed again";
  fs::remove_all(later);
  EXPECT_EQ(switch_to("small_v2.0.0").kind, kUnknownVersion);
  EXPECT_EQ(adapted("zip"), Adapter::kExtra) << "nobody has it";
  add_with_zip("small_v2.0.0");
  wait_for_the_loader();
  EXPECT_EQ(adapted("zip"), Adapter::kDropped) << "it came back";
  add("small_v2.0.0");
  wait_for_the_loader();
  EXPECT_EQ(adapted("zip"), Adapter::kExtra) << "its schema is another one now";
}

TEST_F(VersionsTest, BundleOfAnotherTaskIsRefused) {
  ASSERT_TRUE(start().ok());
  BundleFiles foreign = BundleFiles::small("other_v1.0.0");
  foreign.edit_manifest(R"("task_name":"small")", R"("task_name":"other")");
  foreign.edit("version.txt", "task_name: small", "task_name: other");
  foreign.write(place_.path() / "other_v1.0.0");
  const SwitchOutcome outcome = switch_to("other_v1.0.0");
  EXPECT_EQ(outcome.kind, kRefused) << outcome.message;
  EXPECT_EQ(status("other_v1.0.0")->state, LoadState::kFailed);
  EXPECT_EQ(serving(), "small_v1.0.0");
}

TEST_F(VersionsTest, EveryOtherBundleAnswersByVersionOnceLoaded) {
  ASSERT_TRUE(start().ok());
  BundleFiles broken = BundleFiles::small("small_v1.2.0");
  broken.remove("preprocess.json");
  broken.write(place_.path() / "small_v1.2.0");
  versions_->load_the_rest();
  wait_until([&] { return status("small_v1.2.0") && status("small_v1.2.0")->state == LoadState::kFailed; });
  EXPECT_NE(publisher_.snapshot().find("small_v1.1.0"), nullptr);
  EXPECT_EQ(publisher_.snapshot().find("small_v1.2.0"), nullptr);
  EXPECT_THAT(publisher_.snapshot().announced, ElementsAre(::testing::Field(&AnnouncedFields::directory, "small_v1.2.0")))
      << "whose own schema speaks for it is announced no longer";
  EXPECT_EQ(serving(), "small_v1.0.0");
}

// A load that waits in the queue while its directory goes, and a switch between them notices: the load is dropped and the engine
// lives.
TEST_F(VersionsTest, DirectoryThatGoesWhileItsLoadWaitsIsGone) {
  ASSERT_TRUE(start().ok());
  add("small_v1.2.0");
  // The loader thread is held in a load, then by a completion that it waits for, while the queue behind, and models/, are arranged.
  std::promise<void> first_held, first_go, second_held, second_go;
  on_event_ = [&](const VersionEvent& event) {
    if (event.action != "load" || event.to != "small_v1.2.0") return;
    first_held.set_value();
    first_go.get_future().wait();
  };
  versions_->switch_to({.version = "small_v1.2.0", .dry_run = true, .reason = {}, .actor = {}}, [](const SwitchOutcome&) {});
  first_held.get_future().wait();
  versions_->load_the_rest();  // will find small_v1.1.0, and queue its load behind what follows here
  versions_->switch_to({.version = "small_v6", .reason = {}, .actor = {}}, [&](const SwitchOutcome&) {
    second_held.set_value();
    second_go.get_future().wait();
  });
  std::promise<SwitchOutcome> outcome;
  versions_->switch_to({.version = "small_v7", .reason = {}, .actor = {}},
                       [&](SwitchOutcome done) { outcome.set_value(std::move(done)); });
  roll_back();  // so both are the loader's by now
  first_go.set_value();
  second_held.get_future().wait();
  ASSERT_EQ(status("small_v1.1.0")->state, LoadState::kFound);
  fs::remove_all(place_.path() / "small_v1.1.0");
  second_go.set_value();
  EXPECT_EQ(outcome.get_future().get().kind, kUnknownVersion);
  EXPECT_EQ(roll_back().kind, kRefused);  // behind the load: the loader thread lives
  EXPECT_EQ(status("small_v1.1.0")->state, LoadState::kGone);
  EXPECT_EQ(serving(), "small_v1.0.0");
}

TEST_F(VersionsTest, VersionThatWentAndCameBackIsLoaded) {
  ASSERT_TRUE(start().ok());
  test::write_file(place_.path() / "small_v1.1.0" / "model.json", "{}");
  EXPECT_EQ(switch_to("small_v1.1.0").kind, kFailedCheck);
  fs::remove_all(place_.path() / "small_v1.1.0");
  EXPECT_EQ(switch_to("small_v1.1.0").kind, kUnknownVersion);
  EXPECT_EQ(status("small_v1.1.0")->state, LoadState::kGone);
  add("small_v1.1.0");
  EXPECT_EQ(switch_to("small_v1.1.0").kind, kPublished);
}

TEST_F(VersionsTest, LabelOfABundleSelectsItForOperatorsAndCallers) {
  ASSERT_TRUE(start().ok());
  BundleFiles labelled = BundleFiles::small("small_v2.0.0");
  labelled["version.txt"] += "label: prod\n";
  labelled.write(place_.path() / "small_v2.0.0");
  ASSERT_EQ(switch_to("small_v2.0.0").kind, kPublished);
  EXPECT_NE(publisher_.acquire().find_label("prod"), TrafficTable::kNone);
  EXPECT_THAT(status("small_v2.0.0")->roles, Contains("label:prod"));
  ASSERT_EQ(switch_to("small_v1.0.0").kind, kPublished);
  EXPECT_EQ(switch_to("prod").to, "small_v2.0.0");
}

}  // namespace
}  // namespace ringside::engine
