// Goal: a guard's revert takes away the version that it names and nothing else, at once, kept and recorded as an operator's change is; beside
// operators nothing is lost and no table is without a current version.
// Method: small real bundles; the loader thread is held where a test wants it held.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include "engine/versions/role_desk.h"
#include "engine/versions/versions.h"
#include "tests/support/versions_rig.h"

namespace ringside::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kOld = "small_v1.0.0";
constexpr const char* kFresh = "small_v1.1.0";

class RevertTest : public test::VersionsRig {
 protected:
  RevertTest() {
    for (const char* version : {kOld, kFresh}) add(version);
    open({.task = {},
          .models_directory = {},
          .remember = [this](const std::string& version, const OperatorRoles& roles) { return remember(version, roles); },
          .record =
              [this](const VersionEvent& event) {
                std::function<void()> held;
                {
                  const std::lock_guard lock(mutex_);
                  events_.push_back(event);
                  if (event.action == "load") held = std::exchange(on_load_, nullptr);
                }
                if (held) held();
              },
          .callers =
              [this] {
                if (meanwhile_) std::exchange(meanwhile_, nullptr)();
                return std::vector<Caller>();
              }});
    EXPECT_TRUE(start(kOld));
  }

  Result<Done, std::string> remember(const std::string& version, const OperatorRoles& roles) {
    if (refuse_to_remember_) return fail(std::string("disk full"));
    if (!version.empty()) kept_current_ = version;
    kept_ = roles;
    return Done{};
  }
  Reverted revert(RevertRequest::What what, const std::string& version = kFresh) {
    return versions_->revert({.what = what, .version = version, .reason = "error rate", .actor = std::string(kGuardActor)});
  }
  // The loader thread stands still until `held` is done with: in the load of one more version.
  template <class Held>
  void while_the_loader_is_busy(Held held) {
    add("small_v1.3.0");
    std::promise<void> reached, release;
    {
      const std::lock_guard lock(mutex_);
      on_load_ = [&] {
        reached.set_value();
        release.get_future().wait();
      };
    }
    std::promise<void> done;
    versions_->switch_to({.version = "small_v1.3.0", .dry_run = true, .reason = {}, .actor = {}},
                         [&](const SwitchOutcome&) { done.set_value(); });
    reached.get_future().wait();
    held();
    release.set_value();
    done.get_future().wait();
  }

  bool refuse_to_remember_ = false;
  std::function<void()> meanwhile_;  // once, when a switch or rollback asks who is connected: between its look and its publishing
  std::string kept_current_;
  OperatorRoles kept_;
  std::mutex mutex_;
  std::vector<VersionEvent> events_;
  std::function<void()> on_load_;  // once, on rs-loader
};

TEST_F(RevertTest, CanaryEndsAndIsRecordedAndKept) {
  ASSERT_TRUE(ask_role(CanaryRequest{kFresh, kBuckets / 2, ""}));
  ASSERT_TRUE(ask_role(LabelRequest{"prod", kFresh}));
  const Reverted reverted = revert(RevertRequest::What::kCanary);
  EXPECT_TRUE(reverted.done);
  EXPECT_EQ(reverted.message, "small_v1.1.0 is no canary any more");
  EXPECT_FALSE(versions_->roles().assigned.canary);
  EXPECT_EQ(versions_->roles().current, kOld);
  EXPECT_FALSE(kept_.canary);
  EXPECT_NE(kept_.find_label("prod"), nullptr);
  EXPECT_EQ(kept_current_, "") << "who is current was not touched";
  const VersionEvent& event = events_.back();
  EXPECT_EQ(event.actor, "guard");
  EXPECT_EQ(event.action, "canary");
  EXPECT_EQ(event.to, kFresh);
  EXPECT_EQ(event.reason, "error rate");
  EXPECT_EQ(event.outcome, "done");
}

TEST_F(RevertTest, SwitchIsRolledBackAndItsCanaryEnds) {
  add("small_v1.2.0");
  ASSERT_EQ(switch_to(kFresh).kind, SwitchOutcome::Kind::kPublished);
  ASSERT_TRUE(ask_role(CanaryRequest{"small_v1.2.0", 1, ""}));
  const Reverted reverted = revert(RevertRequest::What::kSwitch);
  EXPECT_TRUE(reverted.done);
  EXPECT_EQ(reverted.to, kOld);
  EXPECT_EQ(reverted.message, "small_v1.0.0 answers again; the canary small_v1.2.0 has ended");
  EXPECT_EQ(versions_->roles().current, kOld);
  EXPECT_EQ(versions_->roles().previous, "");
  EXPECT_EQ(kept_current_, kOld);
  EXPECT_EQ(events_.back().action, "rollback");
  EXPECT_EQ(events_.back().from, kFresh);
  EXPECT_EQ(events_.back().to, kOld);
}

