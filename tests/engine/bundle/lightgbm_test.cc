// Goal: a bundle with a model.txt loads only when every golden row comes out of the serving code in every bit, in float64; what a
//   LightGBM model cannot mean is refused by name. Method: every model that LightGBM's releases recorded becomes a bundle, its
//   rows the golden rows; then one of them with one thing changed.

#include <gtest/gtest.h>

#include <cmath>

#include "engine/bundle/loader.h"
#include "engine/bundle/workspace.h"
#include "tests/support/recorded_lightgbm.h"

namespace ringside::engine {
namespace {

using test::BundleFiles;
using test::RecordedLightgbm;
using test::TemporaryDirectory;

Result<std::unique_ptr<Bundle>, BundleProblems> load(const BundleFiles& files) {
  TemporaryDirectory place;
  files.write(place.path() / "recorded_v1.0.0");
  return load_bundle((place.path() / "recorded_v1.0.0").string(), {});
}

std::string first_problem(const BundleFiles& files) {
  const auto bundle = load(files);
  return bundle ? "" : bundle.error().front().text();
}

BundleFiles binary() { return RecordedLightgbm("4.7.0", "binary").bundle(); }

TEST(LightgbmBundle, EveryRecordedModelProvesItselfInItsReleasesBits) {
  std::size_t loaded = 0, float32 = 0;
  for (const auto& [release, name] : RecordedLightgbm::all()) {
    const RecordedLightgbm recorded(release, name);
    const auto wide = load(recorded.bundle());
    ASSERT_TRUE(wide.ok()) << release << " " << name << ": " << wide.error().front().text();
    EXPECT_EQ((*wide)->facts.golden_rows, recorded.rows().size());
    EXPECT_EQ((*wide)->scorer.output_type(), FloatType::kFloat64);
    ++loaded;
    const auto narrow = load(recorded.bundle(true));
    if (!narrow.ok() && narrow.error().front().text().find("at least one row with kind score") != std::string::npos) continue;
    ASSERT_TRUE(narrow.ok()) << release << " " << name << ", float32 features: " << narrow.error().front().text();
    EXPECT_EQ((*narrow)->scorer.feature_type(), FloatType::kFloat32);
    ++float32;
  }
  EXPECT_GT(loaded, 200u);
  EXPECT_GT(float32, 200u);
}

TEST(LightgbmBundle, SaysWhatItIs) {
  const auto bundle = load(binary());
  ASSERT_TRUE(bundle.ok()) << bundle.error().front().text();
  EXPECT_EQ((*bundle)->model_kind, wire::ModelKind::kBinary);
  EXPECT_EQ((*bundle)->plan.feature_type(), FloatType::kFloat64);
  EXPECT_EQ((*bundle)->facts.kernel, "lockstep");
  EXPECT_NE((*bundle)->facts.reference.find("walked plainly"), std::string::npos) << (*bundle)->facts.reference;
  EXPECT_TRUE((*bundle)->facts.notes.empty());
}

// A margin's last hex digit.
TEST(LightgbmBundle, BitThatDiffersIsNamedWithSixteenDigits) {
  const RecordedLightgbm recorded("4.7.0", "binary");
  BundleFiles files = recorded.bundle();
  std::string& golden = files["golden.jsonl"];
  const std::size_t digit = golden.find("\"margin\":[\"") + 11 + 15;
  const char was = golden[digit];
  golden[digit] = was == '0' ? '1' : '0';
  const std::string problem = first_problem(files);
  EXPECT_TRUE(problem.starts_with("golden.jsonl row 1: margin[0]: expected ")) << problem;
  EXPECT_EQ(problem.size(), std::string("golden.jsonl row 1: margin[0]: expected , found ").size() + 32) << problem;
}

TEST(LightgbmBundle, NumbersOfTheOtherWidthAreRefused) {
  BundleFiles files = binary();
  std::string& golden = files["golden.jsonl"];
  golden.erase(golden.find("\"values\":[\"") + 11, 8);
  EXPECT_TRUE(first_problem(files).starts_with("golden.jsonl row 1: values[0]: expected 16 hex digits")) << first_problem(files);
  files = binary();
  files.edit("preprocess.json", "float64", "float32");
  EXPECT_TRUE(first_problem(files).starts_with("golden.jsonl row 1: features[0]: expected 8 hex digits")) << first_problem(files);
}

TEST(LightgbmBundle, XgboostReadsNoFloat64Features) {
  BundleFiles files = BundleFiles::small();
  files.edit("preprocess.json", "\"classes\":[0,1]", "\"feature_dtype\":\"float64\",\"classes\":[0,1]");
  std::string& golden = files["golden.jsonl"];
  golden =
      R"({"kind":"score","row":{},"features":["0000000000000000"],"margin":["00000000"],"values":["00000000"],"label":0,"filled":[],"unknown":[]})";
  TemporaryDirectory place;
  files.write(place.path() / "small_v1.0.0");
  const auto bundle = load_bundle((place.path() / "small_v1.0.0").string(), {});
  ASSERT_FALSE(bundle.ok());
  EXPECT_EQ(bundle.error().front().text(),
            "preprocess.json: feature_dtype: expected float32: XGBoost reads no other features, found \"float64\"");
}

TEST(LightgbmBundle, SentinelForMissingIsXgboostsAlone) {
  BundleFiles files = binary();
  files.edit("preprocess.json", "\"classes\":", "\"missing\":\"-0x1.f38p+9\",\"classes\":");
  EXPECT_TRUE(first_problem(files).starts_with("preprocess.json: missing: expected none")) << first_problem(files);
}

TEST(LightgbmBundle, ManifestNamesTheLibraryOfItsModel) {
  BundleFiles files = binary();
  files.edit_manifest("\"lightgbm\":", "\"xgboost\":");
  EXPECT_EQ(first_problem(files), "manifest.json: packages: expected lightgbm, which trained model.txt, found none");
}

TEST(LightgbmBundle, NamesOfFeaturesAreThePlansWithBlanksAsLightgbmWritesThem) {
  BundleFiles files = RecordedLightgbm("4.7.0", "feature_names").bundle();
  EXPECT_EQ(first_problem(files), "");
  files.edit("model.txt", "feature_names=plain ", "feature_names=plan ");
  EXPECT_EQ(first_problem(files),
            "model.txt: feature_names[0]: expected \"plain\" (features of preprocess.json), found \"plan\"");
  files = RecordedLightgbm("4.7.0", "feature_names").bundle();
  files.edit("preprocess.json", "\"out\":\"plain\"", "\"out\":\"pla in\"");
  files.edit("preprocess.json", "\"features\":[\"plain\"", "\"features\":[\"pla in\"");
  files.edit("feature_schema.yaml", "final_feature_cols: [\"plain\"", "final_feature_cols: [\"pla in\"");
  EXPECT_NE(first_problem(files), "");
  files.edit("model.txt", "feature_names=plain ", "feature_names=pla_in ");
  EXPECT_EQ(first_problem(files), "");
}

TEST(LightgbmBundle, RoundsAreThoseOfServingYamlElseAllOfTheFile) {
  BundleFiles files = RecordedLightgbm("4.7.0", "early_stopping_best").bundle();
  EXPECT_EQ(first_problem(files), "") << "serving.yaml says iterations: 6";
  files.remove("serving.yaml");
  EXPECT_TRUE(first_problem(files).starts_with("golden.jsonl row 1: margin[0]")) << first_problem(files);
  files["serving.yaml"] = "iterations: 1000\n";
  EXPECT_TRUE(first_problem(files).starts_with("serving.yaml: iterations: expected 1 to ")) << first_problem(files);
}

TEST(LightgbmBundle, ClassesFitTheObjective) {
  BundleFiles files = binary();
  files.edit("preprocess.json", "\"classes\":[0,1]", "\"classes\":[0,1,2]");
  EXPECT_EQ(first_problem(files), "preprocess.json: classes: expected 2 for binary, found 3");
}

TEST(LightgbmBundle, ThresholdIsComparedInFloat64) {
  const double p = 0.7;
  BundleFiles files = binary();
  std::string& golden = files["golden.jsonl"];
  golden.erase(golden.find('\n') + 1);
  for (const auto& [threshold, label] : {std::pair{0.0, 1}, std::pair{1.0, 0}}) {
    files["serving.yaml"] = "threshold: " + std::to_string(threshold) + "\n";
    const auto at = golden.find("\"label\":") + 8;
    golden[at] = static_cast<char>('0' + label);
    const auto bundle = load(files);
    ASSERT_TRUE(bundle.ok()) << bundle.error().front().text();
    EXPECT_TRUE((*bundle)->threshold->compare_float64);
  }
  files["serving.yaml"] = "threshold: 0.7\n";
  const auto bundle = load(files);
  ASSERT_TRUE(bundle.ok()) << bundle.error().front().text();
  const double less = std::nextafter(p, 0.0);  // the same float32
  EXPECT_EQ((*bundle)->label_index(&p), 1);
  EXPECT_EQ((*bundle)->label_index(&less), 0);
  files["serving.yaml"] = "threshold: 0.7\nthreshold_compare: float32\n";
  EXPECT_TRUE(first_problem(files).starts_with("serving.yaml: threshold_compare: expected float64")) << first_problem(files);
}

TEST(LightgbmBundle, BinaryWithoutAThresholdIsArgmax) {
  const auto bundle = load(binary());
  ASSERT_TRUE(bundle.ok());
  for (const double p : {0.0, std::nextafter(0.5, 0.0), 0.5, std::nextafter(0.5, 1.0), 1.0}) {
    EXPECT_EQ((*bundle)->label_index(&p), 1.0 - p >= p ? 0 : 1) << p;
  }
}

TEST(LightgbmBundle, CategoriesOfADataFrameAreTold) {
  BundleFiles files = binary();
  files.edit("model.txt", "pandas_categorical:null", "pandas_categorical:[[\"ams\", \"ber\"]]");
  const auto bundle = load(files);
  ASSERT_TRUE(bundle.ok()) << bundle.error().front().text();
  ASSERT_EQ((*bundle)->facts.notes.size(), 1u);
  EXPECT_NE((*bundle)->facts.notes[0].find("categories of a DataFrame"), std::string::npos);
  files.edit("model.txt", "pandas_categorical:[[\"ams\", \"ber\"]]", "pandas_categorical:[]");
  EXPECT_TRUE((*load(files))->facts.notes.empty());
}

}  // namespace
}  // namespace ringside::engine
