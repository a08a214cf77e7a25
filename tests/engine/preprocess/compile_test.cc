// Goal: a spec that the plan could not honour is refused, with the key in preprocess.json, what was expected and what was found;
// all problems at once. Method: one table, one wrong thing a row.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>

#include "tests/engine/preprocess/plan_case.h"

namespace ringside::engine::test {
namespace {

using Op = ArithmeticStep::Op;

std::vector<Field> fields() {
  Field passes = text_field("may_miss", "");
  passes.on_missing = OnMissing::kPass;
  Field meta = text_field("phone", "");
  meta.meta = true;
  return {number_field("x"), text_field("t", "a"), passes, meta};
}

std::vector<PlanProblem> problems_of(const PlanSpec& spec) {
  const auto plan = Plan::compile(spec, InputSchema(fields(), true));
  return plan.ok() ? std::vector<PlanProblem>{} : plan.error();
}

struct Refusal {
  const char* what;
  std::vector<PlanStep> steps;  // behind a number step x → x
  std::vector<std::string> features;
  const char* key;
  const char* expected;  // a part of it
  const char* found;
};

class PlanRefusal : public ::testing::TestWithParam<Refusal> {};

TEST_P(PlanRefusal, NamesKeyExpectedAndFound) {
  const Refusal& refusal = GetParam();
  PlanSpec spec{refusal.steps, refusal.features};
  spec.steps.insert(spec.steps.begin(), NumberStep{"x", "x"});
  const auto problems = problems_of(spec);
  ASSERT_EQ(problems.size(), 1u) << (problems.empty() ? "taken" : problems[1].key + ": " + problems[1].expected);
  EXPECT_EQ(problems[0].key, refusal.key);
  EXPECT_NE(problems[0].expected.find(refusal.expected), std::string::npos) << problems[0].expected;
  EXPECT_NE(problems[0].found.find(refusal.found), std::string::npos) << problems[0].found;
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();
const std::vector<std::string> kX{"x"};
const Unseen kToA{Unseen::Kind::kCategory, "a"};

EncodeStep encode(std::vector<std::string> categories, std::vector<double> values) {
  EncodeStep step;
  step.in = {.is_field = true, .name = "may_miss"};
  step.out = "y";
  step.categories.texts = std::move(categories);
  step.values = std::move(values);
  return step;
}
EncodeStep encode_number(std::vector<double> categories) {
  EncodeStep step;
  step.in.name = "x";
  step.out = "y";
  step.values.resize(categories.size());
  step.categories.numbers = std::move(categories);
  return step;
}
IndicatorsStep indicators(std::vector<std::int64_t> slots) {
  IndicatorsStep step;
  step.in = {.is_field = true, .name = "may_miss"};
  step.outs = {"y", "z"};
  step.categories.texts = {"a", "b"};
  step.slots = std::move(slots);
  return step;
}
QuantileStep quantile(std::vector<double> quantiles, std::vector<double> references) {
  return {QuantileStep::Distribution::kUniform, "x", "y", std::move(quantiles), std::move(references)};
}

const Refusal kRefusals[] = {
    {"a field that is not there", {NumberStep{"y", "y"}}, kX, "steps[1].field", "a field of feature_schema.yaml", "\"y\""},
    {"a number step on text", {NumberStep{"t", "y"}}, kX, "steps[1].field", "dtype int, float or bool", "\"t\""},
    {"a label of a number", {LabelStep{"x", "y", {"a"}, kToA}}, kX, "steps[1].field", "dtype str", "\"x\""},
    {"a field that is meta", {LabelStep{"phone", "y", {"a"}, kToA}}, kX, "steps[1].field", "modelled", "role: meta"},
    {"an encoder without a missing value",
     {LabelStep{"may_miss", "y", {"a"}, kToA}},
     kX,
     "steps[1].field",
     "no missing value",
     "on_missing: pass"},
    {"a column written twice", {NumberStep{"x", "x"}}, kX, "steps[1].out", "a new name", "\"x\""},
    {"a column without a name", {NumberStep{"x", ""}}, kX, "steps[1].out", "a name", "\"\""},
    {"a column that is not there yet", {ArithmeticStep{Op::kAdd, "z", "y", 1}}, kX, "steps[1].in", "an earlier step", "\"z\""},
    {"a NaN scale", {ArithmeticStep{Op::kMultiply, "x", "y", std::nan("")}}, kX, "steps[1].value", "finite", "nan"},
    {"an infinite shift", {ArithmeticStep{Op::kAdd, "x", "y", -kInfinity}}, kX, "steps[1].value", "finite", "inf"},
    {"a division by zero", {ArithmeticStep{Op::kDivide, "x", "y", -0.0}}, kX, "steps[1].value", "not zero", "-0x0p+0"},
    {"clip bounds the wrong way round", {ClipStep{"x", "y", 1, 0}}, kX, "steps[1].low", "at most high", "0x1p+0"},
    {"an infinite clip bound", {ClipStep{"x", "y", 0, kInfinity}}, kX, "steps[1].high", "finite", "inf"},
    {"no classes", {LabelStep{"t", "y", {}, {Unseen::Kind::kReject, ""}}}, kX, "steps[1].classes", "at least one", "[]"},
    {"a class twice", {LabelStep{"t", "y", {"a", "a"}, {}}}, kX, "steps[1].classes[1]", "differ", "\"a\" again"},
    {"zeros from a label",
     {LabelStep{"t", "y", {"a"}, {Unseen::Kind::kZeros, ""}}},
     kX,
     "steps[1].unseen",
     "one of classes",
     "zeros"},
    {"unseen becomes no class",
     {LabelStep{"t", "y", {"a"}, {Unseen::Kind::kCategory, "u"}}},
     kX,
     "steps[1].unseen",
     "one of classes",
     "\"u\""},
    {"a fill that is refused", {LabelStep{"t", "y", {"b"}, {}}}, kX, "steps[1].classes", "the fill of t", "\"a\""},
    {"a column too few", {OnehotStep{"t", {"a", "b"}, {}, {"ta"}, {}}}, kX, "steps[1].outs", "2", "1"},
    {"a column for what is dropped", {OnehotStep{"t", {"a", "b"}, {"a"}, {"ta", "tb"}, {}}}, kX, "steps[1].outs", "1", "2"},
    {"dropping what is no category",
     {OnehotStep{"t", {"a", "b"}, {"c"}, {"ta"}, {}}},
     kX,
     "steps[1].drop",
     "categories",
     "\"c\""},
    {"a column name twice in a step",
     {OnehotStep{"t", {"a", "b"}, {}, {"ta", "ta"}, {}}},
     kX,
     "steps[1].outs[1]",
     "a new name",
     "\"ta\""},
    {"a value too few", {encode({"a", "b"}, {1})}, kX, "steps[1].values", "one for each of categories: 2", "1"},
    {"an infinite value", {encode({"a"}, {kInfinity})}, kX, "steps[1].values[0]", "finite number or nan", "inf"},
    {"a category twice", {encode({"a", "a"}, {1, 2})}, kX, "steps[1].categories[1]", "differ", "\"a\" again"},
    {"a category that is nan", {encode_number({0, std::nan("")})}, kX, "steps[1].categories[1]", "nan already", "nan"},
    {"both zeros", {encode_number({0.0, -0.0})}, kX, "steps[1].categories[1]", "differ", "-0x0p+0 again"},
    {"a slot that is not there", {indicators({0, 2})}, kX, "steps[1].slots[1]", "there are 2", "2"},
    {"a slot below none", {indicators({0, -2})}, kX, "steps[1].slots[1]", "there are 2", "-2"},
    {"a slot too few", {indicators({0})}, kX, "steps[1].slots", "one for each of categories: 2", "1"},
    {"an infinite fill", {ImputeStep{"x", "y", 0, kInfinity}}, kX, "steps[1].value", "finite number or nan", "inf"},
    {"a text that equals a number", {text_is_missing("t", "y", 1)}, kX, "steps[1].equals", "nan", "0x1p+0"},
    {"a requirement of nothing", {RequireStep{RequireStep::What::kFinite, "z"}}, kX, "steps[1].in", "an earlier step", "\"z\""},
    {"an infinite threshold", {BinarizeStep{"x", "y", kInfinity}}, kX, "steps[1].threshold", "finite", "inf"},
    {"edges that fall", {BinsStep{"x", "y", {1, 3, 2}}}, kX, "steps[1].edges[2]", "at least the one before, 0x1.8p+1", "0x1p+1"},
    {"no quantiles", {quantile({}, {})}, kX, "steps[1].quantiles", "at least one", "[]"},
    {"a reference too few", {quantile({1, 2}, {0})}, kX, "steps[1].references", "one for each of quantiles: 2", "1"},
    {"quantiles that fall", {quantile({2, 1}, {0, 1})}, kX, "steps[1].quantiles[1]", "at least the one before", "0x1p+0"},
    {"an infinite lambda", {PowerStep{PowerStep::Method::kBoxCox, "x", "y", kInfinity}}, kX, "steps[1].lambda", "finite", "inf"},
    {"no features", {}, {}, "features", "at least one", "[]"},
    {"a feature twice", {}, {"x", "x"}, "features[1]", "differ", "\"x\" again"},
    {"a feature that nothing writes", {}, {"x", "y"}, "features[1]", "a step writes", "\"y\""},
};

INSTANTIATE_TEST_SUITE_P(EachKind, PlanRefusal, ::testing::ValuesIn(kRefusals), [](const auto& test) {
  std::string name = test.param.what;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

TEST(PlanCompile, SaysEveryProblemAtOnce) {
  const PlanSpec spec{{NumberStep{"y", "y"}, LabelStep{"x", "l", {"a"}, kToA}, ArithmeticStep{Op::kDivide, "q", "z", 0}},
                      {"z", "w"}};
  std::vector<std::string> keys;
  for (const PlanProblem& problem : problems_of(spec)) keys.push_back(problem.key);
  EXPECT_EQ(keys, (std::vector<std::string>{"steps[0].field", "steps[1].field", "steps[2].value", "steps[2].in", "features[1]"}));
}

TEST(PlanCompile, RequiredTextThatWouldPassIsNeverMissing) {
  Field field = text_field("t", "");
  field.on_missing = OnMissing::kPass;
  field.required = true;
  EXPECT_TRUE(Plan::compile({{LabelStep{"t", "t", {"a"}, {}}}, {"t"}}, InputSchema({field}, true)).ok());
}

TEST(PlanCompile, ColumnThatNoFeatureReadsIsNoProblem) {
  EXPECT_TRUE(Plan::compile({{OnehotStep{"t", {"a", "b"}, {}, {"ta", "tb"}, {}}}, {"tb"}}, InputSchema(fields(), true)).ok());
}

TEST(PlanCompile, KeepsTheFeaturesNamesInTheModelsOrder) {
  const auto plan =
      Plan::compile({{NumberStep{"x", "x"}, ArithmeticStep{Op::kAdd, "x", "a", 1}}, {"a", "x"}}, InputSchema(fields(), true));
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->features(), 2u);
  EXPECT_EQ(plan->feature_names(), (std::vector<std::string>{"a", "x"}));
}

}  // namespace
}  // namespace ringside::engine::test
