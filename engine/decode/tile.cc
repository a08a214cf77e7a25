#include "engine/decode/tile.h"

#include <algorithm>
#include <new>

namespace ringside::engine {

std::vector<std::uint32_t> Tile::columns_of(const InputSchema& schema) {
  std::uint32_t numbers = 0, texts = 0;
  std::vector<std::uint32_t> columns;
  for (const Field& field : schema.fields()) columns.push_back(field.is_text() ? texts++ : numbers++);
  return columns;
}

Tile::Tile(const InputSchema& schema)
    : fields_(schema.size()), column_(columns_of(schema)), masks_(schema.size()), marked_((schema.size() + 63) / 64) {
  const auto texts = static_cast<std::uint32_t>(std::ranges::count_if(schema.fields(), &Field::is_text));
  const std::uint32_t numbers = fields_ - texts;
  const std::size_t number_cells = std::size_t{numbers} * kTileRows;
  numbers_.reset(static_cast<double*>(::operator new[](number_cells * sizeof(double), std::align_val_t{64})));
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
