// Goal: a canary, or a version switched to, that refuses rows, is slow or scores otherwise is reverted by the engine itself, its history and
// documents say so, traffic.json holds it over a crash, and no caller loses an answer; one that is as good is left alone.
// Method: a real engine on small bundles, each spoilt in one place that golden rows do not touch; clients that never rest; what the engine says
// is awaited. How long it took is a property of the test, no bound.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "tests/integration/engine_process.h"
#include "tests/support/bundle_files.h"
#include "tests/support/watchdog.h"

namespace ringside::testing {
namespace {

using nlohmann::json;
using test::BundleFiles;
using ::testing::HasSubstr;

constexpr const char* kOld = "small_v1.0.0";
constexpr const char* kNew = "small_v1.1.0";

// An age from 39 to 40, or from 121 to 130: no golden row has one.
BundleFiles refuses_the_old(BundleFiles files) {
  files.edit("feature_schema.yaml", "max: 150", "max: 120");
  return files;
}

BundleFiles scores_otherwise(BundleFiles files) {
  files.edit("model.json", R"("split_conditions":[0.25,)", R"("split_conditions":[0.1,)");  // of age: 40 now goes right
  return files;
}

// A forest with thousands of trees that add nothing.
BundleFiles is_slow(BundleFiles files) {
  constexpr int kTrees = 20'000;
  std::string& model = files["model.json"];
  const std::size_t begin = model.find(R"("trees":[)") + 9, end = model.find(R"(,{"base_weights")", begin);
  const std::string first = model.substr(begin, end - begin);
  std::string trees, info;
  for (int tree = 4; tree < kTrees; ++tree) {
    std::string one = first;
    const auto put = [&](const std::string& from, const std::string& to) { one.replace(one.find(from), from.size(), to); };
    put(R"("id":0)", R"("id":)" + std::to_string(tree));
    put("[0.25,-0.6,0.7]", "[" + std::to_string(0.001 * tree) + ",0.0,0.0]");
    trees += "," + one;
    info += ",0";
  }
  const std::size_t last = model.find(R"(]},"name":"gbtree")");
  model.insert(last, trees);
  files.edit("model.json", R"("tree_info":[0,0,0,0)", R"("tree_info":[0,0,0,0)" + info);
  files.edit("model.json", R"("num_trees":"4")", R"("num_trees":")" + std::to_string(kTrees) + "\"");
  return files;
}

class GuardedEngine : public ::testing::Test {
 protected:
  void begin(const BundleFiles& next, const std::string& guards = "min_rows: 100, window_s: 20") {
    BundleFiles::small(kOld).write(place_.path() / "models" / kOld);
    next.write(place_.path() / "models" / kNew);
    const std::string config = (place_.path() / "engine.yaml").string();
    test::write_file(config, "guards: {" + guards + "}\n");
    engine_.emplace(std::vector<std::string>{"--config", config, "--bundle", kOld}, (place_.path() / "models").string());
    client_.emplace(engine_->connect({}, kNew));
    schema_.emplace(
        *client_->resolve({{"age", Dtype::kInt}, {"city", Dtype::kStr}, {"home", Dtype::kStr}, {"income", Dtype::kFloat}}));
  }

