// The strict rules for one cell: what it is to a field of each dtype. `formats.md` in short:
//
//                 int field        float field   bool field      str field
//   int cell      |x| <= 2^53      x, rounded    0 or 1          TYPE_MISMATCH
//   real cell     integral, as int finite        0.0 or 1.0      TYPE_MISMATCH
//   text, bool    TYPE_MISMATCH    TYPE_MISMATCH (text) a bool   (bool) TYPE_MISMATCH; a text: read by gather
//   null, NaN     missing, for every field
//   infinity      NOT_FINITE       NOT_FINITE    TYPE_MISMATCH   TYPE_MISMATCH
//   refused       the code that it carries
//
// Absent cells are not judged here: another cell may still speak for the field. Cost: a few compares.
#pragma once

#include <cmath>
#include <cstdint>

#include "schemas/wire/cell.h"
#include "schemas/wire/status.h"

namespace ringside::engine {

struct Judgement {
  enum class Kind : std::uint8_t {
    kValue,
    kMissing,
    kError,      // code says why
    kText,       // a str field's text, still to be read
    kMalformed,  // no honest client writes this: the call is refused
  };
  double value = 0;
  Kind kind = Kind::kValue;
  wire::FieldCode code = wire::FieldCode::kNone;

  static constexpr Judgement number(double value) noexcept { return {.value = value}; }
  static constexpr Judgement missing() noexcept { return {.kind = Kind::kMissing}; }
  static constexpr Judgement error(wire::FieldCode code) noexcept { return {.kind = Kind::kError, .code = code}; }
  static constexpr Judgement mismatch() noexcept { return error(wire::FieldCode::kTypeMismatch); }
  static constexpr Judgement text() noexcept { return {.kind = Kind::kText}; }
  static constexpr Judgement malformed() noexcept { return {.kind = Kind::kMalformed}; }
};

inline constexpr double kIntLimit = 9'007'199'254'740'992.0;  // 2^53: beyond it float64 skips integers

// What a client may say of a value that no cell can carry.
constexpr Judgement judge_refused(std::uint64_t bits) noexcept {
  using enum wire::FieldCode;
  for (const wire::FieldCode code : {kTypeMismatch, kIntRange, kTooLong, kBadUtf8, kNotFinite, kMalformed}) {
    if (bits == static_cast<std::uint64_t>(code)) return Judgement::error(code);
  }
  return Judgement::malformed();
}

// What a dtype does not take: null, a value of the wrong kind, a refused one, a tag that does not exist. REQUIRES: not kAbsent.
constexpr Judgement judge_other(wire::Cell cell) noexcept {
  switch (cell.tag) {
    case wire::Tag::kNull:
      return Judgement::missing();
    case wire::Tag::kBool:
      return cell.bits <= 1 ? Judgement::mismatch() : Judgement::malformed();
    case wire::Tag::kInt:
    case wire::Tag::kReal:
    case wire::Tag::kText:
      return Judgement::mismatch();
    case wire::Tag::kRefused:
      return judge_refused(cell.bits);
    case wire::Tag::kAbsent:
      break;
  }
  return Judgement::malformed();
}

inline Judgement judge_int(wire::Cell cell) noexcept {
  if (cell.tag == wire::Tag::kInt) {
    constexpr auto kLimit = static_cast<std::int64_t>(kIntLimit);
    const std::int64_t value = cell.as_int();
    return value >= -kLimit && value <= kLimit ? Judgement::number(static_cast<double>(value))
                                               : Judgement::error(wire::FieldCode::kIntRange);
  }
  if (cell.tag != wire::Tag::kReal) return judge_other(cell);
  const double value = cell.as_real();
  if (std::isnan(value)) return Judgement::missing();
  if (std::isinf(value)) return Judgement::error(wire::FieldCode::kNotFinite);
  if (std::fabs(value) > kIntLimit) return Judgement::error(wire::FieldCode::kIntRange);
  if (value != static_cast<double>(static_cast<std::int64_t>(value))) return Judgement::error(wire::FieldCode::kIntFraction);
  return Judgement::number(value + 0.0);  // -0.0 + 0.0 is 0.0: an int has one zero
}

inline Judgement judge_float(wire::Cell cell) noexcept {
  if (cell.tag == wire::Tag::kInt)
    return Judgement::number(static_cast<double>(cell.as_int()));  // to nearest even, as Python's float()
  if (cell.tag != wire::Tag::kReal) return judge_other(cell);
  const double value = cell.as_real();
  if (std::isnan(value)) return Judgement::missing();
  if (std::isinf(value)) return Judgement::error(wire::FieldCode::kNotFinite);
  return Judgement::number(value);
}

inline Judgement judge_bool(wire::Cell cell) noexcept {
  switch (cell.tag) {
    case wire::Tag::kBool:
      if (cell.bits > 1) return Judgement::malformed();
      [[fallthrough]];
    case wire::Tag::kInt:
      return cell.bits <= 1 ? Judgement::number(static_cast<double>(cell.bits)) : Judgement::mismatch();
    case wire::Tag::kReal: {
      const double value = cell.as_real();
      if (std::isnan(value)) return Judgement::missing();
      if (value == 1.0) return Judgement::number(1.0);
      return value == 0.0 ? Judgement::number(0.0) : Judgement::mismatch();
    }
    default:
      return judge_other(cell);
  }
}

inline Judgement judge_str(wire::Cell cell) noexcept {
  if (cell.tag == wire::Tag::kText) return Judgement::text();
  if (cell.tag == wire::Tag::kReal && std::isnan(cell.as_real())) return Judgement::missing();
  return judge_other(cell);
}

// For a field of any dtype. REQUIRES: not kAny.
inline Judgement judge(wire::Dtype dtype, wire::Cell cell) noexcept {
  switch (dtype) {
    case wire::Dtype::kInt:
      return judge_int(cell);
    case wire::Dtype::kFloat:
      return judge_float(cell);
    case wire::Dtype::kBool:
      return judge_bool(cell);
    case wire::Dtype::kStr:
    case wire::Dtype::kAny:
      break;
  }
  return judge_str(cell);
}

}  // namespace ringside::engine
