// Goal: predicting makes no system call and takes no lock, whatever the kernel, the model and the number of rows.
// Method: each kernel that takes a forest predicts in a child that is killed by any system call and counts its locks
//   (tests/support/confined_child.h).

#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "engine/forest/forest.h"
#include "tests/engine/forest/kernels/every_walk.h"
#include "tests/support/confined_child.h"

namespace ringside::engine::test {
namespace {

using ringside::test::what_it_broke;

TEST(Confinement, SeesASystemCallAndALock) {
  EXPECT_EQ(what_it_broke([] {}), "");
  EXPECT_EQ(what_it_broke([] { (void)getppid(); }), "it made a system call");
  std::mutex mutex;
  EXPECT_EQ(what_it_broke([&] {
              const std::lock_guard lock(mutex);
              const std::lock_guard another(*std::make_unique<std::mutex>());
            }),
            "it took 2 locks");
}

TEST(Confinement, PredictingNeedsNeitherTheKernelNorALock) {
  std::set<std::string> kernels;
  for (const auto& [name, model] : every_walk()) {
    std::mt19937_64 random(1);
    constexpr std::size_t kRows = 130;
    const std::vector<float> cells = trap_rows(random, model, kRows, true);
    std::vector<float> margins(kRows * model.outputs()), values(margins.size());
    for (const KernelKind kind : kKernelKinds) {
      const auto forest = Forest::build(model, {.kernel = kind});
      if (!forest) continue;
      kernels.emplace(forest->kernel());
      EXPECT_EQ(what_it_broke([&] {
                  for (const std::size_t rows : {std::size_t{1}, std::size_t{64}, kRows}) {
                    forest->predict_margins(cells.data(), rows, model.num_feature, nullptr, margins.data());
                    forest->transform(margins.data(), rows, values.data());
                  }
                }),
                "")
          << name << ", " << forest->kernel();
    }
  }
  EXPECT_TRUE(kernels.contains("one tree") && kernels.contains("lockstep"));
}

}  // namespace
}  // namespace ringside::engine::test
