// Goal: a feature is as wide as the model reads it, and infinite features are told from large ones in that width. Method: values
//   on and beside the edges of both floats, through the cast alone and through a plan whose features are float64.

#include "engine/preprocess/feature_cast.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tests/engine/preprocess/plan_case.h"

namespace ringside::engine::test {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLargestFloat = std::numeric_limits<float>::max();

TEST(FeatureCast, InfiniteIsJudgedInTheFeaturesOwnWidth) {
  const std::vector<double> column{1.5, 2 * kLargestFloat, kNan, -kInfinity, kLargestFloat};
  std::vector<float> narrow(10, 7.0F);
  EXPECT_TRUE(cast_column(column.data(), 5, narrow.data(), 2));
  EXPECT_EQ(infinite_rows(narrow.data(), 5, 2), 0b01010u);
  EXPECT_EQ(narrow[1], 7.0F) << "what is between two rows is the other features'";
  std::vector<double> wide(10, 7.0);
  EXPECT_FALSE(cast_column(column.data(), 3, wide.data(), 2));
  EXPECT_TRUE(cast_column(column.data(), 5, wide.data(), 2));
  EXPECT_EQ(infinite_rows(wide.data(), 5, 2), 0b01000u);
  EXPECT_EQ(wide[2], 2 * kLargestFloat);
  EXPECT_TRUE(std::isnan(wide[4]));
}

TEST(FeatureCast, SixtyFourRowsHaveSixtyFourBits) {
  const std::vector<double> features(64, kInfinity);
  EXPECT_EQ(infinite_rows(features.data(), 64, 1), ~RowMask{0});
}

TEST(FeatureCast, MissingIsComparedAfterTheCast) {
  const std::vector<double> column{-999.1, -999};
  std::vector<float> narrow(2);
  EXPECT_FALSE(cast_column(column.data(), 2, narrow.data(), 1));
  clear_missing(-999.1F, 2, narrow.data(), 1);
  EXPECT_TRUE(std::isnan(narrow[0]));
  EXPECT_EQ(narrow[1], -999.0F);
}

TEST(PlanCast, Float64FeaturesKeepEveryBitOfTheirColumn) {
  PlanSpec spec{{NumberStep{"x", "x"}, ArithmeticStep{ArithmeticStep::Op::kDivide, "x", "third", 3.0}}, {"third", "x"}};
  spec.feature_type = FloatType::kFloat64;
  PlanCase plan({number_field("x")}, spec);
  plan.start(2);
  plan.number(0, 0, 1.0);
  plan.number(0, 1, 1e300);
  plan.run();
  EXPECT_EQ(plan.feature64(0, 0), 1.0 / 3.0);
  EXPECT_EQ(plan.feature64(1, 1), 1e300);
  EXPECT_EQ(plan.tile().invalid(), 0u) << "1e300 is a float64 like others";
}

TEST(PlanCast, Float64FeatureThatIsInfiniteIsNotFiniteOnItsField) {
  PlanSpec spec{{NumberStep{"x", "x"}, ArithmeticStep{ArithmeticStep::Op::kMultiply, "x", "y", 1e300}}, {"y"}};
  spec.feature_type = FloatType::kFloat64;
  PlanCase plan({number_field("x")}, spec);
  plan.start(2);
  plan.number(0, 0, 1e9);
  plan.number(0, 1, 1.0);
  plan.run();
  EXPECT_EQ(plan.errors(0), "0 NOT_FINITE");
  EXPECT_EQ(plan.errors(1), "");
}

}  // namespace
}  // namespace ringside::engine::test
