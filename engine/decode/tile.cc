#include "engine/decode/tile.h"

#include <algorithm>
#include <atomic>
#include <new>

#include "client_lib/base/check.h"

namespace ringside::engine {
namespace {

// Readings of one tile count up from a number of its own. The next tile's begin 2^42 further on: at 100,000 broadcast calls a second,
// after more than a year.
std::uint64_t first_reading() noexcept {
  static std::atomic<std::uint64_t> tiles{0};
  return (tiles.fetch_add(1, std::memory_order_relaxed) + 1) << 42;  // relaxed: nothing but the number is shared
}

}  // namespace

std::vector<std::uint32_t> Tile::columns_of(const InputSchema& schema) {
  std::uint32_t numbers = 0, texts = 0;
  std::vector<std::uint32_t> columns;
  for (const Field& field : schema.fields()) columns.push_back(field.is_text() ? texts++ : numbers++);
  return columns;
}

Tile::Tile(const InputSchema& schema)
    : fields_(schema.size()),
      column_(columns_of(schema)),
      masks_(schema.size()),
      marked_((schema.size() + 63) / 64),
      broadcast_(marked_.size()),
      reading_(first_reading()) {
  const auto texts = static_cast<std::uint32_t>(std::ranges::count_if(schema.fields(), &Field::is_text));
  const std::uint32_t numbers = fields_ - texts;
  const std::size_t number_cells = std::size_t{numbers} * kTileRows;
  numbers_.reset(static_cast<double*>(::operator new[](number_cells * sizeof(double), std::align_val_t{kColumnAlignment})));
  RINGSIDE_CHECK(is_aligned_column(numbers_.get()));
  std::fill_n(numbers_.get(), number_cells, 0.0);
  texts_ = std::make_unique<Text[]>(std::size_t{texts} * kTileRows);
  text_bytes_ = std::size_t{texts} * 2 * kPieceBytes;
  text_ = std::make_unique<char[]>(text_bytes_);
  named_bytes_.resize(texts);
}

void Tile::start(std::uint32_t rows) noexcept {
  rows_ = rows;
  std::fill(masks_.begin(), masks_.end(), Masks{.absent = rows_mask(rows)});
  std::fill(marked_.begin(), marked_.end(), 0u);
  std::fill(named_bytes_.begin(), named_bytes_.end(), 0u);
  invalid_ = 0;
  errors_.clear();
  if (broadcast_rows_ != 0) {
    std::fill(broadcast_.begin(), broadcast_.end(), 0u);
    broadcast_rows_ = 0;
  }
}

void Tile::resume(std::uint32_t rows) noexcept {
  rows_ = rows;
  const RowMask all = rows_mask(rows);
  for (std::uint32_t field = 0; field < fields_; ++field) {
    Masks& masks = masks_[field];
    if (is_broadcast(field)) {
      masks = {.filled = masks.filled != 0 ? all : 0, .unknown = 0, .clamped = masks.clamped != 0 ? all : 0, .absent = 0};
    } else {
      masks = {.absent = all};
    }
  }
  for (std::size_t word = 0; word < marked_.size(); ++word) marked_[word] &= broadcast_[word];
  std::fill(named_bytes_.begin(), named_bytes_.end(), 0u);
  invalid_ = 0;
  errors_.clear();
}

void Tile::keep_broadcast(std::uint32_t field, bool is_text, std::uint32_t call_rows) noexcept {
  if (broadcast_rows_ == 0) {
    broadcast_rows_ = (std::min(call_rows, kTileRows) + 7) & ~7u;
    ++reading_;
  }
  broadcast_[field / 64] |= std::uint64_t{1} << (field % 64);
  if (is_text) {
    std::fill_n(texts(field), broadcast_rows_, *texts(field));
  } else {
    std::fill_n(numbers(field), broadcast_rows_, *numbers(field));
  }
}

void Tile::shrink(std::uint32_t rows) noexcept {
  rows_ = rows;
  const RowMask kept = rows_mask(rows);
  for (Masks& masks : masks_) {
    for (RowMask* mask : {&masks.filled, &masks.unknown, &masks.clamped, &masks.absent}) *mask &= kept;
  }
  invalid_ &= kept;
  errors_.forget_from(rows);
}

}  // namespace ringside::engine
