// Goal: what only some releases write (categorical splits, vector leaves in two layouts, DART's weights in three places, base scores an
//   output, rounds, gblinear) is read into one form, and refused where it contradicts itself.
// Method: models written in both spellings as each release writes them, read back and compared; single changes to them.

#include <gtest/gtest.h>

#include <functional>

#include "engine/forest/model.h"
#include "engine/forest/objective.h"
#include "tests/engine/forest/model_files.h"

namespace ringside::engine::test {
namespace {

constexpr BoosterVersion k1_7{1, 7, 6};
constexpr BoosterVersion k2_1{2, 1, 4};
constexpr BoosterVersion k3_2{3, 2, 0};

BoosterModel must_read(const std::string& file) {
  auto model = read_model(as_bytes(file));
  if (!model) throw std::runtime_error(model.error().text());
  return std::move(model).value();
}

std::string error_of(const BoosterModel& model) {
  std::string text;
  for (const std::string& file : {write_json(model), write_ubj(model)}) {
    const auto read = read_model(as_bytes(file));
    const std::string error = read.ok() ? "(read)" : read.error().text();
    EXPECT_TRUE(text.empty() || error == text) << "the spellings disagree: " << text << ", " << error;
    text = error;
  }
  return text;
}

void expect_error(const BoosterModel& model, const std::string& key, const std::string& word) {
  const std::string error = error_of(model);
  EXPECT_TRUE(error.find(key) != std::string::npos && error.find(word) != std::string::npos) << error;
}

BoosterModel model_of(const BoosterVersion& version, const std::string& objective = "reg:squarederror",
                      std::uint32_t targets = 1) {
  BoosterModel model = empty_model(objective, 3);
  model.version = version;
  model.num_target = targets;
  if (version >= BoosterVersion{3, 1, 0}) model.base_score_text = "[5E-1]";
  return model;
}

// Categories 3, 31 and 32 of feature 1 go right.
BoosterTree category_stump() {
  BoosterTree tree = stump(1, 0, true, -1, 1);
  tree.is_categorical = {1, 0, 0};
  tree.categories = {3, 31, 32};
  tree.category_begins = {0, 3, 3, 3};
  return tree;
}

BoosterTree vector_stump() {
  BoosterTree tree = stump(0, 0.5F, false, 0, 0);
  tree.leaf_size = 2;
  tree.right_children = {2, 0, 1};
  tree.leaf_vectors = {1, 2, 3, 4};
  return tree;
}

void expect_same_tree(const BoosterTree& a, const BoosterTree& b) {
  EXPECT_EQ(a.left_children, b.left_children);
  EXPECT_EQ(a.right_children, b.right_children);
  EXPECT_EQ(a.split_indices, b.split_indices);
  EXPECT_EQ(a.split_conditions, b.split_conditions);
  EXPECT_EQ(a.default_left, b.default_left);
  EXPECT_EQ(a.is_categorical, b.is_categorical);
  EXPECT_EQ(a.category_begins, b.category_begins);
  EXPECT_EQ(a.categories, b.categories);
  EXPECT_EQ(a.leaf_size, b.leaf_size);
  EXPECT_EQ(a.leaf_vectors, b.leaf_vectors);
}

TEST(ModelReleases, CategoriesAreReadAndTreesWithoutThemHaveNone) {
  BoosterModel model = model_of(k1_7);
  add_tree(model, category_stump());
  add_tree(model, stump(2, 1, true, 1, 2));
  for (const std::string& file : {write_json(model), write_ubj(model)}) {
    const BoosterModel read = must_read(file);
    expect_same_tree(read.trees[0], model.trees[0]);
    expect_same_tree(read.trees[1], model.trees[1]);
    EXPECT_FALSE(read.trees[1].has_categorical());
  }
}

TEST(ModelReleases, CategoriesThatContradictThemselvesAreRefused) {
  const auto with = [](const std::function<void(BoosterTree&)>& change) {
    BoosterModel model = model_of(k1_7);
    BoosterTree tree = category_stump();
    change(tree);
    add_tree(model, tree);
    return model;
  };
  expect_error(with([](auto& tree) { tree.categories = {3, 3, 32}; }), "categories", "each once");
  expect_error(with([](auto& tree) { tree.categories = {-1, 3, 32}; }), "categories", "-1");
  expect_error(with([](auto& tree) { tree.categories = {3, 32, 16'777'216}; }), "categories", "16777215");
  expect_error(with([](auto& tree) { tree.categories.pop_back(); }), "categories_sizes", "3 from 0");
  expect_error(with([](auto& tree) { tree.categories.push_back(40); }), "categories", "1 in none");
  expect_error(with([](auto& tree) { tree.category_begins = {0, 0, 0, 0}; }), "categories_sizes", "0 from 0");
  EXPECT_EQ(error_of(with([](auto& tree) { tree.categories = {3, 31, 16'777'215}; })), "(read)");
}

TEST(ModelReleases, CategoriesBeforeTheCpuPredictorKnewThemAreRefused) {
  BoosterModel model = model_of({1, 3, 3});
  add_tree(model, category_stump());
  const auto checked = check_model(model);
  ASSERT_FALSE(checked.ok());
  EXPECT_NE(checked.error().expected.find("knows no categorical"), std::string::npos) << checked.error().text();
}

TEST(ModelReleases, BothLayoutsOfVectorLeavesAreOneModel) {
  for (const BoosterVersion& version : {k2_1, k3_2}) {
    BoosterModel model = model_of(version, "reg:squarederror", 2);
    add_tree(model, vector_stump());
    model.round_begins = {0, 1};
    for (const std::string& file : {write_json(model), write_ubj(model)}) {
      const BoosterModel read = must_read(file);
      expect_same_tree(read.trees[0], model.trees[0]);
      EXPECT_EQ(read.rounds(), 1U);
    }
  }
}

TEST(ModelReleases, VectorLeavesThatDoNotFitAreRefused) {
  BoosterModel model = model_of(k3_2, "reg:squarederror", 2);
  model.round_begins = {0, 1};
  add_tree(model, vector_stump());
  model.trees[0].right_children[2] = 2;
  expect_error(model, "right_children[2]", "below 2");
  model.trees[0].right_children[2] = -1;
  expect_error(model, "right_children[2]", "below 2");
  model.trees[0].right_children[2] = 1;
  model.trees[0].leaf_vectors[3] = std::numeric_limits<float>::infinity();
  expect_error(model, "leaf_weights[3]", "finite");
  model.trees[0].leaf_vectors = {1, 2, 3};
  expect_error(model, "leaf_weights", "rows of 2");
  model.num_target = 3;
  expect_error(model, "size_leaf_vector", "3 outputs");
  BoosterModel old = model_of(k2_1, "reg:squarederror", 2);
  old.round_begins = {0, 1};
  add_tree(old, vector_stump());
  std::string file = write_json(old);
  file.replace(file.find("\"base_weights\":["), 16, "\"base_weights\":[7,");
  const auto read = read_model(as_bytes(file));
  ASSERT_FALSE(read.ok());
  EXPECT_NE(read.error().key.find("base_weights"), std::string::npos) << read.error().text();
}

TEST(ModelReleases, WeightsOfDartAreFoundWhereTheReleasePutsThem) {
  for (const BoosterVersion& version : {k1_7, k3_2, BoosterVersion{3, 3, 0}, BoosterVersion{3, 4, 1}}) {
    BoosterModel model = model_of(version);
    model.booster = BoosterKind::kDart;
    add_tree(model, leaf_tree(1), 0, 0.25F);
    for (const std::string& file : {write_json(model), write_ubj(model)}) {
      const BoosterModel read = must_read(file);
      EXPECT_EQ(read.booster, BoosterKind::kDart);
      EXPECT_EQ(read.weight_drop, model.weight_drop);
    }
  }
}

TEST(ModelReleases, WeightsWhereTheReleaseDoesNotLookAreNoDart) {
  BoosterModel model = model_of(k1_7);
  add_tree(model, leaf_tree(1));
  std::string file = write_json(model);
  file.insert(file.find("\"trees\":"), "\"weight_drop\":[0.5],");
  EXPECT_EQ(must_read(file).booster, BoosterKind::kGbtree);
}

TEST(ModelReleases, BaseScoresStandInBracketsFrom3_1On) {
  BoosterModel model = model_of(k3_2, "reg:squarederror", 2);
  for (const auto& [text, scores] :
       std::initializer_list<std::pair<const char*, std::vector<float>>>{{"[2.5E-1,-3E0]", {0.25F, -3}},
                                                                         {" [ 1 , 2 ] ", {1, 2}},
                                                                         {"(1E0,2E0)", {1, 2}},
                                                                         {"[7E-1]", {0.7F}},
                                                                         {"7E-1", {0.7F}},
                                                                         {"[0.1234567891]", {0.1234567891F}}}) {
    model.base_score_text = text;
    EXPECT_EQ(must_read(write_json(model)).base_scores, scores) << text;
  }
  for (const char* text : {"[]", "[1E0,]", "[1E0,2E0,3E0]", "[1E0", "NaN", "[NaN]", "[1E99]", ""}) {
    model.base_score_text = text;
    expect_error(model, "learner.learner_model_param.base_score", "expected");
  }
  model.version = k2_1;
  model.base_score_text = "[7E-1]";
  expect_error(model, "learner.learner_model_param.base_score", "a number in a string");
}

TEST(ModelReleases, BaseScoresAreMarginsOfAModelThatWasNeverTrained) {
  BoosterModel model = model_of(k3_2, "binary:logistic");
  EXPECT_EQ(*start_margins(model), std::vector<float>{0.5F});
  model.boost_from_average = false;
  EXPECT_EQ(*start_margins(must_read(write_json(model))), std::vector<float>{0.0F});
  model.version = k2_1;
  model.boost_from_average = true;
  EXPECT_EQ(*start_margins(model), std::vector<float>{0.0F});
}

TEST(ModelReleases, RoundsAreTheFilesOrMadeOfParallelTrees) {
  BoosterModel model = model_of(k2_1);
  for (int t = 0; t < 6; ++t) add_tree(model, leaf_tree(1));
  model.num_parallel_tree = 2;
  EXPECT_EQ(must_read(write_json(model)).rounds(), 3U);
  const auto range = model.tree_range(1, 3);
  ASSERT_TRUE(range.has_value());
  EXPECT_EQ(std::pair(range->begin, range->end), std::pair(std::size_t{2}, std::size_t{6}));
  EXPECT_FALSE(model.tree_range(0, 4).has_value());
  EXPECT_FALSE(model.tree_range(2, 1).has_value());
  model.round_begins = {0, 1, 5, 6};
  const BoosterModel read = must_read(write_ubj(model));
  EXPECT_EQ(read.round_begins, model.round_begins);
  EXPECT_EQ(read.tree_range(1, 2)->end, 5U);
  EXPECT_EQ(read.tree_range(0, 0)->end, 6U);
  for (const ScratchVector<std::uint32_t>& wrong : {ScratchVector<std::uint32_t>{0, 5}, {1, 6}, {0, 4, 3, 6}, {6}}) {
    model.round_begins = wrong;
    expect_error(model, "iteration_indptr", "ascend from 0 to 6");
  }
}

TEST(ModelReleases, LinearWeightsAreReadAndCounted) {
  BoosterModel model = model_of(k1_7, "reg:squarederror", 2);
  model.booster = BoosterKind::kGblinear;
  model.linear_rounds = 4;
  model.linear_weights = {1, 2, 3, 4, 5, 6, 7, 8};
  for (const std::string& file : {write_json(model), write_ubj(model)}) {
    const BoosterModel read = must_read(file);
    EXPECT_EQ(read.booster, BoosterKind::kGblinear);
    EXPECT_EQ(read.linear_weights, model.linear_weights);
    EXPECT_EQ(read.linear_rounds, 4U);
  }
  model.linear_weights[5] = std::numeric_limits<float>::quiet_NaN();
  expect_error(model, "learner.gradient_booster.model.weights[5]", "finite");
  model.linear_weights.pop_back();
  expect_error(model, "learner.gradient_booster.model.weights", "= 8 weights");
}

TEST(ModelReleases, ObjectivesAreRefusedBeforeTheirRelease) {
  BoosterModel model = model_of(k1_7, "reg:quantileerror");
  expect_error(model, "learner.objective.name", "1.7.6");
  model = model_of(k3_2, "reg:expectileerror");
  expect_error(model, "learner.objective.name", "3.2.0");
}

TEST(ModelReleases, NoRoundIsTheBestOfAModelWithoutRounds) {
  BoosterModel model = model_of(k1_7);
  std::string file = write_json(model);
  file.replace(file.find("\"attributes\":{}"), 15, "\"attributes\":{\"best_iteration\":\"-1\"}");
  EXPECT_FALSE(must_read(file).best_iteration.has_value());
}

}  // namespace
}  // namespace ringside::engine::test
