// How a number written as text (JSON, CSV) becomes a cell. Judged by its text: what is written as an integer is an integer.
//
//   27 → int    -0 → int 0    27.0, 1e3 → real    1e400 → real ∞ (NOT_FINITE)    9223372036854775808 → refused INT_RANGE
#pragma once

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>
#include <system_error>

#include "schemas/wire/cell.h"

namespace ringside::wire {

// The exponent e of d.ddd × 10^e for a decimal far outside float64's range; saturates. Only its sign matters there.
inline std::int64_t decimal_exponent(std::string_view text) noexcept {
  const auto mark = text.find_first_of("eE");
  const std::string_view digits = text.substr(0, mark);
  std::int64_t exponent = 0;
  if (mark != std::string_view::npos) {
    std::string_view written = text.substr(mark + 1);
    const bool negative = written.starts_with('-');
    if (negative || written.starts_with('+')) written.remove_prefix(1);
    if (std::from_chars(written.data(), written.data() + written.size(), exponent).ec != std::errc{}) exponent = 1'000'000'000'000;
    if (negative) exponent = -exponent;
  }
  const auto first = digits.find_first_of("123456789");
  if (first == std::string_view::npos) return exponent;
  const auto point = std::min(digits.find('.'), digits.size());
  return exponent + (first < point ? static_cast<std::int64_t>(point - first) - 1 : -static_cast<std::int64_t>(first - point));
}

// REQUIRES: text matches JSON's number grammar. Decimals are rounded correctly (to nearest even) and without a locale.
inline Cell number_cell(std::string_view text) noexcept {
  const char* const end = text.data() + text.size();
  if (text.find_first_of(".eE") == std::string_view::npos) {
    std::int64_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error == std::errc::result_out_of_range) return Cell::refused(FieldCode::kIntRange);
    return error == std::errc{} && stop == end ? Cell::integer(value) : Cell::refused(FieldCode::kMalformed);
  }
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc::result_out_of_range) {  // from_chars stores nothing: infinity or zero, by the decimal exponent
    const double magnitude = decimal_exponent(text) > 0 ? std::numeric_limits<double>::infinity() : 0.0;
    return Cell::real(text.front() == '-' ? -magnitude : magnitude);
  }
  return error == std::errc{} && stop == end ? Cell::real(value) : Cell::refused(FieldCode::kMalformed);
}

}  // namespace ringside::wire
