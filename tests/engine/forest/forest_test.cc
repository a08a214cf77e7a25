// Goal: margins and values equal the XGBoost library's in every bit, whatever the objective, the booster, the spelling of the
//   file and the row; and predicting changes nothing, allocates nothing and depends on nothing but the row.
// Method: boosters trained by the library on seeded data, and forests of random structure with awkward thresholds, each read in
//   both spellings and compared on rows that sit on thresholds, one ulp beside them, on ±0, subnormals, infinities and missing
//   values. A few rules are also spelt out by hand, so that a shared misunderstanding would show.

#include "engine/forest/forest.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <thread>

#include "engine/forest/reference.h"
#include "tests/engine/forest/model_files.h"
#include "tests/engine/forest/random_models.h"
#include "tests/engine/forest/trained_boosters.h"

namespace ringside::engine::test {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

BoosterModel must_read(const std::string& file) {
  auto model = read_model(as_bytes(file));
  if (!model) throw std::runtime_error(model.error().text());
  return std::move(model).value();
}

Forest must_build(const BoosterModel& model) {
  auto forest = Forest::build(model);
  if (!forest) throw std::runtime_error(forest.error().text());
  return std::move(forest).value();
}

struct Scores {
  std::vector<float> margins;
  std::vector<float> values;
};

Scores predict(const Forest& forest, const std::vector<float>& cells, const float* base_margins = nullptr) {
  const std::size_t rows = cells.size() / forest.features();
  Scores scores{std::vector<float>(rows * forest.margins_per_row()), std::vector<float>(rows * forest.values_per_row())};
  forest.predict_margins(cells.data(), rows, forest.features(), base_margins, scores.margins.data());
  forest.transform(scores.margins.data(), rows, scores.values.data());
  return scores;
}

std::vector<std::uint32_t> bits(const std::vector<float>& values) {
  std::vector<std::uint32_t> bits;
  for (const float value : values) bits.push_back(std::bit_cast<std::uint32_t>(value));
  return bits;
}

void expect_reference_bits(const std::string& file, std::mt19937_64& random, std::size_t rows) {
  const BoosterModel model = must_read(file);
  ASSERT_TRUE(XgboostReference::trusted(model));
  const Forest forest = must_build(model);
  auto reference = XgboostReference::load(as_bytes(file), model);
  ASSERT_TRUE(reference.ok()) << reference.error();
  const bool gbtree = model.booster == BoosterKind::kGbtree;  // DART's reference refuses infinities, as every DMatrix does.
  const std::vector<float> cells = trap_rows(random, model, rows, gbtree);

  std::vector<float> base_margins(rows * forest.margins_per_row());
  for (float& margin : base_margins) margin = awkward_float(random);
  for (const float* given : {static_cast<const float*>(nullptr), static_cast<const float*>(base_margins.data())}) {
    const Scores ours = predict(forest, cells, given);
    Scores theirs{std::vector<float>(ours.margins.size()), std::vector<float>(ours.values.size())};
    const auto predicted = reference->predict(cells.data(), rows, given, theirs.margins.data(), theirs.values.data());
    ASSERT_TRUE(predicted.ok()) << predicted.error();
    EXPECT_EQ(bits(ours.margins), bits(theirs.margins)) << (given != nullptr ? "with base margins" : "with the base score");
    EXPECT_EQ(bits(ours.values), bits(theirs.values)) << (given != nullptr ? "with base margins" : "with the base score");
  }
}

class TrainedForest : public testing::TestWithParam<TrainingPlan> {};

TEST_P(TrainedForest, EqualsTheLibraryInEveryBitFromJsonAndFromUbj) {
  const TrainedBooster trained = train(GetParam());
  std::mt19937_64 random(1);
  expect_reference_bits(trained.json, random, 1500);
  expect_reference_bits(trained.ubj, random, 200);
}

INSTANTIATE_TEST_SUITE_P(Plans, TrainedForest, testing::ValuesIn(training_plans()),
                         [](const auto& plan) { return plan.param.name; });

struct Shape {
  const char* name;
  const char* objective;
  BoosterKind booster;
  std::uint32_t features;
  std::uint32_t classes;
  std::uint32_t rounds;
  std::uint32_t depth;
};

void PrintTo(const Shape& shape, std::ostream* to) { *to << shape.name; }

class RandomForest : public testing::TestWithParam<Shape> {};

BoosterModel random_model(std::mt19937_64& random, const Shape& shape) {
  BoosterModel model = empty_model(shape.objective, shape.features, shape.classes);
  model.booster = shape.booster;
  for (std::uint32_t t = 0; t < shape.rounds * model.outputs(); ++t) {
    // tree_info need not go round in circles.
    add_tree(model, random_tree(random, shape.features, shape.depth), static_cast<std::uint32_t>(random() % model.outputs()),
             awkward_float(random));
  }
  return model;
}

TEST_P(RandomForest, EqualsTheLibraryInEveryBitFromJsonAndFromUbj) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    const BoosterModel model = random_model(random, GetParam());
    expect_reference_bits(write_json(model), random, 400);
    expect_reference_bits(write_ubj(model), random, 100);
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, RandomForest,
                         testing::Values(Shape{"stumps", "binary:logistic", BoosterKind::kGbtree, 3, 0, 17, 1},
                                         Shape{"one_feature", "reg:squarederror", BoosterKind::kGbtree, 1, 0, 9, 5},
                                         Shape{"depth_6", "binary:logistic", BoosterKind::kGbtree, 12, 0, 30, 6},
                                         Shape{"depth_12", "count:poisson", BoosterKind::kGbtree, 6, 0, 5, 12},
                                         Shape{"many_classes", "multi:softprob", BoosterKind::kGbtree, 9, 11, 4, 5},
                                         Shape{"softmax", "multi:softmax", BoosterKind::kGbtree, 9, 4, 4, 5},
                                         Shape{"dart", "binary:logistic", BoosterKind::kDart, 8, 0, 20, 5},
                                         Shape{"dart_classes", "multi:softprob", BoosterKind::kDart, 8, 3, 7, 5}),
                         [](const auto& shape) { return shape.param.name; });

