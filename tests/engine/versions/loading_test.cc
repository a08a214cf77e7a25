// Goal: loading keeps out of the workers' way: its thread steps back, bundles are freed there and nowhere else, one target is loaded once, a
//   worker that is held holds up no operator, and what was measured is what is admitted.
// Method: the kernel's word about the thread (/proc, ioprio_get); small real bundles in a temporary models/; a reader that never goes quiet.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/versions/loader_thread.h"
#include "engine/versions/retired_bundles.h"
#include "engine/versions/versions.h"
#include "tests/support/versions_rig.h"

namespace ringside::engine {
namespace {

namespace fs = std::filesystem;
using test::BundleFiles;
using test::TemporaryDirectory;
using test::wait_until;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using enum SwitchOutcome::Kind;

// The number of the thread of this process that is called so; 0: none.
pid_t thread_called(const std::string& name) {
  for (const auto& task : fs::directory_iterator("/proc/self/task")) {
    std::string found;
    std::getline(std::ifstream(task.path() / "comm"), found);
    if (found == name) return static_cast<pid_t>(std::stoi(task.path().filename().string()));
  }
  return 0;
}

std::uint32_t first_allowed_cpu() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  std::uint32_t cpu = 0;
  while (!CPU_ISSET(cpu, &set)) ++cpu;
  return cpu;
}

TEST(LoaderThread, StepsBackForTheWorkersAndStaysOnItsProcessors) {
  const test::Watchdog watchdog;
  const std::uint32_t cpu = first_allowed_cpu();
  LoaderThread loader({cpu});
  std::promise<void> begun;
  loader.post([&] { begun.set_value(); });
  begun.get_future().wait();  // so it has stepped back
  const pid_t thread = thread_called("rs-loader");
  ASSERT_NE(thread, 0);
  EXPECT_GT(getpriority(PRIO_PROCESS, static_cast<id_t>(thread)), getpriority(PRIO_PROCESS, 0));
  const long io = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, thread);
  EXPECT_EQ(IOPRIO_PRIO_CLASS(io), IOPRIO_CLASS_IDLE);
  cpu_set_t set;
  CPU_ZERO(&set);
  ASSERT_EQ(sched_getaffinity(thread, sizeof set, &set), 0);
  EXPECT_EQ(CPU_COUNT(&set), 1);
  EXPECT_TRUE(CPU_ISSET(cpu, &set));
}

TEST(RetiredBundles, WaitForWhoFreesThemWhoeverLetGo) {
  TemporaryDirectory place;
  BundleFiles::small().write(place.path() / "small_v1.0.0");
  auto loaded = load_bundle((place.path() / "small_v1.0.0").string(), {.expected_task = "", .use_reference = false});
  ASSERT_TRUE(loaded.ok());
  const std::uint64_t bytes = (*loaded)->facts.bytes;
  RetiredBundles retired;
  std::atomic<int> woken{0};
  retired.set_wake([&] { woken.fetch_add(1); });
  auto bundle = retired.own(std::move(*loaded));
  const std::weak_ptr<const Bundle> seen = bundle;
  EXPECT_EQ(retired.bytes(), 0u);
  std::thread([last = std::move(bundle)]() mutable { last.reset(); }).join();
  EXPECT_TRUE(seen.expired());
  EXPECT_EQ(woken.load(), 1);
  EXPECT_EQ(retired.bytes(), bytes) << "let go of, not freed";
  retired.free_all();
  EXPECT_EQ(retired.bytes(), 0u);
}

TEST(RetiredBundles, MayBeOutlivedByABundle) {
  TemporaryDirectory place;
  BundleFiles::small().write(place.path() / "small_v1.0.0");
  auto loaded = load_bundle((place.path() / "small_v1.0.0").string(), {.expected_task = "", .use_reference = false});
  ASSERT_TRUE(loaded.ok());
  std::shared_ptr<const Bundle> bundle;
  {
    RetiredBundles retired;
    retired.set_wake([] { ADD_FAILURE() << "nobody is left to wake"; });
    bundle = retired.own(std::move(*loaded));
  }
  EXPECT_EQ(bundle->version, "small_v1.0.0");
  bundle.reset();
}

class LoadingTest : public test::VersionsRig {
 protected:
  LoadingTest() : VersionsRig(2) {
    for (const char* version : {"small_v1.0.0", "small_v1.1.0", "small_v1.2.0"}) add(version);
  }

  void start(std::uint64_t memory_max = 0, bool lock_memory = false) {
    open({.task = {},
          .models_directory = {},
          .lock_memory = lock_memory,
          .remember = {},
          .record = [this](const VersionEvent& event) { events_.push_back(event.action + " " + event.to); },
          .memory_max = memory_max});
    ASSERT_TRUE(VersionsRig::start().ok());
  }
  SwitchOutcome switch_to(const std::string& version, const std::string& directory = {}) {
    return ask({.version = version, .directory = directory, .reason = {}, .actor = {}});
  }
  std::shared_ptr<const Bundle> bundle(const std::string& version) {
    const auto one = status(version);
    return one ? one->bundle : nullptr;
  }

  std::vector<std::string> events_;  // on rs-loader and rs-roles, which wait for each other here
};

