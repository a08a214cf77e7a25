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

// Bit c: the feature of column c is missing. REQUIRES: at most 64 columns.
inline std::uint64_t find_missing(const Columns& columns, const float* row) noexcept {
  std::uint64_t missing = 0;
  for (std::uint32_t c = 0; c < columns.count; c += 16) {
    const std::uint32_t wanted = columns.in_order ? columns.features_in_row : columns.count;
    const std::uint32_t left = wanted > c ? wanted - c : 0;
    const auto lanes = static_cast<__mmask16>(left >= 16 ? 0xFFFFU : (1U << left) - 1);
    const __m512 x = columns.in_order ? _mm512_maskz_loadu_ps(lanes, row + c)
                                      : _mm512_mask_i32gather_ps(_mm512_setzero_ps(), lanes,
                                                                 _mm512_maskz_loadu_epi32(lanes, columns.features + c), row, 4);
    missing |= static_cast<std::uint64_t>(_cvtmask16_u32(_mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q))) << c;
  }
  return missing;
}

// The table of a row: ranks by slot.
template <Slots kSlots>
struct RankTable {
  static constexpr int kParts = kSlots == Slots::kTwo32 ? 1 : 2;
  __m512i part[kParts];

  void fill(const Columns& columns, const float* row, const SetRanks* sets) noexcept {
    constexpr std::uint32_t kLanes = kSlots == Slots::kTwo32 ? 4 : kSlots == Slots::kTwo64 ? 8 : 16;  // Of 8 columns.
    for (__m512i& p : part) p = _mm512_setzero_si512();
    for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
      std::uint64_t eight = 0;
      if (lane * 8 < columns.count) {
        for (std::uint32_t i = 0; i < 8; ++i) eight |= rank_of(columns, lane * 8 + i, row) << (8 * i);
      } else if (sets != nullptr) {
        eight = sets->lanes[lane - columns.count / 8];
      } else {
        break;
      }
      // In a single part the right slots are its upper four lanes.
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
