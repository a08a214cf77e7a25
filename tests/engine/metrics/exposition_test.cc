// Goal: every figure of the engine stands on the page under its documented name, with bounded labels.
// Method: pages of snapshots made by hand, read line by line. That Prometheus accepts the format is tests/cli/metrics_test.py's.
#include "engine/metrics/exposition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace ringside::engine {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::vector<std::string> lines_of(const MetricsInput& input) {
  std::istringstream text(exposition(input));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

VersionStatus known(const std::string& version, LoadState state) {
  VersionStatus status;
  status.version = version;
  status.state = state;
  return status;
}

TEST(Exposition, SaysWhetherAVersionAnswers) {
  EXPECT_THAT(lines_of({.task = "loan"}), Contains("ringside_ready{task=\"loan\"} 0"));
  MetricsInput ready{.task = "loan"};
  ready.roles.current = "loan_v1";
  EXPECT_THAT(lines_of(ready), Contains("ringside_ready{task=\"loan\"} 1"));
}

TEST(Exposition, CountsRowsByStatus) {
  MetricsInput input;
  input.totals.calls = 7;
  input.totals.rows[static_cast<std::size_t>(wire::Status::kInvalid)] = 3;
  const auto lines = lines_of(input);
  EXPECT_THAT(lines, Contains("ringside_calls_total 7"));
  EXPECT_THAT(lines, Contains("ringside_rows_total{status=\"invalid\"} 3"));
  EXPECT_THAT(lines, Contains("ringside_rows_total{status=\"ok\"} 0"));
}

TEST(Exposition, CountsRejectedCallsByReasonAndByWhoWasRefused) {
  MetricsInput input;
  input.totals.rejected_calls[static_cast<std::size_t>(wire::Reason::kOverload)] = 5;
  input.limits = {{.subject = "name=a", .in_flight_max = 4, .in_flight = 2, .rate_refusals = 7, .concurrency_refusals = 1},
                  {.subject = "uid=5"}};
  const auto lines = lines_of(input);
  EXPECT_THAT(lines, Contains("ringside_rejected_calls_total{reason=\"overload\"} 5"));
  EXPECT_THAT(lines, Contains("ringside_rejected_calls_total{reason=\"rate_limit\"} 0"));
  EXPECT_THAT(lines, Contains("ringside_limit_refusals_total{subject=\"name=a\",reason=\"rate_limit\"} 7"));
  EXPECT_THAT(lines, Contains("ringside_limit_refusals_total{subject=\"name=a\",reason=\"concurrency_limit\"} 1"));
  EXPECT_THAT(lines, Contains("ringside_limit_in_flight{subject=\"name=a\"} 2"));
  EXPECT_THAT(lines, Not(Contains(StartsWith("ringside_limit_in_flight{subject=\"uid=5\""))));
}

TEST(Exposition, OnlySoManySubjectsHaveASeries) {
  MetricsInput input;
  for (int i = 0; i < 200; ++i)
    input.limits.push_back({.subject = "name=n" + std::to_string(i), .rate_refusals = static_cast<std::uint64_t>(i)});
  std::size_t series = 0;
  for (const std::string& line : lines_of(input)) series += line.starts_with("ringside_limit_refusals_total{") ? 1 : 0;
  EXPECT_EQ(series, 2 * kClientNamesMax);
}

TEST(Exposition, CountsDisconnectedClientsByCause) {
  MetricsInput input;
  input.lost_memory = 2;
  input.totals.lies = 3;
  const auto lines = lines_of(input);
  EXPECT_THAT(lines, Contains("ringside_expelled_clients_total{cause=\"lie\"} 3"));
  EXPECT_THAT(lines, Contains("ringside_expelled_clients_total{cause=\"memory\"} 2"));
}

TEST(Exposition, AStageIsACumulativeHistogramInSeconds) {
  MetricsInput input;
  LatencySeries queue;
  queue.count = 5;
  queue.sum_ns = 2'500;
  queue.below.fill(4);
  queue.below[0] = 1;
  input.stages = {{"queue", queue}};
  const auto lines = lines_of(input);
  EXPECT_THAT(lines, Contains("# TYPE ringside_stage_seconds histogram"));
  EXPECT_THAT(lines, Contains("ringside_stage_seconds_bucket{stage=\"queue\",le=\"1.28e-07\"} 1"));
  EXPECT_THAT(lines, Contains("ringside_stage_seconds_bucket{stage=\"queue\",le=\"1.024e-06\"} 4"));
  EXPECT_THAT(lines, Contains("ringside_stage_seconds_bucket{stage=\"queue\",le=\"+Inf\"} 5"));
  EXPECT_THAT(lines, Contains("ringside_stage_seconds_count{stage=\"queue\"} 5"));
  EXPECT_THAT(lines, Contains("ringside_stage_seconds_sum{stage=\"queue\"} 2.5e-06"));
}

