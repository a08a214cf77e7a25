// A number as a person writes it: 120, 1000000, 0.5, 1e300. For messages; what must be read back to the same bits is written elsewhere.
#pragma once

#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <system_error>

namespace ringside::base {

// The fewest digits that read back to the same double; with an exponent only where the zeros would have to be counted.
inline std::string plain_number(double value) {
  constexpr double kLargest = 1e16, kSmallest = 1e-5;  // between them: without an exponent
  const double size = std::fabs(value);
  const bool plain = value == 0 || (size >= kSmallest && size < kLargest);
  char text[32];
  const auto [end, error] =
      std::to_chars(text, text + sizeof text, value, plain ? std::chars_format::fixed : std::chars_format::scientific);
  std::string shown(text, error == std::errc{} ? end : text);
  const auto exponent = shown.find('e');
  if (plain || exponent == std::string::npos) return shown;  // also inf, nan
  // 1e+06 → 1e6, 1e-07 → 1e-7
  const bool negative = shown[exponent + 1] == '-';
  std::size_t digits = exponent + 2;
  while (digits + 1 < shown.size() && shown[digits] == '0') ++digits;
  return shown.substr(0, exponent) + (negative ? "e-" : "e") + shown.substr(digits);
}

// The same of a float32: 0.1, not 0.10000000149011612.
inline std::string plain_number(float value) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific);
  double same = 0;
  const auto read = std::from_chars(text, end, same);
  return plain_number(error == std::errc{} && read.ec == std::errc{} ? same : static_cast<double>(value));
}

}  // namespace ringside::base