TEST_F(LoadingTest, OneTargetAskedForTwiceIsLoadedOnce) {
  start();
  std::promise<SwitchOutcome> first, second;
  versions_->switch_to({.version = "small_v1.1.0", .reason = {}, .actor = {}},
                       [&](SwitchOutcome done) { first.set_value(std::move(done)); });
  versions_->switch_to({.version = "small_v1.1.0", .reason = {}, .actor = {}},
                       [&](SwitchOutcome done) { second.set_value(std::move(done)); });
  EXPECT_EQ(first.get_future().get().kind, kPublished);
  EXPECT_EQ(second.get_future().get().kind, kAlready);
  versions_->stop();
  EXPECT_EQ(std::ranges::count(events_, "load small_v1.1.0"), 1);
}

TEST_F(LoadingTest, AFailedLoadDoesNotBlockTheNext) {
  start();
  fs::remove(place_.path() / "small_v1.1.0/preprocess.json");
  EXPECT_EQ(switch_to("small_v1.1.0").kind, kFailedCheck);
  EXPECT_EQ(switch_to("small_v1.2.0").kind, kPublished);
}

TEST_F(LoadingTest, WhatRowsReadLiesInOneRegionThatIsMeasured) {
  start();
  const auto loaded = bundle("small_v1.0.0");
  ASSERT_NE(loaded->region, nullptr);
  EXPECT_GT(loaded->region->used(), loaded->scorer.bytes());
  EXPECT_GE(loaded->facts.bytes, loaded->region->bytes());
}

TEST_F(LoadingTest, MemoryThatCannotBeLockedIsAWarningAndItAnswers) {
  start(0, true);
  const auto loaded = bundle("small_v1.0.0");
  for (const std::string& warning : loaded->facts.warnings) EXPECT_THAT(warning, HasSubstr("loader.lock_memory: false"));
  EXPECT_EQ(versions_->roles().current, "small_v1.0.0");
}

// From another directory, so that nothing of models/ is loaded in the background beside it.
TEST_F(LoadingTest, BundleThatMeasuresMoreThanThereIsRoomForIsRefused) {
  TemporaryDirectory elsewhere;
  fs::rename(place_.path() / "small_v1.1.0", elsewhere.path() / "small_v1.1.0");
  fs::remove_all(place_.path() / "small_v1.2.0");
  const auto stop = [this] {
    versions_.reset();
    publisher_.update([](TrafficDraft& draft) { draft = {}; });
  };
  // Which kernel walks a forest is measured at its load, and kernels differ in what they take: the least that is seen, and then until the bundles
  // measure so.
  std::uint64_t one = ~std::uint64_t{0};
  for (int i = 0; i < 5; ++i) {
    start();
    one = std::min(one, bundle("small_v1.0.0")->facts.bytes);
    stop();
  }
  std::uint64_t files = 0;
  for (const auto& file : fs::directory_iterator(elsewhere.path() / "small_v1.1.0")) files += file.file_size();
  ASSERT_LT(files, one) << "a small bundle takes whole pages, so its files promise less than it takes";
  SwitchOutcome outcome;
  for (int tries = 0; tries < 100; ++tries) {
    stop();
    start(2 * one - 1);
    outcome = switch_to("small_v1.1.0", (elsewhere.path() / "small_v1.1.0").string());
    const auto first = bundle("small_v1.0.0"), second = bundle("small_v1.1.0");
    if (first == nullptr || first->facts.bytes != one) continue;
    if (outcome.kind == kRefused) continue;  // the one before is still leaving
    if (outcome.kind != kPublished || (second != nullptr && second->facts.bytes >= one)) break;
  }
  EXPECT_EQ(outcome.kind, kFailedCheck) << outcome.message;
  ASSERT_EQ(outcome.problems.size(), 1u);
  EXPECT_EQ(outcome.problems[0].key, "limits.bundle_memory");
  EXPECT_EQ(versions_->roles().current, "small_v1.0.0");
}

// How long it takes is in the properties of the test's report, for what it took is the machine's business; that it ends though the worker
// never moves is the test.
TEST_F(LoadingTest, OperatorsAreAnsweredWhileAWorkerIsHeld) {
  start();
  ASSERT_EQ(switch_to("small_v1.1.0").kind, kPublished);
  auto held = quiescence_.reader(1);
  held.online();
  static_cast<void>(publisher_.acquire());  // and does not go quiet
  std::chrono::nanoseconds worst{0};
  for (int i = 0; i < 50; ++i) {
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(switch_to(i % 2 == 0 ? "small_v1.0.0" : "small_v1.1.0").kind, kPublished);
    EXPECT_EQ(roll_back().kind, kPublished);
    EXPECT_EQ(switch_to(i % 2 == 0 ? "small_v1.0.0" : "small_v1.1.0").kind, kPublished);
    EXPECT_FALSE(versions_->list().empty());
    worst = std::max<std::chrono::nanoseconds>(worst, std::chrono::steady_clock::now() - began);
  }
  RecordProperty("worst_us_of_four_requests", std::to_string(worst.count() / 1'000));
  const GraceStatus status = reclaimer_.status();
  EXPECT_GE(status.waiting, 150u);
  EXPECT_THAT(status.held_by_workers, ElementsAre(1u));
  EXPECT_GT(status.oldest_ns, 0u);
  held.quiet();
  held.offline();
  wait_until([&] { return reclaimer_.status().waiting == 0; });
}

}  // namespace
}  // namespace ringside::engine
