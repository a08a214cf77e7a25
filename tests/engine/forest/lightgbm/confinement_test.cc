// Goal: predicting with a LightGBM forest makes no system call and takes no lock, whatever the kernel, the model, the features' type and the
//   number of rows.
// Method: both kernels predict in a child that is killed by any system call and counts its locks (tests/support/confined_child.h;
//   ../kernels/confinement_test.cc shows that it sees them).

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/forest/lightgbm/forest.h"
#include "tests/engine/forest/lightgbm/every_walk.h"
#include "tests/support/confined_child.h"

namespace ringside::engine::test {
namespace {

template <class Feature>
void expect_confinement(const std::string& name, const LightgbmModel& model) {
  predict_every_way<Feature>(model, [&](const auto& predict, const char* kernel) {
    EXPECT_EQ(ringside::test::what_it_broke(predict), "") << name << ", " << kernel;
  });
}

TEST(LightgbmConfinement, PredictingNeedsNeitherTheKernelNorALock) {
  for (const auto& [name, model] : every_lightgbm_walk()) {
    expect_confinement<float>(name, model);
    expect_confinement<double>(name, model);
  }
}

}  // namespace
}  // namespace ringside::engine::test
