// Goal: a rule means what it says, and a wrong one is refused with what is wrong and what would be right.
// Method: one line at a time through the parser.
#include "engine/limits/limit_rule.h"

#include <gtest/gtest.h>

namespace ringside::engine {
namespace {

std::string refusal_of(std::string_view text) {
  const auto rule = parse_limit_rule(text);
  return rule ? "" : rule.error().bound;
}

TEST(LimitRule, SaysWhomAndWhat) {
  const auto rule = parse_limit_rule(
      "uid=1000 name=batch rows_per_s=20000 calls_per_s=300 burst_ms=200 in_flight=4 rows_max=64 bytes_max=4096 priority=low");
  ASSERT_TRUE(rule) << rule.error().bound;
  EXPECT_EQ(rule->uid, 1000U);
  EXPECT_EQ(rule->name, "batch");
  EXPECT_EQ(rule->rows_per_s, 20'000U);
  EXPECT_EQ(rule->calls_per_s, 300U);
  EXPECT_EQ(rule->burst_ms, 200U);
  EXPECT_EQ(rule->in_flight, 4U);
  EXPECT_EQ(rule->rows_max, 64U);
  EXPECT_EQ(rule->bytes_max, 4'096U);
  EXPECT_EQ(rule->priority, Priority::kLow);
}

TEST(LimitRule, FitsWhoItNames) {
  const auto rule = parse_limit_rule("uid=7 name=a rows_per_s=1");
  ASSERT_TRUE(rule);
  EXPECT_TRUE(rule->fits(7, "a"));
  EXPECT_FALSE(rule->fits(8, "a"));
  EXPECT_FALSE(rule->fits(7, "b"));
}

TEST(LimitRule, OfEachHasASubjectForEach) {
  const auto rule = parse_limit_rule("uid=* rows_per_s=1");
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->subject(), "uid=*");
  EXPECT_EQ(rule->subject(7, "a"), "uid=7");
}

TEST(LimitRule, NoNameIsAnotherSubject) {
  const auto each = parse_limit_rule("name=* rows_per_s=1"), one = parse_limit_rule("name=x version=V rows_per_s=1");
  const auto slash = parse_limit_rule("name=a\\b rows_per_s=1");
  ASSERT_TRUE(each && one && slash);
  EXPECT_EQ(each->subject(7, "x version=V"), "name=x\\x20version=V");
  EXPECT_NE(each->subject(7, "x version=V"), one->subject(7, "x"));
  EXPECT_NE(each->subject(7, "x\\x20version=V"), each->subject(7, "x version=V"));
  EXPECT_NE(each->subject(7, "*"), each->subject()) << "what stands for all of them";
  EXPECT_EQ(slash->subject(7, "a\\b"), slash->subject());
}

TEST(LimitRule, OfAllIsOneSubject) {
  const auto rule = parse_limit_rule("  all   rows_per_s=1 ");
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->subject(7, "a"), "all");
  EXPECT_TRUE(rule->fits(7, "a"));
}

TEST(LimitRule, RefusesWhatItCannotMean) {
  EXPECT_EQ(refusal_of("rows_per_s=5"), "a rule says whom it is about");
  EXPECT_EQ(refusal_of(""), "a rule says whom it is about");
  EXPECT_EQ(refusal_of("all uid=5 rows_per_s=5"), "'all' beside somebody");
  EXPECT_EQ(refusal_of("uid=5"), "a rule limits something");
  EXPECT_EQ(refusal_of("all rows_per_s"), "'rows_per_s' has no value");
  EXPECT_EQ(refusal_of("all rows_per_s=0"), "rows_per_s is a whole number from 1 to 1000000000");
  EXPECT_EQ(refusal_of("all rows_per_s=5x"), "rows_per_s is a whole number from 1 to 1000000000");
  EXPECT_EQ(refusal_of("all rows_per_s=5 rows_per_s=6"), "'rows_per_s' stands twice in a rule");
  EXPECT_EQ(refusal_of("all speed=5"), "'speed' is not a part of a rule");
  EXPECT_EQ(refusal_of("uid=root rows_per_s=5"), "uid is a whole number from 0 to 4294967294");
  EXPECT_EQ(refusal_of("name= rows_per_s=5"), "name has 1 to 63 bytes");
  EXPECT_EQ(refusal_of("name=a,b rows_per_s=5"), "no commas in a rule");
  EXPECT_EQ(refusal_of("all in_flight=5 burst_ms=3"), "burst_ms stands beside a rate");
  EXPECT_EQ(refusal_of("version=m priority=low"), "a rule about a version gives rates");
  EXPECT_EQ(refusal_of("all priority=urgent"), "priority is high, normal or low");
}

TEST(LimitRule, EachSubjectHasOneRule) {
  const auto rules = parse_limit_rules({"uid=5 rows_per_s=5", "uid=5 in_flight=2"});
  ASSERT_FALSE(rules);
  EXPECT_EQ(rules.error().bound, "one rule about 'uid=5'");
}

}  // namespace
}  // namespace ringside::engine
