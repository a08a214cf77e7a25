// Features to ranks, and ranks to the outcome of 64 splits. Included by the *_avx512.cc files alone; see avx512.h for what that means.
#pragma once

#include <immintrin.h>

#include "engine/forest/kernels/avx512.h"

namespace ringside::engine::avx512 {
namespace {

// How many of a column's thresholds x is not below. NaN: 0, as no comparison holds.
inline std::uint64_t rank_of(const Columns& columns, std::size_t column, const float* row) noexcept {
  const __m512 x = _mm512_set1_ps(row[columns.features[column]]);
  // Thresholds ascend, so the first one that x is below, or that is NaN, counts those before it; a last NaN makes sure that there is one
  // (and among pivots, and where the pivots found a full block, a larger threshold does).
  const auto not_below = [x](const float* thresholds) {
    return _tzcnt_u32(_cvtmask16_u32(_mm512_cmp_ps_mask(x, _mm512_load_ps(thresholds), _CMP_NGE_UQ)));
  };
  const std::uint32_t block = not_below(columns.pivots + column * 16);
  return block * 16 + not_below(columns.blocks + (columns.first_blocks[column] + block) * std::size_t{16});
}

// The features of 16 columns, 0 where there is none.
inline __m512 load_group(const Columns& columns, std::uint32_t first, const float* row) noexcept {
  const auto up_to = [](std::uint32_t count) { return static_cast<__mmask16>(count >= 16 ? 0xFFFFU : (1U << count) - 1); };
  const auto after = [](std::uint32_t count, std::uint32_t at) { return count > at ? count - at : 0; };
  if (columns.in_order) return _mm512_maskz_loadu_ps(up_to(after(columns.features_in_row, first)), row + first);
  const __mmask16 lanes = up_to(after(columns.count, first));
  const __m512i features = _mm512_load_si512(columns.features + first);
  if (columns.features_in_row > 32) return _mm512_mask_i32gather_ps(_mm512_setzero_ps(), lanes, features, row, 4);
  const __m512 low = _mm512_maskz_loadu_ps(up_to(columns.features_in_row), row);
  const __m512 high = _mm512_maskz_loadu_ps(up_to(after(columns.features_in_row, 16)), row + 16);
  return _mm512_maskz_permutex2var_ps(lanes, low, features, high);
}

// Bit c: the feature of column c is missing. REQUIRES: at most 64 columns.
inline std::uint64_t find_missing(const Columns& columns, const float* row) noexcept {
  std::uint64_t missing = 0;
  for (std::uint32_t c = 0; c < columns.count; c += 16) {
    const __m512 x = load_group(columns, c, row);
    missing |= static_cast<std::uint64_t>(_cvtmask16_u32(_mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q))) << c;
  }
  return missing;
}

// Ranks of 16 columns, by so many rungs, an even number: no number leaves the vectors on the way.
inline __m128i rank_by_rungs(__m512 x, const float* rungs, std::uint32_t count) noexcept {
  const __m512i one = _mm512_set1_epi32(1);
  __m512i even = _mm512_setzero_si512(), odd = even;
  const float* end = rungs + std::size_t{16} * count;
#pragma GCC unroll 2
  for (; rungs != end; rungs += 32) {
    even = _mm512_mask_add_epi32(even, _mm512_cmp_ps_mask(x, _mm512_load_ps(rungs), _CMP_GE_OQ), even, one);
    odd = _mm512_mask_add_epi32(odd, _mm512_cmp_ps_mask(x, _mm512_load_ps(rungs + 16), _CMP_GE_OQ), odd, one);
  }
  return _mm512_cvtepi32_epi8(_mm512_add_epi32(even, odd));
}

// The table of a row: ranks by slot.
template <Slots kSlots>
struct RankTable {
  static constexpr int kParts = kSlots == Slots::kTwo32 ? 1 : 2;
  __m512i part[kParts];

