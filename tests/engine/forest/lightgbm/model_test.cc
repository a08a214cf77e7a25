// Goal: a text model is read as it says or refused with the place, what was expected and what was found; nothing is guessed.
// Method: a small model, and edits of single lines of it.

#include "engine/forest/lightgbm/model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "engine/forest/lightgbm/plain_walker.h"
#include "tests/engine/forest/lightgbm/text_models.h"

namespace ringside::engine::test {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// `text` with the first `from` replaced.
std::string edited(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string header() { return TextParts().header; }

std::string error_of(const std::string& file) {
  const auto model = read_lightgbm_model(as_bytes(file));
  return model ? "read" : model.error().text();
}
std::string error_of_header(const std::string& from, const std::string& to) {
  return error_of(write_text({.header = edited(header(), from, to), .trees = {tree_of_three_leaves()}}));
}
std::string error_of_tree(const std::string& from, const std::string& to) {
  return error_of(write_text({.trees = {edited(tree_of_three_leaves(), from, to)}}));
}

// What trees of one file add to a row.
std::vector<double> scores_of(const std::string& file, std::vector<double> row) {
  const auto model = read_lightgbm_model(as_bytes(file));
  EXPECT_TRUE(model.ok()) << model.error().text();
  const auto walker = LightgbmWalker::of(*model);
  EXPECT_TRUE(walker.ok()) << walker.error().text();
  std::vector<double> scores(model->outputs);
  walker->predict_scores(row.data(), scores.data());
  return scores;
}

TEST(LightgbmModel, IsReadWithEveryNumberInItsPlace) {
  const auto model = read_lightgbm_model(as_bytes(write_text({.trees = {tree_of_three_leaves(), tree_of_three_leaves()}})));
  ASSERT_TRUE(model.ok()) << model.error().text();
  EXPECT_EQ(model->objective.name, "regression");
  EXPECT_EQ(model->outputs, 1U);
  EXPECT_EQ(model->num_feature, 3U);
  EXPECT_EQ(model->feature_names, (NameList{"a", "b", "c"}));
  ASSERT_EQ(model->trees.size(), 2U);
  const LightgbmTree& tree = model->trees[1];
  EXPECT_EQ(tree.left_children, (std::vector<std::int32_t>{1, -1}));
  EXPECT_EQ(tree.right_children, (std::vector<std::int32_t>{-3, -2}));
  EXPECT_EQ(tree.split_features, (std::vector<std::int32_t>{0, 1}));
  EXPECT_EQ(tree.thresholds, (std::vector<double>{0.5, -2}));
  EXPECT_EQ(tree.leaf_values, (std::vector<double>{1, 2, 4}));
  EXPECT_EQ(tree.missing(0), LightgbmMissing::kNone);
  EXPECT_EQ(tree.missing(1), LightgbmMissing::kNan);
}

TEST(LightgbmModel, EqualToTheThresholdGoesLeft) {
  const std::string file = write_text({.trees = {tree_of_three_leaves()}});
  EXPECT_EQ(scores_of(file, {0.5, -2, 0})[0], 1);
  EXPECT_EQ(scores_of(file, {0.5, std::nextafter(-2.0, 0.0), 0})[0], 2);
  EXPECT_EQ(scores_of(file, {std::nextafter(0.5, 1.0), 0, 0})[0], 4);
}

TEST(LightgbmModel, MissingIsWhatTheSplitSays) {
  const std::string file = write_text({.trees = {tree_of_three_leaves()}});
  EXPECT_EQ(scores_of(file, {kNan, kNan, 0})[0], 1);  // Feature 0: None, so 0. Feature 1: NaN, default left.
  const std::string right = write_text({.trees = {edited(tree_of_three_leaves(), "type=2 10", "type=2 8")}});
  EXPECT_EQ(scores_of(right, {0, kNan, 0})[0], 2);
  const std::string zero = write_text({.trees = {edited(tree_of_three_leaves(), "type=2 10", "type=4 6")}});
  EXPECT_EQ(scores_of(zero, {1e-36, 0, 0})[0], 4);   // Zero, default right.
  EXPECT_EQ(scores_of(zero, {-1, kNan, 0})[0], 1);   // Zero, default left.
  EXPECT_EQ(scores_of(zero, {-1, 1e-30, 0})[0], 2);  // Not zero.
}

TEST(LightgbmModel, TinyValuesAreZeroBeforeAnyTree) {
  const std::string file = write_text({.trees = {edited(tree_of_three_leaves(), "threshold=0.5", "threshold=-1e-40")}});
  EXPECT_EQ(scores_of(file, {-1e-36, 0, 0})[0], 4);  // 0 is not <= -1e-40, though -1e-36 is.
}

TEST(LightgbmModel, HeaderIsRefusedWithItsKey) {
  EXPECT_EQ(error_of_header("v4", "v2"),
            "version: expected v3 or v4 (LightGBM 2.3 to 4.7), which are verified here, found \"v2\"");
  EXPECT_EQ(error_of_header("num_class=1", "num_class=2"), "num_class: expected num_tree_per_iteration = 1, found 2");
  EXPECT_EQ(error_of_header("num_class=1\n", ""), "num_class: expected the key, found none");
  EXPECT_EQ(error_of_header("idx=2", "idx=x"), "max_feature_idx: expected an integer from 0 to 2147483646, found \"x\"");
  EXPECT_EQ(error_of_header("idx=2", "idx=3"), "feature_names: expected max_feature_idx + 1 = 4 words, found 3");
  EXPECT_EQ(error_of_header("=regression", "=other"), "objective: expected an objective of LightGBM 2.3 to 4.7, found \"other\"");
  EXPECT_EQ(error_of_header("=regression", "=binary sigmoid:-1"),
            "objective: expected sigmoid: and a number above 0 as LightGBM prints it, 0.7, found \"sigmoid:-1\"");
  EXPECT_EQ(error_of_header("=regression", "=poisson sqrt"),
            "objective: expected a parameter that poisson is known to have, found \"sqrt\"");
  EXPECT_EQ(error_of_header("=regression", "=multiclass num_class:3"),
            "num_tree_per_iteration: expected 3 for objective multiclass, found 1");
  EXPECT_EQ(error_of_header("label_index=0", "label_index=0\nnew_key=1"),
            "(line): expected a key of LightGBM 2.3 to 4.7, found \"new_key\"");
  EXPECT_EQ(error_of_header("label_index=0", "label_index=0\nlabel_index=0"),
            "label_index: expected the key once, found it again");
  EXPECT_EQ(error_of("tree\xFF"), R"((first line): expected "tree", as a LightGBM text model begins, found "tree\xff")");
  EXPECT_EQ(error_of(""), "(first line): expected \"tree\", as a LightGBM text model begins, found \"\"");
}

TEST(LightgbmModel, TreeIsRefusedWithItsNumberAndKey) {
  EXPECT_EQ(error_of_tree("threshold=0.5 -2", "threshold=0.5"), "trees[0].threshold: expected 2 numbers, found 1");
  EXPECT_EQ(error_of_tree("threshold=0.5 -2", "threshold=0.5 2x"),
            "trees[0].threshold[1]: expected a number that a double holds, found \"2x\"");
  EXPECT_EQ(error_of_tree("threshold=0.5 -2", "threshold=0.5 1e999"),
            "trees[0].threshold[1]: expected a number that a double holds, found \"1e999\"");
  EXPECT_EQ(error_of_tree("threshold=0.5 -2", "threshold=0.5 nan"), "trees[0].threshold[1]: expected a number, found NaN");
  EXPECT_EQ(error_of_tree("leaf_value=1 2 4", "leaf_value=1 2 inf"),
            "trees[0].leaf_value[2]: expected a finite number, found inf");
  EXPECT_EQ(error_of_tree("split_feature=0 1", "split_feature=0 3"),
            "trees[0].split_feature[1]: expected a feature up to max_feature_idx = 2, found 3");
  EXPECT_EQ(error_of_tree("type=2 10", "type=2 12"),
            "trees[0].decision_type[1]: expected 0 to 11: categorical, default left, and None, Zero or NaN missing, found 12");
  EXPECT_EQ(error_of_tree("type=2 10", "type=2 1"),
            "trees[0].threshold[1]: expected of a categorical split: a set below num_cat = 0, found -2.000000");
  EXPECT_EQ(error_of_tree("num_leaves=3", "num_leaves=0"),
            "trees[0].num_leaves: expected an integer from 1 to 2147483647, found \"0\"");
  EXPECT_EQ(error_of_tree("num_leaves=3", "num_leaves=2000000000"),
            "trees[0].split_feature: expected 1999999999 numbers, found 2");
  EXPECT_EQ(error_of_tree("shrinkage=1", "colour=1"), "trees[0].(line): expected a key of LightGBM 2.3 to 4.7, found \"colour\"");
  EXPECT_EQ(error_of_tree("is_linear=0", "is_linear=1"),
            "trees[0].leaf_const: expected the key, where is_linear is 1, found none");
  EXPECT_EQ(error_of_tree("num_cat=0", "num_cat=1"),
            "trees[0].cat_boundaries: expected the key, where num_cat is not 0, found none");
}

TEST(LightgbmModel, EveryNodeIsReachedOnce) {
  const char* twice = "expected a split or leaf that no other split leads to, found ";
  EXPECT_EQ(error_of_tree("left_child=1 -1", "left_child=0 -1"), std::string("trees[0].left_child[0]: ") + twice + "0");
  EXPECT_EQ(error_of_tree("right_child=-3 -2", "right_child=-3 -1"), std::string("trees[0].right_child[1]: ") + twice + "-1");
  EXPECT_EQ(error_of_tree("left_child=1 -1", "left_child=2 -1"),
            "trees[0].left_child[0]: expected a split below 2, or ~ a leaf below 3, found 2");
  EXPECT_EQ(error_of_tree("left_child=1 -1", "left_child=1 -4"),
            "trees[0].left_child[1]: expected a split below 2, or ~ a leaf below 3, found -4");
  EXPECT_EQ(error_of_tree("left_child=1 -1", "left_child=1 -2147483648"),
            "trees[0].left_child[1]: expected a split below 2, or ~ a leaf below 3, found -2147483648");
  EXPECT_EQ(error_of_tree("left_child=1 -1", "left_child=-2 -1"),  // Split 1 hangs nowhere.
            "trees[0].left_child: expected a way from the root to each of 2 splits, found a way to 1");
}

TEST(LightgbmModel, CategoricalSetsAreChecked) {
  const std::string tree =
      "num_leaves=2\nnum_cat=1\nsplit_feature=0\nthreshold=0\ndecision_type=1\nleft_child=-1\nright_child=-2\nleaf_value=1 2\n"
      "cat_boundaries=0 2\ncat_threshold=5 2147483648\n";
  const std::string file = write_text({.trees = {tree}});
  EXPECT_EQ(scores_of(file, {0, 0, 0})[0], 1);
  EXPECT_EQ(scores_of(file, {-0.5, 0, 0})[0], 1);
  EXPECT_EQ(scores_of(file, {1, 0, 0})[0], 2);
  EXPECT_EQ(scores_of(file, {63.9, 0, 0})[0], 1);
  EXPECT_EQ(scores_of(file, {64, 0, 0})[0], 2);
  EXPECT_EQ(scores_of(file, {-1, 0, 0})[0], 2);
  EXPECT_EQ(scores_of(file, {kNan, 0, 0})[0], 2);
  EXPECT_EQ(scores_of(file, {1e300, 0, 0})[0], 2);
  const auto wrong = [&](const char* from, const char* to) { return error_of(write_text({.trees = {edited(tree, from, to)}})); };
  EXPECT_EQ(wrong("cat_boundaries=0 2", "cat_boundaries=1 2"), "trees[0].cat_boundaries[0]: expected 0, found 1");
  EXPECT_EQ(wrong("cat_boundaries=0 2", "cat_boundaries=0 3"), "trees[0].cat_threshold: expected 3 numbers, found 2");
  EXPECT_EQ(wrong("cat_boundaries=0 2", "cat_boundaries=0 4294967295"),
            "trees[0].cat_threshold: expected 4294967295 numbers, found 2");
  EXPECT_EQ(wrong("2147483648", "-1"), "trees[0].cat_threshold[1]: expected an integer, found \"-1\"");
  EXPECT_EQ(wrong("threshold=0", "threshold=0.5"),
            "trees[0].threshold[0]: expected of a categorical split: a set below num_cat = 1, found 0.500000");
}

TEST(LightgbmModel, FileIsOneThatLightgbmWouldReadTheSame) {
  const std::string file = write_text({.trees = {tree_of_three_leaves(), tree_of_three_leaves()}});
  EXPECT_EQ(error_of(edited(file, "leaf_value=1 2 4", "leaf_value=1 2 40")),
            "tree_sizes[0]: expected " + std::to_string(tree_of_three_leaves().size() + 10) + ", the bytes of Tree=0, found \"" +
                std::to_string(tree_of_three_leaves().size() + 9) + "\"");
  EXPECT_EQ(error_of(edited(file, "Tree=1", "Tree=2")), R"((line): expected "Tree=1" or "end of trees", found "Tree=2")");
  EXPECT_EQ(error_of(edited(file, "\n\nTree=0", " 7\n\nTree=0")), "tree_sizes: expected 2 sizes, one a tree, found more");
  EXPECT_EQ(error_of(file.substr(0, file.find("end of trees"))), R"((file): expected "end of trees", found the end of the file)");
  EXPECT_EQ(error_of_header("=1\nnum_tree_per_iteration=1", "=2\nnum_tree_per_iteration=2\nmonotone_constraints=0 0 0"),
            "num_tree_per_iteration: expected 1 for objective regression, found 2");
  EXPECT_EQ(error_of_header("=1\nnum_tree_per_iteration=1", "=65536\nnum_tree_per_iteration=65536"),
            "num_tree_per_iteration: expected 1 to 65535, found 65536");
  EXPECT_EQ(
      error_of(write_text({.header = edited(edited(header(), "=1\nnum_tree_per_iteration=1", "=2\nnum_tree_per_iteration=2"),
                                            "objective=regression\n", ""),
                           .trees = {tree_of_three_leaves()}})),
      "trees: expected whole rounds of num_tree_per_iteration = 2 trees, since LightGBM ignores the rest, found 1 trees");
  EXPECT_EQ(error_of(write_text({.header = header() + "average_output\n"})),
            "average_output: expected a tree or more, of which LightGBM averages, found none");
}

TEST(LightgbmModel, CrossEntropyLambdaOfUnknownReleaseIsRefused) {
  const std::string v3 = edited(edited(header(), "v4", "v3"), "=regression", "=cross_entropy_lambda");
  EXPECT_EQ(error_of(write_text({.header = v3, .tail = ""})),
            "(file): expected \"parameters:\", which tell LightGBM 3.3 from 3.2, where cross_entropy_lambda changed, found none");
  const auto transform_of = [](const std::string& file) { return read_lightgbm_model(as_bytes(file))->objective.transform; };
  EXPECT_EQ(transform_of(write_text({.header = v3})), LightgbmTransform::kLogOnePlusExp);
  EXPECT_EQ(transform_of(write_text({.header = v3, .tail = "\nparameters:\n[precise_float_parser: 0]\n"})),
            LightgbmTransform::kLog1pExp);
}

TEST(LightgbmModel, TextOfEveryPrefixIsRefused) {
  const std::string file = write_text({.trees = {tree_of_three_leaves()}});
  const std::size_t end = file.find("end of trees") + std::string("end of trees").size();
  for (std::size_t size = 0; size < end; ++size) EXPECT_NE(error_of(file.substr(0, size)), "read") << size;
  EXPECT_EQ(error_of(file.substr(0, end)), "read");
}

TEST(LightgbmModel, RangesOfRoundsAreCounted) {
  const auto model = read_lightgbm_model(as_bytes(write_text({.trees = {3, tree_of_three_leaves()}})));
  ASSERT_TRUE(model.ok()) << model.error().text();
  EXPECT_EQ(model->rounds(), 3U);
  EXPECT_EQ(model->tree_range(1, 0)->end, 3U);
  EXPECT_EQ(model->tree_range(1, 2)->begin, 1U);
  EXPECT_FALSE(model->tree_range(0, 4).has_value());
  EXPECT_FALSE(model->tree_range(2, 1).has_value());
}

}  // namespace
}  // namespace ringside::engine::test
