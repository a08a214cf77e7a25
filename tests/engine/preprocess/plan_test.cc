// Goal: the plan computes scikit-learn's bits, finds unseen categories and values beyond float32, and lets invalid rows be.
// Method: hand-computed bits, at values where the usual shortcuts (fused multiply-add, multiplying by a reciprocal, one rounding
// in place of two) give others; each kind of step alone; rubbish in invalid rows, which the sanitizers watch.

#include "engine/preprocess/plan.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/engine/preprocess/plan_case.h"

namespace ringside::engine::test {
namespace {

using Op = ArithmeticStep::Op;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

PlanSpec of_number(std::vector<PlanStep> steps, std::string feature) {
  steps.insert(steps.begin(), NumberStep{"x", "x"});
  return {std::move(steps), {std::move(feature)}};
}

// The feature's bits for one row with value x.
std::uint32_t bits_of(double x, std::vector<PlanStep> steps, std::string feature) {
  PlanCase plan({number_field("x")}, of_number(std::move(steps), std::move(feature)));
  plan.start(1);
  plan.number(0, 0, x);
  plan.run();
  EXPECT_EQ(plan.errors(0), "");
  return plan.bits(0, 0);
}

TEST(PlanArithmetic, StandardScalerSubtractsThenDivides) {
  // (27 − 38) / 12 = −0.91666…: float32 bf6aaaab
  EXPECT_EQ(bits_of(27, {ArithmeticStep{Op::kSubtract, "x", "a", 38}, ArithmeticStep{Op::kDivide, "a", "b", 12}}, "b"),
            0xBF6AAAABu);
}

TEST(PlanArithmetic, MultiplyThenAddRoundsTwice) {
  // 0.1 × 3 rounds to 0.30000000000000004; less 0.3 that is 2^−54. Fused, it would be 2^−55.
  EXPECT_EQ(bits_of(0.1, {ArithmeticStep{Op::kMultiply, "x", "a", 3}, ArithmeticStep{Op::kAdd, "a", "b", -0.3}}, "b"),
            0x24800000u);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(static_cast<float>(std::fma(0.1, 3.0, -0.3))), 0x24000000u) << "the trap is no trap";
}

TEST(PlanArithmetic, DivisionIsNotMultiplicationByTheReciprocal) {
  // 49 / 49 is 1; 49 × (1 / 49) is 1 − 2^−53.
  EXPECT_EQ(bits_of(49, {ArithmeticStep{Op::kDivide, "x", "a", 49}, ArithmeticStep{Op::kSubtract, "a", "b", 1}}, "b"), 0u);
  volatile double reciprocal = 1.0 / 49.0;
  EXPECT_NE(49.0 * reciprocal - 1.0, 0.0) << "the trap is no trap";
}

TEST(PlanArithmetic, StepsRoundToFloat64AndOnlyTheFeatureToFloat32) {
  // 16777217 is no float32; one less is.
  EXPECT_EQ(bits_of(16'777'217, {ArithmeticStep{Op::kSubtract, "x", "a", 16'777'216}}, "a"), std::bit_cast<std::uint32_t>(1.0F));
}

TEST(PlanArithmetic, FeaturesRoundToNearestEven) {
  EXPECT_EQ(bits_of(16'777'217, {}, "x"), std::bit_cast<std::uint32_t>(16'777'216.0F));
  EXPECT_EQ(bits_of(16'777'219, {}, "x"), std::bit_cast<std::uint32_t>(16'777'220.0F));
  EXPECT_EQ(bits_of(1e-46, {}, "x"), 0u) << "below the smallest subnormal";
  EXPECT_EQ(bits_of(1.5e-45, {}, "x"), 1u) << "the smallest subnormal";
  EXPECT_EQ(bits_of(-0.0, {}, "x"), 0x80000000u);
}

TEST(PlanArithmetic, MissingValuesStayMissingThroughEveryStep) {
  const std::vector<PlanStep> steps{ArithmeticStep{Op::kAdd, "x", "a", 1}, ArithmeticStep{Op::kMultiply, "a", "b", 2},
                                    ArithmeticStep{Op::kDivide, "b", "c", 3}, ClipStep{"c", "d", 0, 1}};
  PlanCase plan({number_field("x")}, of_number(steps, "d"));
  plan.start(1);
  plan.number(0, 0, kNan);
  plan.run();
  EXPECT_TRUE(std::isnan(plan.feature(0, 0)));
  EXPECT_EQ(plan.tile().invalid(), 0u);
}

TEST(PlanArithmetic, ClipGivesNumpysZeros) {
  // numpy.clip(-0.0, 0.0, 1.0) is 0.0, numpy.clip(0.0, -1.0, -0.0) is -0.0.
  EXPECT_EQ(bits_of(-0.0, {ClipStep{"x", "a", 0.0, 1.0}}, "a"), 0u);
  EXPECT_EQ(bits_of(0.0, {ClipStep{"x", "a", -1.0, -0.0}}, "a"), 0x80000000u);
  EXPECT_EQ(bits_of(-3, {ClipStep{"x", "a", 0.0, 1.0}}, "a"), 0u);
  EXPECT_EQ(bits_of(3, {ClipStep{"x", "a", 0.0, 1.0}}, "a"), std::bit_cast<std::uint32_t>(1.0F));
  EXPECT_EQ(bits_of(0.5, {ClipStep{"x", "a", 0.0, 1.0}}, "a"), std::bit_cast<std::uint32_t>(0.5F));
}

TEST(PlanArithmetic, ColumnWithTwoReadersKeepsItsValue) {
  PlanSpec spec{{NumberStep{"x", "x"}, ArithmeticStep{Op::kAdd, "x", "a", 1}, ArithmeticStep{Op::kMultiply, "a", "b", 10},
                 ArithmeticStep{Op::kSubtract, "a", "c", 100}},
                {"a", "b", "c", "x"}};
  PlanCase plan({number_field("x")}, spec);
  plan.start(1);
  plan.number(0, 0, 4);
  plan.run();
  EXPECT_EQ(plan.feature(0, 0), 5.0F);
  EXPECT_EQ(plan.feature(0, 1), 50.0F);
  EXPECT_EQ(plan.feature(0, 2), -95.0F);
  EXPECT_EQ(plan.feature(0, 3), 4.0F) << "the field itself is not written over";
}

TEST(Plan, RowsAloneAndTogetherGiveTheSameBits) {
  PlanSpec spec{{NumberStep{"x", "x"}, ArithmeticStep{Op::kSubtract, "x", "a", 0.1}, ArithmeticStep{Op::kDivide, "a", "b", 0.7},
                 ArithmeticStep{Op::kMultiply, "b", "c", 1.3}, LabelStep{"t", "t", {"p", "q"}, {Unseen::Kind::kCategory, "q"}}},
                {"c", "t"}};
  const std::vector<Field> fields{number_field("x"), text_field("t", "q")};
  PlanCase together(fields, spec);
  const std::string texts[] = {"p", "q", "r"};
  for (const std::uint32_t rows : {1u, 2u, 7u, 8u, 9u, 63u, 64u}) {
    together.start(rows);
    for (std::uint32_t row = 0; row < rows; ++row) {
      together.number(0, row, row * 0.37);
      together.text(1, row, texts[row % 3]);
    }
    together.run();
    for (std::uint32_t row = 0; row < rows; ++row) {
      PlanCase alone(fields, spec);
      alone.start(1);
      alone.number(0, 0, row * 0.37);
      alone.text(1, 0, texts[row % 3]);
      alone.run();
      ASSERT_EQ(together.bits(row, 0), alone.bits(0, 0)) << rows << " rows, row " << row;
      ASSERT_EQ(together.bits(row, 1), alone.bits(0, 1)) << rows << " rows, row " << row;
      ASSERT_EQ(together.tile().unknown(1) >> row & 1, alone.tile().unknown(1) & 1);
    }
  }
}

// Text fields.

struct Encoded {
  std::vector<float> features;
  bool unknown = false;
  std::string errors;
  bool operator==(const Encoded&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Encoded& encoded) {
  for (const float feature : encoded.features) out << feature << ' ';
  return out << (encoded.unknown ? "unknown " : "") << encoded.errors;
}

Encoded encode(PlanStep step, std::vector<std::string> features, std::string_view text) {
  PlanCase plan({text_field("t", "a")}, {{std::move(step)}, features});
  plan.start(1);
  plan.text(0, 0, text);
  plan.run();
  Encoded encoded{.features = {}, .unknown = plan.tile().unknown(0) == 1, .errors = plan.errors(0)};
  for (std::uint32_t i = 0; encoded.errors.empty() && i < features.size(); ++i) encoded.features.push_back(plan.feature(0, i));
  return encoded;
}

TEST(PlanLabel, TextBecomesItsPlaceAndUnseenTextTheStatedClass) {
  const LabelStep step{"t", "out", {"a", "b", "unknown"}, {Unseen::Kind::kCategory, "unknown"}};
  EXPECT_EQ(encode(step, {"out"}, "a"), (Encoded{{0}, false, ""}));
  EXPECT_EQ(encode(step, {"out"}, "b"), (Encoded{{1}, false, ""}));
  EXPECT_EQ(encode(step, {"out"}, "unknown"), (Encoded{{2}, false, ""})) << "the class itself is known";
  EXPECT_EQ(encode(step, {"out"}, "B"), (Encoded{{2}, true, ""}));
  EXPECT_EQ(encode(step, {"out"}, ""), (Encoded{{2}, true, ""}));
}

TEST(PlanLabel, UnseenTextIsRefusedWhereNoClassStandsForIt) {
  const LabelStep step{"t", "out", {"a", "b"}, {}};
  EXPECT_EQ(encode(step, {"out"}, "b"), (Encoded{{1}, false, ""}));
  EXPECT_EQ(encode(step, {"out"}, "c"), (Encoded{{}, false, "0 UNKNOWN_CATEGORY"}));
}

TEST(PlanOnehot, EachCategoryHasItsColumnAndUnseenTextMayBeZeros) {
  const OnehotStep step{"t", {"a", "b", "c"}, {}, {"ta", "tb", "tc"}, {Unseen::Kind::kZeros, ""}};
  EXPECT_EQ(encode(step, {"ta", "tb", "tc"}, "a"), (Encoded{{1, 0, 0}, false, ""}));
  EXPECT_EQ(encode(step, {"ta", "tb", "tc"}, "c"), (Encoded{{0, 0, 1}, false, ""}));
  EXPECT_EQ(encode(step, {"ta", "tb", "tc"}, "d"), (Encoded{{0, 0, 0}, true, ""}));
}

TEST(PlanOnehot, DroppedCategoryIsZerosAndKnown) {
  const OnehotStep step{"t", {"a", "b", "c"}, {"a"}, {"tb", "tc"}, {Unseen::Kind::kZeros, ""}};
  EXPECT_EQ(encode(step, {"tb", "tc"}, "a"), (Encoded{{0, 0}, false, ""}));
  EXPECT_EQ(encode(step, {"tb", "tc"}, "b"), (Encoded{{1, 0}, false, ""}));
  EXPECT_EQ(encode(step, {"tb", "tc"}, "x"), (Encoded{{0, 0}, true, ""}));
}

TEST(PlanOnehot, UnseenTextMayCountAsACategory) {
  const OnehotStep step{"t", {"a", "b"}, {}, {"ta", "tb"}, {Unseen::Kind::kCategory, "b"}};
  EXPECT_EQ(encode(step, {"ta", "tb"}, "x"), (Encoded{{0, 1}, true, ""}));
  EXPECT_EQ(encode(OnehotStep{"t", {"a", "b"}, {"b"}, {"ta"}, {Unseen::Kind::kCategory, "b"}}, {"ta"}, "x"),
            (Encoded{{0}, true, ""}));
}

TEST(PlanOnehot, UnseenTextIsRefusedOtherwise) {
  EXPECT_EQ(encode(OnehotStep{"t", {"a", "b"}, {}, {"ta", "tb"}, {}}, {"ta", "tb"}, "x"),
            (Encoded{{}, false, "0 UNKNOWN_CATEGORY"}));
}

TEST(Plan, StepsOnOneFieldShareALookupButNotTheirCategories) {
  PlanSpec spec{{LabelStep{"t", "code", {"a", "b"}, {Unseen::Kind::kCategory, "a"}},
                 OnehotStep{"t", {"b", "c"}, {}, {"tb", "tc"}, {Unseen::Kind::kZeros, ""}}},
                {"code", "tb", "tc"}};
  PlanCase plan({text_field("t", "a")}, spec);
  const std::string texts[] = {"a", "b", "c", "d"};
  const float expected[][3] = {{0, 0, 0}, {1, 1, 0}, {0, 0, 1}, {0, 0, 0}};
  plan.start(4);
  for (std::uint32_t row = 0; row < 4; ++row) plan.text(0, row, texts[row]);
  plan.run();
  for (std::uint32_t row = 0; row < 4; ++row) {
    for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(plan.feature(row, i), expected[row][i]) << texts[row] << " " << i;
  }
  EXPECT_EQ(plan.tile().unknown(0), 0b1101u) << "a is unseen to the second step, c to the first, d to both";
}

// Beyond float32, and rows that are already invalid.

TEST(PlanCast, FiniteNumberThatBecomesInfiniteIsNotFiniteOnItsField) {
  PlanSpec spec{{NumberStep{"x", "x"}, NumberStep{"y", "y"}, ArithmeticStep{Op::kMultiply, "y", "a", 1e30},
                 ArithmeticStep{Op::kMultiply, "y", "b", 1e31}},
                {"a", "b", "x"}};
  PlanCase plan({number_field("x"), number_field("y")}, spec);
  const double ys[] = {1, 1e10, -1e10, kNan};
  plan.start(4);
  for (std::uint32_t row = 0; row < 4; ++row) {
    plan.number(0, row, std::numeric_limits<float>::max());
    plan.number(1, row, ys[row]);
  }
  plan.run();
  EXPECT_EQ(plan.errors(0), "");
  EXPECT_EQ(plan.errors(1), "1 NOT_FINITE") << "once, though two features overflow";
  EXPECT_EQ(plan.errors(2), "1 NOT_FINITE");
  EXPECT_EQ(plan.errors(3), "");
  EXPECT_EQ(plan.tile().invalid(), 0b0110u);
}

TEST(PlanCast, LargestFloat32IsTakenAndHalfAStepAboveItIsNot) {
  PlanCase plan({number_field("x")}, of_number({}, "x"));
  const double largest = std::numeric_limits<float>::max();
  plan.start(3);
  plan.number(0, 0, -largest);
  plan.number(0, 1, std::nextafter(largest + 0x1p103, 0.0));  // still rounds down to the largest
  plan.number(0, 2, largest + 0x1p103);
  plan.run();
  EXPECT_EQ(plan.tile().invalid(), 0b100u);
  EXPECT_EQ(plan.errors(2), "0 NOT_FINITE");
}

TEST(PlanCast, StepThatOverflowsFloat64IsNotFinite) {
  PlanCase plan({number_field("x")}, of_number({ArithmeticStep{Op::kMultiply, "x", "a", 1e300}}, "a"));
  plan.start(1);
  plan.number(0, 0, 1e300);
  plan.run();
  EXPECT_EQ(plan.errors(0), "0 NOT_FINITE");
}

class PlanOnInvalidRows : public ::testing::Test {
 protected:
  void fail_field(std::uint32_t row, std::uint16_t field, wire::FieldCode code) {
    RowError error;
    error.code = code;
    error.field = field;
    plan_.tile().add_error(row, error);
  }

