#include "engine/forest/kernels/choose.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <utility>
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

constexpr std::size_t kTrialRowsMin = 4, kTrialRowsMax = 128;
constexpr std::size_t kTrialFloats =
    1'000'000;  // Of all rows together. A forest whose rows are wider than a share of it is not tried.
constexpr std::size_t kTurns = 6;
constexpr std::uint64_t kTicksAVisit = 1'500'000;  // A kernel's, in a turn: some 0.6 ms.

#if defined(__x86_64__)
bool avx512_is_here() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("bmi") &&
         __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
}
#endif

float last_category(const FlatForest& forest, const FlatNode& node) {
  const CategorySet& set = forest.sets[node.set];
  return static_cast<float>(set.is_list() ? forest.set_words[set.first + set.count - 1] : set.end_word * 32 - 1);
}

// Rows that meet the splits: on a threshold, beside it, missing; on a category, or one after it. The first is all missing.
std::vector<float> trial_rows(const FlatForest& forest, std::size_t count) {
  std::vector<std::pair<std::uint32_t, float>> splits;
  for (const FlatNode& node : forest.nodes) {
    if (!node.is_leaf()) splits.emplace_back(node.feature, node.is_categorical() ? last_category(forest, node) : node.threshold);
  }
  const auto same_feature = [](const auto& a, const auto& b) { return a.first == b.first; };
  std::ranges::sort(splits, {}, &std::pair<std::uint32_t, float>::first);
  std::mt19937_64 random(20261124);
  std::vector<float> rows(count * forest.features, std::numeric_limits<float>::quiet_NaN());
  for (auto first = splits.begin(); first != splits.end();) {
    const auto last = std::find_if_not(first, splits.end(), [&](const auto& split) { return same_feature(split, *first); });
    const auto some = static_cast<std::uint64_t>(last - first);
    for (std::size_t r = 1; r < count; ++r) {
      if (random() % 16 == 0) continue;
      const float at = first[static_cast<std::ptrdiff_t>(random() % some)].second;
      const float beside[] = {at, std::nextafter(at, -INFINITY), std::nextafter(at, INFINITY), at * 0.75F, at + 1};
      rows[r * forest.features + first->first] = beside[random() % std::size(beside)];
    }
    first = last;
  }
  return rows;
}

// What a kernel says and how long it takes, row by row, as it is mostly asked.
class Trial {
 public:
  Trial(const FlatForest& forest, std::vector<float> rows) : forest_(forest), rows_(std::move(rows)), margins_(forest.outputs) {}

  // Keeps what `kernel` says of as many rows as a visit allows, and of kTrialRowsMin at least.
  void ask(const TreeKernel& kernel) {
    const std::uint64_t until = base::ticks() + 2 * kTicksAVisit;
    for (std::size_t r = 0; r < rows() && (r < kTrialRowsMin || base::ticks() < until); ++r) {
      std::ranges::fill(margins_, 0.0F);
      kernel.add_trees(row(r), 1, forest_.features, margins_.data());
      truth_.insert(truth_.end(), margins_.begin(), margins_.end());
    }
  }

  // Whether another one says the same, bit for bit, of single rows and of all of them at once.
  [[nodiscard]] bool agrees(const TreeKernel& kernel) {
    const std::size_t asked = truth_.size() / forest_.outputs;
    std::vector<float> together(truth_.size()), one_by_one(truth_.size());
    kernel.add_trees(rows_.data(), asked, forest_.features, together.data());
    for (std::size_t r = 0; r < asked; ++r)
      kernel.add_trees(row(r), 1, forest_.features, one_by_one.data() + r * forest_.outputs);
    const auto same = [&](const std::vector<float>& found) {
      return std::memcmp(found.data(), truth_.data(), truth_.size() * sizeof(float)) == 0;
    };
    return same(together) && same(one_by_one);
  }

  // Ticks a row, over as many rows as a visit allows.
  [[nodiscard]] double ticks_a_row(const TreeKernel& kernel) {
    const std::uint64_t begin = base::ticks();
    std::uint64_t spent = 0;
    std::size_t r = 0;
    while (r < rows() && spent < kTicksAVisit) {
      kernel.add_trees(row(r++), 1, forest_.features, margins_.data());
      spent = base::ticks() - begin;
    }
    return static_cast<double>(spent) / static_cast<double>(r);
  }

 private:
  [[nodiscard]] std::size_t rows() const { return rows_.size() / forest_.features; }
  [[nodiscard]] const float* row(std::size_t r) const { return rows_.data() + r * forest_.features; }

  const FlatForest& forest_;
  std::vector<float> rows_, margins_, truth_;
};

}  // namespace

std::unique_ptr<TreeKernel> make_kernel(KernelKind kind, const FlatForest& forest, Region* region) {
  switch (kind) {
    case KernelKind::kOneTree:
      return make_one_tree_kernel(forest, region);
    case KernelKind::kLockstep:
      return make_lockstep_kernel(forest, region);
#if defined(__x86_64__)
    case KernelKind::kBitTrees:
    case KernelKind::kClusters: {
      if (!avx512_is_here()) return nullptr;
      const auto columns = ThresholdColumns::of(forest);
      if (!columns) return nullptr;
      return kind == KernelKind::kBitTrees ? make_bit_tree_kernel(forest, *columns, region)
                                           : make_cluster_kernel(forest, *columns, region);
    }
#endif
    default:
      return nullptr;
  }
}

Result<std::shared_ptr<const TreeKernel>, std::string> choose_kernel(const FlatForest& forest, Region* region) {
  std::vector<std::shared_ptr<const TreeKernel>> kernels;
  std::vector<KernelKind> kinds;
  for (const KernelKind kind : kKernelKinds) {
    auto kernel = make_kernel(kind, forest);
    if (kernel == nullptr) continue;
    kernels.push_back(std::move(kernel));
    kinds.push_back(kind);
  }
  // All but the chosen one are scratch: it is packed again where it will stay.
  const auto chosen = [&](std::size_t k) -> std::shared_ptr<const TreeKernel> {
    if (region == nullptr) return kernels[k];
    kernels.clear();  // before the memory for another one is taken
    return make_kernel(kinds[k], forest, region);
  };
  const std::size_t count = forest.features == 0 ? 0 : std::min(kTrialFloats / forest.features, kTrialRowsMax);
  if (kernels.size() == 1 || count < kTrialRowsMin) return chosen(kernels.size() == 1 ? 0 : 1);

  Trial trial(forest, trial_rows(forest, count));
  trial.ask(*kernels[0]);
  for (const auto& kernel : kernels) {
    if (trial.agrees(*kernel)) continue;
    return fail(std::string("the kernels '") + kernel->name() + "' and '" + kernels[0]->name() +
                "' disagree about a row of the forest's own thresholds");
  }
  // In turns, so that a busy moment falls on all; the quickest of a kernel's turns counts. One that is far behind is not asked again.
  std::vector<double> best(kernels.size(), std::numeric_limits<double>::infinity());
  for (std::size_t turn = 0; turn < kTurns; ++turn) {
    const double leader = *std::ranges::min_element(best);
    for (std::size_t k = 0; k < kernels.size(); ++k) {
      if (turn == 0 || best[k] < 2 * leader) best[k] = std::min(best[k], trial.ticks_a_row(*kernels[k]));
    }
  }
  // One tree after the other takes half as much memory again: it must be far ahead, as beside a chain of thousands of levels.
  best[0] *= 2;
  return chosen(static_cast<std::size_t>(std::ranges::min_element(best) - best.begin()));
}

}  // namespace ringside::engine
