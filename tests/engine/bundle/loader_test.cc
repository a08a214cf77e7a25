// Goal: a good bundle becomes everything that the engine needs to serve it, and says what operators want to know. Method: the
// small bundle and the committed examples, loaded; labels by every rule; scores through a workspace.

#include "engine/bundle/loader.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "engine/bundle/bundle_directory.h"
#include "engine/bundle/workspace.h"
#include "tests/support/bundle_files.h"

namespace ringside::engine {
namespace {

namespace fs = std::filesystem;
using test::BundleFiles;
using test::TemporaryDirectory;

std::unique_ptr<Bundle> loaded(const BundleFiles& files, const LoadOptions& options = {},
                               const std::string& directory = "small_v1.0.0") {
  TemporaryDirectory place;
  files.write(place.path() / directory);
  auto bundle = load_bundle((place.path() / directory).string(), options);
  if (!bundle) {
    ADD_FAILURE() << bundle.error().front().text();
    return nullptr;
  }
  return std::move(*bundle);
}

TEST(LoadBundle, GoodBundleIsWholeAndSaysWhatItIs) {
  const BundleFiles files = BundleFiles::small();
  const auto bundle = loaded(files);
  ASSERT_NE(bundle, nullptr);
  EXPECT_EQ(bundle->version, "small_v1.0.0");
  EXPECT_EQ(bundle->task, "small");
  EXPECT_EQ(bundle->schema.size(), 4u);
  EXPECT_EQ(bundle->plan.features(), 5u);
  EXPECT_EQ(bundle->scorer.trees(), 4u);
  EXPECT_EQ(bundle->model_kind, wire::ModelKind::kBinary);
  EXPECT_EQ(bundle->classes, (std::vector<ClassLabel>{std::int64_t{0}, std::int64_t{1}}));
  EXPECT_FALSE(bundle->threshold.has_value());
  EXPECT_EQ(bundle->facts.manifest_sha256, sha256_hex(files.manifest()));
  EXPECT_EQ(bundle->facts.golden_rows, 6u);
  EXPECT_EQ(bundle->facts.golden_rejects, 4u);
  EXPECT_EQ(bundle->facts.reference, "xgboost: 6 golden rows equal in every bit");
  EXPECT_EQ(bundle->facts.label, "");
  EXPECT_EQ(bundle->facts.packages.back(), (std::pair<std::string, std::string>{"xgboost", "1.7.4"}));
  EXPECT_GT(bundle->facts.bytes, 0u);
  EXPECT_GT(bundle->facts.load_time.count(), 0);
}

TEST(LoadBundle, ReferenceMayBeSwitchedOff) {
  LoadOptions options;
  options.use_reference = false;
  EXPECT_EQ(loaded(BundleFiles::small(), options)->facts.reference, "golden rows alone: the reference is switched off");
}

TEST(LoadBundle, OtherSafeDirectoryNameLoadsWithAWarning) {
  for (const std::string name : {"candidate", "small_v1.0.0 (copy)", "größe"}) {
    const auto bundle = loaded(BundleFiles::small(), {}, name);
    ASSERT_NE(bundle, nullptr) << name;
    EXPECT_EQ(bundle->facts.warnings,
              std::vector<std::string>{"the directory '" + name + "' is not called as the version in it, small_v1.0.0"});
  }
  EXPECT_TRUE(loaded(BundleFiles::small())->facts.warnings.empty());
}

TEST(LoadBundle, UnsafeDirectoryNameIsRefusedByName) {
  for (const std::string name : {".hidden", "-rf", "a\nb", "caf\xE9", "a\xC2\x85z"}) {
    TemporaryDirectory place;
    BundleFiles::small().write(place.path() / name);
    const auto bundle = load_bundle((place.path() / name).string(), {});
    ASSERT_FALSE(bundle.ok()) << name;
    EXPECT_NE(bundle.error()[0].text().find("a directory's name of 1 to 128 bytes"), std::string::npos);
  }
}

TEST(LoadBundle, UnusualVersionLoadsWithAWarning) {
  for (const std::string usual : {"small_v1.2.10", "small_20261122", "small_20261122.3"})
    EXPECT_TRUE(loaded(BundleFiles::small(usual), {}, usual)->facts.warnings.empty()) << usual;
  for (const std::string unusual :
       {"small_v1.2", "small_v1.2.x", "small_2026", "v1.0.0", "small_20261122.3.1", "smaller_v1.0.0"}) {
    EXPECT_EQ(loaded(BundleFiles::small(unusual), {}, unusual)->facts.warnings,
              std::vector<std::string>{"the version " + unusual + " is not called small_vX.Y.Z or small_yyyyMMdd[.N]"});
  }
}

TEST(LoadBundle, BundleOfAnotherTaskIsForeign) {
  TemporaryDirectory place;
  BundleFiles::small().write(place.path() / "small_v1.0.0");
  LoadOptions options;
  options.expected_task = "loan_default";
  const auto bundle = load_bundle((place.path() / "small_v1.0.0").string(), options);
  ASSERT_FALSE(bundle.ok());
  ASSERT_EQ(bundle.error().size(), 1u);
  EXPECT_EQ(bundle.error()[0].key, "task_name");
  EXPECT_EQ(bundle.error()[0].text(), "manifest.json: task_name: expected \"loan_default\", found \"small\"");
  options.expected_task = "small";
  EXPECT_TRUE(load_bundle((place.path() / "small_v1.0.0").string(), options).ok());
}

TEST(IdentifyBundle, ReadsTheManifestAlone) {
  TemporaryDirectory place;
  const BundleFiles files = BundleFiles::small();
  files.write(place.path() / "small_v1.0.0");
  fs::remove(place.path() / "small_v1.0.0" / "model.json");
  const auto identity = identify_bundle((place.path() / "small_v1.0.0").string());
  ASSERT_TRUE(identity.ok());
  EXPECT_EQ(identity->version, "small_v1.0.0");
  EXPECT_EQ(identity->task, "small");
  EXPECT_EQ(identity->manifest_sha256, sha256_hex(files.manifest()));
  EXPECT_FALSE(identify_bundle((place.path() / "none").string()).ok());
}

TEST(OutlineBundle, ReadsManifestAndSchemaAlone) {
  TemporaryDirectory place;
  const fs::path directory = place.path() / "small_v1.0.0";
  BundleFiles::small().write(directory);
  fs::remove(directory / "model.json");
  const auto outline = outline_bundle(directory.string());
  ASSERT_TRUE(outline.ok());
  EXPECT_EQ(outline->identity.task, "small");
  EXPECT_EQ(outline->schema.fields().at(3).name, "income");
  std::string altered = test::read_file(directory / "feature_schema.yaml");
  altered.replace(altered.find("income"), 6, "incone");
  test::write_file(directory / "feature_schema.yaml", altered);
  EXPECT_FALSE(outline_bundle(directory.string()).ok()) << "an altered schema announces nothing";
}

TEST(Workspace, ScoresARowWithoutMoreMemory) {
  const auto bundle = loaded(BundleFiles::small());
  ASSERT_NE(bundle, nullptr);
  Workspace work(*bundle);
  EXPECT_EQ(work.stride, 16u);
  work.tile.start(1);
  work.tile.numbers(0)[0] = 41;
  work.tile.texts(1)[0] = {"ber", 3};
  work.tile.texts(2)[0] = {"rent", 4};
  work.tile.numbers(3)[0] = 8500;
  bundle->plan.run(work.tile, *work.plan, work.features.data(), work.stride);
  bundle->scorer.score(work.features.data(), 1, work.stride, work.margins.data(), work.values.data());
  EXPECT_EQ(work.margins.as<float>()[0], 0.7F + 0.3F - 0.45F + 0.55F);
  EXPECT_EQ(bundle->label_index(work.values.as<float>().data()), 1);
}

// Labels.

TEST(LabelIndex, BinaryIsXgboostsRuleWithoutAThreshold) {
  const auto bundle = loaded(BundleFiles::small());
  const float half = 0.5F;
  const float more = std::nextafter(0.5F, 1.0F);
  EXPECT_EQ(bundle->label_index(&half), 0);
  EXPECT_EQ(bundle->label_index(&more), 1);
}

TEST(LabelIndex, ThresholdIsReachedInTheWidthThatIsStated) {
  const auto bundle = loaded(BundleFiles::small());
  const float p = 0.7F;  // as float64: 0.699999988079071
  bundle->threshold = DecisionThreshold{.value = 0.7, .compare_float64 = false};
  EXPECT_EQ(bundle->label_index(&p), 1);
  bundle->threshold = DecisionThreshold{.value = 0.7, .compare_float64 = true};
  EXPECT_EQ(bundle->label_index(&p), 0);
}

TEST(LabelIndex, NoClassesNoLabel) {
  const auto bundle = loaded(BundleFiles::small());
  bundle->classes.clear();
  const float p = 0.9F;
  EXPECT_EQ(bundle->label_index(&p), -1);
}

BundleFiles three_classes(const char* objective) {
  BundleFiles files = BundleFiles::small();
  files.edit("model.json", "\"num_class\":\"0\"", "\"num_class\":\"3\"");
  files.edit("model.json", "\"tree_info\":[0,0,0,0]", "\"tree_info\":[0,1,2]");
  files.edit("model.json", "\"num_trees\":\"4\"", "\"num_trees\":\"3\"");
  std::string& model = files["model.json"];  // one tree a class: the fourth goes
  const auto fourth = model.rfind(R"(,{"base_weights")");
  model.erase(fourth, model.find(R"(]},"name":"gbtree")") - fourth);
  files.edit("model.json", R"("objective":{"name":"binary:logistic","reg_loss_param":{"scale_pos_weight":"1"}})",
             std::string(R"("objective":{"name":")") + objective + R"(","softmax_multiclass_param":{"num_class":"3"}})");
  files.edit("preprocess.json", "\"classes\":[0,1]", "\"classes\":[\"low\",\"mid\",\"high\"]");
  return files;
}

// Replaces the golden rows by one that is only as right as its form: the problems then name what was computed.
std::string computed_label(BundleFiles files, const char* values) {
  files["golden.jsonl"] = std::string(R"({"kind":"score","row":{"age":41,"city":"ber","home":"rent","income":8500.0},)"
                                      R"("features":["3e800000","3f800000","00000000","3f800000","4604d000"],)"
                                      R"("margin":["00000000","00000000","00000000"],"values":)") +
                          values + R"(,"label":"none","filled":[],"unknown":[]})" + "\n";
  TemporaryDirectory place;
  files.write(place.path() / "small_v1.0.0");
  const auto bundle = load_bundle((place.path() / "small_v1.0.0").string(), {});
  if (bundle) return "taken";
  for (const BundleProblem& problem : bundle.error()) {
    if (problem.key == "label") return problem.found;
  }
  return "no problem with the label: " + bundle.error().front().text();
}

TEST(LabelIndex, MulticlassIsTheFirstHighestProbability) {
  // Margins: 0.5 + 0.7, 0.5 + 0.3, 0.5 − 0.45.
  EXPECT_EQ(computed_label(three_classes("multi:softprob"), R"(["00000000","00000000","00000000"])"), "\"low\"");
}

TEST(LabelIndex, SoftmaxsValueIsTheClass) {
  EXPECT_EQ(computed_label(three_classes("multi:softmax"), R"(["00000000"])"), "\"low\"");
}

TEST(LabelIndex, FirstOfEqualProbabilitiesWins) {
  BundleFiles files = three_classes("multi:softprob");
  files.edit("model.json", "[0.25,-0.6,0.7]", "[0.25,0.0,0.0]");
  files.edit("model.json", "[1.5,0.3,-0.2]", "[1.5,0.5,0.5]");
  files.edit("model.json", "[0.5,0.1,-0.45]", "[0.5,0.5,0.5]");
  EXPECT_EQ(computed_label(files, R"(["00000000","00000000","00000000"])"), "\"mid\"");
}

TEST(LoadBundle, RegressionHasNoClasses) {
  BundleFiles files = BundleFiles::small();
  files.edit("model.json", "binary:logistic", "reg:squarederror");
  TemporaryDirectory place;
  files.write(place.path() / "small_v1.0.0");
  const auto bundle = load_bundle((place.path() / "small_v1.0.0").string(), {});
  ASSERT_FALSE(bundle.ok());
  EXPECT_EQ(bundle.error()[0].text(), "preprocess.json: classes: expected 0 for reg:squarederror, found 2");
}

// An answer counts its features in 16 bits; one more than they hold would be answered as none.
TEST(LoadBundle, MoreFeaturesThanAnAnswerCanReturnAreRefused) {
  std::string categories, columns;
  for (int i = 0; i < 65'532; ++i) {
    categories += ",\"" + std::to_string(i) + '"';
    columns += ",\"home_" + std::to_string(i) + '"';
  }
  BundleFiles files = BundleFiles::small();
  files.edit("preprocess.json", "[\"own\",\"rent\"]", "[\"own\"" + categories + "]");
  files.edit("preprocess.json", "[\"home_own\",\"home_rent\"]", "[\"home_own\"" + columns + "]");
  files.edit("preprocess.json", "\"home_own\",\"home_rent\"", "\"home_own\"" + columns);
  TemporaryDirectory place;
  files.write(place.path() / "small_v1.0.0");
  const auto bundle = load_bundle((place.path() / "small_v1.0.0").string(), {});
  ASSERT_FALSE(bundle.ok());
  EXPECT_EQ(bundle.error()[0].text(),
            "preprocess.json: features: expected at most 65535: as many as an answer can return, found 65536");
}

// The committed examples, and through the link that the engine starts from.

class CommittedBundle : public ::testing::TestWithParam<const char*> {};

TEST_P(CommittedBundle, LoadsWithEveryGoldenRowEqual) {
  const char* source = std::getenv("RINGSIDE_SOURCE");
  const fs::path directory = fs::path(source == nullptr ? "." : source) / "models" / GetParam();
  LoadOptions options;
  options.expected_task = "loan_default";
  const auto bundle = load_bundle(directory.string(), options);
  ASSERT_TRUE(bundle.ok()) << bundle.error().front().text();
  EXPECT_GT((*bundle)->facts.golden_rows, 100u);
  EXPECT_GT((*bundle)->facts.golden_rejects, 50u);
  EXPECT_TRUE((*bundle)->facts.reference.starts_with("xgboost: ")) << (*bundle)->facts.reference;
}

INSTANTIATE_TEST_SUITE_P(LoanDefault, CommittedBundle, ::testing::Values("loan_default_v1.0.0", "loan_default_v1.1.0", "current"),
                         [](const auto& test) {
                           std::string name = test.param;
                           for (char& c : name) c = c == '.' ? '_' : c;
                           return name;
                         });

}  // namespace
}  // namespace ringside::engine
