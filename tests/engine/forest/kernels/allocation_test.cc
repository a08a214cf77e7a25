// Goal: predicting allocates nothing, whatever the kernel, the model and the number of rows.
// Method: this program counts every operator new of its threads; each kernel that takes a forest predicts between two readings.

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <vector>

#include "engine/forest/forest.h"
#include "tests/engine/forest/kernels/every_walk.h"
#include "tests/support/counted_new.h"

namespace ringside::engine::test {
namespace {

using ringside::test::allocations;

TEST(ForestAllocation, TheCounterCounts) {
  const std::size_t before = allocations();
  const auto something = std::make_unique<std::vector<int>>(3);
  EXPECT_GT(allocations(), before);
}

TEST(ForestAllocation, PredictingNeverAllocates) {
  for (const auto& [name, model] : every_walk()) {
    std::mt19937_64 random(1);
    constexpr std::size_t kRows = 130;
    const std::vector<float> cells = trap_rows(random, model, kRows, true);
    std::vector<float> margins(kRows * model.outputs()), values(margins.size());
    for (const KernelKind kind : kKernelKinds) {
      const auto forest = Forest::build(model, {.kernel = kind});
      if (!forest) continue;
      const std::size_t before = allocations();
      for (const std::size_t rows : {std::size_t{1}, std::size_t{64}, kRows}) {
        forest->predict_margins(cells.data(), rows, model.num_feature, nullptr, margins.data());
        forest->transform(margins.data(), rows, values.data());
      }
      EXPECT_EQ(allocations(), before) << name << ", " << forest->kernel();
    }
  }
}

}  // namespace
}  // namespace ringside::engine::test
