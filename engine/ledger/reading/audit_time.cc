#include "engine/ledger/reading/audit_time.h"

#include <charconv>
#include <chrono>
#include <cstdio>

namespace ringside::engine {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// Takes `digits` digits off the front. None: they are not there.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  int value = 0;
  if (text.size() < digits) return std::nullopt;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || (text.front() != c && !(c == 'T' && (text.front() == 't' || text.front() == ' ')))) return false;
  text.remove_prefix(1);
  return true;
}

// ".123456789" → nanoseconds; digits beyond the ninth are passed over. 0 where there is no point.
std::optional<std::int64_t> take_fraction(std::string_view& text) {
  if (!take(text, '.')) return 0;
  std::int64_t value = 0, scale = kSecond;
  std::size_t digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), ++digits) {
    if (scale == 1) continue;
    scale /= 10;
    value += (text.front() - '0') * scale;
  }
  if (digits == 0) return std::nullopt;
  return value;
}

// "Z" or "+01:00" → seconds east of UTC.
std::optional<std::int64_t> take_offset(std::string_view& text) {
  if (take(text, 'Z') || take(text, 'z')) return 0;
  const bool east = take(text, '+');
  if (!east && !take(text, '-')) return std::nullopt;
  const auto hours = take_number(text, 2);
  if (!hours || !take(text, ':')) return std::nullopt;
  const auto minutes = take_number(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const std::int64_t seconds = *hours * 3'600 + *minutes * 60;
  return east ? seconds : -seconds;
}

std::optional<std::uint64_t> parse_point(std::string_view text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *year < 1970 || *year > 2261) return std::nullopt;
  std::int64_t seconds = std::chrono::sys_days(date).time_since_epoch().count() * std::int64_t{86'400}, ns = 0;
  if (!text.empty()) {
    if (!take(text, 'T')) return std::nullopt;
    const auto hour = take_number(text, 2);
    if (!hour || !take(text, ':')) return std::nullopt;
    const auto minute = take_number(text, 2);
    if (!minute || !take(text, ':')) return std::nullopt;
    const auto second = take_number(text, 2);
    const auto fraction = take_fraction(text);
    const auto offset = take_offset(text);
    if (!second || !fraction || !offset || !text.empty() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    seconds += *hour * 3'600 + *minute * 60 + *second - *offset;
    ns = *fraction;
  }
  if (seconds < 0) return std::nullopt;
  return static_cast<std::uint64_t>(seconds * kSecond + ns);
}

std::optional<std::uint64_t> parse_span(std::string_view text, std::uint64_t now_ns) {
  double count = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), count, std::chars_format::fixed);
  if (error != std::errc{} || !(count >= 0)) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(stop - text.data()));
  const double seconds = unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3'600 : unit == "d" ? 86'400 : 0;
  const double ns = count * seconds * static_cast<double>(kSecond);
  if (seconds == 0) return std::nullopt;
  return ns >= static_cast<double>(now_ns) ? 0 : now_ns - static_cast<std::uint64_t>(ns);
}

}  // namespace

std::string rfc3339_ms(std::uint64_t wall_ns) {
  const std::uint64_t seconds = wall_ns / static_cast<std::uint64_t>(kSecond);
  const std::chrono::sys_days day{std::chrono::days(seconds / 86'400)};
  const std::chrono::year_month_day date(day);
  const auto of_day = static_cast<unsigned>(seconds % 86'400);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02u:%02u:%02u.%03uZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), of_day / 3'600, of_day / 60 % 60,
                of_day % 60, static_cast<unsigned>(wall_ns / 1'000'000 % 1'000));
  return text;
}

std::optional<std::uint64_t> parse_audit_time(std::string_view text, std::uint64_t now_ns) {
  if (text.starts_with('-')) return parse_span(text.substr(1), now_ns);
  return parse_point(text);
}

}  // namespace ringside::engine
