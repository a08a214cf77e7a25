// Goal: what is wrong in a file of a bundle is named by file, key, expected and found, with
// a hint where the right word is near. Method: the small bundle with one edit a row (its manifest is made to fit), the whole list
// compared.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

#include "engine/bundle/loader.h"
#include "engine/bundle/schema_yaml.h"
#include "tests/support/bundle_files.h"

namespace ringside::engine {
namespace {

using test::BundleFiles;
using test::TemporaryDirectory;
using Texts = std::vector<std::string>;

Texts texts_of(const BundleProblems& problems) {
  Texts texts;
  for (const BundleProblem& problem : problems) texts.push_back(problem.text());
  return texts;
}

Texts problems_of(const BundleFiles& files) {
  TemporaryDirectory place;
  files.write(place.path() / "small_v1.0.0");
  const auto bundle = load_bundle((place.path() / "small_v1.0.0").string(), {});
  return bundle ? Texts{} : texts_of(bundle.error());
}

struct Edit {
  const char* what;
  const char* file;
  const char* from;
  const char* to;
  Texts problems;  // how each begins
};

class EditedBundle : public ::testing::TestWithParam<Edit> {};

TEST_P(EditedBundle, IsRefusedByFileAndKey) {
  BundleFiles files = BundleFiles::small();
  if (std::string(GetParam().file) == "manifest.json") {
    files.edit_manifest(GetParam().from, GetParam().to);
  } else {
    files.edit(GetParam().file, GetParam().from, GetParam().to);
  }
  const Texts problems = problems_of(files);
  ASSERT_EQ(problems.size(), GetParam().problems.size()) << ::testing::PrintToString(problems);
  for (std::size_t i = 0; i < problems.size(); ++i) {
    EXPECT_TRUE(problems[i].starts_with(GetParam().problems[i])) << problems[i] << "\nnot " << GetParam().problems[i];
  }
}

std::string name_of(const ::testing::TestParamInfo<Edit>& test) {
  std::string name = test.param.what;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

const Edit kManifest[] = {
    {"another format",
     "manifest.json",
     "\"format_version\":1",
     "\"format_version\":2",
     {"manifest.json: format_version: expected 1, found 2"}},
    {"a format that is text",
     "manifest.json",
     "\"format_version\":1",
     "\"format_version\":\"1\"",
     {"manifest.json: format_version: expected an integer from 0, found \"1\""}},
    {"a version that climbs",
     "manifest.json",
     "\"version\":\"small_v1.0.0\"",
     "\"version\":\"../small\"",
     {"manifest.json: version: expected letters, digits, _ - . (not first), at most 128, found \"../small\""}},
    {"a path that climbs",
     "manifest.json",
     "\"path\":\"version.txt\"",
     "\"path\":\"../version.txt\"",
     {"manifest.json: files[4].path: expected a plain file name, found \"../version.txt\"",
      "manifest.json: files[4].path: expected paths sorted, each once, found \"../version.txt\" after \"preprocess.json\""}},
    {"a path in a folder",
     "manifest.json",
     "\"path\":\"version.txt\"",
     "\"path\":\"w/version.txt\"",
     {"manifest.json: files[4].path: expected a plain file name, found \"w/version.txt\""}},
    {"itself in the list",
     "manifest.json",
     "\"path\":\"model.json\"",
     "\"path\":\"manifest.json\"",
     {"manifest.json: files[2].path: expected no manifest in the manifest, found \"manifest.json\""}},
    {"a model of another name",
     "manifest.json",
     "\"file\":\"model.json\"",
     "\"file\":\"model.pkl\"",
     {"manifest.json: model.file: expected model.json, model.ubj or model.txt, found \"model.pkl\""}},
    {"a model that is not listed",
     "manifest.json",
     "\"file\":\"model.json\"",
     "\"file\":\"model.ubj\"",
     {"manifest.json: files: expected an entry for model.ubj, found none"}},
    {"a misspelt key",
     "manifest.json",
     "\"packages\"",
     "\"pakages\"",
     {"manifest.json: packages: expected this key, found none",
      "manifest.json: pakages: expected a known key (did you mean packages?), found \"pakages\""}},
    {"a key twice",
     "manifest.json",
     "\"inexact\":[]",
     "\"inexact\":[],\"inexact\":[]",
     {"manifest.json: inexact: expected each key once, found it again"}},
    {"inexact steps",
     "manifest.json",
     "\"inexact\":[]",
     "\"inexact\":[{\"step\":1,\"what\":\"PowerTransformer\",\"ulp\":4}]",
     {"manifest.json: inexact[0].step: expected a log1p, power or normal quantile of preprocess.json, found step 1"}},
    {"no library named",
     "manifest.json",
     "\"fma\":true",
     "\"fma\":1",
     {"manifest.json: libm.fma: expected true or false, found the number 1"}},
};

const Edit kSchema[] = {
    {"a misspelt key",
     "feature_schema.yaml",
     "on_missing: pass",
     "on_mising: pass",
     {"feature_schema.yaml: fields[3].on_mising: expected a known key (did you mean on_missing?), found \"on_mising\""}},
    {"an unknown key",
     "feature_schema.yaml",
     "fill: own",
     "fill: own, colour: red",
     {"feature_schema.yaml: fields[2].colour: expected a known key, found \"colour\""}},
    {"a key twice",
     "feature_schema.yaml",
     "fill: own",
     "fill: own, fill: rent",
     {"feature_schema.yaml: fields[2].fill: expected each key once, found it again"}},
    {"an anchor",
     "feature_schema.yaml",
     "fill: own",
     "fill: &f own",
     {"feature_schema.yaml: expected values written out, no anchors, found an anchor, line 5"}},
    {"a dtype of pandas",
     "feature_schema.yaml",
     "dtype: int",
     "dtype: int64",
     {"feature_schema.yaml: fields[0].dtype: expected int | float | str | bool (did you mean int?), found \"int64\""}},
    {"a dtype of nobody",
     "feature_schema.yaml",
     "dtype: float",
     "dtype: complex",
     {"feature_schema.yaml: fields[3].dtype: expected str | int | float | bool, found \"complex\""}},
    {"a coercion of nobody",
     "feature_schema.yaml",
     "schema_version: 1",
     "schema_version: 1\ncoerce: numpy",
     {"feature_schema.yaml: coerce: expected strict | pandas, found \"numpy\""}},
    {"another schema version",
     "feature_schema.yaml",
     "schema_version: 1",
     "schema_version: 2",
     {"feature_schema.yaml: schema_version: expected 1, found \"2\""}},
    {"a fraction for an int",
     "feature_schema.yaml",
     "fill: 30",
     "fill: 30.5",
     {"feature_schema.yaml: fields[0].fill: expected an integer within ±2^53, found \"30.5\""}},
    {"an int that float64 skips",
     "feature_schema.yaml",
     "fill: 30",
     "fill: 9007199254740993",
     {"feature_schema.yaml: fields[0].fill: expected an integer within ±2^53, found \"9007199254740993\""}},
    {"an infinite bound",
     "feature_schema.yaml",
     "max: 150",
     "max: .inf",
     {"feature_schema.yaml: fields[0].max: expected a finite number, found \".inf\""}},
    {"bounds the wrong way round",
     "feature_schema.yaml",
     "min: 0, max: 150",
     "min: 1000000, max: 0.5",
     {"feature_schema.yaml: fields[0].min: expected at most max (0.5), found 1000000"}},
    {"a bound on text",
     "feature_schema.yaml",
     "fill: own",
     "fill: own, max: 3",
     {"feature_schema.yaml: fields[2].max: expected no bound: it is for int and float, found \"3\""}},
    {"no fill for text",
     "feature_schema.yaml",
     "encode: label,  fill: unknown",
     "encode: label",
     {"feature_schema.yaml: fields[1].fill: expected what a missing value becomes, or another on_missing, found none"}},
    {"a fill that is null",
     "feature_schema.yaml",
     "fill: own",
     "fill: null",
     {"feature_schema.yaml: fields[2].fill: expected text, found null"}},
    {"a bool that says yes",
     "feature_schema.yaml",
     "fill: 30",
     "fill: 30, required: yes",
     {"feature_schema.yaml: fields[0].required: expected false | true, found \"yes\""}},
    {"allowed on a number",
     "feature_schema.yaml",
     "fill: 30",
     "fill: 30, allowed: [1, 2]",
     {"feature_schema.yaml: fields[0].allowed: expected no list: in this format version it is for str, found one"}},
    {"clamping a text",
     "feature_schema.yaml",
     "fill: own",
     "fill: own, allowed: [own, rent], on_out_of_range: clamp",
     {"feature_schema.yaml: fields[2].on_out_of_range: expected reject or flag: a text cannot be moved into allowed, found "
      "clamp"}},
    {"a field twice",
     "feature_schema.yaml",
     "name: income",
     "name: age",
     {"feature_schema.yaml: fields[3]: expected names that differ, found \"age\" again"}},
    {"a field without a name",
     "feature_schema.yaml",
     "name: income,",
     "",
     {"feature_schema.yaml: fields[3].name: expected this key, found none"}},
    {"features in another order",
     "feature_schema.yaml",
     "home_own, home_rent, income]",
     "home_rent, home_own, income]",
     {"feature_schema.yaml: final_feature_cols[2]: expected \"home_own\" (features of preprocess.json), found \"home_rent\"",
      "feature_schema.yaml: final_feature_cols[3]: expected \"home_rent\" (features of preprocess.json), found \"home_own\""}},
    {"a feature missing",
     "feature_schema.yaml",
     "home_rent, income]",
     "home_rent]",
     {"feature_schema.yaml: final_feature_cols: expected 5 names (features of preprocess.json), found 4"}},
    {"a feature twice",
     "feature_schema.yaml",
     "home_rent, income]",
     "home_rent, age]",
     {"feature_schema.yaml: final_feature_cols[4]: expected names that differ, found \"age\" again"}},
    {"several things at once",
     "feature_schema.yaml",
     "fill: 30, min: 0",
     "fill: x, min: y, rol: meta",
     {"feature_schema.yaml: fields[0].fill: expected an integer within ±2^53, found \"x\"",
      "feature_schema.yaml: fields[0].min: expected a finite number, found \"y\"",
      "feature_schema.yaml: fields[0].rol: expected a known key (did you mean role?), found \"rol\""}},
};

const Edit kPlan[] = {
    {"an unknown step",
     "preprocess.json",
     "\"op\":\"divide\"",
     "\"op\":\"devide\"",
     {"preprocess.json: steps[2].op: expected a step of format version 1 (did you mean divide?), found \"devide\""}},
    {"a step of the future",
     "preprocess.json",
     "\"op\":\"divide\"",
     "\"op\":\"yeo_johnson\"",
     {"preprocess.json: steps[2].op: expected a step of format version 1, found \"yeo_johnson\""}},
    {"a NaN scale",
     "preprocess.json",
     "\"0x1.8p+3\"",
     "\"nan\"",
     {"preprocess.json: steps[2].value: expected a finite hex float in quotes, such as \"0x1.8p+3\", found \"nan\""}},
    {"a decimal scale",
     "preprocess.json",
     "\"0x1.8p+3\"",
     "12.0",
     {"preprocess.json: steps[2].value: expected a finite hex float in quotes, such as \"0x1.8p+3\", found the number 12.0"}},
    {"a zero scale",
     "preprocess.json",
     "\"0x1.8p+3\"",
     "\"0x0.0p+0\"",
     {"preprocess.json: steps[2].value: expected a divisor that is not zero, found 0x0p+0"}},
    {"a field of another bundle",
     "preprocess.json",
     "\"field\":\"income\"",
     "\"field\":\"salary\"",
     {"preprocess.json: steps[5].field: expected a field of feature_schema.yaml, found \"salary\""}},
    {"an unknown key in a step",
     "preprocess.json",
     "\"unseen\":\"zeros\"",
     "\"unseen\":\"zeros\",\"dropp\":[]",
     {"preprocess.json: steps[4].dropp: expected a known key (did you mean drop?), found \"dropp\""}},
    {"unseen of another kind",
     "preprocess.json",
     "\"unseen\":\"zeros\"",
     "\"unseen\":\"own\"",
     {"preprocess.json: steps[4].unseen: expected null, \"zeros\" or {\"as\": a category}, found \"own\""}},
    {"a class that is a number",
     "preprocess.json",
     "\"ber\"",
     "2",
     {"preprocess.json: steps[3].classes[1]: expected text (in quotes, if need be), found the number 2"}},
    {"a label that is a fraction",
     "preprocess.json",
     "\"classes\":[0,1]",
     "\"classes\":[0,1.5]",
     {"preprocess.json: classes[1]: expected an integer or text, found the number 1.5"}},
    {"three labels for two classes",
     "preprocess.json",
     "\"classes\":[0,1]",
     "\"classes\":[0,1,2]",
     {"preprocess.json: classes: expected 2 for binary:logistic, found 3"}},
    {"a label twice",
     "preprocess.json",
     "\"classes\":[0,1]",
     "\"classes\":[1,1]",
     {"preprocess.json: classes[1]: expected labels that differ, found the number 1 again"}},
    {"another format",
     "preprocess.json",
     "\"format_version\":1",
     "\"format_version\":3",
     {"preprocess.json: format_version: expected 1, found 3"}},
    {"broken JSON", "preprocess.json", "\"steps\":[", "\"steps\":[,", {"preprocess.json: expected one JSON object"}},
};

const Edit kOthers[] = {
    {"a task of another bundle",
     "version.txt",
     "task_name: small",
     "task_name: large",
     {"version.txt: task_name: expected \"small\" (manifest.json), found \"large\""}},
    {"no version", "version.txt", "version: small_v1.0.0\n", "", {"version.txt: version: expected this key, found none"}},
    {"a key twice deep inside",
     "version.txt",
     "{auc: 0.90}",
     "{auc: 0.90, auc: 0.91}",
     {"version.txt: metrics.auc: expected each key once, found it again"}},
    {"a model with another feature",
     "model.json",
     "[\"age\",\"city\",\"home_own\",\"home_rent\",\"income\"]",
     "[\"age\",\"city\",\"home_own\",\"home_rent\",\"salary\"]",
     {"model.json: learner.feature_names[4]: expected \"income\" (features of preprocess.json), found \"salary\""}},
    {"a model of an unknown release", "model.json", "[1,7,4]", "[4,0,0]", {"model.json: version: expected a release of XGBoost"}},
    {"an unknown objective", "model.json", "binary:logistic", "binary:magic", {"model.json: learner.objective.name: "}},
};

TEST(BundleProblem, HasItsPartsApart) {
  BundleProblems problems;
  static_cast<void>(read_feature_schema("fields: []\nfinal_feature_cols: [a]\n", problems));
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0], (BundleProblem{"feature_schema.yaml", "fields", 0, "a list of at least one field", "[]"}));
}

INSTANTIATE_TEST_SUITE_P(Manifest, EditedBundle, ::testing::ValuesIn(kManifest), name_of);
INSTANTIATE_TEST_SUITE_P(Schema, EditedBundle, ::testing::ValuesIn(kSchema), name_of);
INSTANTIATE_TEST_SUITE_P(Plan, EditedBundle, ::testing::ValuesIn(kPlan), name_of);
INSTANTIATE_TEST_SUITE_P(Others, EditedBundle, ::testing::ValuesIn(kOthers), name_of);

}  // namespace
}  // namespace ringside::engine
