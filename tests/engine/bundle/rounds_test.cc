// Goal: a bundle answers with the boosting rounds and takes for missing what training's own predict would, unless serving.yaml says
//   otherwise. Method: the small bundle, whose golden rows are four rounds', with a fifth round that only a cut can hide.

#include <gtest/gtest.h>

#include "engine/bundle/loader.h"
#include "tests/support/bundle_files.h"

namespace ringside::engine {
namespace {

using test::BundleFiles;
using test::TemporaryDirectory;

constexpr const char* kFifthTree =
    R"({"categories":[],"categories_nodes":[],"categories_segments":[],"categories_sizes":[],"base_weights":[0.0],"default_left":[0],)"
    R"("id":4,"left_children":[-1],"loss_changes":[0.0],"parents":[2147483647],"right_children":[-1],"split_conditions":[9.0],)"
    R"("split_indices":[0],"split_type":[0],"sum_hessian":[1.0],)"
    R"("tree_param":{"num_deleted":"0","num_feature":"5","num_nodes":"1","size_leaf_vector":"0"}}],"x":[])";

BundleFiles five_rounds() {
  BundleFiles files = BundleFiles::small();
  files.edit("model.json", "\"num_trees\":\"4\"", "\"num_trees\":\"5\"");
  files.edit("model.json", "\"tree_info\":[0,0,0,0]", "\"tree_info\":[0,0,0,0,0]");
  files.edit("model.json", "]},\"name\":\"gbtree\"", "," + std::string(kFifthTree) + "},\"name\":\"gbtree\"");
  return files;
}

void stop_early(BundleFiles& files, const std::string& round) {
  files.edit("model.json", "\"attributes\":{}", "\"attributes\":{\"best_iteration\":\"" + round + "\"}");
}

Result<std::unique_ptr<Bundle>, BundleProblems> load(const BundleFiles& files) {
  TemporaryDirectory place;
  files.write(place.path() / "small_v1.0.0");
  return load_bundle((place.path() / "small_v1.0.0").string(), {});
}

std::string first_problem(const BundleFiles& files) {
  const auto bundle = load(files);
  return bundle ? "" : bundle.error().front().text();
}

TEST(Rounds, BestIterationEndsTheForestAndTheReferenceAgrees) {
  BundleFiles files = five_rounds();
  stop_early(files, "3");
  const auto bundle = load(files);
  ASSERT_TRUE(bundle.ok()) << bundle.error().front().text();
  EXPECT_EQ((*bundle)->scorer.trees(), 4U);
  EXPECT_EQ((*bundle)->facts.reference, "xgboost: 6 golden rows equal in every bit");
  ASSERT_FALSE((*bundle)->facts.notes.empty());
  EXPECT_NE((*bundle)->facts.notes[0].find("rounds 0 to 3 of 5"), std::string::npos) << (*bundle)->facts.notes[0];
}

TEST(Rounds, ServingYamlHasTheLastWord) {
  BundleFiles files = BundleFiles::small();
  stop_early(files, "1");
  files["serving.yaml"] = "iterations: all\n";
  EXPECT_EQ(first_problem(files), "");
  files["serving.yaml"] = "iterations: 4\n";
  EXPECT_EQ(first_problem(files), "");
  files = five_rounds();
  files["serving.yaml"] = "iterations: 4\n";
  EXPECT_EQ(first_problem(files), "");
  files["serving.yaml"] = "iterations: all\n";
  EXPECT_NE(first_problem(files).find("golden.jsonl"), std::string::npos) << "the fifth round counts";
}

TEST(Rounds, NumbersThatNoRoundHasAreRefused) {
  BundleFiles files = BundleFiles::small();
  for (const char* text : {"0", "-1", "1.5", "none", "4 rounds"}) {
    files["serving.yaml"] = "iterations: " + std::string(text) + "\n";
    EXPECT_EQ(first_problem(files), "serving.yaml: iterations: expected a number of boosting rounds from 1, or all, found \"" +
                                        std::string(text) + "\"");
  }
  files["serving.yaml"] = "iterations: 5\n";
  EXPECT_EQ(first_problem(files), "serving.yaml: iterations: expected 1 to 4 rounds, found 5");
  files.remove("serving.yaml");
  stop_early(files, "4");
  EXPECT_EQ(first_problem(files), "model.json: learner.attributes.best_iteration: expected 1 to 4 rounds, found 5");
}

TEST(MissingValue, IsMissingWhereAFeatureEqualsIt) {
  BundleFiles files = BundleFiles::small();
  files.edit("preprocess.json", "\"classes\":[0,1]", "\"classes\":[0,1],\"missing\":\"0x1.09ap+13\"");  // 8500
  EXPECT_NE(first_problem(files).find("golden.jsonl"), std::string::npos);
  files.edit("golden.jsonl", "4604d000", "7fc00000");  // Missing goes where 8500 went.
  EXPECT_EQ(first_problem(files), "");
}

TEST(MissingValue, IsAFloat32) {
  BundleFiles files = BundleFiles::small();
  files.edit("preprocess.json", "\"classes\":[0,1]", "\"classes\":[0,1],\"missing\":\"0x1.00000001p+0\"");
  EXPECT_EQ(first_problem(files), "preprocess.json: missing: expected a float32, found more digits");
}

}  // namespace
}  // namespace ringside::engine