  PlanCase plan_{{number_field("x"), text_field("s", "a"), text_field("t", "a")},
                 {{NumberStep{"x", "x"}, LabelStep{"s", "s", {"a"}, {}}, LabelStep{"t", "t", {"a"}, {}}}, {"x", "s", "t"}}};
};

TEST_F(PlanOnInvalidRows, FieldWithAnErrorIsNotReadAndGetsNoSecondOne) {
  plan_.start(2);
  plan_.number(0, 0, std::numeric_limits<double>::infinity());
  plan_.number(0, 1, 1);
  plan_.tile().texts(1)[0] = {reinterpret_cast<const char*>(8), 1'000};  // rubbish: reading it would end the test
  plan_.text(2, 0, "a");
  plan_.text(1, 1, "a");
  plan_.text(2, 1, "a");
  fail_field(0, 1, wire::FieldCode::kBadUtf8);
  fail_field(0, 0, wire::FieldCode::kNotFinite);
  plan_.run();
  EXPECT_EQ(plan_.errors(0), "0 NOT_FINITE, 1 BAD_UTF8") << "in schema order";
  EXPECT_EQ(plan_.errors(1), "");
  EXPECT_EQ(plan_.feature(1, 0), 1.0F);
}

TEST_F(PlanOnInvalidRows, OtherFieldsAreStillJudged) {
  plan_.start(1);
  plan_.number(0, 0, kNan);
  plan_.tile().texts(1)[0] = {};  // missing: its text never came
  plan_.text(2, 0, "b");
  fail_field(0, 1, wire::FieldCode::kTypeMismatch);
  plan_.run();
  EXPECT_EQ(plan_.errors(0), "1 TYPE_MISMATCH, 2 UNKNOWN_CATEGORY");
}

TEST_F(PlanOnInvalidRows, RowFullOfErrorsTakesNoMore) {
  plan_.start(1);
  plan_.number(0, 0, 1e300);
  plan_.tile().texts(1)[0] = {reinterpret_cast<const char*>(8), 1'000};
  plan_.tile().texts(2)[0] = {reinterpret_cast<const char*>(8), 1'000};
  for (std::uint32_t i = 0; i < wire::kRowErrorsMax; ++i) fail_field(0, wire::kNoField, wire::FieldCode::kExtraField);
  plan_.run();
  EXPECT_EQ(plan_.tile().errors().count(0), wire::kRowErrorsMax);
}

TEST(Plan, FeatureEqualToTheMissingValueIsNaN) {
  PlanSpec spec = of_number({}, "x");
  spec.missing = -999.1F;
  PlanCase plan({number_field("x")}, spec);
  plan.start(4);
  plan.number(0, 0, -999.1);  // Equal in float32, where it counts.
  plan.number(0, 1, -999);
  plan.number(0, 2, kNan);
  plan.number(0, 3, 1e300);
  plan.run();
  EXPECT_TRUE(std::isnan(plan.feature(0, 0)));
  EXPECT_EQ(plan.feature(1, 0), -999.0F);
  EXPECT_TRUE(std::isnan(plan.feature(2, 0)));
  EXPECT_EQ(plan.errors(3), "0 NOT_FINITE");
}

TEST(Plan, BothZerosAreMissingWhereZeroIs) {
  PlanSpec spec = of_number({}, "x");
  spec.missing = 0.0F;
  PlanCase plan({number_field("x")}, spec);
  plan.start(2);
  plan.number(0, 0, 0.0);
  plan.number(0, 1, -0.0);
  plan.run();
  EXPECT_TRUE(std::isnan(plan.feature(0, 0)));
  EXPECT_TRUE(std::isnan(plan.feature(1, 0)));
}

TEST(Plan, WritesNothingBetweenItsFeaturesAndTheStride) {
  PlanCase plan({number_field("x")}, of_number({}, "x"));
  plan.start(2);
  plan.number(0, 0, 1);
  plan.number(0, 1, 2);
  plan.run();
  EXPECT_EQ(plan.feature(0, 1), -1.0F);
  EXPECT_EQ(plan.feature(1, 1), -1.0F);
}

}  // namespace
}  // namespace ringside::engine::test
