// Goal: predicting with a LightGBM forest allocates nothing, whatever the kernel, the model, the features' type and the number of rows.
// Method: this program counts every operator new of its threads; both kernels predict between two readings.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/forest/lightgbm/forest.h"
#include "tests/engine/forest/lightgbm/every_walk.h"
#include "tests/support/counted_new.h"

namespace ringside::engine::test {
namespace {

using ringside::test::allocations;

template <class Feature>
void expect_no_allocation(const std::string& name, const LightgbmModel& model) {
  predict_every_way<Feature>(model, [&](const auto& predict, const char* kernel) {
    const std::size_t before = allocations();
    predict();
    EXPECT_EQ(allocations(), before) << name << ", " << kernel;
  });
}

TEST(LightgbmAllocation, PredictingNeverAllocates) {
  const std::size_t before = allocations();
  const auto something = std::make_unique<int>(3);
  EXPECT_GT(allocations(), before) << "the counter does not count";
  for (const auto& [name, model] : every_lightgbm_walk()) {
    expect_no_allocation<float>(name, model);
    expect_no_allocation<double>(name, model);
  }
}

}  // namespace
}  // namespace ringside::engine::test
