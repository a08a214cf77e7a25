// Whole trees at once: every split of a tree is asked in one comparison, whether the row gets there or not, and the 64 outcomes are
// walked as bits. No load depends on another but the last one, the leaf's.
//
//   slots  ─permute─> ranks of the features ─compare with the nodes' ranks─> 64 outcomes ─6 steps, 16 trees a vector─> leaf number
//
// Three stages of three groups of 16 trees are under way at a time, through small buffers, so that no stage waits for a store to arrive.
#include "engine/forest/kernels/ranks_avx512-inl.h"

namespace ringside::engine::avx512 {
namespace {

template <int kLevels, Slots kSlots>
class BitTreeWalk {
 public:
  BitTreeWalk(const BitTrees& trees, const Output& output, float* margins) noexcept
      : trees_(trees), output_(output), margins_(margins) {}

  // Groups outside, rows inside: a group's trees stay in the first cache for all rows.
  void run(const RankTable<kSlots>* tables, std::size_t rows) noexcept {
    const std::size_t groups = (trees_.trees + kTreesAGroup - 1) / kTreesAGroup;
    Item item[3] = {};  // Under way: about to be evaluated, walked, summed.
    const std::size_t items = groups * rows;
    for (std::size_t i = 0; i < items + 2; ++i) {
      if (i < items) evaluate(item[0], tables[item[0].row], outcomes_[i & 1]);
      if (i >= 1 && i - 1 < items) walk(outcomes_[(i - 1) & 1], leaves_[(i - 1) & 1]);
      if (i >= 2) sum(item[2], leaves_[i & 1]);
      item[2] = item[1];
      item[1] = item[0];
      if (++item[0].row == rows) item[0] = {item[0].group + 1, 0};
    }
  }

 private:
  static constexpr std::size_t kBytes = std::size_t{1} << kLevels;  // Of slots, a tree.
  struct Item {
    std::size_t group, row;
  };
  struct alignas(64) Outcomes {
    std::uint64_t word[kBytes * kTreesAGroup / 64];
  };
  struct alignas(64) Leaves {
    std::uint32_t index[kTreesAGroup];
  };

  [[nodiscard]] std::uint32_t trees_of(std::size_t group) const noexcept {
    const std::size_t left = trees_.trees - group * kTreesAGroup;
    return static_cast<std::uint32_t>(left < kTreesAGroup ? left : kTreesAGroup);
  }

  void evaluate(const Item& item, const RankTable<kSlots>& table, Outcomes& outcomes) const noexcept {
    const std::size_t first = item.group * kTreesAGroup * kBytes;
    const std::size_t vectors = (trees_of(item.group) * kBytes + 63) / 64;
    const auto one = [&](std::size_t v) {
      outcomes.word[v] =
          table.goes_right(_mm512_load_si512(trees_.slots + first + v * 64), _mm512_load_si512(trees_.ranks + first + v * 64));
    };
    if constexpr (kLevels == 4) {  // Put together without memory: a load of what several stores wrote would wait for the cache.
      if (vectors == 4) {
        const auto word = [&](std::size_t v) {
          one(v);
          return static_cast<long long>(outcomes.word[v]);
        };
        const long long w0 = word(0), w1 = word(1), w2 = word(2), w3 = word(3);
        _mm256_store_si256(reinterpret_cast<__m256i*>(outcomes.word), _mm256_set_epi64x(w3, w2, w1, w0));
        return;
      }
    }
    if (vectors == kBytes * kTreesAGroup / 64) {
      for (std::size_t v = 0; v < kBytes * kTreesAGroup / 64; ++v) one(v);
    } else {
      for (std::size_t v = 0; v < vectors; ++v) one(v);
    }
  }

  static void walk(const Outcomes& outcomes, Leaves& leaves) noexcept {
    __m512i node = _mm512_set1_epi32(1);
    if constexpr (kLevels == 6) {
      // Splits 1 to 31 in one word, 32 to 63 in the other; rotating by 32 + n is rotating by n.
      const __m512i low_words = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
      const __m512i first = _mm512_load_si512(outcomes.word), second = _mm512_load_si512(outcomes.word + 8);
      const __m512i low = _mm512_permutex2var_epi32(first, low_words, second);
      const __m512i high = _mm512_permutex2var_epi32(first, _mm512_or_si512(low_words, _mm512_set1_epi32(1)), second);
      for (int level = 0; level < 5; ++level) node = step_down(low, node);
      constexpr int kAndThenOr = 0xEA;
      node = _mm512_ternarylogic_epi32(_mm512_rorv_epi32(high, node), _mm512_set1_epi32(1), _mm512_add_epi32(node, node),
                                       kAndThenOr);
    } else {
      __m512i bits;
      if constexpr (kLevels == 5) {
        bits = _mm512_load_si512(outcomes.word);
      } else if constexpr (kLevels == 4) {
        bits = _mm512_cvtepu16_epi32(_mm256_load_si256(reinterpret_cast<const __m256i*>(outcomes.word)));
      } else {
        bits = _mm512_cvtepu8_epi32(_mm_load_si128(reinterpret_cast<const __m128i*>(outcomes.word)));
      }
      for (int level = 0; level < kLevels; ++level) node = step_down(bits, node);
    }
    // Leaf node - 2^levels of tree i is at i * 2^levels + that.
    const __m512i first_leaf = _mm512_slli_epi32(_mm512_sub_epi32(lane_numbers(), _mm512_set1_epi32(1)), kLevels);
    _mm512_store_si512(leaves.index, _mm512_add_epi32(node, first_leaf));
  }

  void sum(const Item& item, const Leaves& leaves) const noexcept {
    const std::size_t first = item.group * kTreesAGroup;
    add_leaves(trees_.leaves + first * kBytes, leaves.index, trees_of(item.group), output_, first,
               margins_ + item.row * output_.count);
  }

  const BitTrees& trees_;
  const Output& output_;
  float* margins_;
  Outcomes outcomes_[2] = {};
  Leaves leaves_[2] = {};
};

template <int kLevels, Slots kSlots>
void add_all(const BitTrees& trees, const float* features, std::size_t rows, std::size_t stride, const SetRanks* sets,
             const Output& output, float* margins) noexcept {
  BitTreeWalk<kLevels, kSlots> walk(trees, output, margins);
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
void add_levels(const BitTrees& trees, const float* features, std::size_t rows, std::size_t stride, const SetRanks* sets,
                const Output& output, float* margins) noexcept {
  switch (trees.levels) {
    case 3:
      return add_all<3, kSlots>(trees, features, rows, stride, sets, output, margins);
    case 4:
      return add_all<4, kSlots>(trees, features, rows, stride, sets, output, margins);
    case 5:
      return add_all<5, kSlots>(trees, features, rows, stride, sets, output, margins);
    default:
      return add_all<6, kSlots>(trees, features, rows, stride, sets, output, margins);
  }
}

}  // namespace

void add_bit_trees(const BitTrees& trees, const float* features, std::size_t rows, std::size_t stride, const SetRanks* sets,
                   const Output& output, float* margins) noexcept {
  switch (trees.slot_kind) {
    case Slots::kTwo32:
      return add_levels<Slots::kTwo32>(trees, features, rows, stride, sets, output, margins);
    case Slots::kTwo64:
      return add_levels<Slots::kTwo64>(trees, features, rows, stride, sets, output, margins);
    case Slots::kOneSlot:
      return add_levels<Slots::kOneSlot>(trees, features, rows, stride, sets, output, margins);
  }
}

}  // namespace ringside::engine::avx512
