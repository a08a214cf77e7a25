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
  constexpr std::size_t kRows = 130;
  const std::vector<Feature> cells = rows_of<Feature>(model, kRows);
  std::vector<double> scores(kRows * model.outputs);
  const auto forest = LightgbmForest<Feature>::build(model);
  ASSERT_TRUE(forest.ok()) << forest.error().text();
  const auto one_tree = make_lightgbm_one_tree<Feature>(model, {0, model.trees.size()}, nullptr);
  const auto predict = [&] {
    for (const std::size_t rows : {std::size_t{1}, std::size_t{64}, kRows}) {
      forest->predict_scores(cells.data(), rows, model.num_feature, scores.data());
      forest->values_of(scores.data(), rows, scores.data());
      one_tree->add_trees(cells.data(), rows, model.num_feature, scores.data());
    }
  };
  EXPECT_EQ(ringside::test::what_it_broke(predict), "") << name << ", " << forest->kernel().name();
}

TEST(LightgbmConfinement, PredictingNeedsNeitherTheKernelNorALock) {
  for (const auto& [name, model] : every_lightgbm_walk()) {
    expect_confinement<float>(name, model);
    expect_confinement<double>(name, model);
  }
}

}  // namespace
}  // namespace ringside::engine::test
