#include "engine/forest/kernels/choose.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "client_lib/base/clock.h"
#include "engine/forest/kernels/lockstep.h"
#include "engine/forest/kernels/one_tree.h"

#if defined(__x86_64__)
#include "engine/forest/kernels/bit_trees.h"
#include "engine/forest/kernels/clusters.h"
#endif

namespace ringside::engine {
namespace {

constexpr std::size_t kTrialRowsMin = 16, kTrialRowsMax = 128;
constexpr std::size_t kTrialSteps = 1'000'000;  // Down trees, of all rows together, where there may be so few rows.
constexpr std::size_t kTrialFeatures = 4096;    // A row of a wider forest is not tried: only the one-tree kernel takes it anyway.
constexpr std::uint64_t kTrialTicks = 20'000'000;  // Some 5 to 10 ms.

#if defined(__x86_64__)
bool avx512_is_here() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("bmi") &&
         __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
}
#endif

std::size_t trial_rows_of(const FlatForest& forest) {
  const std::size_t steps = std::max<std::size_t>(forest.trees.size() * forest.depth(), 1);
  return std::clamp(kTrialSteps / steps, kTrialRowsMin, kTrialRowsMax);
}

// Rows that meet the splits: on a threshold, beside it, missing. The first is all missing.
std::vector<float> trial_rows(const FlatForest& forest, std::size_t count) {
  std::vector<std::vector<float>> thresholds(forest.features);
  for (const FlatNode& node : forest.nodes) {
    if (!node.is_leaf())
      thresholds[node.feature].push_back(node.is_categorical() ? static_cast<float>(thresholds[node.feature].size() % 64)
                                                               : node.threshold);
  }
  std::mt19937_64 random(20261124);
  std::vector<float> rows(count * forest.features, std::numeric_limits<float>::quiet_NaN());
  for (std::size_t r = 1; r < count; ++r) {
    for (std::size_t f = 0; f < forest.features; ++f) {
      const std::vector<float>& some = thresholds[f];
      if (some.empty() || random() % 16 == 0) continue;
      const float threshold = some[random() % some.size()];
      const float beside[] = {threshold, std::nextafter(threshold, -INFINITY), std::nextafter(threshold, INFINITY),
                              threshold * 0.75F};
      rows[r * forest.features + f] = beside[random() % 4];
    }
  }
  return rows;
}

// Row by row, as a kernel is mostly asked.
std::uint64_t ticks_of(const TreeKernel& kernel, const std::vector<float>& rows, const FlatForest& forest,
                       std::vector<float>& margins) {
  std::uint64_t total = 0;
  for (std::size_t r = 0; r * forest.features < rows.size(); ++r) {
    const std::uint64_t begin = base::ticks();
    kernel.add_trees(rows.data() + r * forest.features, 1, forest.features, margins.data());
    total += base::ticks() - begin;
  }
  return total;
}

}  // namespace

std::unique_ptr<TreeKernel> make_kernel(KernelKind kind, const FlatForest& forest) {
  switch (kind) {
    case KernelKind::kOneTree:
      return make_one_tree_kernel(forest);
    case KernelKind::kLockstep:
      return make_lockstep_kernel(forest);
#if defined(__x86_64__)
    case KernelKind::kBitTrees:
    case KernelKind::kClusters: {
      if (!avx512_is_here()) return nullptr;
      const auto columns = ThresholdColumns::of(forest);
      if (!columns) return nullptr;
      return kind == KernelKind::kBitTrees ? make_bit_tree_kernel(forest, *columns) : make_cluster_kernel(forest, *columns);
    }
#endif
    default:
      return nullptr;
  }
}

Result<std::shared_ptr<const TreeKernel>, std::string> choose_kernel(const FlatForest& forest) {
  std::vector<std::shared_ptr<const TreeKernel>> kernels;
  for (const KernelKind kind : kKernelKinds) {
    if (auto kernel = make_kernel(kind, forest)) kernels.push_back(std::move(kernel));
  }
  if (kernels.size() == 1 || forest.features == 0 || forest.features > kTrialFeatures)
    return kernels.size() > 1 ? kernels[1] : kernels[0];

  const std::size_t count = trial_rows_of(forest);
  const std::vector<float> rows = trial_rows(forest, count);
  std::vector<float> truth(count * forest.outputs), margins(truth.size());
  kernels[0]->add_trees(rows.data(), count, forest.features, truth.data());
  for (const auto& kernel : kernels) {
    std::ranges::fill(margins, 0.0F);
    kernel->add_trees(rows.data(), count, forest.features, margins.data());
    if (std::memcmp(margins.data(), truth.data(), truth.size() * sizeof(float)) == 0) continue;
    return fail(std::string("the kernels '") + kernel->name() + "' and '" + kernels[0]->name() +
                "' disagree about a row of the forest's own thresholds");
  }
  // In turns, so that a busy moment falls on all; the quickest of a kernel's turns counts.
  std::vector<std::uint64_t> best(kernels.size(), ~std::uint64_t{0});
  const std::uint64_t until = base::ticks() + kTrialTicks;
  for (int turn = 0; turn < 16 && (turn < 2 || base::ticks() < until); ++turn) {
    for (std::size_t k = 1; k < kernels.size(); ++k) best[k] = std::min(best[k], ticks_of(*kernels[k], rows, forest, margins));
  }
  return kernels[static_cast<std::size_t>(std::ranges::min_element(best) - best.begin())];
}

}  // namespace ringside::engine
