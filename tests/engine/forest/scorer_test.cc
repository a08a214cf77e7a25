// Goal: behind one face, each library's forest gives the bits that it gives alone, in its own numbers, for one row and for many.
// Method: random models of both libraries; rows on their thresholds; memory of the types that the scorer names.

#include "engine/forest/scorer.h"

#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <random>
#include <vector>

#include "tests/engine/forest/lightgbm/random_models.h"
#include "tests/engine/forest/random_models.h"

namespace ringside::engine::test {
namespace {

template <class Number>
std::vector<std::uint64_t> bits(const std::vector<Number>& numbers) {
  std::vector<std::uint64_t> all;
  for (const Number number : numbers) {
    if constexpr (sizeof(Number) == 8) {
      all.push_back(number != number ? 0 : std::bit_cast<std::uint64_t>(number));
    } else {
      all.push_back(number != number ? 0 : std::bit_cast<std::uint32_t>(number));
    }
  }
  return all;
}

template <class Feature>
void compare_lightgbm(const LightgbmModel& model, FloatType type) {
  const std::size_t rows = 64, stride = model.num_feature + 2, outputs = model.outputs;
  std::mt19937_64 rng(7);
  std::vector<Feature> features(rows * stride, std::numeric_limits<Feature>::quiet_NaN());
  for (std::size_t r = 0; r < rows; ++r) {
    const std::vector<double> row = aimed_row(model, rng);
    for (std::size_t f = 0; f < row.size(); ++f) features[r * stride + f] = static_cast<Feature>(row[f]);
  }
  auto alone = LightgbmForest<Feature>::build(model);
  ASSERT_TRUE(alone.ok()) << alone.error().text();
  std::vector<double> scores(rows * outputs), values(rows * outputs);
  alone->predict_scores(features.data(), rows, stride, scores.data());
  alone->values_of(scores.data(), rows, values.data());

  const Scorer scorer(std::move(*alone));
  EXPECT_EQ(scorer.feature_type(), type);
  EXPECT_EQ(scorer.output_type(), FloatType::kFloat64);
  EXPECT_EQ(scorer.features(), model.num_feature);
  EXPECT_EQ(scorer.margins_per_row(), outputs);
  EXPECT_EQ(scorer.values_per_row(), outputs);
  EXPECT_EQ(scorer.trees(), model.trees.size());
  EXPECT_STREQ(scorer.kernel(), "lockstep");
  EXPECT_GT(scorer.bytes(), 0u);
  std::vector<double> margins(rows * outputs), found(rows * outputs);
  scorer.score(features.data(), rows, stride, margins.data(), found.data());
  EXPECT_EQ(bits(margins), bits(scores));
  EXPECT_EQ(bits(found), bits(values));
  for (std::size_t r = 0; r < rows; ++r)
    scorer.score(&features[r * stride], 1, stride, &margins[r * outputs], &found[r * outputs]);
  EXPECT_EQ(bits(margins), bits(scores));
  EXPECT_EQ(bits(found), bits(values));
}

TEST(Scorer, LightgbmForestGivesItsOwnBitsInFloat64) {
  for (const std::uint32_t outputs : {1u, 3u}) {
    LightgbmModel model = random_model({.rounds = 40, .outputs = outputs, .categorical = 0.2}, 11 + outputs);
    compare_lightgbm<double>(model, FloatType::kFloat64);
    compare_lightgbm<float>(model, FloatType::kFloat32);
    model.average_output = true;
    compare_lightgbm<double>(model, FloatType::kFloat64);
  }
}

TEST(Scorer, LightgbmObjectiveAndKindAreTheModels) {
  LightgbmModel model = random_model({.rounds = 3}, 5);
  EXPECT_EQ(Scorer(std::move(*LightgbmForest<double>::build(model))).objective(), "");
  model.objective = *parse_lightgbm_objective("binary sigmoid:1");
  const Scorer binary(std::move(*LightgbmForest<double>::build(model)));
  EXPECT_EQ(binary.kind(), ScoreKind::kBinary);
  EXPECT_EQ(binary.objective(), "binary");
}

TEST(Scorer, XgboostForestGivesItsOwnBitsInFloat32) {
  std::mt19937_64 random(3);
  BoosterModel model;
  model.version = {1, 7, 4};
  model.objective = "binary:logistic";
  model.base_score_text = "5E-1";
  model.base_scores = {0.5F};
  model.num_feature = 7;
  for (int t = 0; t < 20; ++t) model.trees.push_back(random_tree(random, 7, 5));
  model.tree_info.assign(20, 0);
  auto alone = Forest::build(model);
  ASSERT_TRUE(alone.ok()) << alone.error().text();
  const std::vector<float> rows = trap_rows(random, model, 64, true);
  std::vector<float> margins(64), values(64), found_margins(64), found_values(64);
  alone->predict_margins(rows.data(), 64, 7, nullptr, margins.data());
  alone->transform(margins.data(), 64, values.data());

  const Scorer scorer(std::move(*alone));
  EXPECT_EQ(scorer.feature_type(), FloatType::kFloat32);
  EXPECT_EQ(scorer.output_type(), FloatType::kFloat32);
  EXPECT_EQ(scorer.kind(), ScoreKind::kBinary);
  EXPECT_EQ(scorer.objective(), "binary:logistic");
  EXPECT_EQ(scorer.trees(), 20u);
  scorer.score(rows.data(), 64, 7, found_margins.data(), found_values.data());
  EXPECT_EQ(bits(found_margins), bits(margins));
  EXPECT_EQ(bits(found_values), bits(values));
}

}  // namespace
}  // namespace ringside::engine::test
