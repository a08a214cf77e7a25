#include "engine/forest/kernels/packed_columns.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace ringside::engine {
namespace {

constexpr std::size_t kBlock = 16;  // Thresholds that one comparison takes.

std::size_t blocks_of(std::span<const float> thresholds) { return thresholds.size() / kBlock + 1; }

std::size_t blocks_of(const ThresholdColumns& columns) {
  std::size_t blocks = 0;
  for (std::size_t c = 0; c < columns.numerical(); ++c) blocks += blocks_of(columns.thresholds(c));
  return blocks;
}

}  // namespace

std::size_t PackedColumns::bytes(const ThresholdColumns& columns, const FlatForest& forest) {
  const std::size_t count = columns.numerical();
  return 2 * FrozenMemory::bytes_for<std::uint32_t>(count) + FrozenMemory::bytes_for<float>(count * kBlock) +
         FrozenMemory::bytes_for<float>(blocks_of(columns) * kBlock) + FrozenMemory::bytes_for<Set>(columns.sets().size()) +
         FrozenMemory::bytes_for<std::uint32_t>(forest.set_words.size());
}

PackedColumns::PackedColumns(const ThresholdColumns& columns, const FlatForest& forest, FrozenMemory& memory)
    : slots_(columns.default_bit()  ? avx512::Slots::kOneSlot
             : columns.half() == 32 ? avx512::Slots::kTwo32
                                    : avx512::Slots::kTwo64),
      rule_(forest.category_rule) {
  const std::size_t count = columns.numerical();
  const auto features = memory.take<std::uint32_t>(count);
  const auto first_blocks = memory.take<std::uint32_t>(count);
  const auto pivots = memory.take<float>(count * kBlock);
  const auto blocks = memory.take<float>(blocks_of(columns) * kBlock);
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  std::ranges::fill(pivots, kNaN);
  std::ranges::fill(blocks, kNaN);
  std::ranges::copy(columns.features(), features.begin());
  std::uint32_t next_block = 0;
  bool in_order = true;
  for (std::size_t c = 0; c < count; ++c) {
    const std::span<const float> thresholds = columns.thresholds(c);
    first_blocks[c] = next_block;
    std::ranges::copy(thresholds, blocks.begin() + static_cast<std::ptrdiff_t>(next_block * kBlock));
    for (std::size_t b = 0; b < thresholds.size() / kBlock; ++b) pivots[c * kBlock + b] = thresholds[b * kBlock + kBlock - 1];
    next_block += static_cast<std::uint32_t>(blocks_of(thresholds));
    in_order = in_order && (features[c] == c || thresholds.empty());
  }
  view_ = {.features = features.data(),
           .first_blocks = first_blocks.data(),
           .pivots = pivots.data(),
           .blocks = blocks.data(),
           .count = static_cast<std::uint32_t>(count),
           .in_order = in_order,
           .features_in_row = static_cast<std::uint32_t>(std::min(forest.features, count))};

  sets_ = memory.take<Set>(columns.sets().size());
  set_words_ = memory.take<std::uint32_t>(forest.set_words.size());
  std::ranges::copy(forest.set_words, set_words_.begin());
  for (std::size_t s = 0; s < sets_.size(); ++s) sets_[s] = {columns.sets()[s].feature, forest.sets[columns.sets()[s].set]};
}

void PackedColumns::rank_sets(const float* row, avx512::SetRanks& ranks) const noexcept {
  std::memset(&ranks, 0, sizeof ranks);
  for (std::size_t s = 0; s < sets_.size(); ++s) {
    const Branch branch = branch_of(row[sets_[s].feature], sets_[s].set, set_words_.data(), rule_);
    if (slots_ == avx512::Slots::kOneSlot) {
      ranks.lanes[s / 8] |= (branch == Branch::kDefault ? 0 : branch == Branch::kLeft ? std::uint64_t{1} : 2) << (8 * (s % 8));
    } else if (branch == Branch::kRight) {
      ranks.lanes[s / 8] |= std::uint64_t{1} << (8 * (s % 8));
    } else if (branch == Branch::kDefault) {
      ranks.missing |= std::uint64_t{1} << (view_.count + s);
    }
  }
}

}  // namespace ringside::engine
