// What must hold of a tile whatever bytes it was gathered from: the property that hostile tests and fuzzers check.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/decode/gather.h"
#include "engine/decode/tile.h"
#include "engine/decode/utf8.h"
#include "engine/schema/input_schema.h"

namespace ringside::engine::test {

// Points into the tile's own text memory, or is the field's fill.
inline bool is_owned(const Text& text, const Field& field, Tile& tile) {
  if (text.missing()) return true;
  const char* const begin = tile.text_arena();
  if (text.data >= begin && text.data + text.bytes <= begin + tile.text_arena_bytes()) return true;
  return text.view() == field.fill_text && text.data == field.fill_text.data();
}

inline std::string number_breaks(double value, const Field& field, bool filled, bool clamped) {
  if (filled) return value == field.fill_number ? "" : "filled with something else";
  if (std::isnan(value)) return field.on_missing == OnMissing::kPass && !field.required ? "" : "NaN where missing does not pass";
  if (std::isinf(value)) return "infinite";
  if (field.dtype == Dtype::kBool && value != 0 && value != 1) return "no bool";
  if (field.dtype == Dtype::kInt && (value != std::trunc(value) || std::fabs(value) > 9'007'199'254'740'992.0)) return "no int";
  if (field.dtype == Dtype::kInt && value == 0 && std::signbit(value)) return "an int of -0.0";
  const bool inside = value >= field.low && value <= field.high;
  if (!inside && !(clamped && field.on_out_of_range == OnOutOfRange::kFlag)) return "out of range";
  return "";
}

inline std::string text_breaks(const Text& text, const Field& field, bool filled, bool clamped) {
  if (filled) return text.view() == field.fill_text ? "" : "filled with something else";
  if (text.missing()) return field.on_missing == OnMissing::kPass && !field.required ? "" : "missing where that does not pass";
  if (text.bytes > wire::kTextBytesMax) return "too long";
  if (!is_utf8(text.view())) return "no UTF-8";
  if (field.allowed.empty() || clamped) return "";
  for (const std::string& allowed : field.allowed) {
    if (allowed == text.view()) return "";
  }
  return "not allowed";
}

// The first rule that the tile breaks; empty: none.
inline std::string broken_rule(Tile& tile, const InputSchema& schema, std::uint32_t rows) {
  if (tile.rows() != rows) return "rows differ";
  if ((tile.invalid() & ~rows_mask(rows)) != 0) return "an invalid row beyond the tile";
  for (std::uint32_t row = 0; row < rows; ++row) {
    const RowMask bit = RowMask{1} << row;
    const bool invalid = (tile.invalid() & bit) != 0;
    if (invalid != (tile.errors().count(row) != 0)) return "an invalid row without errors, or the reverse";
    for (std::uint32_t i = 0; i < tile.errors().count(row); ++i) {
      const RowError error = tile.errors().at(row, i);
      if (error.field != wire::kNoField && error.field >= schema.size()) return "an error of no field";
      if (error.name.size() > wire::kErrorNameBytesMax || !is_utf8(error.name)) return "an error's name";
      if (error.code == wire::FieldCode::kNone || static_cast<std::uint8_t>(error.code) >= wire::kFieldCodeCount)
        return "an error's code";
    }
    for (std::uint32_t field = 0; field < schema.size(); ++field) {
      const Field& rules = schema.fields()[field];
      const bool filled = (tile.filled(field) & bit) != 0, clamped = (tile.clamped(field) & bit) != 0;
      if (rules.is_text() && !is_owned(tile.texts(field)[row], rules, tile)) return rules.name + ": text of somebody else";
      // An error leaves nothing behind; what an invalid row still holds is as good as any other row's.
      if (invalid && (rules.is_text() ? tile.texts(field)[row].missing() : std::isnan(tile.numbers(field)[row]))) continue;
      const std::string broken = rules.is_text() ? text_breaks(tile.texts(field)[row], rules, filled, clamped)
                                                 : number_breaks(tile.numbers(field)[row], rules, filled, clamped);
      if (!broken.empty()) return rules.name + ": " + broken;
    }
  }
  for (std::uint32_t field = 0; field < schema.size(); ++field) {
    if (((tile.filled(field) | tile.clamped(field) | tile.unknown(field)) & ~rows_mask(rows)) != 0)
      return "a mask beyond the tile";
  }
  return "";
}

// Every dtype, every rule: what hostile bytes are gathered for.
inline InputSchema hostile_schema(bool rejects_extra_fields) {
  return InputSchema(
      {{.name = "age", .dtype = Dtype::kInt, .low = 0, .high = 120},
       {.name = "income", .dtype = Dtype::kFloat, .on_missing = OnMissing::kPass},
       {.name = "own", .dtype = Dtype::kBool, .on_missing = OnMissing::kReject},
       {.name = "home", .dtype = Dtype::kStr, .fill_text = "unknown"},
       {.name = "city", .dtype = Dtype::kStr, .required = true},
       {.name = "debt", .dtype = Dtype::kFloat, .on_out_of_range = OnOutOfRange::kClamp, .fill_number = 2, .low = 1, .high = 9},
       {.name = "years", .dtype = Dtype::kInt, .on_out_of_range = OnOutOfRange::kFlag, .low = 1},
       {.name = "kind", .dtype = Dtype::kStr, .on_missing = OnMissing::kPass, .allowed = {"a", "b", ""}}},
      rejects_extra_fields);
}

// Its columns in another order, one foreign, one dropped; for any number of columns.
inline Adapter hostile_adapter(std::uint16_t columns) {
  Adapter adapter;
  for (std::uint32_t column = 0; column < columns; ++column) {
    const std::uint32_t place = column * 7 % 11;
    adapter.field_of_column.push_back(place < 8    ? static_cast<std::int32_t>(place)
                                      : place == 8 ? Adapter::kDropped
                                                   : Adapter::kExtra);
    adapter.extra_names.push_back(place > 8 ? "foreign" : "");
  }
  return adapter;
}

// Gathers a call to its end and checks each tile. The first broken rule; empty: none.
template <class Access>
std::string gather_and_check(const Call& call, const InputSchema& schema, Tile& tile, std::uint32_t& tiles) {
  const Adapter adapter = hostile_adapter(call.geometry.columns);
  GatherCursor cursor;
  while (cursor.next_row < call.geometry.rows) {
    const GatherCursor before = cursor;
    const GatherOutcome outcome = gather<Access>(call, adapter, schema, kTileRows, cursor, tile);
    if (outcome.malformed) return "";
    ++tiles;
    if (outcome.rows == 0 || outcome.rows > kTileRows || cursor.next_row != before.next_row + outcome.rows)
      return "the cursor's rows";
    if (cursor.next_extra < before.next_extra || cursor.next_extra > call.geometry.extras) return "the cursor's extras";
    std::string broken = broken_rule(tile, schema, outcome.rows);
    if (!broken.empty()) return broken;
  }
  return "";
}

}  // namespace ringside::engine::test