  void fill(const Columns& columns, const float* row, const SetRanks* sets) noexcept {
    constexpr std::uint32_t kLanes = kSlots == Slots::kTwo32 ? 4 : kSlots == Slots::kTwo64 ? 8 : 16;  // Of 8 columns.
    for (__m512i& p : part) p = _mm512_setzero_si512();
    const float* rungs = columns.rungs;
    for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
      std::uint64_t eight = 0;
      if (lane * 8 < columns.count) {
        if (const std::uint32_t count = columns.rungs_of[lane / 2]; count != 0) {
          if (lane % 2 != 0) continue;
          // In a single part the right slots are its upper four lanes.
          const auto where = static_cast<__mmask16>(kSlots == Slots::kTwo32 ? 0x0F0FU << (2 * lane) : 0xFU << (2 * (lane % 8)));
          const __m128i sixteen = rank_by_rungs(load_group(columns, lane * 8, row), rungs, count);
          part[lane / 8] = _mm512_mask_broadcast_i32x4(part[lane / 8], where, sixteen);
          rungs += std::size_t{16} * count;
          continue;
        }
        for (std::uint32_t i = 0; i < 8; ++i) eight |= rank_of(columns, lane * 8 + i, row) << (8 * i);
      } else if (sets != nullptr) {
        eight = sets->lanes[lane - columns.count / 8];
      } else {
        break;
      }
      const auto where = static_cast<__mmask8>(kSlots == Slots::kTwo32 ? 0x11U << lane : 1U << (lane % 8));
      part[lane / 8] = _mm512_mask_set1_epi64(part[lane / 8], where, static_cast<long long>(eight));
    }
    if constexpr (kSlots != Slots::kOneSlot) {
      std::uint64_t missing = sets != nullptr ? sets->missing : 0;
      missing |= find_missing(columns, row);
      if constexpr (kSlots == Slots::kTwo32) {
        part[0] = _mm512_mask_mov_epi8(part[0], missing << 32, _mm512_set1_epi8(-1));
      } else {
        part[1] = _mm512_mask_mov_epi8(part[0], missing, _mm512_set1_epi8(-1));
      }
    }
  }

  // Bit i: byte i of what the slots hold is not below byte i of the ranks, so split i goes right.
  [[nodiscard]] std::uint64_t goes_right(__m512i slots, __m512i ranks) const noexcept {
    __m512i found;
    if constexpr (kSlots == Slots::kTwo32) {
      found = _mm512_permutexvar_epi8(slots, part[0]);
    } else {
      found = _mm512_permutex2var_epi8(part[0], slots, part[1]);  // Looks at 7 bits.
    }
    if constexpr (kSlots == Slots::kOneSlot)
      found = _mm512_mask_sub_epi8(found, _mm512_movepi8_mask(slots), found, _mm512_set1_epi8(1));
    return _cvtmask64_u64(_mm512_cmpge_epu8_mask(found, ranks));
  }
};

// One level down in 16 trees: node = 2 node + (outcome >> node & 1).
inline __m512i step_down(__m512i outcomes, __m512i node) noexcept {
  constexpr int kAndThenOr = 0xEA;  // (a & b) | c
  return _mm512_ternarylogic_epi32(_mm512_srlv_epi32(outcomes, node), _mm512_set1_epi32(1), _mm512_add_epi32(node, node),
                                   kAndThenOr);
}

inline __m512i lane_numbers() noexcept { return _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15); }

// Leaves of up to 16 trees, one after the other: the sum is sequential, because that is the contract.
inline void add_leaves(const float* leaves, const std::uint32_t* index, std::uint32_t trees, const Output& output,
                       std::size_t first_tree, float* margins) noexcept {
  if (output.of_tree != nullptr) {
    for (std::uint32_t i = 0; i < trees; ++i) margins[output.of_tree[first_tree + i]] += leaves[index[i]];
    return;
  }
  float sum = margins[0];
  if (trees == kTreesAGroup) {
    for (std::uint32_t i = 0; i < kTreesAGroup; ++i) sum += leaves[index[i]];
  } else {
    for (std::uint32_t i = 0; i < trees; ++i) sum += leaves[index[i]];
  }
  margins[0] = sum;
}

}  // namespace
}  // namespace ringside::engine::avx512
