#include "engine/decode/pandas_number.h"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <system_error>

namespace ringside::engine {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kDigitsMax = 17;
constexpr int kExponentMax = 308;

// As the compiler reads 1e0 to 1e308: the nearest doubles. (Products of smaller powers would not be.)
const std::array<double, kExponentMax + 1> kPowersOfTen = [] {
  std::array<double, kExponentMax + 1> powers{};
  for (int exponent = 0; exponent <= kExponentMax; ++exponent) {
    char text[8] = {'1', 'e'};
    const auto [end, error] = std::to_chars(text + 2, text + sizeof text, exponent);
    std::from_chars(text, end, powers[static_cast<std::size_t>(exponent)]);
  }
  return powers;
}();
double power_of_ten(std::int64_t exponent) noexcept { return kPowersOfTen[static_cast<std::size_t>(exponent)]; }

constexpr bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::string_view without_spaces(std::string_view text) noexcept {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// A decimal being read, with the marks that pandas keeps.
class Decimal {
 public:
  explicit Decimal(std::string_view text) noexcept : text_(text) {}

  // NaN: the text is not a number, or beyond the range.
  double read() noexcept {
    while (is_space(peek())) ++at_;
    const bool negative = take_sign();
    whole_digits();
    if (peek() == '.') fraction();
    if (digits_ == 0) return kNan;
    if (negative) value_ = -value_;
    if (lower(peek()) == 'e') exponent();
    scale();
    while (is_space(peek())) ++at_;
    const bool whole_text = at_ == text_.size();
    return whole_text && value_ <= std::numeric_limits<double>::max() && value_ >= std::numeric_limits<double>::lowest() ? value_
                                                                                                                         : kNan;
  }

 private:
  [[nodiscard]] char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool take_sign() noexcept {
    const char sign = peek();
    if (sign == '-' || sign == '+') ++at_;
    return sign == '-';
  }

  // Takes digits as long as there is room for them. Leading zeros count among the 17, too: 0.00000000000000000001 is read as 0.
  int take_digits() noexcept {
    const int before = digits_;
    for (; digits_ < kDigitsMax && is_digit(peek()); ++digits_, ++at_) value_ = value_ * 10.0 + (peek() - '0');
    return digits_ - before;
  }

  void whole_digits() noexcept {
    take_digits();
    for (; is_digit(peek()); ++at_) ++exponent_;
  }

  void fraction() noexcept {
    ++at_;
    exponent_ -= static_cast<std::uint32_t>(take_digits());
    while (is_digit(peek())) ++at_;
  }

  // Held in 32 bits that wrap, as pandas holds it: 1e4294967296 is 1. More than 17 digits are left over, and the text is no number.
  void exponent() noexcept {
    ++at_;
    const bool negative = take_sign();
    std::uint32_t written = 0;
    int digits = 0;
    for (; digits < kDigitsMax && is_digit(peek()); ++digits, ++at_)
      written = written * 10 + static_cast<std::uint32_t>(peek() - '0');
    exponent_ = negative ? exponent_ - written : exponent_ + written;
    if (digits == 0) --at_;  // something is left over: no number
  }

  void scale() noexcept {
    const std::int64_t exponent = std::bit_cast<std::int32_t>(exponent_);
    if (exponent > kExponentMax) {
      value_ = kInfinity;  // of any number, 0e309 too
    } else if (exponent > 0) {
      value_ *= power_of_ten(exponent);
    } else if (exponent >= -kExponentMax) {
      value_ /= power_of_ten(-exponent);
    } else if (exponent >= -2 * kExponentMax) {
      value_ /= power_of_ten(-exponent - kExponentMax);
      value_ /= power_of_ten(kExponentMax);
    } else {
      value_ = 0.0;
    }
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  double value_ = 0;
  int digits_ = 0;
  std::uint32_t exponent_ = 0;
};

// Exact between -2^63 and 2^64 - 1, where pandas keeps integers; NaN: no integer, or a larger one.
double integer(std::string_view text) noexcept {
  text = without_spaces(text);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::uint64_t size = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc{} || stop != text.data() + text.size()) return kNan;
  if (!negative) return static_cast<double>(size);
  if (size == 0) return 0.0;  // an integer has one zero
  return size <= std::uint64_t{1} << 63 ? -static_cast<double>(size) : kNan;
}

// Without white space, unlike a number.
double infinity(std::string_view text) noexcept {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  for (const std::string_view word : {std::string_view("inf"), std::string_view("infinity")}) {
    bool same = text.size() == word.size();
    for (std::size_t i = 0; same && i < word.size(); ++i) same = lower(text[i]) == word[i];
    if (same) return negative ? -kInfinity : kInfinity;
  }
  return kNan;
}

}  // namespace

double pandas_number(std::string_view text) noexcept {
  // Pandas reads up to the first NUL; Python, which reads integers once more, does not.
  const std::string_view read = text.substr(0, text.find('\0'));
  if (const double value = Decimal(read).read(); !std::isnan(value)) {
    if (read.find_first_of(".eE") != std::string_view::npos) return value;
    if (read.size() != text.size()) return kNan;
    const double exact = integer(read);
    return std::isnan(exact) ? value : exact;
  }
  return infinity(read);
}

}  // namespace ringside::engine
