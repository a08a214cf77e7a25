// Goal: each outcome of a switch has its HTTP status and its word, and says what an operator needs of it.
// Method: outcome_response() over a table of all kinds.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/admin/documents.h"
#include "engine/admin/routes.h"

namespace ringside::engine {
namespace {

using nlohmann::json;

struct Ended {
  const char* name;
  SwitchOutcome::Kind kind;
  unsigned status;
  const char* word;
};
class Outcomes : public testing::TestWithParam<Ended> {};

TEST_P(Outcomes, HaveTheirStatusAndWord) {
  SwitchOutcome outcome{.kind = GetParam().kind, .from = "a", .to = "b", .message = "said", .problems = {}};
  if (GetParam().kind == SwitchOutcome::Kind::kFailedCheck) {
    outcome.problems = {{.file = "golden.jsonl", .key = "margin[0]", .row = 17, .expected = "3f800000", .found = "3f800001"}};
  }
  const HttpResponse response = outcome_response(outcome, "why", "trace");
  const json document = json::parse(response.body);
  EXPECT_EQ(response.status, GetParam().status);
  EXPECT_EQ(document["from"], "a");
  EXPECT_EQ(document["to"], "b");
  if (GetParam().status == 200) {
    EXPECT_EQ(document["status"], GetParam().word);
    EXPECT_EQ(document["version"], "b");
    EXPECT_EQ(document["reason"], "why");
  } else {
    EXPECT_EQ(document["outcome"], GetParam().word);
    EXPECT_EQ(document["error"], "said");
    EXPECT_EQ(document["trace_id"], "trace");
    EXPECT_EQ(document["detail"].size(), outcome.problems.size());
  }
}

INSTANTIATE_TEST_SUITE_P(All, Outcomes,
                         testing::Values(Ended{"published", SwitchOutcome::Kind::kPublished, 200, "switched"},
                                         Ended{"already", SwitchOutcome::Kind::kAlready, 200, "already_current"},
                                         Ended{"dry_run", SwitchOutcome::Kind::kDryRunGood, 200, "dry_run_good"},
                                         Ended{"unknown", SwitchOutcome::Kind::kUnknownVersion, 404, "unknown_version"},
                                         Ended{"refused", SwitchOutcome::Kind::kRefused, 409, "refused"},
                                         Ended{"failed", SwitchOutcome::Kind::kFailedCheck, 422, "failed_check"},
                                         Ended{"persist", SwitchOutcome::Kind::kPersistFailed, 500, "persist_failed"}),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace ringside::engine
