// What becomes of one field of one row once it has been judged: a value, a fill, a bound, or an error. The declared rules of a field
// (required, on_missing, min, max, allowed, on_out_of_range) are applied here and nowhere else.
//
// Out of line: an ordinary value comes past none of this, and the loops over cells stay small.
//
// An error leaves NaN or a missing Text behind, or the value that a call broadcasts: the row is invalid, and its values are never answered.
#pragma once

#include <bit>
#include <cstdint>

#include "engine/decode/tile.h"
#include "engine/schema/input_schema.h"

namespace ringside::engine {

constexpr RowMask row_bit(std::uint32_t row) noexcept { return RowMask{1} << row; }
constexpr std::uint32_t lowest_row(RowMask rows) noexcept { return static_cast<std::uint32_t>(std::countr_zero(rows)); }

// One field of the tile, with its rules. Made where a field's cells are judged; two references and a number.
class FieldRows {
 public:
  FieldRows(const InputSchema& schema, Tile& tile, std::uint32_t field) noexcept
      : rules_(schema.fields()[field]), tile_(tile), field_(field) {}

  [[nodiscard]] const Field& rules() const noexcept { return rules_; }

  void add_error(std::uint32_t row, wire::FieldCode code, wire::Tag got = wire::Tag::kAbsent) const noexcept;
  // A number beyond low or high.
  void out_of_range(std::uint32_t row) const noexcept;
  // A text that `allowed` does not name. It has no bound to be moved to, so `clamp` is `reject`.
  void out_of_allowed(std::uint32_t row) const noexcept;
  // Null, NaN, or nobody spoke.
  void missing(RowMask rows) const noexcept;
  // NaN, or a missing Text.
  void put_nothing(RowMask rows) const noexcept;

 private:
  void refuse(std::uint32_t row, const RowError& error) const noexcept;
  void put(RowMask rows, double value, Text text) const noexcept;
  [[nodiscard]] std::uint16_t number() const noexcept { return static_cast<std::uint16_t>(field_); }

  const Field& rules_;
  Tile& tile_;
  const std::uint32_t field_;
};

}  // namespace ringside::engine
