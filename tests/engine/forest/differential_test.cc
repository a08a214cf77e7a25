// Goal: margins and values have the bits of libxgboost 1.7.4. Method: differential.h, with a few models in every run of the tests.

#include <gtest/gtest.h>

#include "tests/engine/forest/differential.h"

namespace ringside::engine::test {
namespace {

TEST(Differential, AFewModelsEqualTheLibraryInEveryBit) {
  const Effort effort{.models = 60, .rows = 300};
  const Compared compared = compare_with_library(effort, 1);
  EXPECT_EQ(compared.models, effort.models);
  EXPECT_EQ(compared.pairs, effort.models * effort.rows);
}

}  // namespace
}  // namespace ringside::engine::test
