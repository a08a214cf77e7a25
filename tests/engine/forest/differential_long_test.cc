// Goal: margins and values have the bits of libxgboost 1.7.4, over more than ten million pairs of a row and a model, of more than a thousand
//   models, half of them with 50 trees or more. Method: differential.h. Minutes; tools/test --long.

#include <gtest/gtest.h>

#include "tests/engine/forest/differential.h"

namespace ringside::engine::test {
namespace {

TEST(DifferentialLong, TenMillionPairsEqualTheLibraryInEveryBit) {
  const Effort effort{.models = 1200, .rows = 8500};
  const Compared compared = compare_with_library(effort, 1'000'000);
  EXPECT_EQ(compared.models, effort.models);
  EXPECT_GE(compared.pairs, 10'000'000U);
  EXPECT_GE(2 * compared.large, compared.models);
  EXPECT_EQ(compared.with.size(), 19U + 8);  // Objectives, and other traits.
  for (const auto& [trait, models] : compared.with) EXPECT_GE(models, 20U) << trait;
}

}  // namespace
}  // namespace ringside::engine::test
