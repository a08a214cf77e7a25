// What the two AVX-512 kernels share: rows in calls of at most 64, the ranks of categories, and full trees to be filled.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "engine/forest/flat_forest.h"
#include "engine/forest/kernels/avx512.h"
#include "engine/forest/kernels/frozen_memory.h"
#include "engine/forest/kernels/kernel.h"
#include "engine/forest/kernels/packed_columns.h"

namespace ringside::engine {

inline constexpr std::size_t kBytesANodeMax = 12;
inline constexpr std::size_t kSmallForest = 128U << 10;  // Bytes that nobody minds, however few the nodes.

// What a kernel may take of memory: full trees of a sparse forest are mostly air, and air takes cache.
[[nodiscard]] inline std::size_t bytes_max(const FlatForest& forest) noexcept {
  return std::max(kSmallForest, forest.nodes.size() * kBytesANodeMax);
}

[[nodiscard]] inline std::unique_ptr<TreeKernel> where_small_enough(std::unique_ptr<TreeKernel> kernel,
                                                                    const FlatForest& forest) {
  if (kernel->bytes() > bytes_max(forest)) return nullptr;
  return kernel;
}

// Calls place(heap, node) for every place of the full tree of `levels` levels, root 1, children of h at 2h and 2h + 1, and what stands
// there: the split, or, at and below a leaf, the leaf. Leaves of the full tree are the places from 2^levels on.
template <class Place>
void fill_tree(const FlatForest& forest, const FlatTree& tree, std::uint32_t levels, Place&& place) {
  std::vector<std::uint32_t> at(std::size_t{2} << levels);
  at[1] = tree.root;
  for (std::size_t heap = 1; heap < at.size(); ++heap) {
    const FlatNode& node = forest.nodes[at[heap]];
    place(heap, node);
    if (heap >= at.size() / 2) continue;
    at[2 * heap] = node.is_leaf() ? at[heap] : node.left;
    at[2 * heap + 1] = node.is_leaf() ? at[heap] : node.left + 1;
  }
}

// View: avx512::BitTrees or avx512::Clusters; Add: the function that walks it.
template <class View, auto kAdd>
class RankedKernel : public TreeKernel {
 public:
  [[nodiscard]] std::size_t bytes() const noexcept override { return memory_.bytes(); }

  void add_trees(const float* features, std::size_t rows, std::size_t stride, float* margins) const noexcept override {
    for (std::size_t first = 0; first < rows; first += avx512::kRowsMax) {
      const std::size_t count = std::min(rows - first, avx512::kRowsMax);
      const float* some = features + first * stride;
      float* their_margins = margins + first * output_.count;
      if (!columns_.has_sets()) {
        kAdd(view_, some, count, stride, nullptr, output_, their_margins);
        continue;
      }
      std::array<avx512::SetRanks, avx512::kRowsMax> sets;
      for (std::size_t r = 0; r < count; ++r) columns_.rank_sets(some + r * stride, sets[r]);
      kAdd(view_, some, count, stride, sets.data(), output_, their_margins);
    }
  }

 protected:
  // `more`: bytes of the memory beside the columns and the outputs of trees.
  RankedKernel(const FlatForest& forest, const ThresholdColumns& columns, std::size_t more, Region* region)
      : memory_(PackedColumns::bytes(columns, forest) + FrozenMemory::bytes_for<std::uint32_t>(forest.trees.size()) + more,
                region),
        columns_(columns, forest, memory_) {
    view_.columns = columns_.view();
    view_.slot_kind = columns_.slots();
    view_.trees = static_cast<std::uint32_t>(forest.trees.size());
    const auto outputs = memory_.take<std::uint32_t>(forest.trees.size());
    std::ranges::transform(forest.trees, outputs.begin(), [](const FlatTree& tree) { return tree.output; });
    output_ = {.of_tree = forest.outputs == 1 ? nullptr : outputs.data(), .count = forest.outputs};
  }

  FrozenMemory memory_;
  PackedColumns columns_;
  View view_{};
  avx512::Output output_{};
};

// Trees rounded up to whole groups.
[[nodiscard]] inline std::size_t padded_trees(const FlatForest& forest) noexcept {
  return (forest.trees.size() + avx512::kTreesAGroup - 1) / avx512::kTreesAGroup * avx512::kTreesAGroup;
}

}  // namespace ringside::engine
