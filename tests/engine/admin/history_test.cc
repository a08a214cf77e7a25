// Goal: what was done is found again after a restart, whatever a crash or the disk did to the file; memory and file are bounded.
// Method: a history in a temporary directory, opened again and again; the file is spoilt by hand.
#include "engine/admin/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/bundle_files.h"

namespace ringside::engine {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::system_clock;

class HistoryTest : public ::testing::Test {
 protected:
  History open() {
    return History(directory_.string(), [this](const std::string& text) { troubles_.push_back(text); });
  }
  static VersionEvent event(const std::string& to) {
    return {.at = system_clock::time_point(milliseconds(1'764'057'600'123)),
            .actor = "uid 0 (root)",
            .action = "switch",
            .from = "",
            .to = to,
            .reason = "why \"not\"\nat all",
            .outcome = "done",
            .message = to + " answers now"};
  }
  static std::vector<std::string> targets(const History& history) {
    std::vector<std::string> all;
    for (const VersionEvent& one : history.last(kHistoryEventsMax)) all.push_back(one.to);
    return all;
  }

  test::TemporaryDirectory place_;
  fs::path directory_ = place_.path() / "state/small";
  std::vector<std::string> troubles_;
};

TEST_F(HistoryTest, EventsSurviveARestartWithEveryWordAndTheNewestComesFirst) {
  {
    History history = open();
    history.append(event("a"));
    history.append(event("b"));
  }
  History again = open();
  EXPECT_THAT(targets(again), ::testing::ElementsAre("b", "a"));
  const VersionEvent found = again.last(1).front(), made = event("b");
  EXPECT_EQ(found.at, made.at);
  EXPECT_EQ(found.actor, made.actor);
  EXPECT_EQ(found.action, made.action);
  EXPECT_EQ(found.from, "");
  EXPECT_EQ(found.reason, made.reason);
  EXPECT_EQ(found.outcome, made.outcome);
  EXPECT_EQ(found.message, made.message);
  EXPECT_TRUE(troubles_.empty());
}

TEST_F(HistoryTest, LineThatACrashCutShortIsPassedOver) {
  {
    History history = open();
    history.append(event("a"));
  }
  std::string text = test::read_file(directory_ / "history.jsonl");
  test::write_file(directory_ / "history.jsonl", text + text.substr(0, text.size() / 2) + "\n[]\n" + text);
  EXPECT_THAT(targets(open()), ::testing::ElementsAre("a", "a"));
}

TEST_F(HistoryTest, FullFileIsSetAsideAndStillRead) {
  fs::create_directories(directory_);
  {
    History history = open();
    history.append(event("first"));
  }
  test::write_file(directory_ / "history.jsonl",
                   test::read_file(directory_ / "history.jsonl") + std::string(kHistoryBytesMax, ' ') + "\n");
  {
    History history = open();
    history.append(event("second"));
    history.append(event("third"));
  }
  EXPECT_TRUE(fs::exists(directory_ / "history.1.jsonl"));
  EXPECT_LT(fs::file_size(directory_ / "history.jsonl"), 10'000u);
  EXPECT_THAT(targets(open()), ::testing::ElementsAre("third", "second", "first"));
}

TEST_F(HistoryTest, MemoryIsBounded) {
  History history = open();
  for (std::size_t i = 0; i < kHistoryEventsMax + 5; ++i) history.append(event(std::to_string(i)));
  EXPECT_EQ(history.last(10'000).size(), kHistoryEventsMax);
  EXPECT_EQ(history.last(1).front().to, std::to_string(kHistoryEventsMax + 4));
  EXPECT_EQ(open().last(10'000).size(), kHistoryEventsMax);
}

TEST_F(HistoryTest, DiskThatRefusesIsToldOnceAndEventsAreKeptInMemory) {
  fs::create_directories(place_.path() / "state");
  test::write_file(directory_, "a file where the directory should be");
  History history = open();
  history.append(event("a"));
  history.append(event("b"));
  EXPECT_THAT(targets(history), ::testing::ElementsAre("b", "a"));
  ASSERT_EQ(troubles_.size(), 1u);
  EXPECT_THAT(troubles_[0], ::testing::HasSubstr("history.jsonl"));
  fs::remove(directory_);
  history.append(event("c"));
  fs::remove_all(directory_);
  test::write_file(directory_, "again");
  history.append(event("d"));
  EXPECT_EQ(troubles_.size(), 2u) << "it worked between";
}

}  // namespace
}  // namespace ringside::engine