  // One caller's row, under a key of its own. Every answer is one: a score, or a refusal by the version that refuses.
  void call() {
    const std::uint64_t number = calls_++;
    Row row(*schema_);
    row.set("age", static_cast<std::int64_t>(old_people_ && number % 2 == 0 ? 121 + number % 10 : 39 + number / 2 % 2));
    row.set("city", "ams");
    row.set("home", "own");
    row.set("income", 500.5);
    const std::string key = "u" + std::to_string(number);
    client_->predict(row, {.deadline = Deadline::none(), .route_key = key}, answer_);
    const std::string version(answer_.version());
    ASSERT_TRUE(version == kOld || version == kNew);
    if (answer_.ok()) return;
    ASSERT_EQ(answer_.status(), Status::kInvalid) << answer_.explanation();
    ASSERT_EQ(version, kNew);
    ASSERT_TRUE(old_people_);
  }
  json document(const std::vector<std::string>& command) {
    std::string text;
    std::vector<std::string> arguments = command;
    arguments.emplace_back("--json");
    EXPECT_EQ(engine_->cli(arguments, &text), 0) << text;
    return json::parse(text);
  }
  // Calls until the engine has reverted something.
  json call_until_reverted() {
    json reverts = json::array();
    const auto start = std::chrono::steady_clock::now();
    while (reverts.empty() && !HasFatalFailure()) {
      for (int i = 0; i < 200; ++i) call();
      reverts = document({"status"}).at("guard").at("reverts");
    }
    RecordProperty("reverted_after_ms",
                   std::to_string((std::chrono::steady_clock::now() - start) / std::chrono::milliseconds(1)));
    return reverts.at(0);
  }
  void switch_or_canary(bool canary) {
    for (int i = 0; i < 1'000; ++i) call();
    std::string text;
    const std::vector<std::string> command =
        canary ? std::vector<std::string>{"canary", kNew, "--percent", "50"} : std::vector<std::string>{"switch", kNew};
    ASSERT_EQ(engine_->cli(command, &text), 0) << text;
  }
  // What everybody is told after the guard's work, and what the next engine begins with.
  void expect_reverted(const json& revert, bool canary, const std::string& reason) {
    RecordProperty("reason", revert.at("reason").get<std::string>());
    EXPECT_TRUE(revert.at("done").get<bool>());
    EXPECT_EQ(revert.at("role"), canary ? "canary" : "switch");
    EXPECT_EQ(revert.at("version"), kNew);
    EXPECT_EQ(revert.at("against"), kOld);
    EXPECT_THAT(revert.at("reason").get<std::string>(), HasSubstr(reason));
    const json event = document({"history"}).at(0);
    EXPECT_EQ(event.at("actor"), "guard");
    EXPECT_EQ(event.at("action"), canary ? "canary" : "rollback");
    EXPECT_EQ(event.at("reason"), revert.at("reason"));
    EXPECT_EQ(event.at("outcome"), "done");
    for (const json& version : document({"versions"})) EXPECT_EQ(version.contains("reverted"), version.at("version") == kNew);
    std::string text;
    EXPECT_EQ(engine_->cli({"status"}, &text), 0);
    EXPECT_THAT(text, HasSubstr(reason));
    text.clear();
    EXPECT_EQ(engine_->cli({"versions"}, &text), 0);
    EXPECT_THAT(text, HasSubstr("reverted by the guard"));
    engine_->kill();
    engine_->start();
    const json status = document({"status"});
    EXPECT_EQ(status.at("current"), kOld);
    EXPECT_TRUE(status.at("canary").is_null());
  }

  test::Watchdog watchdog_;
  test::TemporaryDirectory place_;
  std::optional<EngineProcess> engine_;
  std::optional<Client> client_;
  std::optional<Schema> schema_;
  Prediction answer_;
  std::uint64_t calls_ = 0;
  bool old_people_ = false;  // some of them
};

TEST_F(GuardedEngine, RevertsACanaryThatRefusesRows) {
  old_people_ = true;
  begin(refuses_the_old(BundleFiles::small(kNew)));
  switch_or_canary(true);
  expect_reverted(call_until_reverted(), true, "error rate");
  for (int i = 0; i < 100; ++i) {
    call();
    ASSERT_TRUE(answer_.ok()) << "the current version takes every row";
  }
}

TEST_F(GuardedEngine, RevertsACanaryThatIsSlow) {
  begin(is_slow(BundleFiles::small(kNew)));
  switch_or_canary(true);
  expect_reverted(call_until_reverted(), true, "p95 latency");
}

TEST_F(GuardedEngine, RevertsACanaryThatScoresOtherwise) {
  begin(scores_otherwise(BundleFiles::small(kNew)));
  switch_or_canary(true);
  expect_reverted(call_until_reverted(), true, "scores have moved");
}

TEST_F(GuardedEngine, RollsBackASwitchToAVersionThatRefusesRows) {
  old_people_ = true;
  begin(refuses_the_old(BundleFiles::small(kNew)));
  switch_or_canary(false);
  expect_reverted(call_until_reverted(), false, "error rate");
}

TEST_F(GuardedEngine, RollsBackASwitchToAVersionThatIsSlow) {
  begin(is_slow(BundleFiles::small(kNew)));
  switch_or_canary(false);
  expect_reverted(call_until_reverted(), false, "p95 latency");
}

TEST_F(GuardedEngine, RollsBackASwitchToAVersionThatScoresOtherwise) {
  begin(scores_otherwise(BundleFiles::small(kNew)));
  switch_or_canary(false);
  expect_reverted(call_until_reverted(), false, "scores have moved");
}

// Until the guard has judged thousands of its calls in every measure.
TEST_F(GuardedEngine, LeavesAGoodCanaryAndAGoodSwitchAlone) {
  old_people_ = true;
  begin(BundleFiles::small(kNew));
  for (const bool canary : {true, false}) {
    switch_or_canary(canary);
    const auto judged = [&] {
      const json guard = document({"status"}).at("guard");
      EXPECT_TRUE(guard.at("reverts").empty()) << guard;
      if (guard.at("watched").empty()) return false;
      const json one = guard.at("watched").at(0);
      return one.at("rows").at("version") > 3'000 && !one.at("error_rate").is_null() && !one.at("latency_us").is_null() &&
             !one.at("score_psi").is_null();
    };
    while (!judged() && !HasFailure()) {
      for (int i = 0; i < 500; ++i) call();
    }
    const json status = document({"status"});
    EXPECT_EQ(status.at("current"), canary ? kOld : kNew);
    EXPECT_EQ(status.at("canary").is_null(), !canary);
  }
}

TEST_F(GuardedEngine, LooksOnWhereItIsOff) {
  old_people_ = true;
  begin(refuses_the_old(BundleFiles::small(kNew)), "enabled: false");
  switch_or_canary(true);
  for (int i = 0; i < 3'000; ++i) call();
  const json status = document({"status"});
  EXPECT_FALSE(status.at("guard").at("enabled").get<bool>());
  EXPECT_TRUE(status.at("guard").at("watched").empty());
  EXPECT_EQ(status.at("canary"), kNew);
}

}  // namespace
}  // namespace ringside::testing