TEST(Forest, ForestOfRootsOnlyEqualsTheLibrary) {
  BoosterModel model = empty_model("reg:squarederror", 2);
  for (const float leaf : {1.5F, -0.25F, 1e-8F}) add_tree(model, leaf_tree(leaf));
  std::mt19937_64 random(1);
  expect_reference_bits(write_json(model), random, 20);
  EXPECT_EQ(predict(must_build(model), {kNaN, 1}).margins, std::vector<float>{0.5F + 1.5F - 0.25F + 1e-8F});
}

TEST(Forest, ModelWithoutTreesAnswersTheBaseScore) {
  for (const char* objective : {"binary:logistic", "reg:squarederror", "count:poisson"}) {
    std::mt19937_64 random(1);
    expect_reference_bits(write_ubj(empty_model(objective, 2)), random, 5);
  }
  EXPECT_EQ(predict(must_build(empty_model("binary:logistic", 1)), {kNaN}).values, std::vector<float>{0.5F});
}

TEST(Forest, ValueOnTheThresholdGoesRightAndTheUlpBelowLeft) {
  BoosterModel model = empty_model("binary:logitraw", 1);
  model.base_score_text = "0E0";
  model.base_scores = {0};
  add_tree(model, stump(0, 0.1F, true, 1, 2));
  const Forest forest = must_build(model);
  EXPECT_EQ(predict(forest, {0.1F, std::nextafter(0.1F, 0.0F), std::nextafter(0.1F, 1.0F), kInfinity, -kInfinity}).margins,
            (std::vector<float>{2, 1, 2, 2, 1}));
}

