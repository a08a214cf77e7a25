// Goal: what is missing, unseen or infinite is judged by the step that knows, on the field that it comes from. Method: one small plan a
// rule, rows by hand.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/engine/preprocess/plan_case.h"

namespace ringside::engine::test {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

Field passing(Field field) {
  field.on_missing = OnMissing::kPass;
  return field;
}

EncodeStep encode_text(std::optional<double> missing, std::optional<double> unseen) {
  EncodeStep step;
  step.in = {.is_field = true, .name = "t"};
  step.out = "y";
  step.categories.texts = {"a", "b"};
  step.values = {10, kMissing};
  step.missing = missing;
  step.unseen = unseen;
  return step;
}

TEST(PlanMissing, TextThatPassesIsEncodedOrRefused) {
  PlanCase lenient({passing(text_field("t", ""))}, {{encode_text(-2, -1), text_is_missing("t", "m", kMissing)}, {"y", "m"}});
  lenient.start(4);
  lenient.text(0, 0, "a");
  lenient.text(0, 1, "b");
  lenient.text(0, 2, "c");
  lenient.tile().texts(0)[3] = {};
  lenient.run();
  EXPECT_EQ(lenient.feature(0, 0), 10.0F);
  EXPECT_TRUE(std::isnan(lenient.feature(1, 0)));
  EXPECT_EQ(lenient.feature(2, 0), -1.0F);
  EXPECT_EQ(lenient.feature(3, 0), -2.0F);
  EXPECT_EQ(lenient.feature(2, 1), 0.0F);
  EXPECT_EQ(lenient.feature(3, 1), 1.0F);
  EXPECT_EQ(lenient.tile().unknown(0), 0b0100u) << "what is missing is not unknown";

  PlanCase strict({passing(text_field("t", ""))}, {{encode_text(std::nullopt, std::nullopt)}, {"y"}});
  strict.start(3);
  strict.text(0, 0, "c");
  strict.tile().texts(0)[1] = {};
  strict.text(0, 2, "a");
  strict.run();
  EXPECT_EQ(strict.errors(0), "0 UNKNOWN_CATEGORY");
  EXPECT_EQ(strict.errors(1), "0 NULL_NOT_ALLOWED");
  EXPECT_EQ(strict.errors(2), "");
}

TEST(PlanMissing, NumbersAreCategoriesToo) {
  IndicatorsStep step;
  step.in.name = "x";
  step.outs = {"p", "q"};
  step.categories.numbers = {0, 2.5};
  step.slots = {0, IndicatorsStep::kZeros};
  step.missing = 1;
  PlanCase plan({passing(number_field("x"))}, {{NumberStep{"x", "x"}, step}, {"q", "p"}});
  plan.start(4);
  const double xs[] = {-0.0, 2.5, kMissing, 7};
  for (std::uint32_t row = 0; row < 4; ++row) plan.number(0, row, xs[row]);
  plan.run();
  const float expected[][2] = {{0, 1}, {0, 0}, {1, 0}};
  for (std::uint32_t row = 0; row < 3; ++row) {
    EXPECT_EQ(plan.feature(row, 0), expected[row][0]) << row;
    EXPECT_EQ(plan.feature(row, 1), expected[row][1]) << row;
  }
  EXPECT_EQ(plan.errors(3), "0 UNKNOWN_CATEGORY");
}

TEST(PlanMissing, RequiredNumbersAndBinsRefuseNan) {
  const auto requires_number = RequireStep{RequireStep::What::kNumber, "y"};
  for (const PlanStep& step : {PlanStep(requires_number), PlanStep(BinsStep{"y", "z", {1, 2}})}) {
    PlanCase plan({number_field("other"), passing(number_field("x"))},
                  {{NumberStep{"x", "x"}, ArithmeticStep{ArithmeticStep::Op::kAdd, "x", "y", 1}, step}, {"x"}});
    plan.start(2);
    plan.number(1, 0, 5);
    plan.number(1, 1, kMissing);
    plan.run();
    EXPECT_EQ(plan.errors(0), "");
    EXPECT_EQ(plan.errors(1), "1 NULL_NOT_ALLOWED");
  }
}

TEST(PlanMissing, InfinityIsJudgedWhereNothingElseIsWrong) {
  // x overflows on the way to a column that hides it; b is refused for another reason in the last row.
  PlanSpec spec{{NumberStep{"x", "x"}, ArithmeticStep{ArithmeticStep::Op::kMultiply, "x", "big", 1e300},
                 RequireStep{RequireStep::What::kFinite, "big"}, BinarizeStep{"big", "y", 0}, NumberStep{"b", "b"},
                 RequireStep{RequireStep::What::kNumber, "b"}},
                {"y", "b"}};
  PlanCase plan({number_field("x"), passing(number_field("b"))}, spec);
  plan.start(4);
  const double xs[] = {1, 1e300, 1, 1e300}, bs[] = {1, 1, 1e300, kMissing};
  for (std::uint32_t row = 0; row < 4; ++row) {
    plan.number(0, row, xs[row]);
    plan.number(1, row, bs[row]);
  }
  plan.run();
  EXPECT_EQ(plan.errors(0), "");
  EXPECT_EQ(plan.errors(1), "0 NOT_FINITE");
  EXPECT_EQ(plan.errors(2), "1 NOT_FINITE") << "of a feature";
  EXPECT_EQ(plan.errors(3), "1 NULL_NOT_ALLOWED");
}

TEST(PlanMissing, ZerosOfASparseMatrixAreMissingAndWhatRoundsToZeroIsNot) {
  PlanSpec spec{{NumberStep{"x", "x"}}, {"x"}};
  spec.zero_is_missing = true;
  PlanCase plan({number_field("x")}, spec);
  plan.start(3);
  plan.number(0, 0, 0.0);
  plan.number(0, 1, -0.0);
  plan.number(0, 2, 1e-60);
  plan.run();
  EXPECT_TRUE(std::isnan(plan.feature(0, 0)));
  EXPECT_TRUE(std::isnan(plan.feature(1, 0)));
  EXPECT_EQ(plan.bits(2, 0), 0u);
}

TEST(PlanMissing, InexactCurvesKeepNanAndTheirLimits) {
  const QuantileStep normal{QuantileStep::Distribution::kNormal, "x", "q", {0, 1, 2}, {0, 0.5, 1}};
  const PowerStep power{PowerStep::Method::kYeoJohnson, "x", "p", 0.5};
  PlanCase plan({passing(number_field("x"))},
                {{NumberStep{"x", "x"}, normal, power, FunctionStep{FunctionStep::Op::kLog1p, "x", "l"}}, {"q", "p", "l"}});
  plan.start(5);
  const double xs[] = {kMissing, -5, 1, 9, 3};
  for (std::uint32_t row = 0; row < 5; ++row) plan.number(0, row, xs[row]);
  plan.run();
  for (std::uint32_t j = 0; j < 3; ++j) EXPECT_TRUE(std::isnan(plan.feature(0, j))) << j;
  EXPECT_EQ(plan.bits(1, 0), 0xC0A660F9u) << "scipy's ppf(1e-7 - 2^-52)";
  EXPECT_EQ(plan.feature(2, 0), 0.0F);
  EXPECT_EQ(plan.bits(3, 0), 0x40A660F9u);
  EXPECT_EQ(plan.feature(4, 1), 2.0F) << "(sqrt(1 + 3) - 1) / 0.5";
  EXPECT_EQ(plan.feature(4, 2), static_cast<float>(std::log(4.0)));
}

}  // namespace
}  // namespace ringside::engine::test
