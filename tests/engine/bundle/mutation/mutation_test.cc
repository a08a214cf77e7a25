// Goal: no flipped bit that alters a prediction gets past the gate; and the prover itself would notice a gate that is left open. Method:
// the committed bundles and the demo's rows, some hundred bits drawn with a fixed seed; tests/integration/mutation_test.py does it on the
// rows that were trained on, and `mutation_proof --long` ten thousand times.

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <set>

#include "tests/engine/bundle/mutation/parameters.h"
#include "tests/engine/bundle/mutation/proof.h"

namespace ringside::test {
namespace {

std::filesystem::path source() {
  const char* from = std::getenv("RINGSIDE_SOURCE");
  return from != nullptr ? from : ".";
}

class CommittedBundle : public ::testing::TestWithParam<const char*> {};

TEST_P(CommittedBundle, RefusesWhateverAltersAPrediction) {
  MutationProof proof(source() / "models" / GetParam(), source() / "tests/golden/loan_default_demo.jsonl");
  ASSERT_EQ(proof.rows(), 300u);
  std::map<std::string, std::vector<const Parameter*>> groups;
  for (const Parameter& parameter : proof.parameters()) groups[parameter.group].push_back(&parameter);
  std::mt19937_64 random(1);
  std::size_t refused = 0;
  for (const auto& [name, group] : groups) {
    const bool only_walks_show_it = name == "default direction" || name == "threshold";  // or nearly so: try these harder
    for (int n = only_walks_show_it ? 40 : 8; n > 0; --n) {
      const Parameter& parameter = *group[random() % group.size()];
      const auto bit = static_cast<std::uint32_t>(random() % parameter.bits());
      const Fate fate = proof.judge(parameter, bit);
      EXPECT_NE(fate, Fate::kSurvived) << parameter.where << " bit " << bit << ": " << proof.change() << " alters "
                                       << proof.rows_altered() << " rows";
      refused += fate == Fate::kRefused ? 1 : 0;
    }
  }
  EXPECT_GT(refused, 20u);
}

INSTANTIATE_TEST_SUITE_P(Versions, CommittedBundle, ::testing::Values("loan_default_v1.0.0", "loan_default_v1.1.0"),
                         [](const auto& tested) { return "v1_" + std::string(1, tested.param[16]); });

// On the rows that were trained on: they lie between the golden ones, where walks alone show a threshold that moved.
TEST(MutationProof, RefusesWhateverAltersAPredictionOfALightgbmModel) {
  const auto bundle = source() / "tests/golden/bundles/small_loans_v1.0.0";
  MutationProof proof(bundle, source() / "tests/golden/bundles/small_loans_rows.jsonl");
  std::map<std::string, std::vector<const Parameter*>> groups;
  for (const Parameter& parameter : proof.parameters()) groups[parameter.group].push_back(&parameter);
  std::mt19937_64 random(1);
  std::map<std::string, std::size_t> refused;
  for (const auto& [name, group] : groups) {
    for (int n = 0; n < (name == "threshold" || name == "leaf" ? 120 : 25); ++n) {
      const Parameter& parameter = *group[random() % group.size()];
      const auto bit = static_cast<std::uint32_t>(random() % parameter.bits());
      const Fate fate = proof.judge(parameter, bit);
      EXPECT_NE(fate, Fate::kSurvived) << parameter.where << " bit " << bit << ": " << proof.change() << " alters "
                                       << proof.rows_altered() << " rows";
      refused[name] += fate == Fate::kRefused ? 1 : 0;
    }
  }
  for (const char* group : {"leaf", "threshold"}) EXPECT_GT(refused[group], 0u) << group;
}

// The small bundle's ten golden rows say no walks: a gate with a hole that is known.
TEST(MutationProof, NoticesAGateThatIsLeftOpen) {
  TemporaryDirectory place;
  BundleFiles files = BundleFiles::small();
  files.write(place.path() / "small_v1.0.0");
  write_file(place.path() / "rows.jsonl", "{\"age\":40,\"city\":\"ams\",\"home\":\"own\",\"income\":1.5}\n");
  MutationProof proof(place.path() / "small_v1.0.0", place.path() / "rows.jsonl");
  const auto threshold = [&](const std::string& where) {
    for (const Parameter& parameter : proof.parameters())
      if (parameter.where == where) return parameter;
    return Parameter{};
  };
  const Parameter age = threshold("trees[0].split_conditions[0]");
  ASSERT_EQ(age.group, "threshold");
  EXPECT_EQ(proof.judge(age, 23), Fate::kSurvived);  // an age of 40 stands between, and no golden row does
  EXPECT_EQ(proof.change(), "0.25 -> 0.125");
  EXPECT_EQ(proof.rows_altered(), 1u);
  EXPECT_EQ(proof.judge(age, 0), Fate::kSame);
  EXPECT_EQ(proof.judge(age, 31), Fate::kRefused);
  EXPECT_NE(proof.refusal().find("golden.jsonl row"), std::string::npos);
  EXPECT_EQ(proof.judge(threshold("trees[0].left_children[0]"), 30), Fate::kNoBundle);
}

TEST(Parameters, OfAModelAreWhatAScoreDependsOn) {
  const std::string text =
      R"({"learner":{"gradient_booster":{"model":{"tree_info":[0],"trees":[{"base_weights":[1.5,2.5,3.5],"default_left":[1,0,0],)"
      R"("left_children":[1,-1,-1],"right_children":[2,-1,-1],"split_conditions":[0.5,-0.25,0.75],"split_indices":[3,0,0]}]}},)"
      R"("learner_model_param":{"base_score":"5E-1"}}})";
  std::multiset<std::string> groups;
  for (const Parameter& parameter : parameters_of("model.json", text)) groups.insert(parameter.group);
  EXPECT_EQ(groups,
            (std::multiset<std::string>{"base score", "child", "child", "child", "child", "child", "child", "default direction",
                                        "leaf", "leaf", "split feature", "threshold", "tree's class"}));
}

TEST(Parameters, OfATextModelKeepTheSizesOfItsTreesRight) {
  const std::string text =
      "tree\ntree_sizes=45 11\n\nTree=0\nleaf_value=0.5 2\ndecision_type=2\n\n\n\nTree=1\nx=1\n\n\nend of trees\n";
  const auto parameters = parameters_of("model.txt", text);
  ASSERT_EQ(parameters.size(), 3u);
  EXPECT_EQ(parameters[1].where, "trees[0].leaf_value[1]");
  EXPECT_EQ(parameters[2].bits(), 8u);
  EXPECT_EQ(flipped(text, parameters[0], 0),
            "tree\ntree_sizes=59 13\n\nTree=0\nleaf_value=0.50000000000000011 2\ndecision_type=2\n\n\n\nTree=1\nx=1\n\n\nend of "
            "trees\n");
  EXPECT_EQ(flipped(text, parameters[2], 1).find("decision_type=0") != std::string::npos, true);
}

TEST(Parameters, OneBitIsFlippedAndNothingElse) {
  const auto spoilt = [](const std::string& file, const std::string& text, std::size_t number, std::uint32_t bit) {
    return flipped(text, parameters_of(file, text).at(number), bit);
  };
  EXPECT_EQ(spoilt("model.json", R"({"base_score":"5E-1"})", 0, 31), R"({"base_score":"-0.5"})");
  EXPECT_EQ(spoilt("model.json", R"({"base_score":"5E-1"})", 0, 0), R"({"base_score":"0.50000006"})");
  EXPECT_EQ(spoilt("preprocess.json", R"({"value": "0x1.8p+1"})", 0, 0), R"({"value": "0x1.8000000000001p+1"})");
  EXPECT_EQ(spoilt("preprocess.json", R"({"classes": ["a","b"]})", 0, 1), R"({"classes": ["c","b"]})");
  EXPECT_EQ(spoilt("preprocess.json", R"({"classes": ["a", "b"]})", 2, 0), R"({"classes": ["b", "a"]})");
  EXPECT_EQ(spoilt("preprocess.json", R"({"classes": [0, 1]})", 0, 2), R"({"classes": [4, 1]})");
  EXPECT_EQ(spoilt("feature_schema.yaml", "  - {name: age, dtype: int, fill: 7, min: 0}", 0, 0),
            "  - {name: age, dtype: int, fill: 6, min: 0}");
  EXPECT_EQ(spoilt("feature_schema.yaml", "  - {name: x, dtype: float, fill: 0.5}", 0, 63),
            "  - {name: x, dtype: float, fill: -0.5}");
  EXPECT_EQ(spoilt("feature_schema.yaml", "  - {name: x, dtype: str, fill: own}", 0, 1), "  - {name: x, dtype: str, fill: mwn}");
  EXPECT_EQ(spoilt("serving.yaml", "threshold: 0.5\n", 0, 52), "threshold: 1\n");
}

}  // namespace
}  // namespace ringside::test
