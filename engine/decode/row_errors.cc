#include "engine/decode/row_errors.h"

#include <algorithm>
#include <bit>

#include "engine/decode/utf8.h"

namespace ringside::engine {

RowErrors::RowErrors()
    : entries_(std::make_unique<Entry[]>(std::size_t{kRows} * wire::kRowErrorsMax)), orders_(std::make_unique<Order[]>(kRows)) {}

void RowErrors::add(std::uint32_t row, const RowError& error) noexcept {
  const std::uint8_t index = counts_[row];
  if (index == wire::kRowErrorsMax) return;
  Entry& entry = entries_[std::size_t{row} * wire::kRowErrorsMax + index];
  entry.error = error;
  const std::string_view name = cut_at_character(error.name, wire::kErrorNameBytesMax);
  std::copy(name.begin(), name.end(), entry.name.begin());
  entry.name_bytes = static_cast<std::uint8_t>(name.size());
  orders_[row][index] = index;
  counts_[row] = static_cast<std::uint8_t>(index + 1);
}

RowError RowErrors::at(std::uint32_t row, std::uint32_t index) const noexcept {
  const Entry& entry = entries_[std::size_t{row} * wire::kRowErrorsMax + orders_[row][index]];
  RowError error = entry.error;
  error.name = {entry.name.data(), entry.name_bytes};
  return error;
}

void RowErrors::sort(std::uint64_t mask) noexcept {
  for (; mask != 0; mask &= mask - 1) {
    const auto row = static_cast<std::uint32_t>(std::countr_zero(mask));
    const Entry* entries = &entries_[std::size_t{row} * wire::kRowErrorsMax];
    Order& order = orders_[row];
    // An insertion sort: stable, in place, and at most 32 entries, mostly in order already. kNoField is the largest field number.
    for (std::uint32_t i = 1; i < counts_[row]; ++i) {
      const std::uint8_t moving = order[i];
      std::uint32_t to = i;
      while (to > 0 && entries[order[to - 1]].error.field > entries[moving].error.field) {
        order[to] = order[to - 1];
        --to;
      }
      order[to] = moving;
    }
  }
}

void RowErrors::forget_from(std::uint32_t row) noexcept { std::fill(counts_.begin() + row, counts_.end(), std::uint8_t{0}); }

}  // namespace ringside::engine
