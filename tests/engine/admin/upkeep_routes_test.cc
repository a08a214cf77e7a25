// Goal: health, log level and reload are asked for and answered as documented.
// Method: route() over snapshots made by hand; outcomes of a reload by hand.
#include "engine/admin/upkeep_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/admin/routes.h"

namespace ringside::engine {
namespace {

using nlohmann::json;
using testing::HasSubstr;

Routed ask_upkeep(const std::string& method, const std::string& target, const std::string& body = "",
                  const AdminSnapshot& now = {}, AdminRole role = AdminRole::kOperator) {
  return route({.method = method, .target = target, .body = body, .role = role, .actor = "uid 5 (op)", .trace_id = "trace"},
               [&] { return now; });
}
std::pair<unsigned, json> answer_of(const Routed& routed) {
  const auto* response = std::get_if<HttpResponse>(&routed);
  if (response == nullptr) {
    ADD_FAILURE() << "a change was asked for";
    return {};
  }
  return {response->status, json::parse(response->body)};
}

TEST(UpkeepRoutes, StuckWorkerIs503OnBothWithTheReason) {
  AdminSnapshot now;
  now.health = judge({.current = "v1", .stuck = {.workers = {0}, .for_at_least = std::chrono::seconds(9)}});
  for (const char* target : {"/healthz", "/readyz"}) {
    const auto [status, document] = answer_of(ask_upkeep("GET", target, "", now));
    EXPECT_EQ(status, 503u);
    EXPECT_EQ(document["reasons"], json::parse(R"(["worker 0 has not ended a pass for 9 s"])"));
  }
}

TEST(UpkeepRoutes, WarningDoesNotMakeItUnready) {
  AdminSnapshot now;
  JournalStatus journal;
  journal.recorder.problem = "full";
  now.health = judge({.current = "v1", .journal = journal, .gaps_allowed = true});
  const auto [status, document] = answer_of(ask_upkeep("GET", "/readyz", "", now));
  EXPECT_EQ(status, 200u);
  EXPECT_EQ(document["warnings"].size(), 1u);
}

TEST(UpkeepRoutes, LogLevelIsReadAndSet) {
  AdminSnapshot now;
  now.log_level = LogLevel::kWarn;
  EXPECT_EQ(answer_of(ask_upkeep("GET", "/log-level", "", now)).second["level"], "warn");
  const Routed routed = ask_upkeep("PUT", "/log-level", R"({"level":"debug"})");
  ASSERT_TRUE(std::holds_alternative<LogLevelRequest>(routed));
  EXPECT_EQ(std::get<LogLevelRequest>(routed).level, LogLevel::kDebug);
}

TEST(UpkeepRoutes, BadLevelsAreRefused) {
  for (const char* body : {"", "{", "[]", "{}", R"({"level":"loud"})", R"({"level":3})", R"({"level":"info","for":"1h"})"}) {
    EXPECT_EQ(answer_of(ask_upkeep("PUT", "/log-level", body)).first, 400u) << body;
  }
  EXPECT_EQ(answer_of(ask_upkeep("POST", "/log-level", R"({"level":"info"})")).first, 405u);
}

TEST(UpkeepRoutes, ViewersChangeNothing) {
  EXPECT_EQ(answer_of(ask_upkeep("PUT", "/log-level", R"({"level":"info"})", {}, AdminRole::kViewer)).first, 403u);
  EXPECT_EQ(answer_of(ask_upkeep("POST", "/config/reload", "", {}, AdminRole::kViewer)).first, 403u);
  EXPECT_EQ(answer_of(ask_upkeep("GET", "/log-level", "", {}, AdminRole::kViewer)).first, 200u);
}

TEST(UpkeepRoutes, ReloadIsAskedForByPostAlone) {
  EXPECT_TRUE(std::holds_alternative<ReloadRequest>(ask_upkeep("POST", "/config/reload")));
  EXPECT_EQ(answer_of(ask_upkeep("GET", "/config/reload")).first, 405u);
}

TEST(UpkeepRoutes, ReloadSaysWhatWasTakenAndWhatNeedsARestart) {
  const HttpResponse response = reload_response(
      ReloadPlan{.config = {}, .applied = {{"log.level", "info", "debug"}}, .need_restart = {{"workers.count", "1", "2"}}},
      "trace");
  EXPECT_EQ(response.status, 200u);
  const json document = json::parse(response.body);
  EXPECT_EQ(document["applied"], json::parse(R"([{"key":"log.level","from":"info","to":"debug"}])"));
  EXPECT_EQ(document["need_restart"][0]["key"], "workers.count");
}

TEST(UpkeepRoutes, BadConfigurationIsRefusedWithEveryProblem) {
  const HttpResponse response =
      reload_response(Failure<ConfigProblems>{ConfigProblems{{"engine.yaml:3", "workers.count", "0", "is not a whole number", ""},
                                                             {"engine.yaml:5", "x", "", "unknown key", ""}}},
                      "trace");
  EXPECT_EQ(response.status, 400u);
  const json document = json::parse(response.body);
  ASSERT_EQ(document["detail"].size(), 2u);
  EXPECT_THAT(document["detail"][0]["text"].get<std::string>(), HasSubstr("engine.yaml:3"));
  EXPECT_EQ(document["trace_id"], "trace");
}

}  // namespace
}  // namespace ringside::engine
