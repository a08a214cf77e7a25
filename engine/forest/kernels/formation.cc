#include "engine/forest/kernels/formation.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <span>
#include <utility>

namespace ringside::engine {

Formation::Formation(const FlatForest& forest, std::size_t squads_a_block) : squads(squads_a_block), order(forest.trees.size()) {
  std::iota(order.begin(), order.end(), 0U);
  const auto depth = [&](std::uint32_t tree) { return forest.trees[tree].depth; };
  for (std::size_t t = 0; t < order.size(); t += block_trees()) {
    const auto block = std::span(order).subspan(t, std::min(block_trees(), order.size() - t));
    if (squads > 1) std::ranges::stable_sort(block, std::greater<>(), depth);
    for (std::size_t i = 0; i < block.size(); i += kSquadTrees) {
      const auto squad = block.subspan(i, std::min(kSquadTrees, block.size() - i));
      steps_ += depth(std::ranges::max(squad, {}, depth));
    }
  }
}

bool Formation::has_numbers(const FlatForest& forest) const noexcept {
  for (std::size_t t = 0; t < order.size(); t += block_trees()) {
    const FlatTree& last = forest.trees[std::min(t + block_trees(), order.size()) - 1];
    if (last.root + last.nodes - forest.trees[t].root > kNumbersMax) return false;
  }
  return true;
}

Formation Formation::of(const FlatForest& forest) {
  Formation best(forest, 1);
  best.distances = !best.has_numbers(forest);
  for (std::size_t more = 2; more <= kSquadsMax; more *= 2) {
    Formation larger(forest, more);
    larger.distances = best.distances;
    if (!larger.distances && !larger.has_numbers(forest)) break;
    if (larger.steps_ + best.steps_ / 32 < best.steps_) best = std::move(larger);
  }
  return best;
}

}  // namespace ringside::engine
