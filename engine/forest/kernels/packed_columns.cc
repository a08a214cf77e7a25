#include "engine/forest/kernels/packed_columns.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace ringside::engine {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr std::size_t kBlock = 16;     // Thresholds that one comparison takes.
constexpr std::size_t kGroup = 16;     // Columns that are asked for a rung at once.
constexpr std::size_t kRungsMax = 64;  // From there on, looking for the block first is quicker.

std::size_t blocks_of(std::span<const float> thresholds) { return thresholds.size() / kBlock + 1; }

std::size_t grouped(std::size_t columns) { return (columns + kGroup - 1) / kGroup * kGroup; }

// Of the group from this column on, an even number; 0: blocks.
std::uint32_t rungs_of(const ThresholdColumns& columns, std::size_t first) {
  std::size_t rungs = 2;
  for (std::size_t c = first; c < std::min(first + kGroup, columns.numerical()); ++c) {
    rungs = std::max(rungs, columns.thresholds(c).size());
  }
  return rungs <= kRungsMax ? static_cast<std::uint32_t>(rungs + rungs % 2) : 0;
}

std::size_t rungs_of(const ThresholdColumns& columns) {
  std::size_t rungs = 0;
  for (std::size_t c = 0; c < columns.numerical(); c += kGroup) rungs += rungs_of(columns, c);
  return rungs;
}

std::size_t blocks_of(const ThresholdColumns& columns) {
  std::size_t blocks = 0;
  for (std::size_t c = 0; c < columns.numerical(); ++c) {
    if (rungs_of(columns, c / kGroup * kGroup) == 0) blocks += blocks_of(columns.thresholds(c));
  }
  return blocks;
}

}  // namespace

std::size_t PackedColumns::bytes(const ThresholdColumns& columns, const FlatForest& forest) {
  const std::size_t count = columns.numerical();
  return FrozenMemory::bytes_for<std::uint32_t>(grouped(count)) + FrozenMemory::bytes_for<float>(rungs_of(columns) * kGroup) +
         FrozenMemory::bytes_for<std::uint32_t>(count) + FrozenMemory::bytes_for<float>(count * kBlock) +
         FrozenMemory::bytes_for<float>(blocks_of(columns) * kBlock) + FrozenMemory::bytes_for<Set>(columns.sets().size()) +
         FrozenMemory::bytes_for<std::uint32_t>(forest.set_words.size());
}

PackedColumns::PackedColumns(const ThresholdColumns& columns, const FlatForest& forest, FrozenMemory& memory)
    : slots_(columns.default_bit()  ? avx512::Slots::kOneSlot
             : columns.half() == 32 ? avx512::Slots::kTwo32
                                    : avx512::Slots::kTwo64),
      rule_(forest.category_rule) {
  const std::size_t count = columns.numerical();
  const auto features = memory.take<std::uint32_t>(grouped(count));
  std::ranges::copy(columns.features(), features.begin());
  bool in_order = true;
  for (std::size_t c = 0; c < count; ++c) in_order = in_order && (features[c] == c || columns.thresholds(c).empty());
  view_.features = features.data();
  view_.count = static_cast<std::uint32_t>(count);
  view_.in_order = in_order;
  view_.features_in_row = static_cast<std::uint32_t>(in_order ? std::min(forest.features, count) : forest.features);
  pack_rungs(columns, memory);
  pack_blocks(columns, memory);

  sets_ = memory.take<Set>(columns.sets().size());
  set_words_ = memory.take<std::uint32_t>(forest.set_words.size());
  std::ranges::copy(forest.set_words, set_words_.begin());
  for (std::size_t s = 0; s < sets_.size(); ++s) sets_[s] = {columns.sets()[s].feature, forest.sets[columns.sets()[s].set]};
}

void PackedColumns::pack_rungs(const ThresholdColumns& columns, FrozenMemory& memory) {
  const auto rungs = memory.take<float>(rungs_of(columns) * kGroup);
  std::ranges::fill(rungs, kNaN);
  float* next = rungs.data();
  for (std::size_t first = 0; first < columns.numerical(); first += kGroup) {
    const std::uint32_t here = rungs_of(columns, first);
    view_.rungs_of[first / kGroup] = here;
    for (std::size_t c = first; here != 0 && c < std::min(first + kGroup, columns.numerical()); ++c) {
      const std::span<const float> thresholds = columns.thresholds(c);
      for (std::size_t i = 0; i < thresholds.size(); ++i) next[i * kGroup + c - first] = thresholds[i];
    }
    next += here * kGroup;
  }
  view_.rungs = rungs.data();
}

void PackedColumns::pack_blocks(const ThresholdColumns& columns, FrozenMemory& memory) {
  const std::size_t count = columns.numerical();
  const auto first_blocks = memory.take<std::uint32_t>(count);
  const auto pivots = memory.take<float>(count * kBlock);
  const auto blocks = memory.take<float>(blocks_of(columns) * kBlock);
  std::ranges::fill(pivots, kNaN);
  std::ranges::fill(blocks, kNaN);
  std::uint32_t next_block = 0;
  for (std::size_t c = 0; c < count; ++c) {
    if (rungs_of(columns, c / kGroup * kGroup) != 0) continue;
    const std::span<const float> thresholds = columns.thresholds(c);
    first_blocks[c] = next_block;
    std::ranges::copy(thresholds, blocks.begin() + static_cast<std::ptrdiff_t>(next_block * kBlock));
    for (std::size_t b = 0; b < thresholds.size() / kBlock; ++b) pivots[c * kBlock + b] = thresholds[b * kBlock + kBlock - 1];
    next_block += static_cast<std::uint32_t>(blocks_of(thresholds));
  }
  view_.first_blocks = first_blocks.data();
  view_.pivots = pivots.data();
  view_.blocks = blocks.data();
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
