// Goal: an arm counts each call once, by what became of its rows, and margins fall into bins that keep their order.
// Method: calls and numbers made by hand; every count compared.
#include "engine/counters/arm_counters.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

namespace ringside::engine {
namespace {

ArmSums sums_of(const ArmCounters& arm) {
  ArmSums sums{};
  arm.add_to(sums);
  return sums;
}

TEST(ArmCounters, CountsACallByItsRows) {
  const auto arm = std::make_unique<ArmCounters>();
  arm->add_call(3, 0, 0, 1'000);
  arm->add_call(2, 1, 1, 2'000);
  arm->add_refused_call(7, wire::Status::kUnavailable);
  const ArmSums sums = sums_of(*arm);
  EXPECT_EQ(sums[ArmLayout::kCalls], 3u);
  EXPECT_EQ(sums[ArmLayout::kBadCalls], 2u);
  EXPECT_EQ(sums[ArmLayout::kBadShares], ArmLayout::kWhole / 2 + ArmLayout::kWhole);
  EXPECT_EQ(sums[ArmLayout::kRows + static_cast<std::size_t>(wire::Status::kOk)], 5u);
  EXPECT_EQ(sums[ArmLayout::kRows + static_cast<std::size_t>(wire::Status::kInvalid)], 1u);
  EXPECT_EQ(sums[ArmLayout::kRows + static_cast<std::size_t>(wire::Status::kTimeout)], 1u);
  EXPECT_EQ(sums[ArmLayout::kRows + static_cast<std::size_t>(wire::Status::kUnavailable)], 7u);
  const auto* latency = sums.data() + ArmLayout::kLatency;
  EXPECT_EQ(std::accumulate(latency, latency + LatencyHistogram::kBuckets, 0u), 2u) << "what was refused took no time";
  EXPECT_EQ(latency[LatencyHistogram::bucket(2'000)], 1u);
}

TEST(ArmCounters, OneBadRowOfManyIsSome) {
  const auto arm = std::make_unique<ArmCounters>();
  arm->add_call(65'535, 1, 0, 1);
  EXPECT_EQ(sums_of(*arm)[ArmLayout::kBadShares], 1u);
}

TEST(ArmCounters, CountsTheFirstMarginsOfARow) {
  const auto arm = std::make_unique<ArmCounters>();
  const std::array<float, 6> many{1, 2, 4, 8, 16, 32};
  arm->add_margins(many.data(), many.size());
  const double one = -1;
  arm->add_margins(&one, 1);
  const ArmSums sums = sums_of(*arm);
  for (const float margin : {1.0F, 2.0F, 4.0F, 8.0F, -1.0F})
    EXPECT_EQ(sums[ArmLayout::kMargins + MarginBins::bin(margin)], 1u) << margin;
  EXPECT_EQ(sums[ArmLayout::kMargins + MarginBins::bin(16)], 0u);
}

TEST(MarginBins, KeepTheOrderOfNumbersAndStayInside) {
  std::uint32_t before = 0;
  for (const float margin : {-std::numeric_limits<float>::infinity(), -2e6F, -100.0F, -1.1F, -1.0F, -0.001F, -1e-6F, 0.0F, 1e-6F,
                             0.001F, 1.0F, 1.1F, 100.0F, 2e6F, std::numeric_limits<float>::infinity()}) {
    const std::uint32_t bin = MarginBins::bin(margin);
    EXPECT_GE(bin, before) << margin;
    EXPECT_LT(bin, MarginBins::kCount) << margin;
    before = bin;
  }
  EXPECT_EQ(MarginBins::bin(0.0F), MarginBins::kSide);
  EXPECT_EQ(MarginBins::bin(-0.0F), MarginBins::kSide);
  EXPECT_EQ(MarginBins::bin(1e-6F), MarginBins::kSide) << "next to nothing";
  EXPECT_LT(MarginBins::bin(1.0F), MarginBins::bin(1.07F)) << "6 % apart";
  EXPECT_EQ(MarginBins::kCount - MarginBins::bin(3.0F), MarginBins::bin(-3.0F)) << "both sides alike";
  EXPECT_LT(MarginBins::bin(std::nanf("")), MarginBins::kCount);
}

}  // namespace
}  // namespace ringside::engine
