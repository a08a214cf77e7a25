// Which trees walk side by side in lockstep, and how their nodes name each other.
//
// Squads of a forest whose depths differ are made of trees of about the same depth, from `squads` times as many consecutive trees.
//
// Thread safety: a value. Cost: n log n in the trees. Memory: 4 bytes a tree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/forest/flat_forest.h"

namespace ringside::engine {

class Formation {
 public:
  static constexpr std::size_t kSquadTrees = 16;
  static constexpr std::size_t kSquadsMax = 16;  // A block.
  static constexpr std::size_t kNumbersMax = std::size_t{1}
                                             << 16;  // Nodes of a block, where a node names its right child by number.
  static constexpr std::size_t kDistancesMax = std::size_t{1} << 20;  // Nodes of a tree, where it says how far on that child is.

  // Large blocks only where they save a 32nd of the steps: leaves that wait take cache, and rows of a batch take turns less often.
  static Formation of(const FlatForest& forest);

  std::size_t squads = 1;            // A block.
  std::vector<std::uint32_t> order;  // Trees as they walk; those of a block stay in it.
  bool distances = false;  // 16 trees have more nodes than there are numbers: a node says how far on its right child is.

  [[nodiscard]] std::size_t block_trees() const noexcept { return squads * kSquadTrees; }

  // Of all squads; the last one may be filled up.
  [[nodiscard]] std::size_t lanes() const noexcept { return (order.size() + kSquadTrees - 1) / kSquadTrees * kSquadTrees; }

 private:
  Formation(const FlatForest& forest, std::size_t squads_a_block);

  [[nodiscard]] bool has_numbers(const FlatForest& forest) const noexcept;

  std::size_t steps_ = 0;  // Of all squads.
};

}  // namespace ringside::engine