TEST_F(RevertTest, WithoutAPreviousVersionItIsRefusedAndSaysSo) {
  const Reverted reverted = revert(RevertRequest::What::kSwitch, kOld);
  EXPECT_FALSE(reverted.done);
  EXPECT_THAT(reverted.message, HasSubstr("there is no previous version to roll back to"));
  EXPECT_EQ(versions_->roles().current, kOld);
  EXPECT_EQ(events_.back().outcome, "refused");
  EXPECT_EQ(events_.back().message, reverted.message);
}

TEST_F(RevertTest, OnlyTheVersionThatIsNamedGoes) {
  add("small_v1.2.0");
  ASSERT_TRUE(ask_role(CanaryRequest{"small_v1.2.0", 1, ""}));
  EXPECT_FALSE(revert(RevertRequest::What::kCanary).done) << "an operator chose another meanwhile";
  ASSERT_TRUE(versions_->roles().assigned.canary);
  ASSERT_EQ(switch_to("small_v1.2.0").kind, SwitchOutcome::Kind::kPublished);
  EXPECT_FALSE(revert(RevertRequest::What::kSwitch).done);
  EXPECT_EQ(versions_->roles().current, "small_v1.2.0");
}

TEST_F(RevertTest, WaitsForNoLoad) {
  ASSERT_EQ(switch_to(kFresh).kind, SwitchOutcome::Kind::kPublished);
  while_the_loader_is_busy([&] { EXPECT_TRUE(revert(RevertRequest::What::kSwitch).done); });
  EXPECT_EQ(versions_->roles().current, kOld);
}

TEST_F(RevertTest, WhatCannotBeKeptIsSaid) {
  ASSERT_EQ(switch_to(kFresh).kind, SwitchOutcome::Kind::kPublished);
  refuse_to_remember_ = true;
  const Reverted reverted = revert(RevertRequest::What::kSwitch);
  EXPECT_TRUE(reverted.done);
  EXPECT_THAT(reverted.message, HasSubstr("will not survive a restart: disk full"));
}

TEST_F(RevertTest, ARollbackThatAGuardWasQuickerThanIsRefused) {
  ASSERT_EQ(switch_to(kFresh).kind, SwitchOutcome::Kind::kPublished);
  ASSERT_TRUE(revert(RevertRequest::What::kSwitch).done);
  EXPECT_EQ(roll_back().kind, SwitchOutcome::Kind::kRefused);
  EXPECT_EQ(versions_->roles().current, kOld);
}

TEST_F(RevertTest, ARollbackThatAGuardOvertakesIsRefused) {
  ASSERT_EQ(switch_to(kFresh).kind, SwitchOutcome::Kind::kPublished);
  meanwhile_ = [this] { EXPECT_TRUE(revert(RevertRequest::What::kSwitch).done); };
  const SwitchOutcome outcome = roll_back();
  EXPECT_EQ(outcome.kind, SwitchOutcome::Kind::kRefused);
  EXPECT_EQ(outcome.from, kOld);
  EXPECT_EQ(versions_->roles().current, kOld);
}

// A guard that reverts whatever there is, beside operators who do the opposite: there is always a current version, and in the end what is kept
// is what is published.
TEST_F(RevertTest, RaceWithOperatorsLosesNoRoles) {
  std::atomic<bool> done{false};
  std::thread guard([&] {
    while (!done.load()) {
      static_cast<void>(revert(RevertRequest::What::kSwitch));
      static_cast<void>(revert(RevertRequest::What::kCanary));
    }
  });
  for (int i = 0; i < 200; ++i) {
    static_cast<void>(switch_to(kFresh));
    ASSERT_NE(versions_->roles().current, "");
    static_cast<void>(roll_back());
    ASSERT_NE(versions_->roles().current, "");
    static_cast<void>(switch_to(kOld));
    ASSERT_TRUE(ask_role(CanaryRequest{kFresh, kBuckets, ""}));
    ASSERT_TRUE(ask_role(PinRequest{.version = kFresh, .keys = {"u" + std::to_string(i)}, .tags = {}}));
    ASSERT_EQ(versions_->roles().assigned.pins->keys(), static_cast<std::size_t>(i) + 1) << "a pin was lost";
  }
  done.store(true);
  guard.join();
  EXPECT_EQ(kept_current_, versions_->roles().current);
  EXPECT_EQ(kept_.canary, versions_->roles().assigned.canary);
}

// The canary ends while a change of something else is on its way.
TEST_F(RevertTest, ALabelDoesNotBringACanaryBack) {
  ASSERT_TRUE(ask_role(CanaryRequest{kFresh, kBuckets, ""}));
  const Versions::Options options;
  RoleDesk desk(
      publisher_, options, [](const std::string& asked) { return asked; },
      [this](const std::string&) {  // asked between the look and the publishing
        EXPECT_TRUE(revert(RevertRequest::What::kCanary).done);
        return false;
      });
  ASSERT_TRUE(desk.change({.what = LabelRequest{"prod", kFresh}, .reason = {}, .actor = {}}, kFresh));
  EXPECT_FALSE(versions_->roles().assigned.canary);
  EXPECT_NE(versions_->roles().assigned.find_label("prod"), nullptr);
}

}  // namespace
}  // namespace ringside::engine
