// Goal: a bundle whose golden rows do not come out of the serving code in every bit is refused, by row and key. Method: the small
// bundle with one expectation, one raw value or one parameter changed; the first rows are the ones that the problem must name.

#include "engine/bundle/golden.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/bundle/loader.h"
#include "engine/bundle/manifest.h"
#include "tests/support/bundle_files.h"

namespace ringside::engine {
namespace {

using test::BundleFiles;
using test::TemporaryDirectory;
using Texts = std::vector<std::string>;

Texts problems_of(const BundleFiles& files) {
  TemporaryDirectory place;
  files.write(place.path() / "small_v1.0.0");
  const auto bundle = load_bundle((place.path() / "small_v1.0.0").string(), {});
  Texts texts;
  if (!bundle) {
    for (const BundleProblem& problem : bundle.error()) texts.push_back(problem.text());
  }
  return texts;
}

struct Mismatch {
  const char* from;
  const char* to;
  Texts problems;
};

TEST(GoldenRows, DifferenceIsNamedByRowAndKey) {
  const Mismatch mismatches[] = {
      {"\"bf6aaaab\"", "\"bf6aaaac\"", {"golden.jsonl row 1: features[0] (age): expected bf6aaaac, found bf6aaaab"}},
      {"[\"3f8ccccd\"],\"values\":[\"3f40110c\"],\"label\":1,\"filled\":[],\"unknown\":[]}\n{\"kind\":\"score\",\"row\":{\"age\":"
       "38",
       "[\"3f8ccccc\"],\"values\":[\"3f40110c\"],\"label\":1,\"filled\":[],\"unknown\":[]}\n{\"kind\":\"score\",\"row\":{\"age\":"
       "38",
       {"golden.jsonl row 2: margin[0]: expected 3f8ccccc, found 3f8ccccd"}},
      {"\"3eecd5ff\"", "\"3eecd5fd\"", {"golden.jsonl row 3: values[0]: expected 3eecd5fd, found 3eecd5ff"}},
      {"\"label\":0,\"filled\":[],\"unknown\":[\"city\"]",
       "\"label\":1,\"filled\":[],\"unknown\":[\"city\"]",
       {"golden.jsonl row 3: label: expected 1, found 0"}},
      {"\"unknown\":[\"city\"]", "\"unknown\":[]", {"golden.jsonl row 3: unknown: expected [], found [city]"}},
      {"\"unknown\":[\"home\"]", "\"unknown\":[\"city\"]", {"golden.jsonl row 4: unknown: expected [city], found [home]"}},
      {"\"filled\":[\"age\",\"home\"]",
       "\"filled\":[\"home\",\"age\"]",
       {"golden.jsonl row 5: filled: expected [home, age], found [age, home]"}},
      {"\"age\":120", "\"age\":200", {"golden.jsonl row 6: errors: expected none: a score, found age OUT_OF_RANGE"}},
      {"TYPE_MISMATCH", "INT_FRACTION", {"golden.jsonl row 7: errors: expected age INT_FRACTION, found age TYPE_MISMATCH"}},
      {"\"age\":\"x\"", "\"age\":7", {"golden.jsonl row 7: errors: expected age TYPE_MISMATCH, found none: a score"}},
      {"1e400",
       "1e4",
       {"golden.jsonl row 8: errors: expected age INT_FRACTION, income NOT_FINITE, zip EXTRA_FIELD, found age INT_FRACTION, zip "
        "EXTRA_FIELD"}},
      {"\"age\":27,\"age\":28", "\"age\":28", {"golden.jsonl row 10: errors: expected age DUPLICATE_FIELD, found none: a score"}},
      {"[\"3ebb5295\"],\"label\":0,\"filled\":[\"age\",\"home\"]",
       "[\"3ebb5295\",\"3ebb5295\"],\"label\":0,\"filled\":[\"age\",\"home\"]",
       {"golden.jsonl row 5: values: expected 2 numbers, found 1"}}};
  for (const Mismatch& mismatch : mismatches) {
    BundleFiles files = BundleFiles::small();
    files.edit("golden.jsonl", mismatch.from, mismatch.to);
    EXPECT_EQ(problems_of(files), mismatch.problems) << mismatch.to;
  }
}

TEST(GoldenRows, MeanThatIsALittleOffIsFoundWhereItReachesFloat32) {
  BundleFiles files = BundleFiles::small();
  files.edit("preprocess.json", "\"0x1.3p+5\"", "\"0x1.3000001p+5\"");
  const Texts problems = problems_of(files);
  ASSERT_FALSE(problems.empty());
  EXPECT_EQ(problems[0], "golden.jsonl row 2: features[0] (age): expected 3e800000, found 3e7fffff");
}

TEST(GoldenRows, OtherLeafIsFound) {
  BundleFiles files = BundleFiles::small();
  files.edit("model.json", "[1000.5,-0.35,0.55]", "[1000.5,-0.35,0.5500001]");
  const Texts problems = problems_of(files);
  ASSERT_FALSE(problems.empty());
  EXPECT_EQ(problems[0], "golden.jsonl row 2: margin[0]: expected 3f8ccccd, found 3f8cccce");
}

TEST(GoldenRows, OnlyTheFirstTwentyDifferencesAreSaidAndTheRestCounted) {
  BundleFiles files = BundleFiles::small();
  std::string& golden = files["golden.jsonl"];
  std::string first = golden.substr(0, golden.find('\n') + 1);
  first.replace(first.find("bf6aaaab"), 8, "00000000");
  for (int i = 0; i < 30; ++i) golden += first;
  const Texts problems = problems_of(files);
  ASSERT_EQ(problems.size(), 21u);
  EXPECT_EQ(problems[0], "golden.jsonl row 11: features[0] (age): expected 00000000, found bf6aaaab");
  EXPECT_EQ(problems[20], "golden.jsonl: expected every golden row in every bit, found 10 more differences");
}

TEST(GoldenRows, EachRowIsReplayedAloneAndInATile) {
  // More rows than a tile, refused ones among them: what one leaves in the tile must not reach the next.
  BundleFiles files = BundleFiles::small();
  const std::string ten = files["golden.jsonl"];
  for (int i = 0; i < 15; ++i) files["golden.jsonl"] += ten;
  EXPECT_EQ(problems_of(files), Texts{});
}

TEST(GoldenRows, WithoutAScoredRowNothingIsProved) {
  BundleFiles files = BundleFiles::small();
  std::string& golden = files["golden.jsonl"];
  golden = golden.substr(golden.find("{\"kind\":\"reject\""));
  EXPECT_EQ(problems_of(files),
            Texts{"golden.jsonl: expected at least one row with kind score, found none: nothing would prove this bundle"});
  golden.clear();
  EXPECT_EQ(problems_of(files),
            Texts{"golden.jsonl: expected at least one row with kind score, found none: nothing would prove this bundle"});
}

TEST(GoldenRows, FormIsJudgedLineByLine) {
  const Mismatch cases[] = {
      {"\"bf6aaaab\"", "\"bf6aaaa\"", {"golden.jsonl row 1: features[0]: expected 8 hex digits, found \"bf6aaaa\""}},
      {"\"bf6aaaab\"", "\"0xbf6aaa\"", {"golden.jsonl row 1: features[0]: expected 8 hex digits, found \"0xbf6aaa\""}},
      {"TYPE_MISMATCH",
       "TYPE_MISSMATCH",
       {"golden.jsonl row 7: errors[0].code: expected a field error code, found \"TYPE_MISSMATCH\""}},
      {"\"label\":0,\"filled\":[],\"unknown\":[\"city\"]",
       "\"lable\":0,\"filled\":[],\"unknown\":[\"city\"]",
       {"golden.jsonl row 3: label: expected this key, found none",
        "golden.jsonl row 3: lable: expected a known key (did you mean label?), found \"lable\""}},
      {"1e400", "Infinity", {"golden.jsonl row 8: expected one JSON object, found "}}};
  for (const Mismatch& wrong : cases) {
    BundleFiles files = BundleFiles::small();
    files.edit("golden.jsonl", wrong.from, wrong.to);
    const Texts problems = problems_of(files);
    ASSERT_EQ(problems.size(), wrong.problems.size()) << wrong.to;
    for (std::size_t i = 0; i < problems.size(); ++i) EXPECT_TRUE(problems[i].starts_with(wrong.problems[i])) << problems[i];
  }
}

// The one exception: values, where another libm trained.

class AnotherLibm : public ::testing::Test {
 protected:
  AnotherLibm() { files_.edit_manifest("\"version\":\"2.36\",\"fma\":true", "\"version\":\"2.17\",\"fma\":true"); }

