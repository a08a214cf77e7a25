// Goal: what happens in models/ while the engine runs is followed: new bundles are loaded once they are whole, `current` that moves is a
//   switch, what goes retires, and nothing that goes wrong there changes what answers.
// Method: small real bundles in a temporary models/ that is looked at every few milliseconds; states are awaited.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <mutex>
#include <optional>

#include "engine/versions/versions.h"
#include "tests/support/versions_rig.h"

namespace ringside::engine {
namespace {

namespace fs = std::filesystem;
using test::BundleFiles;
using test::wait_until;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class FollowingTest : public test::VersionsRig {
 protected:
  FollowingTest() {
    models_ /= "models";
    add("small_v1.0.0");
  }
  // Its memory is that of its texts, whatever kernel walks its few trees.
  void add_large(const std::string& version) {
    BundleFiles files = BundleFiles::small(version);
    std::string fields;
    for (int i = 0; i < 40; ++i)
      fields += "  - {name: remark" + std::to_string(i) + ", dtype: str, role: meta, on_missing: pass, allowed: ['" +
                std::string(4'000, 'x') + "']}\n";
    files.edit("feature_schema.yaml", "final_feature_cols", fields + "final_feature_cols");
    files.write(models_ / version);
  }
  // Whole elsewhere and then there in one rename, as a careful deployment does it.
  void point_current_at(const std::string& target) {
    fs::remove(models_ / ".fresh");
    fs::create_directory_symlink(target, models_ / ".fresh");
    fs::rename(models_ / ".fresh", models_ / "current");
  }
  void start(std::chrono::milliseconds settle = std::chrono::hours(1), std::uint64_t memory_max = 0) {
    open({.task = {},
          .models_directory = {},
          .remember = {},
          .warn =
              [this](const std::string& text) {
                const std::lock_guard lock(mutex_);
                warned_.push_back(text);
              },
          .record =
              [this](const VersionEvent& event) {
                const std::lock_guard lock(mutex_);
                events_.push_back(event);
              },
          .watch_period = std::chrono::milliseconds(5),
          .settle = settle,
          .memory_max = memory_max,
          .cpus = {}});
    ASSERT_TRUE(VersionsRig::start().ok());
    versions_->load_the_rest();
  }
  SwitchOutcome switch_to(const std::string& version) {
    return ask({.version = version, .reason = "a test", .actor = "uid 0 (root)"});
  }
  SwitchOutcome roll_back() { return VersionsRig::roll_back("worse", "uid 7"); }
  bool is(const std::string& version, LoadState state) {
    const auto found = status(version);
    return found && found->state == state;
  }
  std::vector<std::string> warned() {
    const std::lock_guard lock(mutex_);
    return warned_;
  }
  std::vector<VersionEvent> events() {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  bool warned_of(const std::string& text) {
    for (const std::string& one : warned()) {
      if (one.find(text) != std::string::npos) return true;
    }
    return false;
  }

  std::mutex mutex_;
  std::vector<std::string> warned_;
  std::vector<VersionEvent> events_;
};

TEST_F(FollowingTest, NewBundleIsLoadedByItself) {
  start();
  add("small_v1.1.0");
  wait_until([&] { return is("small_v1.1.0", LoadState::kResident); });
  EXPECT_EQ(versions_->roles().current, "small_v1.0.0") << "it answers by version alone";
  EXPECT_THAT(events(), Contains(AllOf(Field(&VersionEvent::action, "load"), Field(&VersionEvent::to, "small_v1.1.0"),
                                       Field(&VersionEvent::actor, "ringsided"))));
}

TEST_F(FollowingTest, HalfCopiedBundleWaitsUntilItIsWhole) {
  start();
  BundleFiles files = BundleFiles::small("small_v1.1.0");
  files.write(models_ / "small_v1.1.0");
  const std::string model = test::read_file(models_ / "small_v1.1.0/model.json");
  // The copy may be seen whole before it is cut: begin again with one that never was.
  files = BundleFiles::small("small_v1.2.0");
  fs::create_directory(place_.path() / "copy");
  files.write(place_.path() / "copy/small_v1.2.0");
  test::write_file(place_.path() / "copy/small_v1.2.0/model.json", model.substr(0, 100));
  fs::rename(place_.path() / "copy/small_v1.2.0", models_ / "small_v1.2.0");
  wait_until([&] { return status("small_v1.2.0") && !status("small_v1.2.0")->reason.empty(); });
  EXPECT_EQ(status("small_v1.2.0")->state, LoadState::kFound);
  EXPECT_EQ(status("small_v1.2.0")->reason,
            "waits to be whole: model.json has 100 of " + std::to_string(model.size()) + " bytes");
  test::write_file(models_ / "small_v1.2.0/model.json", model);
  wait_until([&] { return is("small_v1.2.0", LoadState::kResident); });
}

TEST_F(FollowingTest, BundleThatStaysIncompleteFailsWithTheReasonAndIsTriedAgainWhenItChanges) {
  start(std::chrono::milliseconds(20));
  BundleFiles files = BundleFiles::small("small_v1.1.0");
  const std::string plan = files["preprocess.json"];
  files.write(place_.path() / "small_v1.1.0");
  fs::remove(place_.path() / "small_v1.1.0/preprocess.json");
  fs::rename(place_.path() / "small_v1.1.0", models_ / "small_v1.1.0");
  wait_until([&] { return is("small_v1.1.0", LoadState::kFailed); });
  EXPECT_THAT(status("small_v1.1.0")->reason, HasSubstr("preprocess.json"));
  test::write_file(models_ / "small_v1.1.0/preprocess.json", plan);
  wait_until([&] { return is("small_v1.1.0", LoadState::kResident); });
}

TEST_F(FollowingTest, CurrentThatMovesIsASwitch) {
  point_current_at("small_v1.0.0");
  start();
  add("small_v1.1.0");
  point_current_at("small_v1.1.0");
  wait_until([&] { return versions_->roles().current == "small_v1.1.0"; });
  EXPECT_EQ(versions_->roles().previous, "small_v1.0.0");
  wait_until([&] { return !events().empty() && events().back().action == "switch"; });
  const VersionEvent event = events().back();
  EXPECT_EQ(event.actor, "models/current");
  EXPECT_EQ(event.outcome, "done");
  EXPECT_THAT(event.reason, HasSubstr("small_v1.1.0"));
}

TEST_F(FollowingTest, RollbackIsNotUndoneByALinkThatDidNotMove) {
  point_current_at("small_v1.0.0");
  start();
  add("small_v1.1.0");
  point_current_at((models_ / "small_v1.1.0").string());  // an absolute target will do, too
  wait_until([&] { return versions_->roles().current == "small_v1.1.0"; });
  ASSERT_EQ(roll_back().to, "small_v1.0.0");
  add("small_v1.2.0");  // something to follow
  wait_until([&] { return is("small_v1.2.0", LoadState::kResident); });
  EXPECT_EQ(versions_->roles().current, "small_v1.0.0");
}

TEST_F(FollowingTest, CurrentMayLeadOutOfModels) {
  start();
  BundleFiles::small("small_v3.0.0").write(place_.path() / "elsewhere/small_v3.0.0");
  point_current_at("../elsewhere/small_v3.0.0");
  wait_until([&] { return versions_->roles().current == "small_v3.0.0"; });
  EXPECT_EQ(status("small_v3.0.0")->directory, fs::canonical(place_.path() / "elsewhere/small_v3.0.0").string());
}

TEST_F(FollowingTest, BrokenLinkIsToldWithTheRightOneAndChangesNothing) {
  point_current_at("small_v1.0.0");
  start();
  point_current_at("models/small_v1.0.0");  // the usual mistake: the target is taken from the link's own directory
  wait_until([&] { return warned_of("ln -sfn small_v1.0.0 "); });
  EXPECT_THAT(warned(), Contains(HasSubstr("a link to models/small_v1.0.0, which is not there")));
  EXPECT_EQ(versions_->roles().current, "small_v1.0.0");
  EXPECT_THAT(events(), Contains(AllOf(Field(&VersionEvent::actor, "models/current"), Field(&VersionEvent::outcome, "refused"))));
  add("small_v1.1.0");
  point_current_at("small_v1.1.0");
  wait_until([&] { return versions_->roles().current == "small_v1.1.0"; });
}

TEST_F(FollowingTest, TwoReleasesOutsideModelsMayHaveDirectoriesOfOneName) {
  start();
  BundleFiles::small("small_v3.0.0").write(place_.path() / "a/bundle");
  BundleFiles::small("small_v4.0.0").write(place_.path() / "b/bundle");
  point_current_at("../a/bundle");
  wait_until([&] { return versions_->roles().current == "small_v3.0.0"; });
  point_current_at("../b/bundle");
  wait_until([&] { return versions_->roles().current == "small_v4.0.0"; });
}

TEST_F(FollowingTest, RollbackRightAfterASwitchThatMovedTheLinkIsNotUndone) {
  add("small_v1.1.0");
  start();
  wait_until([&] { return is("small_v1.1.0", LoadState::kResident); });  // else the rollback overtakes the load
  std::promise<void> switched;
  versions_->switch_to({.version = "small_v1.1.0", .persist = true, .reason = "", .actor = "uid 0"},
                       [&](const SwitchOutcome&) { switched.set_value(); });
  ASSERT_EQ(roll_back().to, "small_v1.0.0");
  switched.get_future().wait();
  add("small_v1.2.0");  // something to follow
  wait_until([&] { return is("small_v1.2.0", LoadState::kResident); });
  EXPECT_EQ(versions_->roles().current, "small_v1.0.0");
}

TEST_F(FollowingTest, LinkThatLeadsInACircleIsToldAndChangesNothing) {
  start();
  point_current_at("current");
  wait_until([&] { return warned_of("current"); });
  EXPECT_EQ(versions_->roles().current, "small_v1.0.0");
}

TEST_F(FollowingTest, CurrentThatLeadsToABrokenBundleIsToldAndFollowedOnceItIsMended) {
  start(std::chrono::milliseconds(20));
  BundleFiles files = BundleFiles::small("small_v1.1.0");
  const std::string model = files["model.json"];
  files.write(place_.path() / "small_v1.1.0");
  test::write_file(place_.path() / "small_v1.1.0/model.json", std::string(model.size(), ' '));
  fs::rename(place_.path() / "small_v1.1.0", models_ / "small_v1.1.0");
  point_current_at("small_v1.1.0");
  wait_until([&] { return warned_of("models/current was moved to "); });
  EXPECT_THAT(warned(), Contains(AllOf(HasSubstr("model.json"), HasSubstr("small_v1.0.0 answers on"))));
  EXPECT_EQ(versions_->roles().current, "small_v1.0.0");
  test::write_file(models_ / "small_v1.1.0/model.json", model);
  wait_until([&] { return versions_->roles().current == "small_v1.1.0"; });
}

TEST_F(FollowingTest, BundleWithoutARoleRetiresWithItsDirectoryAndItsMemoryComesBack) {
  add("small_v1.1.0");
  start();
  wait_until([&] { return is("small_v1.1.0", LoadState::kResident); });
  const std::weak_ptr<const Bundle> bundle = status("small_v1.1.0")->bundle;
  fs::remove_all(models_ / "small_v1.1.0");
  wait_until([&] { return is("small_v1.1.0", LoadState::kGone); });
  EXPECT_TRUE(bundle.expired());
  EXPECT_EQ(publisher_.snapshot().find("small_v1.1.0"), nullptr);
  add("small_v1.1.0");
  wait_until([&] { return is("small_v1.1.0", LoadState::kResident); });
}

TEST_F(FollowingTest, BundleWithARoleAnswersOnWithoutItsDirectoryAndSaysSo) {
  start();
  fs::remove_all(models_ / "small_v1.0.0");
  wait_until([&] { return !status("small_v1.0.0")->reason.empty(); });
  EXPECT_EQ(status("small_v1.0.0")->reason, "its directory is gone: it answers until it has no role");
  EXPECT_EQ(status("small_v1.0.0")->state, LoadState::kResident);
  EXPECT_EQ(versions_->roles().current, "small_v1.0.0");
  wait_until([&] { return warned_of("its directory is gone"); });
}

TEST_F(FollowingTest, DirectoryThatIsWrittenOverIsToldAndWhatAnswersIsWhatWasLoaded) {
  start();
  const auto before = status("small_v1.0.0")->bundle;
  test::write_file(models_ / "small_v1.0.0/version.txt", "not what it was");
  wait_until([&] { return !status("small_v1.0.0")->reason.empty(); });
  EXPECT_THAT(status("small_v1.0.0")->reason, HasSubstr("changed after it was loaded"));
  EXPECT_EQ(status("small_v1.0.0")->bundle, before);
}

TEST_F(FollowingTest, ModelsThatIsGoneIsToldAndChangesNothing) {
  start();
  fs::rename(models_, place_.path() / "away");
  wait_until([&] { return warned_of("cannot read " + models_.string()); });
  EXPECT_EQ(versions_->roles().current, "small_v1.0.0");
  fs::rename(place_.path() / "away", models_);
  add("small_v1.1.0");
  wait_until([&] { return is("small_v1.1.0", LoadState::kResident); });
}

TEST_F(FollowingTest, ForWantOfMemoryNothingIsLoadedByItselfAndASwitchSetsAsideWhatHasNoRole) {
  for (const char* version : {"small_v1.0.0", "small_v1.1.0", "small_v1.2.0", "small_v1.3.0"}) add_large(version);
  std::uint64_t files_bytes = 0;
  for (const auto& file : fs::directory_iterator(models_ / "small_v1.0.0")) files_bytes += file.file_size();
  start();
  const std::uint64_t one = status("small_v1.0.0")->bundle->facts.bytes;
  versions_.reset();
  publisher_.update([](TrafficDraft& draft) { draft = {}; });
  // Room for three that are loaded, not for a fourth: what a load may need is the size of its files.
  start(std::chrono::hours(1), 2 * one + files_bytes + one / 2);
  wait_until([&] { return is("small_v1.1.0", LoadState::kResident) && is("small_v1.2.0", LoadState::kResident); });
  wait_until([&] { return status("small_v1.3.0") && !status("small_v1.3.0")->reason.empty(); });
  EXPECT_THAT(status("small_v1.3.0")->reason, HasSubstr("want of memory"));
  EXPECT_EQ(status("small_v1.3.0")->state, LoadState::kFound);

  EXPECT_EQ(switch_to("small_v1.3.0").kind, SwitchOutcome::Kind::kPublished);
  EXPECT_EQ(publisher_.snapshot().find("small_v1.1.0"), nullptr) << "the oldest without a role";
  EXPECT_NE(publisher_.snapshot().find("small_v1.2.0"), nullptr);
  EXPECT_NE(publisher_.snapshot().find("small_v1.0.0"), nullptr) << "previous is a role";
  wait_until([&] { return is("small_v1.1.0", LoadState::kGone) || is("small_v1.1.0", LoadState::kFound); });
  EXPECT_THAT(status("small_v1.1.0")->reason, HasSubstr("set aside"));
  EXPECT_EQ(switch_to("small_v1.1.0").kind, SwitchOutcome::Kind::kPublished) << "a switch loads it again";
}

TEST_F(FollowingTest, SwitchThatFindsNoRoomIsRefusedAndNamesTheLimit) {
  add("small_v1.1.0");
  start(std::chrono::hours(1), 1);
  const SwitchOutcome outcome = switch_to("small_v1.1.0");
  EXPECT_EQ(outcome.kind, SwitchOutcome::Kind::kRefused);
  EXPECT_THAT(outcome.message, HasSubstr("limits.bundle_memory"));
  EXPECT_EQ(versions_->roles().current, "small_v1.0.0");
}

TEST_F(FollowingTest, EverythingThatWasAskedIsRecordedWithWhoAndWhy) {
  add("small_v1.1.0");
  start();
  wait_until([&] { return is("small_v1.1.0", LoadState::kResident); });
  switch_to("small_v1.1.0");
  roll_back();
  roll_back();
  switch_to("nothing");
  const auto all = events();
  ASSERT_GE(all.size(), 4u);
  const auto* last = &all[all.size() - 4];
  EXPECT_EQ(last[0].action + "|" + last[0].actor + "|" + last[0].reason + "|" + last[0].outcome,
            "switch|uid 0 (root)|a test|done");
  EXPECT_EQ(last[1].action + "|" + last[1].actor + "|" + last[1].reason + "|" + last[1].outcome, "rollback|uid 7|worse|done");
  EXPECT_EQ(last[1].from + " " + last[1].to, "small_v1.1.0 small_v1.0.0");
  EXPECT_EQ(last[2].outcome, "refused");
  EXPECT_EQ(last[3].outcome, "refused");
  EXPECT_THAT(last[3].message, HasSubstr("no version nothing"));
}

}  // namespace
}  // namespace ringside::engine
