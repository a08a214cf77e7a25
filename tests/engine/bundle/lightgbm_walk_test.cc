// Goal: a LightGBM walk holds every number on a row's way: thresholds, decision types, category sets, leaves, the terms of linear leaves.
// Method: a model of two trees written by hand, and its records beside it; then each number changed by a bit. (That the exporter writes the
// same is shown by the committed bundle, tests/cli/committed_bundles_test.py.)

#include "engine/bundle/lightgbm_walk.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

namespace ringside::engine {
namespace {

// Tree 0: x0 in {1, 33} ? (x1 <= 0.5, NaN left ? 10 : 20) : 30. Tree 1: a linear leaf 0.25 + 2 * x1, or 7 where x1 is missing.
LightgbmModel model_of_two() {
  LightgbmModel model;
  model.num_feature = 2;
  model.trees.resize(2);
  LightgbmTree& tree = model.trees[0];
  tree.left_children = {1, ~0};
  tree.right_children = {~2, ~1};
  tree.split_features = {0, 1};
  tree.thresholds = {0, 0.5};
  tree.decision_types = {1, 10};
  tree.leaf_values = {10, 20, 30};
  tree.set_begins = {0, 2};
  tree.category_words = {2, 2};
  LightgbmTree& linear = model.trees[1];
  linear.leaf_values = {7};
  linear.leaf_constants = {0.25};
  linear.coefficient_begins = {0, 1};
  linear.coefficient_features = {1};
  linear.coefficients = {2};
  return model;
}

std::string words(std::initializer_list<std::uint32_t> all) {
  std::string bytes;
  for (const std::uint32_t word : all) {
    for (unsigned shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>(word >> shift & 0xFF));
  }
  return bytes;
}

std::string record(std::uint32_t what, double number, std::uint32_t more) {
  const auto bits = std::bit_cast<std::uint64_t>(number);
  return words({what, static_cast<std::uint32_t>(bits), static_cast<std::uint32_t>(bits >> 32), more});
}

template <class Feature>
std::string walk_of(const LightgbmModel& model, std::vector<Feature> row) {
  return golden_walk(model, *model.tree_range(0, 0), row.data());
}

const std::string kSecondTree = record(0xFFFF'FFFF, 7, 0) + record(0xFFFF'FFFE, 0.25, 1) + record(1, 2, 0);

TEST(LightgbmWalk, IsTheDigestOfItsRecords) {
  ASSERT_TRUE(check_lightgbm_model(model_of_two()));
  const LightgbmModel model = model_of_two();
  const std::string set = words({0, 2, 0, 1 + 256, 2, 2});
  EXPECT_EQ(walk_of<double>(model, {33, 0.25}),
            walk_digits(set + record(1, 0.5, 10 + 256) + record(0xFFFF'FFFF, 10, 0) + kSecondTree));
  EXPECT_EQ(walk_of<float>(model, {1, 0.75F}), walk_digits(set + record(1, 0.5, 10) + record(0xFFFF'FFFF, 20, 0) + kSecondTree));
  EXPECT_EQ(walk_of<double>(model, {2, 0}), walk_digits(words({0, 2, 0, 1, 2, 2}) + record(0xFFFF'FFFF, 30, 0) + kSecondTree));
  EXPECT_EQ(walk_of<double>(model, {33, std::numeric_limits<double>::quiet_NaN()}), walk_of<double>(model, {33, 0.25}))
      << "missing goes left";
}

TEST(LightgbmWalk, TreesOfAnotherOutputSayIt) {
  LightgbmModel model = model_of_two();
  model.outputs = 2;
  EXPECT_NE(walk_of<double>(model, {1, 0}), walk_of<double>(model_of_two(), {1, 0}));
}

TEST(LightgbmWalk, EveryNumberOnTheWayIsInIt) {
  const auto a_bit_more = [](double& number) { number = std::nextafter(number, 100.0); };
  const std::function<void(LightgbmModel&)> changes[] = {
      [&](LightgbmModel& model) { a_bit_more(model.trees[0].thresholds[1]); },
      [&](LightgbmModel& model) { model.trees[0].decision_types[1] = 8; },  // the default is the right
      [&](LightgbmModel& model) { model.trees[0].category_words[0] = 6; },
      [&](LightgbmModel& model) { a_bit_more(model.trees[0].leaf_values[0]); },
      [&](LightgbmModel& model) { a_bit_more(model.trees[1].leaf_values[0]); },
      [&](LightgbmModel& model) { a_bit_more(model.trees[1].leaf_constants[0]); },
      [&](LightgbmModel& model) { a_bit_more(model.trees[1].coefficients[0]); },
      [&](LightgbmModel& model) { model.trees[1].coefficient_features[0] = 0; },
  };
  const std::string before = walk_of<double>(model_of_two(), {33, 0.25});
  for (const auto& change : changes) {
    LightgbmModel model = model_of_two();
    change(model);
    EXPECT_NE(walk_of<double>(model, {33, 0.25}), before) << &change - changes;
  }
}

}  // namespace
}  // namespace ringside::engine
