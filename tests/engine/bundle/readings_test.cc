// Goal: what stands in a bundle's schema, serving.yaml and version.txt is read as it is meant. Method: small texts, and the small bundle with
// a serving.yaml; what is wrong in them is formats_test.cc's.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/bundle/loader.h"
#include "engine/bundle/schema_yaml.h"
#include "tests/support/bundle_files.h"

namespace ringside::engine {
namespace {

using test::BundleFiles;
using test::TemporaryDirectory;
using Texts = std::vector<std::string>;

Texts reading_texts_of(const BundleProblems& problems) {
  Texts texts;
  for (const BundleProblem& problem : problems) texts.push_back(problem.text());
  return texts;
}

Texts reading_problems_of(const BundleFiles& files) {
  TemporaryDirectory place;
  files.write(place.path() / "small_v1.0.0");
  const auto bundle = load_bundle((place.path() / "small_v1.0.0").string(), {});
  return bundle ? Texts{} : reading_texts_of(bundle.error());
}

FeatureSchema schema_of(const std::string& text) {
  BundleProblems problems;
  FeatureSchema schema = read_feature_schema(text + "final_feature_cols: [a]\n", problems);
  EXPECT_EQ(reading_texts_of(problems), Texts{});
  return schema;
}

TEST(SchemaYaml, ScalarsAreConvertedByTheDeclaredDtype) {
  const auto schema = schema_of(
      "fields:\n"
      "  - {name: a, dtype: str, fill: no, allowed: [no, 1.10, \"null\", 12:30:45]}\n"
      "  - {name: b, fill: 1.10}\n"
      "  - {name: c, dtype: int, fill: +7, min: -3.5}\n"
      "  - {name: d, dtype: float, fill: 1.10}\n"
      "  - {name: e, dtype: bool, fill: true}\n"
      "  - {name: no, dtype: int}\n");
  const auto& fields = schema.input.fields();
  ASSERT_EQ(fields.size(), 6u);
  EXPECT_EQ(fields[0].fill_text, "no");
  EXPECT_EQ(fields[0].allowed, (Texts{"no", "1.10", "null", "12:30:45"}));
  EXPECT_EQ(fields[1].dtype, Dtype::kStr) << "a dtype that is not said";
  EXPECT_EQ(fields[1].fill_text, "1.10");
  EXPECT_EQ(fields[2].fill_number, 7.0);
  EXPECT_EQ(fields[2].low, -3.5);
  EXPECT_EQ(fields[3].fill_number, 1.1);
  EXPECT_EQ(fields[4].fill_number, 1.0);
  EXPECT_EQ(fields[5].name, "no");
  EXPECT_EQ(fields[5].fill_number, 0.0) << "a number's fill that is not said";
  EXPECT_EQ(fields[5].on_missing, OnMissing::kFill);
}

TEST(SchemaYaml, EveryOptionalKeyIsKept) {
  const auto schema = schema_of(
      "schema_version: 1\ncoerce: strict\nextra_fields: ignore\nfields:\n"
      "  - {name: a, dtype: int, required: true, on_missing: reject, min: 1, max: 2, on_out_of_range: clamp, sensitive: hash}\n"
      "  - {name: b, dtype: float, on_missing: pass, on_out_of_range: flag, sensitive: drop}\n"
      "  - {name: c, dtype: str, role: meta, sensitive: mask}\n");
  const auto& fields = schema.input.fields();
  EXPECT_FALSE(schema.input.rejects_extra_fields());
  EXPECT_TRUE(fields[0].required);
  EXPECT_EQ(fields[0].on_missing, OnMissing::kReject);
  EXPECT_EQ(fields[0].on_out_of_range, OnOutOfRange::kClamp);
  EXPECT_EQ(fields[0].low, 1.0);
  EXPECT_EQ(fields[0].high, 2.0);
  EXPECT_EQ(fields[0].sensitivity, Sensitivity::kHash);
  EXPECT_EQ(fields[1].on_missing, OnMissing::kPass);
  EXPECT_EQ(fields[1].on_out_of_range, OnOutOfRange::kFlag);
  EXPECT_EQ(fields[1].sensitivity, Sensitivity::kDrop);
  EXPECT_TRUE(fields[2].meta);
  EXPECT_EQ(fields[2].on_missing, OnMissing::kPass) << "recorded, not modelled: nothing stands for a missing one";
  EXPECT_EQ(fields[2].sensitivity, Sensitivity::kMask);
}

TEST(ServingYaml, ThresholdAndItsWidthAreRead) {
  TemporaryDirectory place;
  BundleFiles files = BundleFiles::small();
  files["serving.yaml"] = "threshold: 0.1\nthreshold_compare: float64\n";
  files.edit("golden.jsonl", "\"values\":[\"3eecd5ff\"],\"label\":0", "\"values\":[\"3eecd5ff\"],\"label\":1");
  EXPECT_EQ(reading_problems_of(files).size(), 2u) << "the other rows with label 0 now score above the threshold too";
  files["serving.yaml"] = "threshold: 0.4\nthreshold_compare: float64\n";
  files.write(place.path() / "small_v1.0.0");
  const auto bundle = load_bundle((place.path() / "small_v1.0.0").string(), {});
  ASSERT_TRUE(bundle.ok()) << bundle.error().front().text();
  ASSERT_TRUE((*bundle)->threshold.has_value());
  EXPECT_EQ((*bundle)->threshold->value, 0.4);
  EXPECT_TRUE((*bundle)->threshold->compare_float64);
}

TEST(ServingYaml, RefusesWhatItCannotKeep) {
  const std::pair<const char*, const char*> cases[] = {
      {"threshold: 2\n", "serving.yaml: threshold: expected a number from 0 to 1, found \"2\""},
      {"threshold: half\n", "serving.yaml: threshold: expected a number from 0 to 1, found \"half\""},
      {"threshold: 0.5\nthreshold_compare: double\n",
       "serving.yaml: threshold_compare: expected float32 | float64, found \"double\""},
      {"threshold_compare: float64\n", "serving.yaml: threshold_compare: expected a threshold beside it, found none"},
      {"treshold: 0.5\n", "serving.yaml: treshold: expected a known key (did you mean threshold?), found \"treshold\""}};
  for (const auto& [text, problem] : cases) {
    BundleFiles files = BundleFiles::small();
    files["serving.yaml"] = text;
    EXPECT_EQ(reading_problems_of(files), Texts{problem});
  }
}

TEST(VersionText, LabelAndMetadataAreKeptAsText) {
  TemporaryDirectory place;
  BundleFiles files = BundleFiles::small();
  files["version.txt"] = "version: v1.0\ntask_name: small\ntrained_on: 2026-11-01\nfeatures: [age, city]\nmetrics: {auc: 0.90}\n";
  files.write(place.path() / "small_v1.0.0");
  const auto bundle = load_bundle((place.path() / "small_v1.0.0").string(), {});
  ASSERT_TRUE(bundle.ok()) << bundle.error().front().text();
  EXPECT_EQ((*bundle)->facts.label, "v1.0") << "a version that is not the bundle's name selects it, too";
  const std::vector<std::pair<std::string, std::string>> expected{{"version", "v1.0"},          {"task_name", "small"},
                                                                  {"trained_on", "2026-11-01"}, {"features[0]", "age"},
                                                                  {"features[1]", "city"},      {"metrics.auc", "0.90"}};
  EXPECT_EQ((*bundle)->facts.metadata, expected);
}

}  // namespace
}  // namespace ringside::engine
