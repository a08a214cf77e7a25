// Goal: a bundle's baseline.json is read as its schema says, may be absent, and is refused by key for whatever does not fit the bundle.
// Method: the small bundle with a baseline, and that with one edit a row.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/bundle/loader.h"
#include "tests/support/bundle_files.h"

namespace ringside::engine {
namespace {

using test::BundleFiles;
using test::TemporaryDirectory;
using Texts = std::vector<std::string>;

constexpr const char* kBaseline = R"({"format_version":1,"rows":12,"scored":10,
 "features":[
  {"name":"age","edges":["-0x1.8p+0","0x1p-2","0x1.000002p+0"],"counts":[1,4,5,0],"missing":0},
  {"name":"city","edges":["0x0p+0","0x1p+0"],"counts":[0,7,3],"missing":0},
  {"name":"home_own","edges":[],"counts":[10],"missing":0},
  {"name":"home_rent","edges":["0x1p+0"],"counts":[6,4],"missing":0},
  {"name":"income","edges":["0x1p+9"],"counts":[3,4],"missing":3}],
 "scores":[{"edges":["0x1p-1"],"counts":[6,4],"missing":0}],
 "fields":[
  {"name":"age","missing":1,"filled":1,"unknown":0,"out_of_range":2,"refused":2},
  {"name":"city","missing":0,"filled":0,"unknown":3,"out_of_range":0,"refused":0},
  {"name":"home","missing":0,"filled":0,"unknown":0,"out_of_range":0,"refused":0},
  {"name":"income","missing":3,"filled":0,"unknown":0,"out_of_range":0,"refused":0}]}
)";

BundleFiles with_baseline() {
  BundleFiles files = BundleFiles::small();
  files["baseline.json"] = kBaseline;
  return files;
}

Result<std::unique_ptr<Bundle>, BundleProblems> load(const BundleFiles& files) {
  TemporaryDirectory place;
  files.write(place.path() / "small_v1.0.0");
  return load_bundle((place.path() / "small_v1.0.0").string(), {});
}

TEST(Baseline, IsReadWithTheBundle) {
  const auto bundle = load(with_baseline());
  ASSERT_TRUE(bundle.ok()) << bundle.error().front().text();
  ASSERT_TRUE((*bundle)->baseline.has_value());
  const Baseline& baseline = *(*bundle)->baseline;
  EXPECT_EQ(baseline.rows, 12u);
  EXPECT_EQ(baseline.scored, 10u);
  ASSERT_EQ(baseline.features.size(), 5u);
  EXPECT_EQ(baseline.features[0].name, "age");
  EXPECT_EQ(baseline.features[0].edges, (std::vector<double>{-1.5, 0.25, 1.00000011920928955078125}));
  EXPECT_EQ(baseline.features[0].counts, (std::vector<std::uint64_t>{1, 4, 5, 0}));
  EXPECT_EQ(baseline.features[4].missing, 3u);
  ASSERT_EQ(baseline.scores.size(), 1u);
  EXPECT_EQ(baseline.scores[0].name, "score");
  EXPECT_EQ(baseline.fields, (std::vector<FieldCounts>{{1, 1, 0, 2, 2}, {0, 0, 3, 0, 0}, {}, {3, 0, 0, 0, 0}}));
}

TEST(Baseline, MayBeAbsent) {
  const auto bundle = load(BundleFiles::small());
  ASSERT_TRUE(bundle.ok());
  EXPECT_FALSE((*bundle)->baseline.has_value());
}

struct BaselineEdit {
  const char* what;
  const char* from;
  const char* to;
  Texts problems;  // how each begins
};

class EditedBaseline : public ::testing::TestWithParam<BaselineEdit> {};

TEST_P(EditedBaseline, IsRefusedByKey) {
  BundleFiles files = with_baseline();
  files.edit("baseline.json", GetParam().from, GetParam().to);
  const auto bundle = load(files);
  ASSERT_FALSE(bundle.ok());
  const BundleProblems& problems = bundle.error();
  ASSERT_EQ(problems.size(), GetParam().problems.size()) << problems.front().text();
  for (std::size_t i = 0; i < problems.size(); ++i) {
    EXPECT_TRUE(problems[i].text().starts_with("baseline.json: " + GetParam().problems[i])) << problems[i].text();
  }
}

