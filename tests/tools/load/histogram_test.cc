// Goal: a quantile is never below the true one and at most 1/128 above it, over the whole range of values; merging loses nothing.
// Method: known values at the borders of buckets, and random ones against a sorted list.

#include "tools/load/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace ringside::load {
namespace {

TEST(Histogram, IsEmptyAtFirst) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0u);
  EXPECT_EQ(histogram.quantile(0.5), 0u);
  EXPECT_EQ(histogram.min(), 0u);
  EXPECT_EQ(histogram.max(), 0u);
  EXPECT_EQ(histogram.mean(), 0);
}

TEST(Histogram, EveryValueLiesInItsBucketAndNotBehindTheOneBefore) {
  for (std::uint32_t bit = 0; bit < 64; ++bit) {
    for (const std::int64_t beside : {-1, 0, 1}) {
      const std::uint64_t value = (std::uint64_t{1} << bit) + static_cast<std::uint64_t>(beside);
      const std::uint32_t bucket = Histogram::bucket(value);
      ASSERT_LT(bucket, Histogram::kBuckets) << value;
      EXPECT_LE(value, Histogram::bucket_end(bucket));
      if (bucket > 0) {
        EXPECT_GT(value, Histogram::bucket_end(bucket - 1));
      }
    }
  }
  EXPECT_EQ(Histogram::bucket_end(Histogram::kBuckets - 1), ~std::uint64_t{0});
}

TEST(Histogram, QuantilesOfSmallValuesAreExact) {
  Histogram histogram;
  for (std::uint64_t value = 1; value <= 100; ++value) histogram.record(value);
  EXPECT_EQ(histogram.quantile(0), 1u);
  EXPECT_EQ(histogram.quantile(0.5), 50u);
  EXPECT_EQ(histogram.quantile(0.99), 99u);
  EXPECT_EQ(histogram.quantile(1), 100u);
}

TEST(Histogram, QuantilesAreTheSortedListsWithinOnePartIn128) {
  std::mt19937_64 random(1);
  Histogram histogram;
  std::vector<std::uint64_t> all;
  for (int i = 0; i < 20'000; ++i) {
    all.push_back(random() >> (random() % 60));
    histogram.record(all.back());
  }
  std::sort(all.begin(), all.end());
  for (const double quantile : {0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999}) {
    const std::uint64_t exact = all[static_cast<std::size_t>(std::ceil(quantile * static_cast<double>(all.size()))) - 1];
    EXPECT_GE(histogram.quantile(quantile), exact);
    EXPECT_LE(histogram.quantile(quantile) - exact, exact / 128) << quantile;
  }
  EXPECT_EQ(histogram.max(), all.back());
}

TEST(Histogram, AQuantileIsNotAboveTheLargestValueThatWasRecorded) {
  Histogram histogram;
  histogram.record(1'000'003);
  EXPECT_EQ(histogram.quantile(0.99), 1'000'003u);
}

TEST(Histogram, MergedHistogramsAreAsIfOneHadRecordedAll) {
  Histogram one, other, both;
  for (std::uint64_t value = 1; value < 5'000; value += 7) {
    (value % 2 == 0 ? one : other).record(value);
    both.record(value);
  }
  one.merge(other);
  EXPECT_EQ(one.count(), both.count());
  EXPECT_EQ(one.min(), both.min());
  EXPECT_EQ(one.max(), both.max());
  EXPECT_DOUBLE_EQ(one.mean(), both.mean());
  EXPECT_EQ(one.quantile(0.9), both.quantile(0.9));
}

}  // namespace
}  // namespace ringside::load
