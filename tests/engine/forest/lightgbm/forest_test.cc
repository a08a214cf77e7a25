// Goal: packed, a LightGBM model gives the plain walker's bits, for float and double features, whatever its shape and whatever the row.
// Method: random models of every kind of split and leaf; rows on thresholds, beside them, at zero, infinite, NaN; one at a time and many.

#include "engine/forest/lightgbm/forest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <memory>
#include <random>
#include <string>

#include "engine/forest/lightgbm/feature_keys.h"
#include "engine/forest/lightgbm/one_tree.h"
#include "engine/forest/lightgbm/plain_walker.h"
#include "engine/region/region.h"
#include "tests/engine/forest/lightgbm/random_models.h"

namespace ringside::engine::test {
namespace {

struct Case {
  const char* name;
  RandomShape shape;
  const char* kernel = "lockstep";
  std::size_t models = 12;
};
void PrintTo(const Case& c, std::ostream* to) { *to << c.name; }

bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

template <class Feature>
void compare(const LightgbmModel& model, const WalkOptions& options, const char* kernel, std::size_t rows, std::uint64_t seed) {
  const auto walker = LightgbmWalker::of(model, options);
  const auto forest = LightgbmForest<Feature>::build(model, options);
  ASSERT_TRUE(walker.ok()) << walker.error().text();
  ASSERT_TRUE(forest.ok()) << forest.error().text();
  EXPECT_STREQ(forest->kernel().name(), kernel);
  const auto one_tree = make_lightgbm_one_tree<Feature>(model, walker->trees(), nullptr);
  const std::size_t stride = model.num_feature + 3;  // Rows need not lie side by side.
  std::mt19937_64 rng(seed);
  std::vector<Feature> features(rows * stride, std::numeric_limits<Feature>::quiet_NaN());
  for (std::size_t r = 0; r < rows; ++r) {
    const std::vector<double> row = aimed_row(model, rng);
    for (std::size_t f = 0; f < row.size(); ++f) features[r * stride + f] = static_cast<Feature>(row[f]);
  }
  const std::size_t outputs = model.outputs;
  std::vector<double> scores(rows * outputs), values(rows * outputs), plain(outputs), one(outputs);
  forest->predict_scores(features.data(), rows, stride, scores.data());
  forest->values_of(scores.data(), rows, values.data());
  for (std::size_t r = 0; r < rows; ++r) {
    walker->predict_scores(&features[r * stride], plain.data());
    forest->predict_scores(&features[r * stride], 1, stride, one.data());
    for (std::size_t k = 0; k < outputs; ++k) {
      ASSERT_TRUE(same(scores[r * outputs + k], plain[k])) << "row " << r << " of " << rows << ", output " << k;
      ASSERT_TRUE(same(one[k], plain[k])) << "row " << r << " alone, output " << k;
    }
    std::ranges::fill(one, 0.0);
    one_tree->add_trees(&features[r * stride], 1, stride, one.data());
    for (std::size_t k = 0; k < outputs; ++k) ASSERT_TRUE(same(one[k], plain[k])) << "row " << r << ", one tree, output " << k;
    walker->values_of(plain.data(), plain.data());
    for (std::size_t k = 0; k < outputs; ++k)
      ASSERT_TRUE(same(values[r * outputs + k], plain[k])) << "row " << r << ", value " << k;
  }
}

class LightgbmForestShapes : public testing::TestWithParam<Case> {};

TEST_P(LightgbmForestShapes, GiveThePlainWalkersBits) {
  const Case& c = GetParam();
  for (std::uint64_t seed = 1; seed <= c.models; ++seed) {
    SCOPED_TRACE(seed);
    const LightgbmModel model = random_model(c.shape, seed);
    compare<double>(model, {}, c.kernel, 100, seed);
    compare<float>(model, {}, c.kernel, 100, seed);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, LightgbmForestShapes,
    testing::Values(Case{"numerical", {}}, Case{"stumps", {.rounds = 37, .leaves = 2, .features = 3}},
                    Case{"lopsided", {.rounds = 19, .leaves = 63, .features = 30}}, Case{"few_trees", {.rounds = 5, .leaves = 9}},
                    Case{"three_outputs", {.rounds = 7, .outputs = 3}},
                    Case{"averaged", {.rounds = 9, .outputs = 2, .average_output = true}},
                    Case{"categorical", {.rounds = 20, .leaves = 12, .features = 4, .categorical = 0.5}},
                    Case{"sets_alone", {.rounds = 20, .leaves = 12, .features = 4, .categorical = 1}},
                    Case{"linear", {.rounds = 20, .leaves = 8, .linear = 0.6}},
                    Case{"everything",
                         {.rounds = 11, .leaves = 31, .features = 9, .outputs = 3, .categorical = 0.3, .linear = 0.3}},
                    Case{"one_leaf_each", {.rounds = 20, .leaves = 1, .linear = 0.5}},
                    Case{"beyond_16_bit_nodes", {.rounds = 16, .leaves = 12'000, .features = 50}, "lockstep", 2},
                    Case{"beyond_a_row_of_keys", {.rounds = 400, .leaves = 60, .features = 20'000}, "one tree", 1},
                    Case{"more_sets_than_are_keys",
                         {.rounds = 150, .leaves = 31, .features = 2000, .outputs = 2, .categorical = 0.6, .linear = 0.3},
                         "one tree",
                         1}),
    [](const auto& c) { return c.param.name; });

TEST(LightgbmForest, AnyRangeOfRoundsIsTheWalkers) {
  const LightgbmModel model = random_model({.rounds = 40, .outputs = 2, .average_output = true}, 7);
  for (const auto& [begin, end] : {std::pair{0, 1}, std::pair{3, 20}, std::pair{17, 40}, std::pair{1, 0}}) {
    compare<double>(model, {.iteration_begin = static_cast<std::size_t>(begin), .iteration_end = static_cast<std::size_t>(end)},
                    "lockstep", 20, 5);
  }
  const auto none = LightgbmForest<double>::build(model, {.iteration_begin = 5, .iteration_end = 5});
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().text(), "iteration_range: expected a range of 40 rounds, found 5 to 5");
}

TEST(LightgbmForest, LiesInTheRegionItIsGivenHoweverWideTheModelIs) {
  for (const std::uint32_t width : {30U, 20'000U}) {
    Region region;
    auto model = std::make_unique<LightgbmModel>(random_model({.rounds = 400, .leaves = 60, .features = width}, 3));
    std::mt19937_64 rng(2);
    const std::vector<double> row = aimed_row(*model, rng);
    double plain = 0, score = 0;
    LightgbmWalker::of(*model)->predict_scores(row.data(), &plain);
    const std::size_t before = region.used();
    const auto forest = LightgbmForest<double>::build(*model, {}, &region);
    ASSERT_TRUE(forest.ok()) << forest.error().text();
    EXPECT_STREQ(forest->kernel().name(), width == 30 ? "lockstep" : "one tree");
    EXPECT_GE(forest->kernel().bytes(), 400U * 8 * 8);
    EXPECT_GE(region.used() - before, forest->kernel().bytes());
    model.reset();
    region.seal();
    forest->predict_scores(row.data(), 1, width, &score);
    EXPECT_TRUE(same(score, plain));
  }
}

// What each layout takes, on large forests; a few bytes a tree and kilobytes a forest beside that.
TEST(LightgbmForest, TakesItsLayoutsBytesANode) {
  const auto expect = [](const auto& kernel, const LightgbmModel& model, std::size_t bytes_a_node) {
    std::size_t nodes = 0;
    for (const LightgbmTree& tree : model.trees) nodes += tree.splits() + tree.leaves();
    EXPECT_LE(kernel.bytes(), bytes_a_node * nodes + 10 * model.trees.size() + 4096) << kernel.name();
    EXPECT_GE(kernel.bytes(), bytes_a_node * nodes) << kernel.name() << ": fewer than this test knows";
  };
  const LightgbmModel usual = random_model({.rounds = 500, .leaves = 127, .features = 30}, 4);
  expect(LightgbmForest<float>::build(usual)->kernel(), usual, 12);  // Its leaves' values: four of them.
  expect(LightgbmForest<double>::build(usual)->kernel(), usual, 12);
  expect(*make_lightgbm_one_tree<float>(usual, {0, usual.trees.size()}, nullptr), usual, 16);
  const LightgbmModel of_large_trees = random_model({.rounds = 20, .leaves = 20'000, .features = 30}, 4);
  expect(LightgbmForest<float>::build(of_large_trees)->kernel(), of_large_trees, 16);
  expect(LightgbmForest<double>::build(of_large_trees)->kernel(), of_large_trees, 16);
}

// Far more than any file of a test can hold; the numbers of a model alone.
TEST(LightgbmForest, MoreFeaturesThanANodeCanNameAreRefused) {
  LightgbmModel model = random_model({.rounds = 2}, 3);
  model.num_feature = kLightgbmOneTreeFeatures;
  EXPECT_TRUE(LightgbmForest<float>::build(model).ok());
  ++model.num_feature;
  EXPECT_EQ(LightgbmForest<float>::build(model).error().text(), "max_feature_idx: expected below 536870912, found 536870912");
}

TEST(LightgbmForest, MalformedModelIsRefusedByTheBuildToo) {
  LightgbmModel model = random_model({.rounds = 2, .leaves = 16}, 3);
  model.trees[1].leaf_values[0] = std::numeric_limits<double>::infinity();
  EXPECT_EQ(LightgbmForest<float>::build(model).error().text(), "trees[1].leaf_value[0]: expected a finite number, found inf");
}

// Every pair of odd numbers, and their neighbours.
template <class Feature>
void check_keys() {
  std::vector<double> thresholds;
  for (const double x : {0.0, 5e-324, 1e-45, 1.2e-38, 1e-35, 0.1, 1.0, 16777217.0, 3.4028234663852886e38, 3.402823567797337e38,
                         1.7e308, std::numeric_limits<double>::infinity()}) {
    for (const double y : {x, std::nextafter(x, 0.0), std::nextafter(x, 1e308), static_cast<double>(static_cast<float>(x))}) {
      thresholds.push_back(y);
      thresholds.push_back(-y);
    }
  }
  std::vector<Feature> values;
  for (const double t : thresholds) {
    const auto x = static_cast<Feature>(t);
    for (const Feature y : {x, std::nextafter(x, Feature{-INFINITY}), std::nextafter(x, Feature{INFINITY})}) values.push_back(y);
  }
  for (const double t : thresholds) {
    EXPECT_LT(kLeftOfAll<FeatureKey<Feature>>, first_key_above<Feature>(t));
    EXPECT_GE(kRightOfAll<FeatureKey<Feature>>, first_key_above<Feature>(t));
    for (const Feature x : values) {
      EXPECT_EQ(key_of(x) < first_key_above<Feature>(t), static_cast<double>(x) <= t) << std::hexfloat << x << " <= " << t;
    }
  }
}

TEST(LightgbmFeatureKeys, CompareAsDoublesDo) {
  check_keys<float>();
  check_keys<double>();
}

}  // namespace
}  // namespace ringside::engine::test