const BaselineEdit kEdits[] = {
    {"no JSON", R"("rows":12)", R"("rows":12,,)", {"expected"}},
    {"another format", R"("format_version":1)", R"("format_version":2)", {"format_version: expected 1, found 2"}},
    {"nothing scored", R"("scored":10)", R"("scored":0)", {"scored: expected 1 to 12 (rows), found 0"}},
    {"more scored than rows", R"("scored":10)", R"("scored":13)", {"scored: expected 1 to 12 (rows), found 13"}},
    {"a misspelt key",
     R"("scores":)",
     R"("skores":)",
     {"scores: expected this key", "skores: expected a known key (did you mean scores?)"}},
    {"another feature",
     R"({"name":"city","edges")",
     R"({"name":"town","edges")",
     {R"(features[1].name: expected "city", found "town")"}},
    {"a feature too few",
     R"(,
  {"name":"income","edges":["0x1p+9"],"counts":[3,4],"missing":3}])",
     "]",
     {"features: expected 5 (features of preprocess.json), found 4"}},
    {"a score too many",
     R"("scores":[)",
     R"("scores":[{"edges":[],"counts":[10],"missing":0},)",
     {"scores: expected 1 (values of the model), found 2"}},
    {"another field",
     R"({"name":"home","missing")",
     R"({"name":"house","missing")",
     {R"(fields[2].name: expected "home", found "house")"}},
    {"a field too few",
     R"(,
  {"name":"income","missing":3,"filled":0,"unknown":0,"out_of_range":0,"refused":0})",
     "",
     {"fields: expected 4 (fields of feature_schema.yaml), found 3"}},
    {"edges that fall",
     R"("0x1p-2","0x1.000002p+0")",
     R"("0x1p-2","0x1p-3")",
     {R"(features[0].edges[2]: expected edges that rise)"}},
    {"an edge twice",
     R"("0x1p-2","0x1.000002p+0")",
     R"("0x1p-2","0x1p-2")",
     {R"(features[0].edges[2]: expected edges that rise)"}},
    {"an edge between two float32",
     R"(0x1.000002p+0)",
     R"(0x1.000001p+0)",
     {"features[0].edges[2]: expected a float32, found more digits"}},
    {"a decimal edge",
     R"("0x1.000002p+0")",
     R"(1.5)",
     {"features[0].edges[2]: expected a hex float in text, found the number 1.5"}},
    {"an endless edge", R"("0x1.000002p+0")", R"("inf")", {"features[0].edges[2]: expected a hex float in text"}},
    {"more edges than bins",
     R"(["0x1p+9"],"counts":[3,4])",
     R"(["0x1p+1","0x1p+2","0x1p+3","0x1p+4","0x1p+5","0x1p+6","0x1p+7","0x1p+8","0x1p+9","0x1p+10","0x1p+11","0x1p+12","0x1p+13",)"
     R"("0x1p+14","0x1p+15","0x1p+16"],"counts":[3,4,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0])",
     {"features[4].edges: expected at most 15 edges, found 16"}},
    {"a count too few",
     R"("counts":[0,7,3])",
     R"("counts":[7,3])",
     {"features[1].counts: expected 3 counts, one more than edges, found 2"}},
    {"counts of other rows",
     R"("counts":[0,7,3])",
     R"("counts":[0,7,2])",
     {"features[1]: expected counts and missing of 10 rows (scored), found 9"}},
    {"counts beyond all bounds",
     R"("counts":[0,7,3])",
     R"("counts":[18446744073709551615,11,0])",
     {"features[1]: expected counts and missing of 10 rows (scored), found more"}},
    {"a count with a fraction",
     R"("counts":[0,7,3])",
     R"("counts":[0,7.5,3])",
     {"features[1].counts[1]: expected an integer from 0, found the number 7.5"}},
    {"a negative count",
     R"("counts":[0,7,3])",
     R"("counts":[0,7,-3])",
     {"features[1].counts[2]: expected an integer from 0, found the number -3"}},
    {"more of a field than rows",
     R"("unknown":3)",
     R"("unknown":13)",
     {"fields[1].unknown: expected at most 12 (rows), found 13"}},
    {"a field's unknown key", R"("unknown":3)", R"("unknown":3,"colour":1)", {"fields[1].colour: expected a known key"}},
};

INSTANTIATE_TEST_SUITE_P(All, EditedBaseline, ::testing::ValuesIn(kEdits));

}  // namespace
}  // namespace ringside::engine