TEST(Exposition, AVersionHasItsStateAndRolesAndFiguresOnlyWhileItIsResident) {
  MetricsInput input;
  VersionStatus failed = known("loan_v2", LoadState::kFailed);
  VersionStatus canary = known("loan_v3", LoadState::kResident);
  canary.roles = {"canary"};
  canary.canary_percent = 2.5;
  input.versions = {failed, canary};
  const auto lines = lines_of(input);
  EXPECT_THAT(lines, Contains("ringside_version_state{version=\"loan_v2\",state=\"failed\"} 1"));
  EXPECT_THAT(lines, Contains("ringside_version_role{version=\"loan_v3\",role=\"canary\"} 1"));
  EXPECT_THAT(lines, Contains("ringside_canary_percent{version=\"loan_v3\"} 2.5"));
  EXPECT_THAT(lines, Not(Contains(StartsWith("ringside_bundle_bytes{version=\"loan_v2\""))));
}

TEST(Exposition, ClientsOfOneNameAreOneSeriesAndTooManyNamesAreOther) {
  MetricsInput input;
  for (std::uint64_t id = 0; id < kClientNamesMax + 10; ++id) {
    input.clients.push_back({.id = id, .name = "client" + std::to_string(id), .uid = 7, .channels = 1, .segment_bytes = 10});
  }
  input.clients.push_back({.id = 900, .name = "client0", .uid = 7, .channels = 4, .segment_bytes = 10});
  const auto lines = lines_of(input);
  EXPECT_THAT(lines, Contains("ringside_clients{client=\"client0\",uid=\"7\"} 2"));
  EXPECT_THAT(lines, Contains("ringside_client_channels{client=\"client0\",uid=\"7\"} 5"));
  EXPECT_THAT(lines, Contains("ringside_clients{client=\"other\",uid=\"\"} 10"));
  EXPECT_EQ(std::ranges::count_if(lines, [](const auto& line) { return line.starts_with("ringside_clients{"); }),
            static_cast<std::ptrdiff_t>(kClientNamesMax) + 1);
}

TEST(Exposition, ClientsOfOneNameShareTheirRowsAndThereIsNoOther) {
  MetricsInput input;
  input.clients = {{.id = 1, .name = "ads", .uid = 7, .channels = 1, .ok_rows = 5, .other_rows = 1},
                   {.id = 2, .name = "ads", .uid = 7, .channels = 1, .ok_rows = 10, .other_rows = 2}};
  for (std::uint64_t id = 0; id < kClientNamesMax; ++id) {
    input.clients.push_back({.id = 10 + id, .name = "client" + std::to_string(id), .uid = 8, .channels = 1, .ok_rows = 1});
  }
  const auto lines = lines_of(input);
  EXPECT_THAT(lines, Contains("ringside_client_rows_total{client=\"ads\",uid=\"7\",status=\"ok\"} 15"));
  EXPECT_THAT(lines, Contains("ringside_client_rows_total{client=\"ads\",uid=\"7\",status=\"other\"} 3"));
  EXPECT_EQ(std::ranges::count_if(lines, [](const auto& line) { return line.starts_with("ringside_client_rows_total{"); }),
            static_cast<std::ptrdiff_t>(2 * kClientNamesMax));
  EXPECT_THAT(lines, Not(Contains(StartsWith("ringside_client_rows_total{client=\"other\""))));
}

