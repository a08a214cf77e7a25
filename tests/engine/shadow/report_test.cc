// Goal: a report names flips by label, the most rows first, and holds the two distributions of scores against each other.
#include "engine/shadow/report.h"

#include <gtest/gtest.h>

#include "tests/support/made_bundle.h"

namespace ringside::engine {
namespace {

class ShadowReportTest : public ::testing::Test {
 protected:
  // Current: x below 10 is bad, else good. The shadow: below `split`.
  ShadowReport report_of(float split, std::span<const double> xs) {
    const auto current = test::make_bundle({.version = "v1", .split = 10, .low = -1, .high = 1, .binary = true});
    const auto shadow = test::make_bundle({.version = "v2", .split = split, .low = -1, .high = 1, .binary = true});
    const auto comparison = *ShadowComparison::make(current, shadow, 2);
    Workspace work(*current), shadow_work(*shadow);
    for (const double x : xs) {
      work.tile.start(1);
      work.tile.numbers(0)[0] = x;
      current->plan.run(work.tile, *work.plan, work.features.data(), work.stride);
      current->scorer.score(work.features.data(), 1, work.stride, work.margins.data(), work.values.data());
      std::int32_t label = -1;
      current->label_indices(work.values.data(), 1, &label);
      comparison->offer(1, {.work = work, .labels = &label, .share = std::uint64_t{1} << 32});
      comparison->score_one(1, shadow_work);
    }
    return shadow_report(*comparison);
  }
};

TEST_F(ShadowReportTest, FlipsAreNamedAndMeansTaken) {
  const ShadowReport report = report_of(15, std::vector<double>{5, 12, 13, 20});
  EXPECT_EQ(report.current, "v1");
  EXPECT_EQ(report.shadow, "v2");
  ASSERT_EQ(report.flips.size(), 1u);
  EXPECT_EQ(report.flips[0].from, "good");
  EXPECT_EQ(report.flips[0].to, "bad");
  EXPECT_EQ(report.flips[0].rows, 2u);
  EXPECT_DOUBLE_EQ(report.mean_difference, report.totals.max_difference / 2);
}

TEST_F(ShadowReportTest, DistributionsApartHaveAPsi) {
  std::vector<double> xs;
  for (int i = 0; i < 500; ++i) xs.push_back(i % 20);
  const ShadowReport equal = report_of(10, xs);
  ASSERT_EQ(equal.psi.size(), 1u);
  EXPECT_EQ(equal.psi[0].psi, 0);
  const ShadowReport apart = report_of(18, xs);
  EXPECT_GT(apart.psi[0].psi, 0.25);
  EXPECT_GT(apart.psi[0].psi, apart.psi[0].noise);
}

TEST_F(ShadowReportTest, NothingYetIsZeroAndNoNumberIsMadeUp) {
  const ShadowReport report = report_of(10, {});
  EXPECT_EQ(report.totals.compared, 0u);
  EXPECT_EQ(report.mean_difference, 0);
  EXPECT_TRUE(report.flips.empty());
}

}  // namespace
}  // namespace ringside::engine
