// Errors that a plan finds, on the field that a value comes from.
//
// Thread safety: that of the tile. Cost: a few loads for a row that is invalid already.
#pragma once

#include <cstdint>

#include "engine/decode/tile.h"
#include "schemas/wire/limits.h"

namespace ringside::engine {

// Whether a row that decode found invalid needs no more errors for this field: it has one already, or no room for another. Then
// the field's value may be rubbish and is not even looked at.
inline bool settled(const Tile& tile, std::uint32_t row, std::uint32_t field) noexcept {
  const RowErrors& errors = tile.errors();
  const std::uint32_t count = errors.count(row);
  if (count >= wire::kRowErrorsMax) return true;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (errors.at(row, i).field == field) return true;
  }
  return false;
}

inline void add_field_error(Tile& tile, std::uint32_t row, std::uint32_t field, wire::FieldCode code) noexcept {
  if (settled(tile, row, field)) return;
  RowError error;
  error.code = code;
  error.field = static_cast<std::uint16_t>(field);
  tile.add_error(row, error);
}

}  // namespace ringside::engine
