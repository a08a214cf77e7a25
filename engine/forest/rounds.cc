// Which trees a range of boosting rounds is.

#include <algorithm>
#include <string>

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

std::optional<ModelError> BoosterModel::keep_first_rounds(std::size_t wanted) {
  if (wanted == 0) return std::nullopt;
  if (booster == BoosterKind::kGblinear) {
    return ModelError{"iterations", "all: gblinear has no rounds to choose from", std::to_string(wanted)};
  }
  if (wanted > rounds()) return ModelError{"iterations", "1 to " + std::to_string(rounds()) + " rounds", std::to_string(wanted)};
  const std::size_t kept = tree_range(0, wanted)->end;
  trees.resize(kept);
  tree_info.resize(kept);
  if (!weight_drop.empty()) weight_drop.resize(kept);
  if (!round_begins.empty()) round_begins.resize(wanted + 1);
  return std::nullopt;
}

}  // namespace ringside::engine
