// Goal: operators read what the guard watches and did, with null for what it cannot say.
// Method: statuses made by hand; documents compared whole.
#include "engine/admin/guard_document.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace ringside::engine {
namespace {

GuardStatus status() {
  Watched watched{.role = GuardedRole::kSwitch, .version = "loan_v2", .other = "loan_v1", .left = std::chrono::seconds(90)};
  watched.judgement.judged_rows = 300;
  watched.judgement.other_rows = 900;
  watched.judgement.error_rate = Figures{0.5, 0.25};
  watched.judgement.score_psi = 0.125;
  return {.enabled = true,
          .watched = {watched},
          .reverts = {{.breach = {GuardedRole::kCanary, "loan_v3", "loan_v1", "error rate"}, .done = true, .message = "gone"},
                      {.breach = {GuardedRole::kSwitch, "loan_v4", "loan_v1", "slow"}, .done = false, .message = "no previous"}}};
}

TEST(GuardDocument, HasWhatIsWatchedAndWhatWasDone) {
  EXPECT_EQ(guard_document(status()), Json::parse(R"({"enabled":true,
    "watched":[{"role":"switch","version":"loan_v2","against":"loan_v1","seconds_left":90,"rows":{"version":300,"against":900},
                "error_rate":{"version":0.5,"against":0.25},"latency_us":null,"score_psi":0.125}],
    "reverts":[{"at":"1970-01-01T00:00:00.000Z","role":"canary","version":"loan_v3","against":"loan_v1","reason":"error rate",
                "done":true,"message":"gone"},
               {"at":"1970-01-01T00:00:00.000Z","role":"switch","version":"loan_v4","against":"loan_v1","reason":"slow",
                "done":false,"message":"no previous"}]})"));
  EXPECT_EQ(guard_document({}), Json::parse(R"({"enabled":false,"watched":[],"reverts":[]})"));
}

TEST(GuardDocument, AVersionHasItsRevertWhereItWasDone) {
  EXPECT_EQ(revert_document(status(), "loan_v3"),
            Json::parse(R"({"at":"1970-01-01T00:00:00.000Z","reason":"error rate","message":"gone"})"));
  EXPECT_TRUE(revert_document(status(), "loan_v4").is_null());
  EXPECT_TRUE(revert_document(status(), "loan_v2").is_null());
}

}  // namespace
}  // namespace ringside::engine
