// Goal: reading a model takes time that grows as the file does, whatever it says: well-formed or made to be dear, JSON or UBJSON.
// Method: counted_reading.h. (Not in sanitizer builds, which use the same hooks.)

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/engine/forest/counted_reading.h"
#include "tests/engine/forest/hostile_models.h"
#include "tests/engine/forest/model_files.h"
#include "tests/engine/forest/random_models.h"

namespace ringside::engine::test {
namespace {

class HostileModelTime : public testing::TestWithParam<HostileFile> {};
TEST_P(HostileModelTime, GrowsAsTheFile) {
  expect_linear(counted_reading(GetParam().make(kSmallFile), read_model),
                counted_reading(GetParam().make(kTimesLarger * kSmallFile), read_model));
}
INSTANTIATE_TEST_SUITE_P(Files, HostileModelTime, testing::ValuesIn(hostile_models()),
                         [](const auto& hostile) { return hostile.param.name; });

// Good models, of as many trees of a depth, or of as many features.
struct Good {
  const char* name;
  BoosterModel (*make)(std::uint32_t times);
};
void PrintTo(const Good& good, std::ostream* to) { *to << good.name; }

BoosterModel trees_of_depth(std::uint32_t trees, std::uint32_t depth, BoosterKind booster, bool categorical) {
  std::mt19937_64 random(7);
  BoosterModel model = empty_model("binary:logistic", 30);
  model.booster = booster;
  for (std::uint32_t t = 0; t < trees; ++t) {
    BoosterTree tree = random_tree(random, 30, depth);
    if (categorical) make_categorical(random, tree);
    add_tree(model, std::move(tree));
  }
  return model;
}

// A full tree of so many levels.
BoosterModel full_tree(std::uint32_t depth) {
  BoosterModel model = empty_model("reg:squarederror", 9);
  const std::int32_t splits = (1 << depth) - 1;
  BoosterTree tree;
  for (std::int32_t i = 0; i < 2 * splits + 1; ++i) {
    tree.left_children.push_back(i < splits ? 2 * i + 1 : -1);
    tree.right_children.push_back(i < splits ? 2 * i + 2 : -1);
    tree.split_indices.push_back(i % 9);
    tree.split_conditions.push_back(0.25F);
    tree.default_left.push_back(1);
  }
  add_tree(model, std::move(tree));
  return model;
}

BoosterModel many_small(std::uint32_t times) { return trees_of_depth(400 * times, 2, BoosterKind::kGbtree, false); }
BoosterModel many_of_six_levels(std::uint32_t times) { return trees_of_depth(60 * times, 6, BoosterKind::kGbtree, false); }
BoosterModel dart(std::uint32_t times) { return trees_of_depth(100 * times, 4, BoosterKind::kDart, false); }
BoosterModel categories(std::uint32_t times) { return trees_of_depth(100 * times, 5, BoosterKind::kGbtree, true); }
BoosterModel one_large(std::uint32_t times) { return full_tree(times == 1 ? 10 : 13); }
BoosterModel linear(std::uint32_t times) {
  BoosterModel model = empty_model("reg:squarederror", 20'000 * times);
  model.booster = BoosterKind::kGblinear;
  model.linear_rounds = 3;
  model.linear_weights.assign(model.num_feature + 1, 0.5F);
  return model;
}
BoosterModel names(std::uint32_t times) {
  BoosterModel model = empty_model("reg:squarederror", 10'000 * times);
  for (std::uint32_t f = 0; f < model.num_feature; ++f) model.feature_names.push_back("feature");
  model.feature_types.assign(model.num_feature, FeatureType::kFloat);
  add_tree(model, stump(3, 0.5F, true, 1, 2));
  return model;
}
BoosterModel vectors(std::uint32_t times) {
  BoosterModel model = empty_model("reg:squarederror", 3);
  model.version = {3, 0, 0};
  model.num_target = 5;
  for (std::uint32_t t = 0; t < 300 * times; ++t) {
    BoosterTree tree = stump(0, 0.5F, true, 0, 0);
    tree.leaf_size = 5;
    tree.leaf_vectors.assign(10, 0.25F);
    tree.right_children[1] = 0;
    tree.right_children[2] = 1;
    add_tree(model, std::move(tree));
  }
  model.round_begins = {0, 300 * times};
  return model;
}

class GoodModelTime : public testing::TestWithParam<Good> {};
TEST_P(GoodModelTime, GrowsAsTheFile) {
  for (const auto& write : {write_json, write_ubj}) {
    const Reading small = counted_reading(write(GetParam().make(1)), read_model);
    const Reading large = counted_reading(write(GetParam().make(kTimesLarger)), read_model);
    EXPECT_FALSE(small.refused || large.refused);
    expect_linear(small, large);
  }
}
INSTANTIATE_TEST_SUITE_P(Models, GoodModelTime,
                         testing::Values(Good{"many_small", many_small}, Good{"many_of_six_levels", many_of_six_levels},
                                         Good{"dart", dart}, Good{"categories", categories}, Good{"one_large", one_large},
                                         Good{"linear", linear}, Good{"names", names}, Good{"vectors", vectors}),
                         [](const auto& good) { return good.param.name; });

TEST(CountedWork, SeesAQuadraticLoopAndABlockOfBytes) {
  const auto done_by = [](auto work) {
    const std::uint64_t before = ringside::test::work_done();
    work();
    return ringside::test::work_done() - before;
  };
  std::vector<int> seen;
  const std::uint64_t quadratic = done_by([&] {
    for (int i = 0; i < 300; ++i) {
      if (std::find(seen.begin(), seen.end(), -1) == seen.end()) seen.push_back(i);
    }
  });
  EXPECT_GT(quadratic, 300U * 300 / 16);
  std::string text(80'000, 'a');
  EXPECT_GE(done_by([&] { text.insert(0, "b"); }), 10'000U);
}

}  // namespace
}  // namespace ringside::engine::test