  BundleFiles files_ = BundleFiles::small();
};

TEST_F(AnotherLibm, MayDifferByOneUlpOfAValueAndThatIsNoted) {
  files_.edit("golden.jsonl", "\"3eecd5ff\"", "\"3eecd600\"");
  TemporaryDirectory place;
  files_.write(place.path() / "small_v1.0.0");
  const auto bundle = load_bundle((place.path() / "small_v1.0.0").string(), {});
  ASSERT_TRUE(bundle.ok()) << bundle.error().front().text();
  ASSERT_EQ((*bundle)->facts.notes.size(), 1u);
  EXPECT_EQ((*bundle)->facts.notes[0], "trained with glibc 2.17 with FMA, served with " + libm_of_this_host() +
                                           ": probabilities may differ by 1 ulp (1 of the golden ones do)");
}

TEST_F(AnotherLibm, MayNotDifferByTwo) {
  files_.edit("golden.jsonl", "\"3eecd5ff\"", "\"3eecd601\"");
  EXPECT_EQ(problems_of(files_), Texts{"golden.jsonl row 3: values[0]: expected 3eecd601, found 3eecd5ff"});
}

TEST_F(AnotherLibm, MayNotDifferInMarginsOrFeatures) {
  files_.edit("golden.jsonl", "\"be199998\"", "\"be199999\"");
  files_.edit("golden.jsonl", "\"bf6aaaab\"", "\"bf6aaaac\"");
  EXPECT_EQ(problems_of(files_), (Texts{"golden.jsonl row 1: features[0] (age): expected bf6aaaac, found bf6aaaab",
                                        "golden.jsonl row 3: margin[0]: expected be199999, found be199998"}));
}

TEST(SameLibm, MayNotDifferAtAll) {
  BundleFiles files = BundleFiles::small();
  files.edit("golden.jsonl", "\"3eecd5ff\"", "\"3eecd600\"");
  const std::string here = libm_of_this_host();
  const std::string version = here.substr(6, here.find(" with") - 6);
  files.edit_manifest("\"version\":\"2.36\",\"fma\":true",
                      "\"version\":\"" + version + "\",\"fma\":" + (here.ends_with("with FMA") ? "true" : "false"));
  const Texts problems = problems_of(files);
  EXPECT_NE(std::find(problems.begin(), problems.end(), "golden.jsonl row 3: values[0]: expected 3eecd600, found 3eecd5ff"),
            problems.end());
}

}  // namespace
}  // namespace ringside::engine
