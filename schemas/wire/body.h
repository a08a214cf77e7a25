// Where everything stands in a request's body, from its geometry alone. Both sides call this; no offset crosses the boundary.
//
//   column c is broadcast: 1 cell; else `rows` cells, one after the other (a column's values are contiguous: tiles gather them)
//   cells   8 bytes each, columns in schema order; 4 in kPackedF32
//   tags    1 byte each, same order, padded to 8; none of packed cells, which are floats, or NaN where the caller said nothing
//   extras  ExtraCell × extras
//   meta    meta.h, padded to 8
//   text    what is left: the bytes that text cells and names point at
#pragma once

#include <cstdint>
#include <optional>

#include "schemas/wire/cell.h"
#include "schemas/wire/request.h"

namespace ringside::wire {

constexpr std::uint64_t padded8(std::uint64_t bytes) noexcept { return (bytes + 7) & ~std::uint64_t{7}; }

struct BodyLayout {
  std::uint64_t cell_count;
  std::uint32_t broadcast_offset;  // bitmap of `columns` bits in 64-bit words; 0 words when no column is broadcast
  std::uint32_t cells_offset;
  std::uint32_t tags_offset;
  std::uint32_t extras_offset;
  std::uint32_t meta_offset;
  std::uint32_t text_offset;
  std::uint32_t text_bytes;
};

// Words of the broadcast bitmap.
constexpr std::uint32_t broadcast_words(std::uint16_t columns, std::uint16_t broadcast_columns) noexcept {
  return broadcast_columns == 0 ? 0 : (std::uint32_t{columns} + 63) / 64;
}

// None when the geometry contradicts itself or does not fit body_bytes. The arguments are bounded (16 and 32 bits), so 64-bit sums
// cannot wrap. Cost: a few additions.
constexpr std::optional<BodyLayout> body_layout(const RequestGeometry& g) noexcept {
  if (g.rows > kCallRowsMax || g.columns > kColumnsMax || g.broadcast_columns > g.columns) return std::nullopt;
  if (g.extras > kExtrasMax || g.meta_bytes > kMetaBytesMax || g.meta_bytes % 8 != 0) return std::nullopt;
  const std::uint64_t cells = std::uint64_t{g.broadcast_columns} + std::uint64_t(g.columns - g.broadcast_columns) * g.rows;
  const std::uint64_t cells_offset = std::uint64_t{broadcast_words(g.columns, g.broadcast_columns)} * 8;
  const std::uint64_t tags_offset = cells_offset + cells * cell_bytes(g.encoding);
  const std::uint64_t extras_offset = padded8(tags_offset + (is_packed(g.encoding) ? 0 : cells));
  const std::uint64_t meta_offset = extras_offset + std::uint64_t{g.extras} * sizeof(ExtraCell);
  const std::uint64_t text_offset = meta_offset + g.meta_bytes;
  if (text_offset > g.body_bytes) return std::nullopt;
  const auto narrow = [](std::uint64_t value) { return static_cast<std::uint32_t>(value); };  // <= body_bytes, 32 bits
  return BodyLayout{.cell_count = cells,
                    .broadcast_offset = 0,
                    .cells_offset = narrow(cells_offset),
                    .tags_offset = narrow(tags_offset),
                    .extras_offset = narrow(extras_offset),
                    .meta_offset = narrow(meta_offset),
                    .text_offset = narrow(text_offset),
                    .text_bytes = narrow(g.body_bytes - text_offset)};
}

}  // namespace ringside::wire
