#include "tools/load/load_options.h"

#include <charconv>

namespace ringside::load {

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  static constexpr std::pair<std::string_view, double> kUnits[] = {{"ns", 1},  {"us", 1e3}, {"ms", 1e6},
                                                                   {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};
  if (text == "0") return std::chrono::nanoseconds(0);
  double count = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), count, std::chars_format::fixed);
  if (error != std::errc{} || count < 0) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(stop - text.data()));
  for (const auto& [word, ns] : kUnits) {
    if (unit == word && count * ns <= 9e18) return std::chrono::nanoseconds(static_cast<std::int64_t>(count * ns));
  }
  return std::nullopt;
}

std::string_view name(Mode mode) noexcept { return mode == Mode::kOpen ? "open" : "closed"; }

std::string_view name(Wait wait) noexcept {
  switch (wait) {
    case Wait::kSpin:
      return "spin";
    case Wait::kAdaptive:
      return "adaptive";
    case Wait::kPark:
      return "park";
  }
  return "adaptive";
}

}  // namespace ringside::load
