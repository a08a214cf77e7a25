// Goal: every route of admin.sock answers with the documented status and document, and changes are asked for exactly as the
// request says.
// Method: route() over snapshots made by hand; bad requests in a table.
#include "engine/admin/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/admin/documents.h"

namespace ringside::engine {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using namespace std::string_literals;

AdminSnapshot snapshot() {
  AdminSnapshot now;
  now.task = "loan";
  now.roles.current = "loan_v2";
  now.roles.previous = "loan_v1";
  VersionView current;
  current.status.version = "loan_v2";
  current.status.state = LoadState::kResident;
  current.status.roles = {"current"};
  current.status.directory = "models/loan_v2";
  std::vector<Field> fields(2);
  fields[0].name = "age";
  fields[0].dtype = Dtype::kInt;
  fields[0].low = 0;
  fields[0].high = 120;
  fields[1].name = "home";
  fields[1].required = true;
  fields[1].allowed = {"own", "rent"};
  current.schema = std::make_shared<InputSchema>(fields, true);
  auto facts = std::make_shared<BundleFacts>();
  facts->metadata = {{"trained_on", "2026-11-22"}};
  current.facts = facts;
  VersionView failed;
  failed.status.version = "loan_v3";
  failed.status.state = LoadState::kFailed;
  failed.status.reason = "manifest.json: model.json: expected sha256 ab, found cd";
  failed.status.problems = {{.file = "model.json", .key = "", .row = 0, .expected = "ab", .found = "cd"}};
  now.versions = {current, failed};
  now.clients = {{.id = 1, .name = "ads\xFF", .uid = 7, .gid = 8, .pid = 9, .channels = 2, .segment_bytes = 4096}};
  now.totals.calls = 5;
  now.totals.rows[0] = 6;
  now.totals.total = {.count = 5, .p50_ns = 1'500, .p95_ns = 2'000, .p99_ns = 3'000};
  now.config = {{"task", "loan", "--task", "The task."}};
  now.health.current = "loan_v2";
  now.started = std::chrono::system_clock::time_point(std::chrono::seconds(1'000));
  now.now = now.started + std::chrono::milliseconds(2'500);
  return now;
}

struct Asked {
  unsigned status;
  json document;
  std::string allow;
};

Routed ask(const std::string& method, const std::string& target, const std::string& body = "",
           AdminRole role = AdminRole::kOperator, const AdminSnapshot& now = snapshot()) {
  const AdminCall call{
      .method = method, .target = target, .body = body, .role = role, .actor = "uid 5 (op)", .trace_id = "trace"};
  return route(call, [&] { return now; });
}
Asked answer(const Routed& routed) {
  const auto* response = std::get_if<HttpResponse>(&routed);
  if (response == nullptr) {
    ADD_FAILURE() << "a change was asked for";
    return {};
  }
  return {response->status, json::parse(response->body), response->allow};
}

TEST(Routes, HistoryIsNewestFirstAndAsLongAsAskedFor) {
  AdminSnapshot now = snapshot();
  now.history = {
      {.actor = "uid 5", .action = "rollback", .from = "b", .to = "a", .outcome = "done"},
      {.actor = "models/current", .action = "switch", .to = "b", .reason = "moved", .outcome = "failed", .message = "no"}};
  const Asked all = answer(ask("GET", "/model/history", "", AdminRole::kViewer, now));
  EXPECT_EQ(all.status, 200u);
  ASSERT_EQ(all.document.size(), 2u);
  EXPECT_EQ(all.document[0]["action"], "rollback");
  EXPECT_EQ(all.document[1]["from"], nullptr);
  EXPECT_EQ(all.document[1]["message"], "no");
  EXPECT_EQ(answer(ask("GET", "/model/history?limit=1", "", AdminRole::kViewer, now)).document.size(), 1u);
  for (const char* bad : {"?limit=0", "?limit=x", "?limit=", "?limit=-1", "?limit=1x", "?other=1"})
    EXPECT_EQ(answer(ask("GET", "/model/history"s + bad)).status, 400u) << bad;
}

TEST(Routes, StatusNamesTheWorkerThatHoldsUpWhatWasRetired) {
  AdminSnapshot now = snapshot();
  now.grace = {.waiting = 3, .oldest_ns = 2'500'000, .held_by_workers = {1}};
  const json retired = answer(ask("GET", "/status", "", AdminRole::kViewer, now)).document["retired"];
  EXPECT_EQ(retired, json::parse(R"({"waiting":3,"oldest_ms":2.5,"held_by_workers":[1]})"));
}

TEST(Routes, StatusHasRolesClientsCountersAndLatency) {
  const Asked got = answer(ask("GET", "/status"));
  EXPECT_EQ(got.status, 200u);
  EXPECT_EQ(got.document["task"], "loan");
  EXPECT_EQ(got.document["ready"], true);
  EXPECT_EQ(got.document["current"], "loan_v2");
  EXPECT_EQ(got.document["previous"], "loan_v1");
  EXPECT_TRUE(got.document["canary"].is_null());
  EXPECT_EQ(got.document["counters"]["rows"]["ok"], 6);
  EXPECT_EQ(got.document["latency"]["total"]["p50_us"], 1.5);
  EXPECT_EQ(got.document["engine"]["uptime_s"], 2.5);
  EXPECT_EQ(got.document["clients"][0]["name"], "ads\xEF\xBF\xBD");  // what is not UTF-8 does not break the document
}

TEST(Routes, StatusWithoutAVersionIsNotReady) {
  AdminSnapshot now = snapshot();
  now.roles = {};
  const Asked got = answer(ask("GET", "/status", "", AdminRole::kViewer, now));
  EXPECT_EQ(got.document["ready"], false);
  EXPECT_TRUE(got.document["current"].is_null());
}

TEST(Routes, VersionsListsEveryBundleWithItsReason) {
  const Asked got = answer(ask("GET", "/model/versions"));
  ASSERT_EQ(got.document.size(), 2u);
  EXPECT_EQ(got.document[0]["state"], "resident");
  EXPECT_EQ(got.document[0]["roles"], json({"current"}));
  EXPECT_TRUE(got.document[0]["reason"].is_null());
  EXPECT_EQ(got.document[0]["metadata"]["trained_on"], "2026-11-22");
  EXPECT_EQ(got.document[1]["state"], "failed");
  EXPECT_THAT(got.document[1]["reason"].get<std::string>(), HasSubstr("sha256"));
  EXPECT_EQ(got.document[1]["problems"][0]["file"], "model.json");
}

TEST(Routes, VersionNamesItsPath) {
  const Asked got = answer(ask("GET", "/model/version"));
  EXPECT_EQ(got.document["version"], "loan_v2");
  EXPECT_EQ(got.document["version_path"], "models/loan_v2");
  EXPECT_EQ(got.document["version_info"]["trained_on"], "2026-11-22");
}

TEST(Routes, SchemaShowsFieldsAsACallerWritesThem) {
  for (const char* target : {"/schema", "/schema?version=loan_v2", "/schema?version=loan%5Fv2"}) {
    const Asked got = answer(ask("GET", target));
    ASSERT_EQ(got.status, 200u) << target;
    EXPECT_EQ(got.document["extra_fields"], "reject");
    EXPECT_EQ(got.document["schema_hash"].get<std::string>().size(), 16u);
    const json& age = got.document["fields"][0];
    EXPECT_EQ(age["dtype"], "int");
    EXPECT_EQ(age["max"].dump(), "120");
    EXPECT_EQ(age["fill"].dump(), "0");
    const json& home = got.document["fields"][1];
    EXPECT_EQ(home["required"], true);
    EXPECT_EQ(home["allowed"], json({"own", "rent"}));
    EXPECT_FALSE(home.contains("fill"));
  }
}

DriftReport drifted(const std::string& version) {
  WindowDrift window{.name = "5m", .over_s = 12.5, .rows = 2'000, .refused = 3, .verdict = DriftVerdict::kMajor};
  window.features = {{.name = "age", .psi = 0.5, .noise = 0.01, .missing = 0.25, .verdict = DriftVerdict::kMajor}};
  window.scores = {{.name = "score", .psi = 0.01, .verdict = DriftVerdict::kStable}};
  window.fields = {{.name = "age",
                    .rates = {0.5, 0.25, 0, 0, 0},
                    .expected = {0.4, 0.25, 0, 0, 0},
                    .verdicts = {DriftVerdict::kMajor, DriftVerdict::kStable},
                    .verdict = DriftVerdict::kMajor}};
  return {.version = version, .has_baseline = true, .baseline_rows = 900, .windows = {window, window, window}};
}

AdminSnapshot watched() {
  AdminSnapshot now = snapshot();
  now.drift = [](const std::string& version) { return std::optional(drifted(version)); };
  return now;
}

TEST(Routes, DriftShowsWindowsFeaturesAndFields) {
  for (const char* target : {"/drift", "/drift?version=loan_v2"}) {
    const Asked got = answer(ask("GET", target, "", AdminRole::kViewer, watched()));
    ASSERT_EQ(got.status, 200u) << target;
    EXPECT_EQ(got.document["version"], "loan_v2");
    EXPECT_EQ(got.document["baseline_rows"], 900);
    EXPECT_EQ(got.document["telling_window"], "5m");
    const json& window = got.document["windows"][0];
    EXPECT_EQ(window["rows"], 2'000);
    EXPECT_EQ(window["features"][0]["psi"], 0.5);
    EXPECT_EQ(window["features"][0]["verdict"], "major");
    EXPECT_EQ(window["fields"][0]["missing"]["rate"], 0.5);
    EXPECT_EQ(window["fields"][0]["missing"]["expected"], 0.4);
    EXPECT_EQ(window["fields"][0]["filled"]["verdict"], "stable");
  }
}

TEST(Routes, DriftOfAVersionWithoutABaselineExpectsNothing) {
  AdminSnapshot now = snapshot();
  now.drift = [](const std::string& version) {
    DriftReport report = drifted(version);
    report.has_baseline = false;
    return std::optional(report);
  };
  const Asked got = answer(ask("GET", "/drift", "", AdminRole::kViewer, now));
  EXPECT_TRUE(got.document["baseline_rows"].is_null());
  EXPECT_TRUE(got.document["windows"][0]["fields"][0]["missing"]["expected"].is_null());
}

TEST(Routes, DriftOfWhatIsNotResidentIsRefused) {
  EXPECT_EQ(answer(ask("GET", "/drift?version=loan_v9", "", AdminRole::kViewer, watched())).status, 404u);
  EXPECT_EQ(answer(ask("GET", "/drift?version=loan_v3", "", AdminRole::kViewer, watched())).status, 409u);
  EXPECT_EQ(answer(ask("GET", "/drift?window=1h", "", AdminRole::kViewer, watched())).status, 400u);
  EXPECT_EQ(answer(ask("GET", "/drift")).status, 409u) << "nobody has looked yet";
}

TEST(Routes, StatusNamesTheWorstOfTheCurrentVersion) {
  EXPECT_TRUE(answer(ask("GET", "/status")).document["drift"].is_null());
  const json drift = answer(ask("GET", "/status", "", AdminRole::kViewer, watched())).document["drift"];
  EXPECT_EQ(drift["version"], "loan_v2");
  EXPECT_EQ(drift["window"], "5m");
  EXPECT_EQ(drift["verdict"], "major");
  ASSERT_EQ(drift["worst"].size(), 2u);  // half of age is missing where training missed 0.4: twice what is major, as its PSI is
  EXPECT_EQ(drift["worst"][0]["kind"], "feature");
  EXPECT_EQ(drift["worst"][1]["kind"], "field");
  EXPECT_EQ(drift["worst"][1]["what"], "missing");
  EXPECT_EQ(drift["worst"][1]["expected"], 0.4);
}

TEST(Routes, ReadyIs503WithoutAVersion) {
  EXPECT_EQ(answer(ask("GET", "/readyz")).status, 200u);
  AdminSnapshot now = snapshot();
  now.roles = {};
  now.health = judge({.current = ""});
  EXPECT_EQ(answer(ask("GET", "/readyz", "", AdminRole::kOperator, now)).status, 503u);
  EXPECT_EQ(answer(ask("GET", "/model/version", "", AdminRole::kOperator, now)).status, 503u);
  EXPECT_EQ(answer(ask("GET", "/schema", "", AdminRole::kOperator, now)).status, 503u);
  EXPECT_EQ(answer(ask("GET", "/healthz", "", AdminRole::kOperator, now)).status, 200u);
}

TEST(Routes, HealthHasATimestamp) { EXPECT_EQ(answer(ask("GET", "/healthz")).document["timestamp"], "1970-01-01T00:16:42.500Z"); }

TEST(Routes, ConfigShowsSources) { EXPECT_EQ(answer(ask("GET", "/config")).document["keys"][0]["source"], "--task"); }

TEST(Routes, SwitchAsksForWhatTheBodySays) {
  const Routed routed =
      ask("POST", "/model/switch", R"({"version":"loan_v1","dry_run":true,"persist":true,"force":true,"reason":"because"})");
  const auto* request = std::get_if<SwitchRequest>(&routed);
  ASSERT_NE(request, nullptr);
  EXPECT_EQ(request->version, "loan_v1");
  EXPECT_TRUE(request->dry_run);
  EXPECT_TRUE(request->persist);
  EXPECT_TRUE(request->force);
  EXPECT_EQ(request->reason, "because");
  EXPECT_EQ(request->actor, "uid 5 (op)");
}

TEST(Routes, SwitchTakesTheVersionFromTheTarget) {
  const Routed routed = ask("POST", "/model/switch?version=loan_v1");
  const auto* request = std::get_if<SwitchRequest>(&routed);
  ASSERT_NE(request, nullptr);
  EXPECT_EQ(request->version, "loan_v1");
  EXPECT_FALSE(request->dry_run);
  EXPECT_FALSE(request->persist);
  EXPECT_FALSE(request->force);
}

TEST(Routes, RollbackNeedsNoBody) {
  EXPECT_TRUE(std::holds_alternative<RollbackRequest>(ask("POST", "/model/rollback")));
  const Routed routed = ask("POST", "/model/rollback", R"({"reason":"worse"})");
  EXPECT_EQ(std::get<RollbackRequest>(routed).reason, "worse");
}

TEST(Routes, ViewersLookButDoNotChange) {
  EXPECT_EQ(answer(ask("GET", "/status", "", AdminRole::kViewer)).status, 200u);
  EXPECT_EQ(answer(ask("POST", "/model/rollback", "", AdminRole::kViewer)).status, 403u);
}

TEST(Routes, StrangersLearnNothing) {
  for (const char* target : {"/status", "/healthz", "/nothing"}) {
    const Asked got = answer(ask("GET", target, "", AdminRole::kNone));
    EXPECT_EQ(got.status, 403u);
    EXPECT_THAT(got.document["error"].get<std::string>(), HasSubstr("access.admin.users"));
  }
}

struct Bad {
  const char* name;
  std::string method, target, body;
  unsigned status;
  const char* said;
};
class BadRequests : public testing::TestWithParam<Bad> {};

TEST_P(BadRequests, AreRefusedWithStatusErrorAndTrace) {
  const Asked got = answer(ask(GetParam().method, GetParam().target, GetParam().body));
  EXPECT_EQ(got.status, GetParam().status);
  EXPECT_THAT(got.document.dump(), HasSubstr(GetParam().said));
  EXPECT_EQ(got.document["trace_id"], "trace");
  EXPECT_TRUE(got.document["detail"].is_array());
}

INSTANTIATE_TEST_SUITE_P(
    All, BadRequests,
    testing::Values(
        Bad{"unknown_route", "GET", "/statuss", "", 404, "no route /statuss"}, Bad{"root", "GET", "/", "", 404, "no route /"},
        Bad{"post_to_status", "POST", "/status", "", 405, "takes GET"},
        Bad{"get_of_switch", "GET", "/model/switch?version=a", "", 405, "takes POST"},
        Bad{"delete", "DELETE", "/model/rollback", "", 405, "takes POST"},
        Bad{"bad_escape", "GET", "/schema?version=%zz", "", 400, "escapes"},
        Bad{"absolute_target", "GET", "http://x/status", "", 400, "path"},
        Bad{"unknown_version", "GET", "/schema?version=nope", "", 404, "nope"},
        Bad{"not_loaded", "GET", "/schema?version=loan_v3", "", 409, "sha256"},
        Bad{"unknown_parameter", "GET", "/schema?v=1", "", 400, "?v"},
        Bad{"no_version", "POST", "/model/switch", "", 400, "version: required"},
        Bad{"empty_object", "POST", "/model/switch", "{}", 400, "version: required"},
        Bad{"not_json", "POST", "/model/switch", "{", 400, "not JSON"},
        Bad{"not_utf8", "POST", "/model/switch", "{\"version\":\"\xFF\"}", 400, "not JSON"},
        Bad{"a_list", "POST", "/model/switch", "[]", 400, "expected a JSON object"},
        Bad{"number", "POST", "/model/switch", R"({"version":7})", 400, "expected a text"},
        Bad{"text_for_flag", "POST", "/model/switch", R"({"version":"a","dry_run":"yes"})", 400, "expected true or false"},
        Bad{"unknown_key", "POST", "/model/switch", R"({"version":"a","forced":true})", 400, "unknown key"},
        Bad{"two_problems", "POST", "/model/switch", R"({"version":7,"persist":1})", 400, "2 problems"},
        Bad{"twice", "POST", "/model/switch?version=a", R"({"version":"b"})", 400, "given twice"},
        Bad{"version_for_rollback", "POST", "/model/rollback", R"({"version":"a"})", 400, "unknown key"},
        Bad{"long_reason", "POST", "/model/rollback", R"({"reason":")" + std::string(1'025, 'x') + "\"}", 400, "at most 1024"},
        Bad{"deep", "POST", "/model/rollback", std::string(500'000, '['), 400, "nested too deeply"}),
    [](const auto& row) { return row.param.name; });

TEST(Routes, WrongMethodSaysWhichIsRight) { EXPECT_EQ(answer(ask("PUT", "/model/switch")).allow, "POST"); }

TEST(Roles, RootTheOwnUserAndTheListedOperate) {
  EXPECT_EQ(role_of(0, 1'000, {}), AdminRole::kOperator);
  EXPECT_EQ(role_of(1'000, 1'000, {}), AdminRole::kOperator);
  EXPECT_EQ(role_of(1'001, 1'000, {1'001}), AdminRole::kOperator);
  EXPECT_EQ(role_of(1'001, 1'000, {}), AdminRole::kNone);
  EXPECT_EQ(role_of(65'534, 1'000, {65'534}), AdminRole::kNone);  // an unmapped user of another namespace
  EXPECT_EQ(role_of(static_cast<uid_t>(-1), 1'000, {static_cast<uid_t>(-1)}), AdminRole::kNone);
}

TEST(TraceId, ComesFromTraceparentThenRequestIdThenIsMade) {
  HttpRequest request;
  EXPECT_EQ(trace_id_of(request, "made"), "made");
  request.request_id = "req-1";
  EXPECT_EQ(trace_id_of(request, "made"), "req-1");
  request.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  EXPECT_EQ(trace_id_of(request, "made"), "0af7651916cd43dd8448eb211c80319c");
  request.traceparent = "00-zzz7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  EXPECT_EQ(trace_id_of(request, "made"), "req-1");
}

TEST(Routes, CompareSaysWhatIsWrongWithItsVersions) {
  struct Case {
    const char* target;
    unsigned status;
    const char* words;
  };
  for (const Case& wrong : {Case{"/model/compare", 400, "two versions"}, Case{"/model/compare?versions=loan_v2", 400, "two versions"},
                            Case{"/model/compare?versions=loan_v2,", 400, "two versions"},
                            Case{"/model/compare?versions=a,b,c", 400, "two versions"},
                            Case{"/model/compare?version=loan_v2", 400, "unknown parameter"},
                            Case{"/model/compare?versions=loan_v2,loan_v9", 404, "no version 'loan_v9'"},
                            Case{"/model/compare?versions=loan_v3,loan_v2", 409, "loan_v3 is not loaded: failed"}}) {
    const Asked asked = answer(ask("GET", wrong.target));
    EXPECT_EQ(asked.status, wrong.status) << wrong.target;
    EXPECT_THAT(asked.document.at("error").get<std::string>(), HasSubstr(wrong.words)) << wrong.target;
  }
}

}  // namespace
}  // namespace ringside::engine
