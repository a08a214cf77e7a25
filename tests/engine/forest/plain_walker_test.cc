// Goal: the plain walker adds, compares and chooses in the order and by the rules of the release that wrote the model.
// Method: each rule spelt out by hand on numbers that would give other bits by another rule; and, for what no vector reaches, random
//   models against the XGBoost library. What the releases themselves say: golden_vectors_test.cc.

#include "engine/forest/plain_walker.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "engine/forest/reference.h"
#include "tests/engine/forest/model_files.h"
#include "tests/engine/forest/random_models.h"

namespace ringside::engine::test {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

std::vector<float> margins_of(const BoosterModel& model, const std::vector<float>& row, const float* base_margins = nullptr,
                              const WalkOptions& options = {}) {
  const auto walker = PlainWalker::of(model, options);
  if (!walker) throw std::runtime_error(walker.error().text());
  std::vector<float> margins(walker->margins_per_row());
  walker->predict_margins(row.data(), base_margins, margins.data());
  return margins;
}

BoosterModel model_of(const BoosterVersion& version) {
  BoosterModel model = empty_model("reg:squarederror", 1);
  model.version = version;
  model.base_scores = {0};
  return model;
}

TEST(ReleaseRules, ChangeWhereTheReleasesDo) {
  using enum BoosterKind;
  EXPECT_EQ(release_rules({1, 2, 1}, kGbtree).sum, SumOrder::kLeavesFirst);
  EXPECT_EQ(release_rules({1, 3, 0}, kGbtree).sum, SumOrder::kMarginFirst);
  EXPECT_EQ(release_rules({1, 3, 3}, kDart).sum, SumOrder::kLeavesFirst);
  EXPECT_EQ(release_rules({1, 4, 0}, kDart).sum, SumOrder::kMarginFirst);
  EXPECT_FALSE(release_rules({1, 3, 3}, kDart).dart_leaf_from_zero);
  EXPECT_TRUE(release_rules({1, 4, 0}, kDart).dart_leaf_from_zero);
  EXPECT_TRUE(release_rules({3, 2, 0}, kDart).dart_leaf_from_zero);
  EXPECT_FALSE(release_rules({3, 3, 0}, kDart).dart_leaf_from_zero);
  EXPECT_EQ(release_rules({1, 5, 2}, kGbtree).category, CategoryRule::kTruncated);
  EXPECT_EQ(release_rules({1, 6, 0}, kGbtree).category, CategoryRule::kDefaultDirection);
  EXPECT_EQ(release_rules({1, 7, 2}, kGbtree).category, CategoryRule::kDefaultDirection);
  EXPECT_EQ(release_rules({1, 7, 3}, kGbtree).category, CategoryRule::kLeft);
}

TEST(PlainWalker, AddsLeavesToTheMarginOneByOneFrom1_3On) {
  BoosterModel model = model_of({1, 7, 6});
  for (const float leaf : {1.0F, -1e8F, 1.0F}) add_tree(model, leaf_tree(leaf));
  const float base = 1e8F;
  EXPECT_EQ(margins_of(model, {0}, &base), std::vector<float>{((1e8F + 1.0F) + -1e8F) + 1.0F});
}

TEST(PlainWalker, AddsTheSumOfTheLeavesToTheMarginIn1_2) {
  BoosterModel model = model_of({1, 2, 1});
  for (const float leaf : {1.0F, -1e8F, 1.0F}) add_tree(model, leaf_tree(leaf));
  const float base = 1e8F;
  const float leaves = (1.0F + -1e8F) + 1.0F;
  EXPECT_EQ(margins_of(model, {0}, &base), std::vector<float>{1e8F + leaves});
  EXPECT_NE(1e8F + leaves, ((1e8F + 1.0F) + -1e8F) + 1.0F);
}

TEST(PlainWalker, MultipliesADartLeafByItsWeightBeforeAdding) {
  for (const BoosterVersion& version : {BoosterVersion{1, 3, 3}, {1, 7, 6}, {3, 3, 0}}) {
    BoosterModel model = model_of(version);
    model.booster = BoosterKind::kDart;
    add_tree(model, leaf_tree(0.1F), 0, 0.7F);
    add_tree(model, leaf_tree(0.3F), 0, 0.9F);
    const float product = 0.1F * 0.7F;
    EXPECT_EQ(margins_of(model, {0}), std::vector<float>{product + 0.3F * 0.9F});
  }
}

TEST(PlainWalker, KeepsTheSignOfADartLeafOfZeroFrom3_3On) {
  BoosterModel model = model_of({3, 3, 0});
  model.booster = BoosterKind::kDart;
  add_tree(model, leaf_tree(-0.0F), 0, 1.0F);
  const float base = -0.0F;
  EXPECT_TRUE(std::signbit(margins_of(model, {0}, &base)[0]));
  model.version = {3, 2, 0};
  EXPECT_FALSE(std::signbit(margins_of(model, {0}, &base)[0]));
}

TEST(PlainWalker, TakesBaseMarginsInPlaceOfBaseScores) {
  BoosterModel model = empty_model("multi:softprob", 1, 2);
  add_tree(model, leaf_tree(1), 0);
  add_tree(model, leaf_tree(2), 1);
  const float base[] = {10, 20};
  EXPECT_EQ(margins_of(model, {0}, base), (std::vector<float>{11, 22}));
}

TEST(PlainWalker, WalksOnlyTheTreesOfTheRoundsAskedFor) {
  BoosterModel model = model_of({1, 7, 6});
  for (const float leaf : {1.0F, 2.0F, 4.0F, 8.0F}) add_tree(model, leaf_tree(leaf));
  EXPECT_EQ(margins_of(model, {0}, nullptr, {.iteration_begin = 1, .iteration_end = 3}), std::vector<float>{6});
  EXPECT_EQ(margins_of(model, {0}, nullptr, {.iteration_begin = 2}), std::vector<float>{12});
  const auto beyond = PlainWalker::of(model, {.iteration_end = 5});
  ASSERT_FALSE(beyond.ok());
  EXPECT_EQ(beyond.error().key, "iteration_range");
}

TEST(PlainWalker, TakesItsMissingValueAndEveryNaNForMissing) {
  BoosterModel model = model_of({1, 7, 6});
  add_tree(model, stump(0, 0, false, 1, 2));
  model.missing = -999;
  EXPECT_EQ(margins_of(model, {-999}), std::vector<float>{2});
  EXPECT_EQ(margins_of(model, {kNaN}), std::vector<float>{2});
  EXPECT_EQ(margins_of(model, {-998}), std::vector<float>{1});
  model.missing = 0;
  EXPECT_EQ(margins_of(model, {-0.0F}), std::vector<float>{2});
}

// Of a split whose categories 3 and 40 go right, and missing values too.
float category_margin(const BoosterVersion& version, float x) {
  BoosterModel model = model_of(version);
  BoosterTree tree = stump(0, 0, false, -1, 1);
  tree.is_categorical = {1, 0, 0};
  tree.categories = {3, 40};
  tree.category_begins = {0, 2, 2, 2};
  add_tree(model, tree);
  return margins_of(model, {x})[0];
}

TEST(PlainWalker, SendsWhatIsNoCategoryLeftFrom1_7_3On) {
  const BoosterVersion version{1, 7, 6};
  for (const float right : {3.0F, 3.9F, 40.0F, kNaN}) EXPECT_EQ(category_margin(version, right), 1) << right;
  for (const float left : {0.0F, 2.0F, 4.0F, 63.0F, 64.0F, 1e6F, -0.5F, -3.0F, 16777216.0F, 3e38F}) {
    EXPECT_EQ(category_margin(version, left), -1) << left;
  }
}

TEST(PlainWalker, SendsWhatIsNoCategoryWhereMissingValuesGoUntil1_7_2) {
  const BoosterVersion version{1, 7, 2};
  for (const float right : {3.0F, 40.5F, kNaN, 64.0F, 1e6F, -0.5F, 16777216.0F, 3e38F}) {
    EXPECT_EQ(category_margin(version, right), 1) << right;
  }
  for (const float left : {0.0F, -0.0F, 4.0F, 41.0F, 63.0F, 63.9F}) EXPECT_EQ(category_margin(version, left), -1) << left;
}

TEST(PlainWalker, TruncatesACategoryBeforeItLooksIn1_5) {
  const BoosterVersion version{1, 5, 2};
  for (const float right : {3.0F, 3.9F, 40.5F, kNaN}) EXPECT_EQ(category_margin(version, right), 1) << right;
  for (const float left : {-0.5F, -1.0F, -3.0F, 4.0F, 64.0F, 16777216.0F, 3e38F, -3e38F}) {
    EXPECT_EQ(category_margin(version, left), -1) << left;
  }
}

TEST(PlainWalker, AddsAVectorToTheOutputsInTheirOrder) {
  BoosterModel model = model_of({2, 1, 4});
  model.num_target = 2;
  BoosterTree tree = stump(0, 0.5F, false, 0, 0);
  tree.leaf_size = 2;
  tree.right_children = {2, 1, 0};
  tree.leaf_vectors = {1, 2, 3, 4};
  add_tree(model, tree);
  model.round_begins = {0, 1};
  EXPECT_EQ(margins_of(model, {0}), (std::vector<float>{3, 4}));
  EXPECT_EQ(margins_of(model, {1}), (std::vector<float>{1, 2}));
}

TEST(PlainWalker, AddsBiasThenFeaturesInOrderAndSkipsTheMissing) {
  BoosterModel model = empty_model("reg:squarederror", 3);
  model.booster = BoosterKind::kGblinear;
  model.linear_rounds = 1;
  model.base_scores = {1};
  model.linear_weights = {1e8F, 1, -1e8F, 1e8F};  // The last is the bias.
  EXPECT_EQ(margins_of(model, {1, 1, 1}), std::vector<float>{(((1e8F + 1.0F) + 1e8F) + 1.0F) + -1e8F});
  EXPECT_EQ(margins_of(model, {kNaN, 3, kNaN}), std::vector<float>{(1e8F + 1.0F) + 3.0F});
}

void expect_reference_bits(const BoosterModel& model, std::mt19937_64& random, std::size_t rows, bool infinities) {
  ASSERT_TRUE(XgboostReference::trusted(model));
  const std::string file = write_ubj(model);
  auto reference = XgboostReference::load(as_bytes(file), model);
  ASSERT_TRUE(reference.ok()) << reference.error();
  const auto walker = PlainWalker::of(model);
  ASSERT_TRUE(walker.ok()) << walker.error().text();
  const std::size_t outputs = walker->margins_per_row();
  const std::vector<float> cells = trap_rows(random, model, rows, infinities);
  std::vector<float> theirs(rows * outputs);
  const auto predicted = reference->predict(cells.data(), rows, nullptr, theirs.data(), nullptr);
  ASSERT_TRUE(predicted.ok()) << predicted.error();
  for (std::size_t r = 0; r < rows; ++r) {
    std::vector<float> ours(outputs);
    walker->predict_margins(cells.data() + r * model.num_feature, nullptr, ours.data());
    for (std::size_t k = 0; k < outputs; ++k) {
      ASSERT_EQ(std::bit_cast<std::uint32_t>(ours[k]), std::bit_cast<std::uint32_t>(theirs[r * outputs + k]))
          << "row " << r << ", output " << k;
    }
  }
}

TEST(PlainWalker, EqualsTheLibraryOnRandomCategoricalForests) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    std::mt19937_64 random(seed);
    BoosterModel model = empty_model("multi:softprob", 5, 3);
    model.booster = seed % 4 == 0 ? BoosterKind::kDart : BoosterKind::kGbtree;
    for (std::uint32_t t = 0; t < 21; ++t) {
      BoosterTree tree = random_tree(random, 5, 5);
      if (t % 3 != 0) make_categorical(random, tree);
      add_tree(model, std::move(tree), t % 3, awkward_float(random));
    }
    expect_reference_bits(model, random, 300, model.booster == BoosterKind::kGbtree);
  }
}

TEST(PlainWalker, EqualsTheLibraryOnRandomLinearModels) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    std::mt19937_64 random(seed);
    BoosterModel model = empty_model("multi:softprob", 7, 3);
    model.booster = BoosterKind::kGblinear;
    model.linear_rounds = 3;
    for (int i = 0; i < 24; ++i) model.linear_weights.push_back(awkward_float(random));
    expect_reference_bits(model, random, 200, false);
  }
}

}  // namespace
}  // namespace ringside::engine::test
