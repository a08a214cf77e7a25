// "500us" → nanoseconds. Units: ns, us, ms, s; 0 needs none.
#pragma once

#include <charconv>
#include <chrono>
#include <optional>
#include <string_view>

namespace ringside::cli {

// None: not a number with a unit, negative, or longer than a day.
inline std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  constexpr double kDayNs = 86'400e9;
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || !(value >= 0)) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(stop - text.data()));
  double scale = 0;
  if (unit == "ns") scale = 1;
  if (unit == "us") scale = 1e3;
  if (unit == "ms") scale = 1e6;
  if (unit == "s") scale = 1e9;
  if (value == 0 && unit.empty()) return std::chrono::nanoseconds(0);
  if (scale == 0 || value * scale > kDayNs) return std::nullopt;
  if (value > 0 && value * scale < 1) return std::nullopt;  // would round to "none"
  return std::chrono::nanoseconds(static_cast<std::int64_t>(value * scale));
}

}  // namespace ringside::cli
