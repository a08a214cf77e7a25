#include "engine/decode/coerce.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "engine/decode/pandas_number.h"

namespace ringside::engine {
namespace {

using wire::Tag;

std::uint32_t put(std::string_view text, char* target) noexcept {
  std::memcpy(target, text.data(), text.size());
  return static_cast<std::uint32_t>(text.size());
}

// Python's str(float): the fewest digits that read back to the same double; an exponent of at least two digits from 1e16 on and below 1e-4.
std::uint32_t put_real(double value, char* const target) noexcept {
  if (std::isinf(value)) return put(value < 0 ? "-inf" : "inf", target);
  const double size = std::fabs(value);
  const bool plain = size == 0 || (size >= 1e-4 && size < 1e16);
  const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
  char* end = std::to_chars(target, target + kCoercedTextBytesMax, value, format).ptr;
  if (plain && std::find(target, end, '.') == end) {
    *end++ = '.';
    *end++ = '0';
  }
  return static_cast<std::uint32_t>(end - target);
}

Judgement as_int(double value) noexcept {
  if (std::isnan(value)) return Judgement::missing();
  if (std::isinf(value)) return Judgement::error(wire::FieldCode::kNotFinite);
  value = std::trunc(value);
  if (std::fabs(value) > kIntLimit) return Judgement::error(wire::FieldCode::kIntRange);
  return Judgement::number(value + 0.0);  // an int has one zero
}

Judgement as_float(double value) noexcept {
  if (std::isnan(value)) return Judgement::missing();
  return std::isinf(value) ? Judgement::error(wire::FieldCode::kNotFinite) : Judgement::number(value);
}

}  // namespace

Judgement coerce_to_number(wire::Dtype dtype, wire::Cell cell, std::string_view text) noexcept {
  if (cell.tag == Tag::kRefused) return judge_refused(cell.bits);
  const bool is_text = cell.tag == Tag::kText;
  double value = 0;
  switch (cell.tag) {
    case Tag::kBool:
      if (cell.bits > 1) return Judgement::malformed();
      value = static_cast<double>(cell.bits);
      break;
    case Tag::kInt:
      value = static_cast<double>(cell.as_int());
      break;
    case Tag::kReal:
      value = cell.as_real();
      break;
    case Tag::kText:
      if (dtype != wire::Dtype::kBool) value = pandas_number(text);
      break;
    default:
      return Judgement::malformed();
  }
  switch (dtype) {
    case wire::Dtype::kInt:
      return as_int(value);
    case wire::Dtype::kFloat:
      return as_float(value);
    default:
      return Judgement::number(is_text ? !text.empty() : value != 0);
  }
}

std::uint32_t coerce_to_text(wire::Cell cell, char* target) noexcept {
  switch (cell.tag) {
    case Tag::kBool:
      return cell.bits > 1 ? 0 : put(cell.bits == 1 ? "True" : "False", target);
    case Tag::kInt:
      return static_cast<std::uint32_t>(std::to_chars(target, target + kCoercedTextBytesMax, cell.as_int()).ptr - target);
    case Tag::kReal:
      return put_real(cell.as_real(), target);
    default:
      return 0;
  }
}

}  // namespace ringside::engine
