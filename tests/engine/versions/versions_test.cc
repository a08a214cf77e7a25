// Goal: switch, rollback, dry run and persist end as versions.h says, each with its kind of outcome; whatever fails leaves the
//   serving version.
// Method: small real bundles (tests/support/bundle_files.h) in a temporary models/; outcomes are awaited, states and the table
//   are looked at.
#include "engine/versions/versions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <optional>

#include "engine/traffic/publisher.h"
#include "tests/support/bundle_files.h"
#include "tests/support/watchdog.h"

namespace ringside::engine {
namespace {

namespace fs = std::filesystem;
using test::BundleFiles;
using test::TemporaryDirectory;
using test::wait_until;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using enum SwitchOutcome::Kind;

class VersionsTest : public ::testing::Test {
 protected:
  VersionsTest() {
    add("small_v1.0.0");
    add("small_v1.1.0");
    open();
  }

  void add(const std::string& version) { BundleFiles::small(version).write(place_.path() / version); }
  void open() {
    versions_.reset();
    versions_ =
        std::make_unique<Versions>(Versions::Options{.task = "small",
                                                     .models_directory = place_.path().string(),
                                                     .use_reference = false,
                                                     .remember = [this](const std::string& version, const OperatorRoles&) -> Result<Done, std::string> {
                                                       if (refuse_to_remember_) return fail(std::string("disk full"));
                                                       remembered_.push_back(version);
                                                       return Done{};
                                                     },
                                                     .warn = [this](const std::string& text) { warned_.push_back(text); },
                                                     .callers = [this] { return callers_; }},
                                   publisher_);
  }
  Result<Done, SwitchOutcome> start(const std::string& version = "small_v1.0.0") {
    return versions_->start((place_.path() / version).string());
  }

  SwitchOutcome ask(SwitchRequest request) {
    std::promise<SwitchOutcome> outcome;
    versions_->switch_to(std::move(request), [&](SwitchOutcome done) { outcome.set_value(std::move(done)); });
    return outcome.get_future().get();
  }
  SwitchOutcome switch_to(const std::string& version) {
    return ask(SwitchRequest{.version = version, .reason = {}, .actor = {}});
  }
  SwitchOutcome roll_back() {
    std::promise<SwitchOutcome> outcome;
    versions_->roll_back("", "", [&](SwitchOutcome done) { outcome.set_value(std::move(done)); });
    return outcome.get_future().get();
  }
  void load_the_rest_and_wait() {
    versions_->load_the_rest();
    roll_back();  // behind the scan, so that the loads are queued
    roll_back();  // behind the loads
  }
  // A bundle with the optional field `zip`.
  BundleFiles add_with_zip(const std::string& version) { return add_with(version, "zip", "str"); }
  BundleFiles add_with(const std::string& version, const std::string& field, const std::string& dtype) {
    BundleFiles files = BundleFiles::small(version);
    files.edit("feature_schema.yaml", "final_feature_cols",
               "  - {name: " + field + ", dtype: " + dtype + ", role: meta, on_missing: pass}\nfinal_feature_cols");
    files.write(place_.path() / version);
    return files;
  }
  // What becomes of a caller's column of that name in the current version: Adapter::kDropped, Adapter::kExtra, or its field.
  std::int32_t adapted(const std::string& name) {
    ClientSchema schema{.columns = {{"age", Dtype::kInt}, {name, Dtype::kAny}}, .hash = 7};
    static_cast<void>(publisher_.add_schema(schema));
    const TrafficTable& table = publisher_.acquire();
    const std::int32_t field = table.adapter(7, 2, table.current())->field_of_column[1];
    publisher_.drop_schema(7);
    return field;
  }
  std::optional<VersionStatus> status(const std::string& version) {
    for (VersionStatus& one : versions_->list()) {
      if (one.version == version) return one;
    }
    return std::nullopt;
  }
  std::string serving() {
    const TrafficDraft draft = publisher_.snapshot();
    return draft.current ? draft.current->bundle->version : "";
  }

  test::Watchdog watchdog_;
  TemporaryDirectory place_;
  Quiescence quiescence_{1};
  Reclaimer reclaimer_{quiescence_};
  Directory directory_{*Directory::make(1)};
  TrafficPublisher publisher_{1, reclaimer_, directory_};
  std::vector<std::string> remembered_;
  std::vector<std::string> warned_;
  bool refuse_to_remember_ = false;
  std::vector<Caller> callers_;
  std::unique_ptr<Versions> versions_;
};

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
  EXPECT_EQ(switch_to("small_v1.0.0").kind, kAlready);
  EXPECT_EQ(adapted("zip"), Adapter::kDropped) << "it came back";
  add("small_v2.0.0");
  EXPECT_EQ(switch_to("small_v1.0.0").kind, kAlready);
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
  // Completions run on the loader thread: they hold it while the queue behind them, and models/, are arranged.
  std::promise<void> first_held, first_go, second_held, second_go;
  versions_->roll_back("", "", [&](const SwitchOutcome&) {
    first_held.set_value();
    first_go.get_future().wait();
  });
  first_held.get_future().wait();
  versions_->load_the_rest();  // will find small_v1.1.0, and queue its load behind what follows here
  versions_->roll_back("", "", [&](const SwitchOutcome&) {
    second_held.set_value();
    second_go.get_future().wait();
  });
  std::promise<SwitchOutcome> outcome;
  versions_->switch_to({.version = "small_v7", .reason = {}, .actor = {}},
                       [&](SwitchOutcome done) { outcome.set_value(std::move(done)); });
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

TEST_F(VersionsTest, WorkIsDoneInTheOrderInWhichItWasAsked) {
  ASSERT_TRUE(start().ok());
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
