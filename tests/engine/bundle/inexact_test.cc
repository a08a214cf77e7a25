// Goal: what is not bit-exact is named in the manifest, and only features that come from it may differ, by a few units. Method: the small
// bundle with income through Yeo-Johnson of lambda 1, which leaves it as it is; golden features moved by one unit, and by more.

#include "engine/bundle/inexact.h"

#include <gtest/gtest.h>

#include "engine/bundle/loader.h"
#include "tests/support/bundle_files.h"

namespace ringside::engine {
namespace {

using test::BundleFiles;
using test::TemporaryDirectory;
using Texts = std::vector<std::string>;

BundleFiles with_power() {
  BundleFiles files = BundleFiles::small();
  files.edit("preprocess.json", R"({"op":"number","field":"income","out":"income"})",
             R"({"op":"number","field":"income","out":"i"},
                {"op":"power","in":"i","method":"yeo-johnson","lambda":"0x1.0p+0","out":"income"})");
  return files;
}

BundleFiles with_bound() {
  BundleFiles files = with_power();
  files.edit_manifest("\"inexact\":[]", R"("inexact":[{"step":6,"what":"PowerTransformer","ulp":8}])");
  return files;
}

struct LoadedInexact {
  Texts problems, inexact, notes;
};

LoadedInexact load_inexact(const BundleFiles& files) {
  TemporaryDirectory place;
  files.write(place.path() / "small_v1.0.0");
  const auto bundle = load_bundle((place.path() / "small_v1.0.0").string(), {});
  LoadedInexact loaded;
  if (bundle) return {{}, (*bundle)->facts.inexact_steps, (*bundle)->facts.notes};
  for (const BundleProblem& problem : bundle.error()) loaded.problems.push_back(problem.text());
  return loaded;
}

TEST(Inexact, StepThatTheManifestLacksIsRefused) {
  EXPECT_EQ(load_inexact(with_power()).problems,
            Texts{"manifest.json: inexact: expected an entry for steps[6] of preprocess.json, found none"});
}

TEST(Inexact, StepIsShownWithItsBound) {
  const LoadedInexact loaded = load_inexact(with_bound());
  EXPECT_EQ(loaded.problems, Texts{});
  EXPECT_EQ(loaded.inexact, Texts{"steps[6] PowerTransformer: 8 ulp"});
  ASSERT_FALSE(loaded.notes.empty());
  EXPECT_EQ(loaded.notes[0], "features of golden rows that differ within their steps' bounds: 0");
}

TEST(Inexact, FeatureOfSuchAStepMayDifferByAFewUnits) {
  BundleFiles files = with_bound();
  files.edit("golden.jsonl", "\"4604d000\"", "\"4604d001\"");
  const LoadedInexact loaded = load_inexact(files);
  EXPECT_EQ(loaded.problems, Texts{});
  ASSERT_FALSE(loaded.notes.empty());
  EXPECT_EQ(loaded.notes[0], "features of golden rows that differ within their steps' bounds: 1");
}

TEST(Inexact, BeyondItsBoundAndInOtherFeaturesEveryBitCounts) {
  BundleFiles far = with_bound();
  far.edit("golden.jsonl", "\"4604d000\"", "\"4604d009\"");
  EXPECT_EQ(load_inexact(far).problems.size(), 1u);
  BundleFiles exact = BundleFiles::small();
  exact.edit("golden.jsonl", "\"4604d000\"", "\"4604d001\"");
  EXPECT_EQ(load_inexact(exact).problems.size(), 1u);
}

TEST(Inexact, BoundsFollowColumnsToFeatures) {
  const PlanSpec spec{{NumberStep{"x", "x"}, NumberStep{"y", "y"}, PowerStep{PowerStep::Method::kYeoJohnson, "x", "p", 1},
                       ArithmeticStep{ArithmeticStep::Op::kSubtract, "p", "q", 1}},
                      {"y", "q", "x"}};
  const std::vector<InexactStep> listed{{.step = 2, .what = "PowerTransformer", .ulp = 4}};
  EXPECT_EQ(feature_bounds(spec, listed), (std::vector<std::uint64_t>{0, 4, 0}));
}

TEST(Inexact, UnitsAreCountedAcrossZeroAndNeverToNan) {
  EXPECT_TRUE(within(0x00000001u, 0x80000001u, FloatType::kFloat32, 2));
  EXPECT_FALSE(within(0x00000001u, 0x80000001u, FloatType::kFloat32, 1));
  EXPECT_TRUE(within(0x3F800000u, 0x3F7FFFFFu, FloatType::kFloat32, 1));
  EXPECT_FALSE(within(0x7FC00000u, 0x7F800000u, FloatType::kFloat32, ~std::uint64_t{0}));
  EXPECT_TRUE(within(0x7FC00000u, 0x7FC00000u, FloatType::kFloat32, 0));
}

}  // namespace
}  // namespace ringside::engine
