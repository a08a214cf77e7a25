// Which trees a range of boosting rounds is.

#include <algorithm>

#include "engine/forest/model.h"

namespace ringside::engine {

std::uint32_t BoosterModel::outputs() const noexcept { return std::max({num_class, num_target, 1U}); }

std::size_t BoosterModel::trees_a_round() const noexcept {
  const bool vector_leaves = !trees.empty() && trees.front().leaf_size > 1;
  return (vector_leaves ? std::size_t{1} : std::size_t{outputs()}) * num_parallel_tree;
}

std::size_t BoosterModel::rounds() const noexcept {
  if (!round_begins.empty()) return round_begins.size() - 1;
  return trees_a_round() == 0 ? 0 : trees.size() / trees_a_round();
}

std::optional<TreeRange> BoosterModel::tree_range(std::size_t begin, std::size_t end) const noexcept {
  if (end == 0) end = rounds();
  if (begin > end || end > rounds()) return std::nullopt;
  if (!round_begins.empty()) return TreeRange{round_begins[begin], round_begins[end]};
  return TreeRange{begin * trees_a_round(), end * trees_a_round()};
}

}  // namespace ringside::engine
