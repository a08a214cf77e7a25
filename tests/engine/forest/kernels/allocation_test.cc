// Goal: predicting allocates nothing, whatever the kernel, the model and the number of rows.
// Method: this program counts every operator new of its threads; each kernel that takes a forest predicts between two readings.

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <vector>

#include "engine/forest/forest.h"
#include "tests/engine/forest/model_files.h"
#include "tests/engine/forest/random_models.h"
#include "tests/support/counted_new.h"

namespace ringside::engine::test {
namespace {

using ringside::test::allocations;

BoosterModel random_model(std::uint32_t depth, std::uint32_t features, std::uint32_t classes, bool categorical) {
  std::mt19937_64 random(depth);
  BoosterModel model = empty_model(classes == 0 ? "binary:logistic" : "multi:softprob", features, classes);
  for (std::uint32_t t = 0; t < 30 * model.outputs(); ++t) {
    BoosterTree tree = random_tree(random, features, depth);
    if (categorical) make_categorical(random, tree);
    add_tree(model, std::move(tree), t % model.outputs());
  }
  return model;
}

void expect_no_allocation(const BoosterModel& model) {
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
    EXPECT_EQ(allocations(), before) << forest->kernel();
  }
}

TEST(ForestAllocation, TheCounterCounts) {
  const std::size_t before = allocations();
  const auto something = std::make_unique<std::vector<int>>(3);
  EXPECT_GT(allocations(), before);
}

TEST(ForestAllocation, PredictingNeverAllocates) {
  expect_no_allocation(random_model(4, 30, 0, false));
  expect_no_allocation(random_model(6, 100, 0, false));
  expect_no_allocation(random_model(8, 40, 3, false));
  expect_no_allocation(random_model(5, 12, 0, true));
  expect_no_allocation(random_model(5, 600, 0, false));
}

TEST(ForestAllocation, NorDoesAMissingValueOfTheModelsOwn) {
  BoosterModel model = random_model(5, 20, 0, false);
  model.missing = 1.0F;
  expect_no_allocation(model);
}

}  // namespace
}  // namespace ringside::engine::test