TEST(Exposition, JournalStandsOnThePageWhereThereIsOne) {
  EXPECT_THAT(lines_of({}), Not(Contains(HasSubstr("journal"))));
  JournalFigures journal{.status = {.recorder = {}, .records = 7, .unrecorded_rows = 3}, .landing_bytes = 1'024, .lag_s = 2.5};
  journal.status.recorder.written_bytes = 100;
  journal.status.recorder.durable_bytes = 60;
  journal.status.recorder.waiting_bytes = 512;
  journal.status.recorder.problem = "full";
  MetricsInput input;
  input.journal = journal;
  const auto lines = lines_of(input);
  for (const char* line :
       {"ringside_journal_records_total 7", "ringside_journal_unrecorded_rows_total 3", "ringside_journal_landing_bytes 1024",
        "ringside_journal_waiting_bytes 512", "ringside_journal_undurable_bytes 40", "ringside_journal_lag_seconds 2.5",
        "ringside_journal_failing 1"}) {
    EXPECT_THAT(lines, Contains(line));
  }
}

TEST(TritonExposition, HasTritonsNamesAndMicroseconds) {
  MetricsInput input{.task = "loan"};
  input.totals.refused_calls = 4;
  const auto series = [](std::uint64_t count, std::uint64_t sum_ns) {
    LatencySeries made;
    made.count = count;
    made.sum_ns = sum_ns;
    return made;
  };
  input.stages = {{"queue", series(9, 1'000)},  {"decode", series(9, 2'000)},  {"preprocess", series(9, 3'000)},
                  {"forest", series(9, 5'000)}, {"respond", series(9, 7'000)}, {"total", series(9, 18'000)}};
  std::istringstream text(triton_exposition(input));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  for (const char* line :
       {"nv_inference_request_success{model=\"loan\"} 9", "nv_inference_request_failure{model=\"loan\",reason=\"OTHER\"} 4",
        "nv_inference_request_duration_us{model=\"loan\"} 18", "nv_inference_queue_duration_us{model=\"loan\"} 1",
        "nv_inference_compute_input_duration_us{model=\"loan\"} 5", "nv_inference_compute_infer_duration_us{model=\"loan\"} 5",
        "nv_inference_compute_output_duration_us{model=\"loan\"} 7"}) {
    EXPECT_THAT(lines, Contains(line));
  }
}

TEST(Exposition, AClientsNameCannotBreakTheFormat) {
  MetricsInput input;
  input.clients = {{.id = 1, .name = "a\"b\\c\nringside_ready 9", .uid = 7, .channels = 1}};
  const auto lines = lines_of(input);
  EXPECT_THAT(lines, Contains("ringside_clients{client=\"a\\\"b\\\\c\\nringside_ready 9\",uid=\"7\"} 1"));
  EXPECT_THAT(lines, Not(Contains(StartsWith("ringside_ready 9"))));
}

TEST(Exposition, DriftIsByWindowAndOnlyWithABaseline) {
  MetricsInput input;
  WindowDrift judged{.name = "5m", .verdict = DriftVerdict::kMajor, .scores = {{.name = "score", .psi = 0.5}}};
  judged.features = {{.name = "age", .psi = 0.125}, {.name = "income", .psi = 0.75}};
  judged.rows = 10;
  judged.fields = {{.name = "home", .rates = {0.25, 0.5, 0, 0, 0}}};
  const WindowDrift without{.name = "1h"};
  input.drift = {{.version = "loan_v1", .windows = {judged, without}}};
  const auto lines = lines_of(input);
  EXPECT_THAT(lines, Contains("ringside_drift_score_psi{version=\"loan_v1\",window=\"5m\"} 0.5"));
  EXPECT_THAT(lines, Contains("ringside_drift_feature_psi_max{version=\"loan_v1\",window=\"5m\"} 0.75"));
  EXPECT_THAT(lines, Contains("ringside_drift_verdict{version=\"loan_v1\",window=\"5m\"} 4"));
  EXPECT_THAT(lines, Contains("ringside_drift_feature_psi{version=\"loan_v1\",window=\"5m\",feature=\"age\"} 0.125"));
  EXPECT_THAT(lines,
              Contains("ringside_drift_field_rate{version=\"loan_v1\",window=\"5m\",field=\"home\",what=\"missing\"} 0.25"));
  EXPECT_THAT(lines, Contains("ringside_drift_field_rate{version=\"loan_v1\",window=\"5m\",field=\"home\",what=\"filled\"} 0.5"));
  EXPECT_THAT(lines, Not(Contains(HasSubstr("window=\"1h\""))));
}

TEST(Exposition, DriftOfManyNamesIsCutOff) {
  MetricsInput input;
  WindowDrift wide{.name = "5m", .scores = {{.name = "score"}}};
  for (std::size_t i = 0; i < kDriftNamesMax + 5; ++i) wide.features.push_back({.name = "x" + std::to_string(i)});
  input.drift = {{.version = "loan_v1", .windows = {wide}}};
  const auto lines = lines_of(input);
  EXPECT_EQ(std::ranges::count_if(lines, [](const std::string& line) { return line.starts_with("ringside_drift_feature_psi{"); }),
            static_cast<std::ptrdiff_t>(kDriftNamesMax));
}

TEST(Exposition, EveryFamilyHasItsHelpAndItsTypeBeforeItsSeries) {
  std::string family;
  for (const std::string& line : lines_of({.task = "loan"})) {
    if (line.starts_with("# HELP ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_GT(line.size(), 7 + family.size() + 5) << line;
    } else if (line.starts_with("# TYPE ")) {
      EXPECT_THAT(line, StartsWith("# TYPE " + family + " "));
    } else {
      EXPECT_THAT(line, StartsWith(family)) << "a series outside its family";
    }
  }
}

}  // namespace
}  // namespace ringside::engine
