// Goal: every number of the list is found at its place, and nothing else is. Method: the edges by hand, then lists of many sizes,
// small integers and neighbours among them, against a linear search.

#include "engine/preprocess/number_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace ringside::engine {
namespace {

TEST(NumberIndex, EmptyIndexFindsNothing) {
  EXPECT_EQ(NumberIndex().find(0), NumberIndex::kAbsent);
  EXPECT_EQ(NumberIndex(std::vector<double>{}).find(0), NumberIndex::kAbsent);
}

TEST(NumberIndex, ZerosOfEitherSignAreOneNumber) {
  EXPECT_EQ(NumberIndex(std::vector<double>{1, -0.0}).find(0.0), 1);
  EXPECT_EQ(NumberIndex(std::vector<double>{0.0, 1}).find(-0.0), 0);
}

TEST(NumberIndex, NanAndInfinityAreNeverFound) {
  const NumberIndex index(std::vector<double>{0, 1});
  EXPECT_EQ(index.find(std::nan("")), NumberIndex::kAbsent);
  EXPECT_EQ(index.find(std::numeric_limits<double>::infinity()), NumberIndex::kAbsent);
}

TEST(NumberIndex, AgreesWithALinearSearchForListsOfManySizes) {
  for (const std::size_t size : {1, 2, 3, 8, 9, 100, 5'000}) {
    std::vector<double> numbers;
    for (std::size_t i = 0; i < size; ++i) numbers.push_back((i % 3 == 0 ? 1.0 : 0.1) * static_cast<double>(i) - 7);
    const NumberIndex index(numbers);
    for (std::size_t i = 0; i < size; ++i) {
      ASSERT_EQ(index.find(numbers[i]), std::find(numbers.begin(), numbers.end(), numbers[i]) - numbers.begin());
      ASSERT_EQ(index.find(std::nextafter(numbers[i], 1e9)), NumberIndex::kAbsent);
    }
  }
}

}  // namespace
}  // namespace ringside::engine
