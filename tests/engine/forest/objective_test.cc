// Goal: an objective's base score, transform and shape are the XGBoost library's, in every bit, at the awkward places of the axis
//   too.
// Method: models without trees, so that the library's own base margins and base scores go straight through its transforms.

#include "engine/forest/objective.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <set>

#include "engine/forest/forest.h"
#include "engine/forest/reference.h"
#include "tests/engine/forest/model_files.h"

namespace ringside::engine::test {
namespace {

constexpr BoosterVersion k1_7{1, 7, 4};

constexpr const char* kEveryObjective[] = {
    "binary:hinge",        "binary:logistic", "binary:logitraw", "count:poisson",        "multi:softmax",
    "multi:softprob",      "rank:map",        "rank:ndcg",       "rank:pairwise",        "reg:absoluteerror",
    "reg:gamma",           "reg:linear",      "reg:logistic",    "reg:pseudohubererror", "reg:squarederror",
    "reg:squaredlogerror", "reg:tweedie",     "survival:aft",    "survival:cox",
};

std::vector<float> awkward_margins() {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  std::vector<float> margins{0.0F,
                             -0.0F,
                             1e-45F,
                             -1e-45F,
                             1e-30F,
                             -1e-30F,
                             3e38F,
                             -3e38F,
                             kInfinity,
                             -kInfinity,
                             std::numeric_limits<float>::quiet_NaN()};
  for (const float at : {88.7F, 88.72F, 88.8F, 104.0F, 1.0F, 16.0F, 103.97F}) {
    for (const float sign : {1.0F, -1.0F}) {
      margins.insert(margins.end(), {sign * at, std::nextafter(sign * at, 200.0F), std::nextafter(sign * at, -200.0F)});
    }
  }
  std::mt19937_64 random(5);
  while (margins.size() % 15 != 0 || margins.size() < 15'000) {
    const double unit = static_cast<double>(random() >> 11) * 0x1p-53 * 2 - 1;
    margins.push_back(static_cast<float>(unit * (random() % 2 == 0 ? 4 : 110)));
  }
  return margins;
}

// Equal bits; of a NaN only that it is one, for its sign and payload are the compiler's choice of operand order.
void expect_same(const std::vector<float>& ours, const std::vector<float>& theirs) {
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (std::isnan(ours[i]) && std::isnan(theirs[i])) continue;
    ASSERT_EQ(std::bit_cast<std::uint32_t>(ours[i]), std::bit_cast<std::uint32_t>(theirs[i])) << "element " << i;
  }
}

BoosterModel model_of(const std::string& objective) { return empty_model(objective, 1, objective.starts_with("multi:") ? 3 : 0); }

class EveryObjective : public testing::TestWithParam<const char*> {};

TEST_P(EveryObjective, TransformsMarginsAsTheLibraryDoes) {
  const BoosterModel model = model_of(GetParam());
  const std::string file = write_json(model);
  auto reference = XgboostReference::load(as_bytes(file), model);
  ASSERT_TRUE(reference.ok()) << reference.error();
  const auto forest = Forest::build(model);
  ASSERT_TRUE(forest.ok()) << forest.error().text();

  const std::vector<float> margins = awkward_margins();
  const std::size_t rows = margins.size() / forest->margins_per_row();
  const std::vector<float> cells(rows, 0.0F);
  std::vector<float> theirs(rows * forest->values_per_row());
  std::vector<float> ours(theirs.size());
  const auto predicted = reference->predict(cells.data(), rows, margins.data(), nullptr, theirs.data());
  ASSERT_TRUE(predicted.ok()) << predicted.error();
  forest->transform(margins.data(), rows, ours.data());
  expect_same(ours, theirs);

  std::vector<float> in_place = margins;
  forest->transform(in_place.data(), rows, in_place.data());
  in_place.resize(ours.size());
  expect_same(in_place, ours);
}

TEST_P(EveryObjective, TurnsTheBaseScoreIntoAMarginAsTheLibraryDoes) {
  for (const float base_score : {0.5F, 0.037F, 1e-7F, 0.999999F, 0.3F, 1.0F, 2.5F, 1e6F, 0.0F, -3.3F}) {
    BoosterModel model = model_of(GetParam());
    model.base_scores = {base_score};
    model.base_score_text = float_text(base_score);
    const auto forest = Forest::build(model);
    const std::string objective = GetParam();
    if (!forest) {  // Where the library refuses, too, or would answer NaN or an infinity.
      EXPECT_EQ(forest.error().key, "learner.learner_model_param.base_score");
      const bool logit = objective == "binary:logistic" || objective == "reg:logistic";
      EXPECT_TRUE(base_score <= 0 || (logit && base_score >= 1)) << base_score;
      continue;
    }
    const std::string file = write_json(model);
    auto reference = XgboostReference::load(as_bytes(file), model);
    ASSERT_TRUE(reference.ok()) << reference.error();
    std::vector<float> theirs(forest->margins_per_row());
    const float cell = 0;
    const auto predicted = reference->predict(&cell, 1, nullptr, theirs.data(), nullptr);
    ASSERT_TRUE(predicted.ok()) << predicted.error();
    expect_same(std::vector<float>(theirs.size(), forest->base_margins()[0]), theirs);
  }
}

INSTANTIATE_TEST_SUITE_P(Table, EveryObjective, testing::ValuesIn(kEveryObjective), [](const auto& name) {
  std::string text = name.param;
  text[text.find(':')] = '_';
  return text;
});

TEST(Objective, TableIsClosed) {
  for (const char* name : kEveryObjective) {
    ASSERT_NE(find_objective(name, k1_7), nullptr) << name;
    EXPECT_EQ(find_objective(name, k1_7)->name, name);
  }
  for (const char* name : {"", "binary", "binary:logistic ", "Binary:logistic", "reg:quantileerror", "reg:expectileerror"}) {
    EXPECT_EQ(find_objective(name, k1_7), nullptr) << name;
  }
}

TEST(Objective, KindsSayWhatTheValuesAre) {
  EXPECT_EQ(find_objective("binary:logistic", k1_7)->kind, ScoreKind::kBinary);
  EXPECT_EQ(find_objective("binary:hinge", k1_7)->kind, ScoreKind::kBinary);
  EXPECT_EQ(find_objective("binary:logitraw", k1_7)->kind, ScoreKind::kOther);  // a margin: 1 - margin is no probability
  EXPECT_EQ(find_objective("multi:softprob", k1_7)->kind, ScoreKind::kMultiClass);
  EXPECT_EQ(find_objective("multi:softmax", k1_7)->kind, ScoreKind::kMultiClass);
  EXPECT_EQ(find_objective("reg:logistic", k1_7)->kind, ScoreKind::kOther);
  EXPECT_EQ(find_objective("multi:softmax", k1_7)->values_per_row(5), 1U);
  EXPECT_EQ(find_objective("multi:softprob", k1_7)->values_per_row(5), 5U);
}

TEST(Objective, SoftmaxTakesTheFirstOfEqualClasses) {
  const float margins[] = {1, 3, 3, 2};
  float value = -1;
  find_objective("multi:softmax", k1_7)->transform(margins, 1, 4, &value);
  EXPECT_EQ(value, 1.0F);
}

TEST(Objective, HingeIsZeroAtZero) {
  const float margins[] = {0.0F, -0.0F, 1e-45F, -1e-45F};
  float values[4];
  find_objective("binary:hinge", k1_7)->transform(margins, 4, 1, values);
  EXPECT_EQ(std::vector<float>(values, values + 4), (std::vector<float>{0, 0, 1, 0}));
}

}  // namespace
}  // namespace ringside::engine::test
