// Goal: differences add up as difference_counts.h says: bits, decades, labels, distributions.
#include "engine/shadow/difference_counts.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace ringside::engine {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
const double kNan = std::nan("");

const DifferenceShape kBinary{.margins = 1, .values = 1, .classes = 2, .score_edges = {{0.25, 0.5, 0.75}}};

struct Answer {
  double margin = 0, value = 0;
  std::int32_t label = -1;
};

DifferenceTotals totals_of(const std::vector<std::pair<Answer, Answer>>& rows, const DifferenceShape& shape = kBinary) {
  DifferenceCounts counts(shape);
  for (const auto& [current, shadow] : rows) {
    counts.take();
    counts.add({&current.margin, &current.value, current.label}, {&shadow.margin, &shadow.value, shadow.label});
  }
  DifferenceTotals totals;
  counts.add_to(totals);
  return totals;
}

TEST(DifferenceCounts, DecadeIsTheFirstPowerOfTenAbove) {
  EXPECT_EQ(decade_of(0), 0u);
  EXPECT_EQ(decade_of(1e-300), 1u);
  EXPECT_EQ(decade_of(std::nextafter(1e-9, 0.0)), 1u);
  EXPECT_EQ(decade_of(1e-9), 2u);
  EXPECT_EQ(decade_of(0.5), 10u) << "below 1";
  EXPECT_EQ(decade_of(1.0), 11u) << "below 10";
  EXPECT_EQ(decade_of(std::nextafter(1e9, 0.0)), kDecades);
  EXPECT_EQ(decade_of(1e9), kDecades + 1);
  EXPECT_EQ(decade_of(kInfinity), kDecades + 1);
  EXPECT_EQ(decade_of(kNan), kDecadeCells - 1);
}

TEST(DifferenceCounts, EqualRowsDifferInNothing) {
  const Answer answer{.margin = -1.5, .value = 0.3, .label = 1};
  const auto totals = totals_of({{answer, answer}, {answer, answer}});
  EXPECT_EQ(totals.compared, 2u);
  EXPECT_EQ(totals.equal_margins, 2u);
  EXPECT_EQ(totals.equal_values, 2u);
  EXPECT_EQ(totals.decades[0], 2u);
  EXPECT_EQ(totals.flips, 0u);
  EXPECT_EQ(totals.max_difference, 0);
  EXPECT_EQ(totals.current_scores, totals.shadow_scores);
  EXPECT_EQ(totals.current_scores[1], 2u) << "0.25 <= 0.3 < 0.5";
}

TEST(DifferenceCounts, MeanMaximumDecadeAndFlip) {
  const auto totals = totals_of({{{1, 0.75, 1}, {0, 0.25, 0}}, {{1, 0.5, 1}, {1, 0.5, 1}}, {{1, 0.5, 1}, {2, 0.625, 1}}});
  EXPECT_EQ(totals.sum_difference, 0.625);
  EXPECT_EQ(totals.max_difference, 0.5);
  EXPECT_EQ(totals.equal_margins, 1u);
  EXPECT_EQ(totals.decades[decade_of(0.5)], 2u);
  EXPECT_EQ(totals.flips, 1u);
  EXPECT_EQ(totals.flip_matrix, (std::vector<std::uint64_t>{0, 0, 1, 2})) << "from good to bad once";
  EXPECT_EQ(totals.current_scores[3], 1u);
  EXPECT_EQ(totals.shadow_scores[1], 1u);
}

TEST(DifferenceCounts, SignOfZeroIsAnotherBitAndNoDifference) {
  const auto totals = totals_of({{{0.0, 0.0}, {-0.0, -0.0}}});
  EXPECT_EQ(totals.equal_margins, 0u);
  EXPECT_EQ(totals.equal_values, 0u);
  EXPECT_EQ(totals.decades[0], 1u);
}

TEST(DifferenceCounts, NotANumberIsCountedApartAndSpoilsNoMean) {
  const auto totals =
      totals_of({{{0, kNan}, {0, kNan}}, {{0, kNan}, {0, 1}}, {{0, kInfinity}, {0, kInfinity}}, {{0, 1}, {0, 3}}});
  EXPECT_EQ(totals.compared, 4u);
  EXPECT_EQ(totals.decades[0], 2u);
  EXPECT_EQ(totals.decades[kDecadeCells - 1], 1u);
  EXPECT_EQ(totals.sum_difference, 2);
}

TEST(DifferenceCounts, SeveralValuesCountTheLargest) {
  const DifferenceShape shape{.margins = 2, .values = 2, .classes = 0, .score_edges = {}};
  DifferenceCounts counts(shape);
  const double a[] = {1, 2}, b[] = {1.5, 2.25}, same[] = {1, 2};
  counts.add({a, a, -1}, {same, b, -1});
  DifferenceTotals totals;
  counts.add_to(totals);
  EXPECT_EQ(totals.max_difference, 0.5);
  EXPECT_EQ(totals.equal_margins, 1u);
  EXPECT_EQ(totals.equal_values, 0u);
}

TEST(DifferenceCounts, RefusedShedAndWaitingAreApart) {
  DifferenceCounts counts(kBinary), other(kBinary);
  for (int i = 0; i < 3; ++i) counts.take();
  counts.refuse();
  counts.shed();
  other.take();
  DifferenceTotals totals;
  counts.add_to(totals);
  other.add_to(totals);
  EXPECT_EQ(totals.refused, 1u);
  EXPECT_EQ(totals.shed, 1u);
  EXPECT_EQ(totals.compared, 0u);
  EXPECT_EQ(totals.waiting(), 3u);
}

TEST(DifferenceCounts, ManyClassesKeepTheNumberOfFlipsAlone) {
  const auto totals =
      totals_of({{{0, 0, 40}, {0, 0, 3}}}, {.margins = 1, .values = 1, .classes = kFlipClassesMax + 9, .score_edges = {}});
  EXPECT_EQ(totals.flips, 1u);
  EXPECT_TRUE(totals.flip_matrix.empty());
}

}  // namespace
}  // namespace ringside::engine
