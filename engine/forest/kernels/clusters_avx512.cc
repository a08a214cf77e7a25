// Deep trees in stages. A cluster is 15 splits over four levels in 32 bytes; 64 bytes hold the slots of four trees' clusters, so one
// comparison takes four trees four levels down. Then the next stage's clusters are fetched, which is the only place where a load waits for
// another: once in four levels, where a walk node by node waits at every one.
//
//   stage 0: clusters of 16 trees, side by side ─4 comparisons─> outcomes ─4 steps, 16 trees a vector─> which cluster of stage 1
//   stage 1: 16 clusters fetched from where that says ─…─> leaf number
//
// A group passes through two steps a stage and a last one that adds leaves; so many groups are under way at a time, one a step.
#include "engine/forest/kernels/ranks_avx512-inl.h"

namespace ringside::engine::avx512 {
namespace {

constexpr std::uint32_t kClusterLevels = 4;
constexpr std::size_t kClusterBytes = 32;  // 16 of slots, 16 of ranks; the first of each is unused.

template <int kStages, Slots kSlots>
class ClusterWalk {
 public:
  ClusterWalk(const Clusters& trees, const Output& output, float* margins) noexcept
      : trees_(trees), output_(output), margins_(margins) {
    levels_ = trees.first_levels + kClusterLevels * (kStages - 1);
  }

  // Groups outside, rows inside: a group's trees stay in the first cache for all rows.
  void run(const RankTable<kSlots>* tables, std::size_t rows) noexcept {
    constexpr std::size_t kSteps = 2 * kStages + 1;
    const std::size_t groups = (trees_.trees + kTreesAGroup - 1) / kTreesAGroup;
    const std::size_t items = groups * rows;
    std::size_t group = 0, row = 0;
    for (std::size_t i = 0; i < items + kSteps - 1; ++i) {
      if (i < items) {
        Item& item = under_way(i);
        item.group = group;
        item.row = row;
        first_stage(item, tables[row]);
        if (++row == rows) {
          row = 0;
          ++group;
        }
      }
      if (i - 1 < items) walk(under_way(i - 1), 0);
      if (i - 2 < items) later_stage(under_way(i - 2), tables[under_way(i - 2).row], 1);
      if (i - 3 < items) walk(under_way(i - 3), 1);
      if constexpr (kStages == 3) {
        if (i - 4 < items) later_stage(under_way(i - 4), tables[under_way(i - 4).row], 2);
        if (i - 5 < items) walk(under_way(i - 5), 2);
      }
      if (i - (kSteps - 1) < items) sum(under_way(i - (kSteps - 1)));
    }
  }

 private:
  struct alignas(64) Item {
    std::uint32_t
        next[kTreesAGroup];  // By tree: byte of its next cluster in the group's part of the stage; at the end, its leaf.
    std::uint32_t path[kTreesAGroup];  // By tree: 1 and a bit a level so far.
    std::uint64_t outcomes[kTreesAGroup * 16 / 64];
    std::size_t group, row;
  };

  Item& under_way(std::size_t i) noexcept { return items_[i & 7]; }

  // How many clusters stage s has, a tree.
  [[nodiscard]] std::size_t clusters(std::uint32_t stage) const noexcept {
    return stage == 0 ? 1 : std::size_t{1} << (trees_.first_levels + kClusterLevels * (stage - 1));
  }

  void first_stage(Item& item, const RankTable<kSlots>& table) const noexcept {
    const std::uint8_t* clusters = trees_.stage[0] + item.group * kTreesAGroup * kClusterBytes;
    for (std::size_t v = 0; v < 4; ++v) {
      item.outcomes[v] = table.goes_right(_mm512_load_si512(clusters + v * 64), _mm512_load_si512(clusters + 256 + v * 64));
    }
  }

  void later_stage(Item& item, const RankTable<kSlots>& table, std::uint32_t stage) const noexcept {
    const std::uint8_t* all = trees_.stage[stage] + item.group * kTreesAGroup * clusters(stage) * kClusterBytes;
    for (std::size_t v = 0; v < 4; ++v) {
      const auto four = [&](std::size_t half) {
        const auto part = [&](std::size_t i) {
          return _mm_load_si128(reinterpret_cast<const __m128i*>(all + item.next[v * 4 + i] + half));
        };
        __m512i joined = _mm512_castsi128_si512(part(0));
        joined = _mm512_inserti32x4(joined, part(1), 1);
        joined = _mm512_inserti32x4(joined, part(2), 2);
        return _mm512_inserti32x4(joined, part(3), 3);
      };
      item.outcomes[v] = table.goes_right(four(0), four(16));
    }
  }