TEST(Forest, MissingValueTakesTheDefaultDirectionWhateverItsSignAndPayload) {
  for (const bool default_left : {true, false}) {
    BoosterModel model = empty_model("binary:logitraw", 1);
    model.base_scores = {0};
    add_tree(model, stump(0, 0, default_left, 1, 2));
    const float missing[] = {kNaN, -kNaN, std::bit_cast<float>(0xFFFFFFFFU), std::bit_cast<float>(0x7F800001U)};
    for (const float value : missing) EXPECT_EQ(predict(must_build(model), {value}).margins[0], default_left ? 1.0F : 2.0F);
  }
}

TEST(Forest, NegativeZeroEqualsZero) {
  BoosterModel model = empty_model("binary:logitraw", 1);
  model.base_scores = {0};
  add_tree(model, stump(0, 0.0F, true, 1, 2));
  add_tree(model, stump(0, -0.0F, true, 10, 20));
  EXPECT_EQ(predict(must_build(model), {0.0F, -0.0F, -1e-45F}).margins, (std::vector<float>{22, 22, 11}));
}

TEST(Forest, LeavesAreAddedToTheBaseInTreeOrder) {
  BoosterModel model = empty_model("reg:squarederror", 1);
  model.base_score_text = "1E0";
  model.base_scores = {1};
  const std::vector<float> leaves{1e8F, 1.0F, -1e8F, 3.0F, 1e-3F};
  float expected = 1;
  for (const float leaf : leaves) {
    add_tree(model, leaf_tree(leaf));
    expected += leaf;
  }
  const float margin = predict(must_build(model), {0}).margins[0];
  EXPECT_EQ(margin, expected);
  EXPECT_EQ(margin, 3.001F);  // In double, or with the base last, it would be 5.001 or 4.001.
}

TEST(Forest, DartTreeOfNegativeZeroAddsZeroAsTheLibrarySumsATreeFirst) {
  BoosterModel model = empty_model("reg:squarederror", 1);
  model.booster = BoosterKind::kDart;
  add_tree(model, leaf_tree(-0.0F), 0, 1.0F);
  const std::string file = write_json(model);
  auto reference = XgboostReference::load(as_bytes(file), model);
  ASSERT_TRUE(reference.ok()) << reference.error();
  const std::vector<float> base_margin{-0.0F};
  std::vector<float> theirs(1);
  const float cell = 0;
  ASSERT_TRUE(reference->predict(&cell, 1, base_margin.data(), theirs.data(), nullptr).ok());
  EXPECT_EQ(bits(predict(must_build(model), {cell}, base_margin.data()).margins), bits(theirs));
  EXPECT_FALSE(std::signbit(theirs[0]));
}

TEST(Forest, BaseMarginReplacesTheBaseScoreAndMayBeTheOutput) {
  BoosterModel model = empty_model("multi:softprob", 1, 2);
  add_tree(model, leaf_tree(1), 0);
  add_tree(model, leaf_tree(2), 1);
  const Forest forest = must_build(model);
  std::vector<float> margins{10, 20, 30, 40};
  const std::vector<float> cells{0, 0};
  forest.predict_margins(cells.data(), 2, 1, margins.data(), margins.data());
  EXPECT_EQ(margins, (std::vector<float>{11, 22, 31, 42}));
}

TEST(Forest, RowsOfAnyStrideAndBatchOfAnySizeGiveTheSameBits) {
  std::mt19937_64 random(3);
  BoosterModel model = empty_model("multi:softprob", 5, 3);
  for (std::uint32_t t = 0; t < 21; ++t) add_tree(model, random_tree(random, 5, 6), t % 3);
  const Forest forest = must_build(model);
  const std::size_t rows = 512;
  const std::vector<float> cells = trap_rows(random, model, rows, true);
  const Scores together = predict(forest, cells);
  std::vector<float> wide(rows * 8, kNaN);
  for (std::size_t r = 0; r < rows; ++r) std::copy_n(cells.data() + r * 5, 5, wide.data() + r * 8);
  std::vector<float> strided(rows * 3);
  forest.predict_margins(wide.data(), rows, 8, nullptr, strided.data());
  EXPECT_EQ(bits(strided), bits(together.margins));
  for (std::size_t r = 0; r < rows; ++r) {
    float alone[3];
    forest.predict_margins(cells.data() + r * 5, 1, 5, nullptr, alone);
    EXPECT_EQ(bits({alone, alone + 3}), bits({together.margins.data() + r * 3, together.margins.data() + r * 3 + 3}))
        << "row " << r;
  }
}

