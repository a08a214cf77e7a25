// Goal: a call that one rule refuses has taken nothing by any other, and calls under way are counted until they are answered.
// Method: terms of two meters, on a clock that the test turns.
#include "engine/limits/terms.h"

#include <gtest/gtest.h>

namespace ringside::engine {
namespace {

constexpr std::uint64_t kNow = 1'000'000'000'000;

std::shared_ptr<Meter> meter(std::string_view rule) {
  const auto parsed = parse_limit_rule(rule);
  EXPECT_TRUE(parsed) << rule;
  return std::make_shared<Meter>(*parsed, parsed->subject());
}
wire::Reason entered(const Terms& terms, std::uint32_t rows, std::string_view version = {}) {
  return terms.enter(kNow, rows, version).reason;
}

TEST(Terms, OfNobodyLimitNothing) {
  const Terms terms;
  EXPECT_FALSE(terms.limit_client());
  EXPECT_FALSE(terms.limit_versions());
  EXPECT_EQ(entered(terms, 4'096), wire::Reason::kNone);
}

TEST(Terms, RefusedByOneRuleTakesNothingByTheOthers) {
  const auto wide = meter("all rows_per_s=10 burst_ms=0"), narrow = meter("name=a rows_per_s=10 burst_ms=0");
  const Terms both({{wide, ""}, {narrow, ""}}, {}, {}, Priority::kNormal);
  const Terms other({{wide, ""}}, {}, {}, Priority::kNormal);
  ASSERT_EQ(narrow->enter(kNow, 1).reason, wire::Reason::kNone);  // spent
  EXPECT_EQ(entered(both, 1), wire::Reason::kRateLimit);
  EXPECT_EQ(entered(other, 1), wire::Reason::kNone);  // what `all` gives is still there
  EXPECT_EQ(narrow->rate_refusals(), 1U);
  EXPECT_EQ(wide->rate_refusals(), 0U);
}

TEST(Terms, SayWhenToTryAgain) {
  const Terms terms({{meter("all rows_per_s=1000 burst_ms=0"), ""}}, {}, {}, Priority::kNormal);
  ASSERT_EQ(entered(terms, 5), wire::Reason::kNone);
  EXPECT_EQ(terms.enter(kNow, 1).retry_after_ns, 5'000'000U);
}

TEST(Terms, CountCallsUnderWayUntilTheyLeave) {
  const Terms terms({{meter("all in_flight=2"), ""}}, {}, {}, Priority::kNormal);
  ASSERT_TRUE(terms.count_under_way());
  for (int call = 0; call < 2; ++call) {
    ASSERT_EQ(entered(terms, 1), wire::Reason::kNone);
    terms.hold();
  }
  EXPECT_EQ(entered(terms, 1), wire::Reason::kConcurrencyLimit);
  EXPECT_TRUE(terms.held());
  terms.leave();
  EXPECT_EQ(entered(terms, 1), wire::Reason::kNone);
  terms.hold();
  terms.leave();
  terms.leave();
  EXPECT_FALSE(terms.held());
}

TEST(Terms, AVersionHasRulesOfItsOwn) {
  const Terms terms({{meter("version=m_v2.0.0 rows_per_s=10 burst_ms=0"), "m_v2.0.0"}}, {}, {}, Priority::kNormal);
  EXPECT_FALSE(terms.limit_client());
  ASSERT_TRUE(terms.limit_versions());
  EXPECT_EQ(entered(terms, 1, "m_v2.0.0"), wire::Reason::kNone);
  EXPECT_EQ(entered(terms, 1, "m_v2.0.0"), wire::Reason::kRateLimit);
  EXPECT_EQ(entered(terms, 1, "m_v1.0.0"), wire::Reason::kNone);
}

TEST(Terms, ARefundIsThereForTheNext) {
  const Terms terms({{meter("all rows_per_s=10 burst_ms=0"), ""}}, {}, {}, Priority::kNormal);
  ASSERT_EQ(entered(terms, 1), wire::Reason::kNone);
  terms.refund(1);
  EXPECT_EQ(entered(terms, 1), wire::Reason::kNone);
}

}  // namespace
}  // namespace ringside::engine
