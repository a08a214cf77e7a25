// A cell: 8 bytes of value and, elsewhere, a one-byte tag that says what they are.
//
//   tag     bits
//   absent  0                      the caller said nothing (a zeroed row is a row of absent cells)
//   null    0                      the caller said null (or NaN where its API means "missing")
//   bool    0 or 1
//   int     int64
//   real    float64
//   text    offset in the body's text << 0 | length << 32     (bytes, UTF-8 once the engine has checked)
//   refused FieldCode              what no cell can carry: the engine reports this code for the field
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "schemas/wire/status.h"

namespace ringside::wire {

enum class Tag : std::uint8_t { kAbsent = 0, kNull = 1, kBool = 2, kInt = 3, kReal = 4, kText = 5, kRefused = 6 };
inline constexpr std::uint8_t kTagCount = 7;

// What a client says that a column will hold, and what a bundle's field takes. kAny: the client makes no promise.
enum class Dtype : std::uint8_t { kAny = 0, kInt = 1, kFloat = 2, kStr = 3, kBool = 4 };
inline constexpr std::uint8_t kDtypeCount = 5;

// As feature_schema.yaml, every document and every message call it.
constexpr std::string_view name(Dtype dtype) noexcept {
  constexpr std::string_view kNames[] = {"any", "int", "float", "str", "bool"};
  const auto index = static_cast<std::size_t>(dtype);
  return index < kDtypeCount ? kNames[index] : "any";
}

struct Cell {
  std::uint64_t bits = 0;
  Tag tag = Tag::kAbsent;

  static constexpr Cell absent() noexcept { return {}; }
  static constexpr Cell null() noexcept { return {0, Tag::kNull}; }
  static constexpr Cell boolean(bool value) noexcept { return {value ? 1u : 0u, Tag::kBool}; }
  static constexpr Cell integer(std::int64_t value) noexcept { return {static_cast<std::uint64_t>(value), Tag::kInt}; }
  static constexpr Cell real(double value) noexcept { return {std::bit_cast<std::uint64_t>(value), Tag::kReal}; }
  static constexpr Cell refused(FieldCode code) noexcept { return {static_cast<std::uint64_t>(code), Tag::kRefused}; }
  static constexpr Cell text(std::uint32_t offset, std::uint32_t bytes) noexcept {
    return {std::uint64_t{bytes} << 32 | offset, Tag::kText};
  }

  [[nodiscard]] constexpr std::int64_t as_int() const noexcept { return static_cast<std::int64_t>(bits); }
  [[nodiscard]] constexpr double as_real() const noexcept { return std::bit_cast<double>(bits); }
  [[nodiscard]] constexpr std::uint32_t text_offset() const noexcept { return static_cast<std::uint32_t>(bits); }
  [[nodiscard]] constexpr std::uint32_t text_bytes() const noexcept { return static_cast<std::uint32_t>(bits >> 32); }
};

// A cell that travels with its name: a field that the client did not resolve, or a second value for one that it did. Extras are
// ordered by row.
struct ExtraCell {
  std::uint64_t bits;
  std::uint32_t name_offset;  // in the body's text
  std::uint16_t name_bytes;
  std::uint16_t row;
  std::uint8_t tag;
  std::uint8_t reserved[7];   // zero
};
static_assert(sizeof(ExtraCell) == 24 && alignof(ExtraCell) == 8);

}  // namespace ringside::wire
