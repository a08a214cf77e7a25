// Goal: what concerns resident versions waits for no load, and everybody is told the truth: what is published when it is their turn, and what is
//   still to come.
// Method: versions_fixture.h; the load of small_v1.2.0 is held, on rs-loader, until a test lets go of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "tests/engine/versions/versions_fixture.h"

namespace ringside::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using enum SwitchOutcome::Kind;

class BesideALoad : public VersionsTest {
 protected:
  static constexpr const char *kOld = "small_v1.0.0", *kFresh = "small_v1.1.0", *kSlow = "small_v1.2.0";

  BesideALoad() {
    add(kSlow);
    EXPECT_TRUE(start().ok());
    EXPECT_EQ(switch_to(kFresh).kind, kPublished);
    on_event_ = [this](const VersionEvent& event) {
      if (event.action != "load" || event.to != kSlow) return;
      reached_.set_value();
      release_.get_future().wait();
    };
  }
  void TearDown() override {
    let_go();
    VersionsTest::TearDown();
  }

  // Returns when the load is held.
  std::future<SwitchOutcome> begin_switch_that_loads() {
    const auto outcome = std::make_shared<std::promise<SwitchOutcome>>();
    versions_->switch_to({.version = kSlow, .reason = {}, .actor = {}},
                         [outcome](SwitchOutcome done) { outcome->set_value(std::move(done)); });
    reached_.get_future().wait();
    return outcome->get_future();
  }
  void let_go() {
    if (!std::exchange(let_go_, true)) release_.set_value();
  }
  bool let_go_ = false;
  std::promise<void> reached_, release_;
};

TEST_F(BesideALoad, RollbackIsAnsweredAndToldWhatIsStillToCome) {
  auto loading = begin_switch_that_loads();
  const SwitchOutcome outcome = roll_back();
  EXPECT_EQ(outcome.kind, kPublished);
  EXPECT_EQ(outcome.message, "small_v1.0.0 answers again; still to come, after a load: the switch to small_v1.2.0");
  EXPECT_EQ(serving(), kOld);
  EXPECT_EQ(status(kSlow)->state, LoadState::kVerifying) << "the load has ended before the rollback";
  let_go();
  const SwitchOutcome late = loading.get();
  EXPECT_EQ(late.kind, kPublished);
  EXPECT_EQ(late.from, kOld) << "who answered when it was published, not when it was asked for";
  EXPECT_EQ(versions_->roles().previous, kOld);
  EXPECT_THAT(remembered_, ElementsAre(kFresh, kOld, kSlow));
}

TEST_F(BesideALoad, SwitchBetweenResidentVersionsIsAnswered) {
  auto loading = begin_switch_that_loads();
  EXPECT_EQ(switch_to(kOld).kind, kPublished);
  EXPECT_EQ(switch_to(kOld).kind, kAlready);
  EXPECT_EQ(ask({.version = kFresh, .dry_run = true, .reason = {}, .actor = {}}).kind, kDryRunGood);
  EXPECT_EQ(serving(), kOld);
  let_go();
  EXPECT_EQ(loading.get().from, kOld);
}

TEST_F(BesideALoad, RolesOfResidentVersionsAreAnswered) {
  auto loading = begin_switch_that_loads();
  const auto canary = ask_role(CanaryRequest{kOld, kBuckets, ""});
  ASSERT_TRUE(canary.ok());
  EXPECT_EQ(canary->status, "canary_set");
  EXPECT_EQ(ask_role(PinRequest{.version = kOld, .keys = {"u1"}, .tags = {}})->status, "pinned");
  EXPECT_EQ(ask_role(LabelRequest{"prod", kOld})->status, "labelled");
  EXPECT_EQ(ask_role(CanaryRequest{})->status, "canary_off");
  EXPECT_FALSE(versions_->roles().assigned.canary);
  let_go();
  EXPECT_EQ(loading.get().kind, kPublished);
  EXPECT_EQ(versions_->roles().assigned.pins->keys(), 1u) << "what was published meanwhile is not lost";
}

TEST_F(BesideALoad, PersistIsPublishedAtOnceAndAnsweredWhenTheLinkHasMoved) {
  auto loading = begin_switch_that_loads();
  std::promise<SwitchOutcome> outcome;
  auto persisted = outcome.get_future();
  versions_->switch_to({.version = kOld, .persist = true, .reason = {}, .actor = {}},
                       [&](SwitchOutcome done) { outcome.set_value(std::move(done)); });
  EXPECT_EQ(ask({.version = kOld, .reason = {}, .actor = {}}).kind, kAlready) << "decided after it, so it was published";
  EXPECT_FALSE(std::filesystem::exists(place_.path() / "current"));
  let_go();
  EXPECT_EQ(persisted.get().kind, kPublished);
  EXPECT_EQ(std::filesystem::read_symlink(place_.path() / "current"), kOld);
  EXPECT_EQ(loading.get().kind, kPublished);
}

// Of two operators who want the same version that is not loaded, the second has nothing left to do; of two who want different ones the later word
// counts.
TEST_F(BesideALoad, OperatorsWhoBothWaitForTheLoadAreServedInOrder) {
  auto loading = begin_switch_that_loads();
  std::promise<SwitchOutcome> second;
  std::promise<Result<RoleChange, SwitchOutcome>> third;
  versions_->switch_to({.version = kSlow, .reason = {}, .actor = {}},
                       [&](SwitchOutcome done) { second.set_value(std::move(done)); });
  versions_->change_role({.what = CanaryRequest{kSlow, 1, ""}, .reason = {}, .actor = {}},
                         [&](auto done) { third.set_value(std::move(done)); });
  EXPECT_THAT(roll_back().message, HasSubstr("the switch to small_v1.2.0, and 2 more"));
  let_go();
  EXPECT_EQ(loading.get().kind, kPublished);
  EXPECT_EQ(second.get_future().get().kind, kAlready);
  const auto refused = third.get_future().get();
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("is the current version"));
  EXPECT_THAT(switch_to(kOld).message, Not(HasSubstr("still to come")));
}

TEST_F(BesideALoad, StopEndsTheLoadAndItsSwitch) {
  auto loading = begin_switch_that_loads();
  std::thread stopping([this] { versions_->stop(); });
  let_go();
  stopping.join();
  EXPECT_EQ(loading.get().kind, kPublished);
}

}  // namespace
}  // namespace ringside::engine
