// What becomes of one field of one row once it has been judged: a value, a fill, a bound, or an error. The declared rules of a field
// (required, on_missing, min, max, allowed, on_out_of_range) are applied here and nowhere else.
//
// An error leaves NaN or a missing Text behind: the row is invalid, and its values are never answered.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

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

  void add_error(std::uint32_t row, wire::FieldCode code, wire::Tag got = wire::Tag::kAbsent) const noexcept {
    const bool mismatch = code == wire::FieldCode::kTypeMismatch;
    refuse(row, {.code = code,
                 .expected = mismatch ? rules_.dtype : wire::Dtype::kAny,
                 .got = mismatch ? got : wire::Tag::kAbsent,
                 .field = number()});
  }

  // A number beyond low or high.
  void out_of_range(std::uint32_t row) const noexcept {
    double& value = tile_.numbers(field_)[row];
    switch (rules_.on_out_of_range) {
      case OnOutOfRange::kClamp:
        value = value < rules_.low ? rules_.low : rules_.high;
        [[fallthrough]];
      case OnOutOfRange::kFlag:
        tile_.clamped(field_) |= row_bit(row);
        return;
      case OnOutOfRange::kReject:
        break;
    }
    const auto bound = [](double limit) { return std::isinf(limit) ? std::numeric_limits<double>::quiet_NaN() : limit; };
    refuse(row, {.code = wire::FieldCode::kOutOfRange, .field = number(), .low = bound(rules_.low), .high = bound(rules_.high)});
  }

  // A text that `allowed` does not name. It has no bound to be moved to, so `clamp` is `reject`.
  void out_of_allowed(std::uint32_t row) const noexcept {
    if (rules_.on_out_of_range == OnOutOfRange::kFlag) {
      tile_.clamped(field_) |= row_bit(row);
    } else {
      add_error(row, wire::FieldCode::kOutOfRange);
    }
  }

  // Null, NaN, or nobody spoke.
  void missing(RowMask rows) const noexcept {
    if (rules_.required || rules_.on_missing == OnMissing::kReject) {
      const auto code = rules_.required ? wire::FieldCode::kMissingRequired : wire::FieldCode::kNullNotAllowed;
      for (; rows != 0; rows &= rows - 1) add_error(lowest_row(rows), code);
    } else if (rules_.on_missing == OnMissing::kFill) {
      tile_.filled(field_) |= rows;
      put(rows, rules_.fill_number, {rules_.fill_text.data(), static_cast<std::uint32_t>(rules_.fill_text.size())});
    } else {
      put_nothing(rows);
    }
  }

  // NaN, or a missing Text.
  void put_nothing(RowMask rows) const noexcept { put(rows, std::numeric_limits<double>::quiet_NaN(), {}); }

 private:
  [[nodiscard]] std::uint16_t number() const noexcept { return static_cast<std::uint16_t>(field_); }

  void refuse(std::uint32_t row, const RowError& error) const noexcept {
    tile_.add_error(row, error);
    put_nothing(row_bit(row));
  }

  void put(RowMask rows, double value, Text text) const noexcept {
    if (rules_.is_text()) {
      Text* const texts = tile_.texts(field_);
      for (; rows != 0; rows &= rows - 1) texts[lowest_row(rows)] = text;
    } else {
      double* const values = tile_.numbers(field_);
      for (; rows != 0; rows &= rows - 1) values[lowest_row(rows)] = value;
    }
  }

  const Field& rules_;
  Tile& tile_;
  const std::uint32_t field_;
};

}  // namespace ringside::engine
