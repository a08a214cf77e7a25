#include "engine/decode/settle.h"

#include <cmath>
#include <limits>

namespace ringside::engine {

void FieldRows::add_error(std::uint32_t row, wire::FieldCode code, wire::Tag got) const noexcept {
  const bool mismatch = code == wire::FieldCode::kTypeMismatch;
  refuse(row, {.code = code,
               .expected = mismatch ? rules_.dtype : wire::Dtype::kAny,
               .got = mismatch ? got : wire::Tag::kAbsent,
               .field = number()});
}

void FieldRows::out_of_range(std::uint32_t row) const noexcept {
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

void FieldRows::out_of_allowed(std::uint32_t row) const noexcept {
  if (rules_.on_out_of_range == OnOutOfRange::kFlag) {
    tile_.clamped(field_) |= row_bit(row);
  } else {
    add_error(row, wire::FieldCode::kOutOfRange);
  }
}

void FieldRows::missing(RowMask rows) const noexcept {
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

void FieldRows::put_nothing(RowMask rows) const noexcept { put(rows, std::numeric_limits<double>::quiet_NaN(), {}); }

void FieldRows::refuse(std::uint32_t row, const RowError& error) const noexcept {
  tile_.add_error(row, error);
  if (!tile_.is_broadcast(field_)) put_nothing(row_bit(row));  // said twice for one row: the other rows' value stays
}

void FieldRows::put(RowMask rows, double value, Text text) const noexcept {
  if (rules_.is_text()) {
    Text* const texts = tile_.texts(field_);
    for (; rows != 0; rows &= rows - 1) texts[lowest_row(rows)] = text;
  } else {
    double* const values = tile_.numbers(field_);
    for (; rows != 0; rows &= rows - 1) values[lowest_row(rows)] = value;
  }
}

}  // namespace ringside::engine