TEST(Forest, ThreadsOnOneForestGiveTheSameBits) {
  std::mt19937_64 random(4);
  BoosterModel model = empty_model("binary:logistic", 5);
  for (std::uint32_t t = 0; t < 20; ++t) add_tree(model, random_tree(random, 5, 6));
  const Forest forest = must_build(model);
  const std::vector<float> cells = trap_rows(random, model, 2000, true);
  const Scores expected = predict(forest, cells);
  Scores scores[4];
  {
    std::vector<std::jthread> threads;
    for (Scores& mine : scores) threads.emplace_back([&] { mine = predict(forest, cells); });
  }
  for (const Scores& mine : scores) EXPECT_EQ(bits(mine.values), bits(expected.values));
}

TEST(Forest, ChainAsDeepAsATreeMayBeIsWalked) {
  BoosterTree chain;
  constexpr std::int32_t kSplits = kMaxTreeDepth;
  for (std::int32_t i = 0; i < kSplits; ++i) {  // Split 2i has the leaf 2i + 1 on its left, for x < i + 1.
    for (const bool leaf : {false, true}) {
      chain.left_children.push_back(leaf ? -1 : 2 * i + 1);
      chain.right_children.push_back(leaf ? -1 : 2 * i + 2);
      chain.split_indices.push_back(0);
      chain.split_conditions.push_back(static_cast<float>(leaf ? i : i + 1));
      chain.default_left.push_back(0);
    }
  }
  chain.left_children.push_back(-1);
  chain.right_children.push_back(-1);
  chain.split_indices.push_back(0);
  chain.split_conditions.push_back(kSplits);
  chain.default_left.push_back(0);
  BoosterModel model = empty_model("binary:logitraw", 1);
  model.base_scores = {0};
  add_tree(model, chain);
  EXPECT_EQ(predict(must_build(model), {-1, 1234.5F, 4095, 4096, kNaN}).margins,
            (std::vector<float>{0, 1234, 4095, kSplits, kSplits}));
  EXPECT_EQ(must_read(write_ubj(model)).trees[0].left_children, chain.left_children);
}

TEST(Forest, TellsItsShape) {
  BoosterModel model = empty_model("multi:softmax", 6, 3);
  for (std::uint32_t t = 0; t < 3; ++t) add_tree(model, stump(5, 1, false, 0.5F, 1), t);
  const Forest forest = must_build(model);
  EXPECT_EQ(forest.features(), 6U);
  EXPECT_EQ(forest.margins_per_row(), 3U);
  EXPECT_EQ(forest.values_per_row(), 1U);
  EXPECT_EQ(forest.trees(), 3U);
  EXPECT_EQ(forest.nodes(), 9U);
  EXPECT_EQ(forest.base_margins()[0], 0.5F);
  EXPECT_EQ(forest.objective().name, "multi:softmax");
}

TEST(Forest, RefusesAModelThatDidNotComeFromAFileJustAsWell) {
  BoosterModel model = empty_model("binary:logistic", 1);
  add_tree(model, stump(0, 1, false, 0.5F, 1));
  model.trees[0].left_children[0] = 7;
  const auto forest = Forest::build(model);
  ASSERT_FALSE(forest.ok());
  EXPECT_EQ(forest.error().key, "learner.gradient_booster.model.trees[0].left_children[0]");
}

}  // namespace
}  // namespace ringside::engine::test