  void walk(Item& item, std::uint32_t stage) const noexcept {
    const __m512i bits = _mm512_cvtepu16_epi32(_mm256_load_si256(reinterpret_cast<const __m256i*>(item.outcomes)));
    const std::uint32_t levels = stage == 0 ? trees_.first_levels : kClusterLevels;
    __m512i node = _mm512_set1_epi32(1);
    if (levels == kClusterLevels) {
      for (std::uint32_t level = 0; level < kClusterLevels; ++level) node = step_down(bits, node);
    } else {
      for (std::uint32_t level = 0; level < levels; ++level) node = step_down(bits, node);
    }
    // The leading 1 of the node falls on the path's last bit, which is a 1 or not: taken off first.
    __m512i path = node;
    if (stage != 0) {
      const __m512i before = _mm512_slli_epi32(_mm512_load_si512(item.path), kClusterLevels);
      path = _mm512_add_epi32(before, _mm512_sub_epi32(node, _mm512_set1_epi32(1 << kClusterLevels)));
    }
    _mm512_store_si512(item.path, path);
    const std::uint32_t depth = trees_.first_levels + kClusterLevels * stage;  // Behind this stage; the path is 2^depth and more.
    const __m512i one_tree =
        _mm512_sllv_epi32(_mm512_sub_epi32(lane_numbers(), _mm512_set1_epi32(1)), _mm512_set1_epi32(static_cast<int>(depth)));
    const __m512i number = _mm512_add_epi32(path, one_tree);  // tree * 2^depth + path - 2^depth
    _mm512_store_si512(item.next, stage == kStages - 1 ? number : _mm512_slli_epi32(number, 5));
  }

  void sum(const Item& item) const noexcept {
    const std::size_t first = item.group * kTreesAGroup;
    const std::size_t left = trees_.trees - first;
    add_leaves(trees_.leaves + (first << levels_), item.next,
               static_cast<std::uint32_t>(left < kTreesAGroup ? left : kTreesAGroup), output_, first,
               margins_ + item.row * output_.count);
  }

  const Clusters& trees_;
  const Output& output_;
  float* margins_;
  std::uint32_t levels_;
  Item items_[8];
};

template <int kStages, Slots kSlots>
void add_all(const Clusters& trees, const float* features, std::size_t rows, std::size_t stride, const SetRanks* sets,
             const Output& output, float* margins) noexcept {
  ClusterWalk<kStages, kSlots> walk(trees, output, margins);
  if (rows == 1) {
    RankTable<kSlots> table;
    table.fill(trees.columns, features, sets);
    walk.run(&table, 1);
    return;
  }
  RankTable<kSlots> tables[kRowsMax];
  for (std::size_t r = 0; r < rows; ++r)
    tables[r].fill(trees.columns, features + r * stride, sets != nullptr ? sets + r : nullptr);
  walk.run(tables, rows);
}

template <Slots kSlots>
void add_stages(const Clusters& trees, const float* features, std::size_t rows, std::size_t stride, const SetRanks* sets,
                const Output& output, float* margins) noexcept {
  if (trees.stages == 2) return add_all<2, kSlots>(trees, features, rows, stride, sets, output, margins);
  return add_all<3, kSlots>(trees, features, rows, stride, sets, output, margins);
}

}  // namespace

void add_clusters(const Clusters& trees, const float* features, std::size_t rows, std::size_t stride, const SetRanks* sets,
                  const Output& output, float* margins) noexcept {
  switch (trees.slot_kind) {
    case Slots::kTwo32:
      return add_stages<Slots::kTwo32>(trees, features, rows, stride, sets, output, margins);
    case Slots::kTwo64:
      return add_stages<Slots::kTwo64>(trees, features, rows, stride, sets, output, margins);
    case Slots::kOneSlot:
      return add_stages<Slots::kOneSlot>(trees, features, rows, stride, sets, output, margins);
  }
}

}  // namespace ringside::engine::avx512
