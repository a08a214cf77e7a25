// Goal: PSI and its noise are the formulas that psi.h states, and judgements follow their bands.
// Method: numbers that numpy and scipy computed, as said beside them; bands in a table.
#include "engine/drift/psi.h"

#include <gtest/gtest.h>

#include <vector>

namespace ringside::engine {
namespace {

using Counts = std::vector<std::uint64_t>;

// p = (a + .5) / (a.sum() + bins / 2); q likewise of e; ((p - q) * numpy.log(p / q)).sum()
TEST(Psi, IsWhatNumpyComputes) {
  EXPECT_NEAR(psi(Counts{10, 20, 30, 40}, Counts{100, 200, 300, 400}), 9.265557937692691e-05, 1e-15);
  EXPECT_NEAR(psi(Counts{0, 0, 50, 50}, Counts{40, 30, 20, 10}), 3.813476066479597, 1e-12);
  EXPECT_NEAR(psi(Counts{1'000, 0, 0}, Counts{0, 0, 7}), 9.534775066167242, 1e-12);
  EXPECT_NEAR(psi(Counts{290, 285, 313, 279, 296, 296, 287, 271, 267, 306, 299, 282, 320, 304, 293, 313, 299},
                  Counts{57, 62, 54, 37, 43, 37, 50, 53, 52, 68, 52, 56, 52, 57, 56, 55, 59}),
              0.021925410887769767, 1e-14);
}

TEST(Psi, IsZeroForOneBinForEqualCountsAndWithoutRows) {
  EXPECT_EQ(psi(Counts{3}, Counts{9}), 0.0);
  EXPECT_EQ(psi(Counts{5, 0, 7}, Counts{5, 0, 7}), 0.0);
  EXPECT_EQ(psi(Counts{0, 0}, Counts{5, 7}), 0.0);
  EXPECT_EQ(psi(Counts{5, 7}, Counts{0, 0}), 0.0);
}

TEST(Psi, IsSymmetric) { EXPECT_DOUBLE_EQ(psi(Counts{1, 2, 30}, Counts{9, 8, 7}), psi(Counts{9, 8, 7}, Counts{1, 2, 30})); }

// scipy.stats.chi2.ppf(.999, bins - 1) * (1 / 2000 + 1 / 1000); Wilson and Hilferty are within 1 % of it, for few degrees of freedom 4 %.
TEST(Noise, IsAHighPercentileOfChiSquare) {
  EXPECT_NEAR(noise(Counts{1'000, 1'000}, Counts{500, 500}), 10.827566170662733 * 0.0015, 0.04 * 10.8 * 0.0015);
  EXPECT_NEAR(noise(Counts{500, 500, 500, 500}, Counts{250, 250, 250, 250}), 16.26623619623813 * 0.0015, 0.04 * 16.3 * 0.0015);
  const Counts even(17, 1'000), fewer(17, 500);
  EXPECT_NEAR(noise(even, fewer), 39.252354790768464 * (1 / 17'000.0 + 1 / 8'500.0), 0.01 * 39.3 * (1 / 17'000.0 + 1 / 8'500.0));
}

TEST(Noise, DoesNotCountBinsThatTrainingLeftEmpty) {
  EXPECT_EQ(noise(Counts{0, 2'000, 0, 0}, Counts{0, 500, 500, 0}), noise(Counts{2'000, 0}, Counts{500, 500}));
}

TEST(Verdict, OfAPsiFollowsTheBands) {
  EXPECT_EQ(judge_psi(0.09, 0.01, 1'000), DriftVerdict::kStable);
  EXPECT_EQ(judge_psi(0.1, 0.01, 1'000), DriftVerdict::kModerate);
  EXPECT_EQ(judge_psi(0.25, 0.01, 1'000), DriftVerdict::kMajor);
  EXPECT_EQ(judge_psi(0.25, 0.3, 1'000), DriftVerdict::kStable) << "chance does as much";
  EXPECT_EQ(judge_psi(9.0, 0.01, 999), DriftVerdict::kTooFewRows);
}

TEST(Verdict, OfARateNeedsAShiftThatMattersAndIsNoChance) {
  const Share training{500, 10'000};  // 5 %
  EXPECT_EQ(judge_rate({50'000, 1'000'000}, training), DriftVerdict::kStable);
  EXPECT_EQ(judge_rate({54'000, 1'000'000}, training), DriftVerdict::kStable) << "0.4 % off";
  EXPECT_EQ(judge_rate({70'000, 1'000'000}, training), DriftVerdict::kModerate) << "2 % off";
  EXPECT_EQ(judge_rate({30'000, 1'000'000}, training), DriftVerdict::kModerate) << "fewer is off, too";
  EXPECT_EQ(judge_rate({100'000, 1'000'000}, training), DriftVerdict::kMajor);
  EXPECT_EQ(judge_rate({70, 1'000}, training), DriftVerdict::kStable) << "2 % off, within what 1,000 rows do by chance";
  EXPECT_EQ(judge_rate({999, 999}, training), DriftVerdict::kTooFewRows);
  EXPECT_EQ(judge_rate({0, 5'000}, {0, 5'000}), DriftVerdict::kStable);
  EXPECT_EQ(judge_rate({0, 5'000}, {5'000, 5'000}), DriftVerdict::kMajor);
}

TEST(Verdict, IsTheWorseTheLater) {
  EXPECT_LT(DriftVerdict::kNoBaseline, DriftVerdict::kTooFewRows);
  EXPECT_LT(DriftVerdict::kStable, DriftVerdict::kModerate);
  EXPECT_EQ(name(DriftVerdict::kNoBaseline), "no_baseline");
  EXPECT_EQ(name(DriftVerdict::kMajor), "major");
}

}  // namespace
}  // namespace ringside::engine
