// Goal: a model file is read as it was meant, in either spelling, or refused with the key, what was expected and what was found;
//   no bytes, however malformed, do anything else.
// Method: models of the XGBoost library and models by hand, read in both spellings; a table of single changes, each of which must
//   be refused at its key; files cut at every place and with bytes flipped at random.

#include "engine/forest/model.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "engine/forest/forest.h"
#include "engine/forest/verified_versions.h"
#include "tests/engine/forest/model_files.h"
#include "tests/engine/forest/random_models.h"
#include "tests/engine/forest/trained_boosters.h"

namespace ringside::engine::test {
namespace {

BoosterModel example() {
  BoosterModel model = empty_model("multi:softprob", 4, 3);
  model.feature_names = {"age", "in come", "état", "\"q\""};
  model.feature_types = {FeatureType::kFloat, FeatureType::kInteger, FeatureType::kIndicator, FeatureType::kQuantitative};
  for (std::uint32_t t = 0; t < 6; ++t)
    add_tree(model, stump(static_cast<std::int32_t>(t % 4), 0.25F * static_cast<float>(t), t % 2 == 0, -1, 2), t % 3);
  return model;
}

void expect_equal(const BoosterModel& a, const BoosterModel& b) {
  EXPECT_EQ(a.version, b.version);
  EXPECT_EQ(a.objective, b.objective);
  EXPECT_EQ(a.objective_params, b.objective_params);
  EXPECT_EQ(a.base_score_text, b.base_score_text);
  EXPECT_EQ(a.base_scores, b.base_scores);
  EXPECT_EQ(a.num_class, b.num_class);
  EXPECT_EQ(a.num_target, b.num_target);
  EXPECT_EQ(a.num_feature, b.num_feature);
  EXPECT_EQ(a.feature_names, b.feature_names);
  EXPECT_EQ(a.feature_types, b.feature_types);
  EXPECT_EQ(a.booster, b.booster);
  EXPECT_EQ(a.tree_info, b.tree_info);
  EXPECT_EQ(a.num_parallel_tree, b.num_parallel_tree);
  EXPECT_EQ(a.weight_drop, b.weight_drop);
  EXPECT_EQ(a.best_iteration, b.best_iteration);
  ASSERT_EQ(a.trees.size(), b.trees.size());
  for (std::size_t t = 0; t < a.trees.size(); ++t) {
    EXPECT_EQ(a.trees[t].left_children, b.trees[t].left_children);
    EXPECT_EQ(a.trees[t].right_children, b.trees[t].right_children);
    EXPECT_EQ(a.trees[t].split_indices, b.trees[t].split_indices);
    EXPECT_EQ(a.trees[t].split_conditions, b.trees[t].split_conditions);
    EXPECT_EQ(a.trees[t].default_left, b.trees[t].default_left);
  }
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

ModelError error_of(const std::string& file) {
  auto model = read_model(as_bytes(file));
  return model.ok() ? ModelError{"(read)", "", ""} : model.error();
}

TEST(BoosterModel, ReadsBackWhatWasWrittenInBothSpellings) {
  for (const BoosterKind booster : {BoosterKind::kGbtree, BoosterKind::kDart}) {
    BoosterModel model = example();
    model.booster = booster;
    if (booster == BoosterKind::kDart) model.weight_drop = {1, 0.5F, 0.25F, 1e-3F, 1, -1};
    model.num_parallel_tree = 2;
    model.best_iteration = 0;
    for (const std::string& file : {write_json(model), write_ubj(model)}) {
      const auto read = read_model(as_bytes(file));
      ASSERT_TRUE(read.ok()) << read.error().text();
      expect_equal(*read, model);
    }
  }
}

TEST(BoosterModel, SpellingsOfOneTrainedBoosterAreOneModel) {
  for (const TrainingPlan& plan : training_plans()) {
    SCOPED_TRACE(plan.name);
    const TrainedBooster trained = train(plan);
    const auto json = read_model(as_bytes(trained.json));
    const auto ubj = read_model(as_bytes(trained.ubj));
    ASSERT_TRUE(json.ok()) << json.error().text();
    ASSERT_TRUE(ubj.ok()) << ubj.error().text();
    expect_equal(*json, *ubj);
    EXPECT_EQ(json->version, (BoosterVersion{1, 7, 4}));
    EXPECT_EQ(json->num_feature, plan.features);
    EXPECT_EQ(json->outputs(), std::max(plan.classes, plan.targets));
    EXPECT_FALSE(json->trees.empty());
  }
}

TEST(BoosterModel, TreesStandWhereTheirIdsSay) {
  const BoosterModel model = example();
  std::string file = write_json(model);
  file = replaced(file, "\"id\":0", "\"id\":@");
  file = replaced(file, "\"id\":3", "\"id\":0");
  file = replaced(file, "\"id\":@", "\"id\":3");
  const auto read = read_model(as_bytes(file));
  ASSERT_TRUE(read.ok()) << read.error().text();
  EXPECT_EQ(read->trees[0].split_conditions, model.trees[3].split_conditions);
  EXPECT_EQ(read->trees[3].split_conditions, model.trees[0].split_conditions);
}

TEST(BoosterModel, UnknownKeysAreSkippedAndOldOnesMayBeAbsent) {
  std::string file = write_json(example());
  file = replaced(file, "{\"learner\":{", R"({"new":[{"a":[1,{"b":null}]},NaN],"learner":{"newer":{"x":{}},)");
  file = replaced(file, R"("split_type":[0,0,0],)", "");
  file = replaced(file, R"(,"num_target":"1")", "");
  const auto read = read_model(as_bytes(file));
  ASSERT_TRUE(read.ok()) << read.error().text();
  expect_equal(*read, example());
}

TEST(BoosterModel, ErrorsReadAsSentences) {
  const ModelError error{"a.b", "1", "2"};
  EXPECT_EQ(error.text(), "a.b: expected 1, found 2");
}

// A change to the text of the example's JSON and the key that must be blamed, with a word of the explanation.
struct Edit {
  const char* name;
  const char* from;
  const char* to;
  const char* key;
  const char* word;
};

void PrintTo(const Edit& edit, std::ostream* to) { *to << edit.name; }

class RefusedText : public testing::TestWithParam<Edit> {};

TEST_P(RefusedText, IsRefusedAtItsKey) {
  const Edit& edit = GetParam();
  const ModelError error = error_of(replaced(write_json(example()), edit.from, edit.to));
  EXPECT_EQ(error.key, edit.key) << error.text();
  EXPECT_NE(error.text().find(edit.word), std::string::npos) << error.text();
}

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedText,
    testing::Values(
        Edit{"version_4", "\"version\":[1,7,4]", "\"version\":[4,0,0]", "version", "4.0.0"},
        Edit{"version_1_1", "\"version\":[1,7,4]", "\"version\":[1,1,2]", "version", "1.1.2"},
        Edit{"version_absent", "\"version\":[1,7,4]", "\"v\":1", "version", "to be present"},
        Edit{"version_short", "\"version\":[1,7,4]", "\"version\":[1,7]", "version", "[major, minor, patch]"},
        Edit{"booster_unknown", "\"name\":\"gbtree\"", "\"name\":\"gbforest\"", "learner.gradient_booster.name", "gbtree, dart"},
        Edit{"gblinear_of_trees", "\"name\":\"gbtree\"", "\"name\":\"gblinear\"", "learner.gradient_booster.model.weights",
             "to be present"},
        Edit{"booster_unnamed", ",\"name\":\"gbtree\"", "", "learner.gradient_booster.name", "to be present"},
        Edit{"learner_absent", "\"learner\"", "\"lerner\"", "learner", "to be present"},
        Edit{"objective_unknown", "\"name\":\"multi:softprob\"", "\"name\":\"reg:quantileerror\"", "learner.objective.name",
             "quantile"},
        Edit{"objective_absent", "\"name\":\"multi:softprob\",", "", "learner.objective.name", "to be present"},
        Edit{"classes_differ", "\"softmax_multiclass_param\":{\"num_class\":\"3\"}",
             "\"softmax_multiclass_param\":{\"num_class\":\"4\"}", "learner.objective.softmax_multiclass_param.num_class",
             "num_class = 3"},
        Edit{"one_class", "\"num_class\":\"3\"", "\"num_class\":\"1\"", "learner.learner_model_param.num_class", "2 or more"},
        Edit{"classes_no_number", "\"num_class\":\"3\"", "\"num_class\":\"x\"", "learner.learner_model_param.num_class",
             "integer"},
        Edit{"classes_unquoted", "\"num_class\":\"3\"", "\"num_class\":3", "learner.learner_model_param.num_class", "a string"},
        Edit{"classes_too_many", "\"num_class\":\"3\"", "\"num_class\":\"2000000000\"", "learner.learner_model_param.num_class",
             "at most 65535"},
        Edit{"classes_one_too_many", "\"num_class\":\"3\"", "\"num_class\":\"65536\"", "learner.learner_model_param.num_class",
             "at most 65535"},
        Edit{"targets_one_too_many", "\"num_target\":\"1\"", "\"num_target\":\"65536\"", "learner.learner_model_param.num_target",
             "at most 65535"},
        Edit{"classes_and_targets", "\"num_target\":\"1\"", "\"num_target\":\"2\"", "learner.learner_model_param.num_target",
             "1 for"},
        Edit{"no_features", "\"num_feature\":\"4\",\"num_target\"", "\"num_feature\":\"0\",\"num_target\"",
             "learner.learner_model_param.num_feature", "1 to"},
        Edit{"base_score_vector", "\"5E-1\"", "\"[5E-1,5E-1,5E-1]\"", "learner.learner_model_param.base_score", "a number"},
        Edit{"base_score_text", "\"5E-1\"", "\"half\"", "learner.learner_model_param.base_score", "a number"},
        Edit{"base_score_infinite", "\"5E-1\"", "\"1E99\"", "learner.learner_model_param.base_score", "finite"},
        Edit{"base_score_long", "\"5E-1\"", "\"0.1234567891\"", "learner.learner_model_param.base_score", "9 digits"},
        Edit{"base_score_absent", "\"base_score\":\"5E-1\",", "", "learner.learner_model_param.base_score", "to be present"},
        Edit{"names_short", "\"age\",", "", "learner.feature_names", "num_feature = 4"},
        Edit{"types_short", "\"float\",", "", "learner.feature_types", "num_feature = 4"},
        Edit{"best_iteration_fractional", "\"attributes\":{}", "\"attributes\":{\"best_iteration\":\"1.5\"}",
             "learner.attributes.best_iteration", "an integer"},
        Edit{"trees_miscounted", "\"num_trees\":\"6\"", "\"num_trees\":\"7\"", "learner.gradient_booster.model", "7 trees"},
        Edit{"parallel_zero", "\"num_parallel_tree\":\"1\"", "\"num_parallel_tree\":\"0\"",
             "learner.gradient_booster.model.gbtree_model_param.num_parallel_tree", "1 or more"},
        Edit{"parallel_ragged", "\"num_parallel_tree\":\"1\"", "\"num_parallel_tree\":\"4\"",
             "learner.gradient_booster.model.trees", "whole rounds"},
        Edit{"group_too_large", "\"tree_info\":[0,1,2,", "\"tree_info\":[0,1,3,", "learner.gradient_booster.model.tree_info[2]",
             "below 3"},
        Edit{"group_negative", "\"tree_info\":[0,1,2,", "\"tree_info\":[0,-1,2,", "learner.gradient_booster.model.tree_info[1]",
             "-1"},
        Edit{"groups_short", "\"tree_info\":[0,1,2,", "\"tree_info\":[0,1,", "learner.gradient_booster.model.tree_info",
             "6 trees"},
        Edit{"groups_absent", "\"tree_info\"", "\"three_info\"", "learner.gradient_booster.model.tree_info", "to be present"},
        Edit{"id_twice", "\"id\":1", "\"id\":0", "learner.gradient_booster.model.trees", "id 0 twice"},
        Edit{"id_too_large", "\"id\":1", "\"id\":6", "learner.gradient_booster.model.trees", "id 6"},
        Edit{"id_negative", "\"id\":1", "\"id\":-1", "learner.gradient_booster.model.trees", "id -1"},
        Edit{"id_absent", "\"id\":0,", "", "learner.gradient_booster.model.trees[0].id", "to be present"},
        Edit{"vector_leaves", "\"size_leaf_vector\":\"0\"}},", "\"size_leaf_vector\":\"3\"}},",
             "learner.gradient_booster.model.trees[0].tree_param.size_leaf_vector", "before XGBoost 2.0"},
        Edit{"categorical", "\"split_type\":[0,0,0]", "\"split_type\":[1,0,0]",
             "learner.gradient_booster.model.trees[0].categories_nodes", "each of 1 nodes"},
        Edit{"split_type_short", "\"split_type\":[0,0,0]", "\"split_type\":[0,0]",
             "learner.gradient_booster.model.trees[0].split_type", "3 elements"},
        Edit{"nodes_miscounted", "\"num_nodes\":\"3\"", "\"num_nodes\":\"4\"",
             "learner.gradient_booster.model.trees[0].left_children", "4 elements"},
        Edit{"left_outside", "\"left_children\":[1,-1,-1]", "\"left_children\":[3,-1,-1]",
             "learner.gradient_booster.model.trees[0].left_children[0]", "below 3"},
        Edit{"left_negative", "\"left_children\":[1,-1,-1]", "\"left_children\":[-2,-1,-1]",
             "learner.gradient_booster.model.trees[0].left_children[0]", "-2"},
        Edit{"left_to_the_root", "\"left_children\":[1,-1,-1]", "\"left_children\":[0,-1,-1]",
             "learner.gradient_booster.model.trees[0].left_children[0]", "no other split"},
        Edit{"cycle", "\"left_children\":[1,-1,-1]", "\"left_children\":[1,1,-1]",
             "learner.gradient_booster.model.trees[0].left_children[1]", "no other split"},
        Edit{"left_fractional", "\"left_children\":[1,-1,-1]", "\"left_children\":[1,-1.5,-1]",
             "learner.gradient_booster.model.trees[0].left_children[1]", "integer"},
        Edit{"left_too_wide", "\"left_children\":[1,-1,-1]", "\"left_children\":[4294967297,-1,-1]",
             "learner.gradient_booster.model.trees[0].left_children[0]", "32 bits"},
        Edit{"right_outside", "\"right_children\":[2,-1,-1]", "\"right_children\":[9,-1,-1]",
             "learner.gradient_booster.model.trees[0].right_children[0]", "below 3"},
        Edit{"right_same_as_left", "\"right_children\":[2,-1,-1]", "\"right_children\":[1,-1,-1]",
             "learner.gradient_booster.model.trees[0].right_children[0]", "no other split"},
        Edit{"rights_short", "\"right_children\":[2,-1,-1]", "\"right_children\":[2,-1]",
             "learner.gradient_booster.model.trees[0].right_children", "3 elements"},
        Edit{"feature_outside", "\"split_indices\":[0,0,0]", "\"split_indices\":[4,0,0]",
             "learner.gradient_booster.model.trees[0].split_indices[0]", "num_feature = 4"},
        Edit{"feature_negative", "\"split_indices\":[0,0,0]", "\"split_indices\":[-1,0,0]",
             "learner.gradient_booster.model.trees[0].split_indices[0]", "-1"},
        Edit{"features_short", "\"split_indices\":[0,0,0]", "\"split_indices\":[0]",
             "learner.gradient_booster.model.trees[0].split_indices", "3 elements"},
        Edit{"default_left_2", "\"default_left\":[1,0,0]", "\"default_left\":[2,0,0]",
             "learner.gradient_booster.model.trees[0].default_left[0]", "0 or 1"},
        Edit{"default_left_256", "\"default_left\":[1,0,0]", "\"default_left\":[256,0,0]",
             "learner.gradient_booster.model.trees[0].default_left[0]", "8 bits"},
        Edit{"defaults_short", "\"default_left\":[1,0,0]", "\"default_left\":[1,0]",
             "learner.gradient_booster.model.trees[0].default_left", "3 elements"},
        Edit{"leaf_nan", "\"split_conditions\":[0e+00,-1e+00,", "\"split_conditions\":[0e+00,NaN,",
             "learner.gradient_booster.model.trees[0].split_conditions[1]", "finite leaf"},
        Edit{"leaf_infinite", "\"split_conditions\":[0e+00,-1e+00,", "\"split_conditions\":[0e+00,1e99,",
             "learner.gradient_booster.model.trees[0].split_conditions[1]", "finite leaf"},
        Edit{"conditions_long", "\"split_conditions\":[", "\"split_conditions\":[1,",
             "learner.gradient_booster.model.trees[0].split_conditions", "3 elements"},
        Edit{"conditions_absent", "\"split_conditions\"", "\"conditions\"",
             "learner.gradient_booster.model.trees[0].split_conditions", "to be present"},
        Edit{"key_twice", "\"id\":0,", "\"id\":0,\"id\":0,", "learner.gradient_booster.model.trees[0].id", "once"},
        Edit{"groups_no_array", "\"tree_info\":[", "\"tree_info\":{},\"x\":[", "learner.gradient_booster.model.tree_info",
             "an array"},
        Edit{"something_behind", "\"version\":[1,7,4]}", "\"version\":[1,7,4]}}", "(file)", "end of the file"}),
    [](const auto& edit) { return edit.param.name; });

TEST(BoosterModel, RefusesARightChildThatIsNotBesideTheLeft) {
  BoosterModel model = empty_model("binary:logistic", 1);
  BoosterTree tree = stump(0, 1, true, 1, 2);
  tree.left_children[0] = 2;
  tree.right_children[0] = 1;
  add_tree(model, tree);
  const ModelError error = error_of(write_ubj(model));
  EXPECT_EQ(error.key, "learner.gradient_booster.model.trees[0].right_children[0]");
  EXPECT_NE(error.expected.find("left child + 1 = 3"), std::string::npos) << error.text();
}

TEST(BoosterModel, RefusesDartWeightsThatDoNotFit) {
  BoosterModel model = empty_model("binary:logistic", 1);
  model.booster = BoosterKind::kDart;
  add_tree(model, leaf_tree(1), 0, 0.5F);
  model.weight_drop.push_back(1);
  EXPECT_EQ(error_of(write_json(model)).key, "learner.gradient_booster.weight_drop");
  model.weight_drop = {std::numeric_limits<float>::infinity()};
  EXPECT_EQ(error_of(write_json(model)).key, "learner.gradient_booster.weight_drop[0]");
  model.weight_drop = {1};
  model.trees[0].left_children[0] = 5;
  EXPECT_EQ(error_of(write_json(model)).key, "learner.gradient_booster.gbtree.model.trees[0].left_children[0]");
}

TEST(BoosterModel, RefusesABaseProbabilityOutsideOfZeroToOne) {
  for (const char* text : {"\"0E0\"", "\"1E0\"", "\"-1E0\"", "\"2E0\""}) {
    const ModelError error = error_of(replaced(write_json(empty_model("binary:logistic", 1)), "\"5E-1\"", text));
    EXPECT_EQ(error.key, "learner.learner_model_param.base_score") << text;
  }
}

TEST(BoosterModel, LeftoverNodesMayHoldAnything) {
  BoosterModel model = empty_model("binary:logistic", 1);
  BoosterTree tree = stump(0, 1, true, 1, 2);
  tree.left_children.push_back(77);
  tree.right_children.push_back(-5);
  tree.split_indices.push_back(99);
  tree.split_conditions.push_back(std::numeric_limits<float>::quiet_NaN());
  tree.default_left.push_back(200);
  add_tree(model, tree);
  EXPECT_TRUE(read_model(as_bytes(write_ubj(model))).ok());
}

TEST(BoosterModel, FileCutAnywhereIsRefused) {
  for (const std::string& file : {write_json(example()), write_ubj(example())}) {
    ASSERT_TRUE(read_model(as_bytes(file)).ok());
    for (std::size_t size = 0; size < file.size(); ++size) {
      const std::string cut = file.substr(0, size);
      ASSERT_NE(error_of(cut).key, "(read)") << "cut at " << size;
    }
  }
}

TEST(BoosterModel, FileWithBytesChangedIsReadOrRefusedButNeverCrashes) {
  std::mt19937_64 random(11);
  BoosterModel model = example();
  for (std::uint32_t t = 0; t < 3; ++t) add_tree(model, random_tree(random, 4, 4), t);
  std::size_t refused = 0;
  for (const std::string& file : {write_json(model), write_ubj(model)}) {
    for (int i = 0; i < 8000; ++i) {
      std::string changed = file;
      for (std::uint64_t n = 1 + random() % 3; n > 0; --n) changed[random() % changed.size()] = static_cast<char>(random());
      auto read = read_model(as_bytes(changed));
      if (!read) {
        ++refused;
        continue;
      }
      const auto forest = Forest::build(*read);  // What is read can be built and walked.
      ASSERT_TRUE(forest.ok());
      const std::vector<float> row(forest->features() > 1000 ? 0 : forest->features(), 0.5F);
      std::vector<float> margins(forest->margins_per_row());
      if (!row.empty()) forest->predict_margins(row.data(), 1, row.size(), nullptr, margins.data());
    }
  }
  EXPECT_GT(refused, 5000U);
}

TEST(VerifiedVersions, KnowNoOtherReleases) {
  EXPECT_TRUE(is_verified({1, 7, 0}));
  EXPECT_TRUE(is_verified({1, 7, 4}));
  for (const BoosterVersion version : {BoosterVersion{0, 90, 0}, {1, 1, 1}, {1, 70, 0}, {3, 5, 0}, {4, 0, 0}, {-1, 7, 4}}) {
    EXPECT_FALSE(is_verified(version));
  }
}

}  // namespace
}  // namespace ringside::engine::test
