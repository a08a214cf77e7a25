// A cell of a packed call (kPackedF32, kPackedF64): a bare float, which decode judges as any other real. NaN says nothing: the field may still
// have a named value, else it is missing.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#include "engine/decode/call.h"
#include "engine/decode/tile.h"
#include "schemas/wire/cell.h"
#include "schemas/wire/request.h"

namespace ringside::engine {

inline constexpr std::uint64_t kInfinityBits = 0x7ff0'0000'0000'0000;  // its bits; above it, but for the sign, is NaN

// REQUIRES: the call is packed; cell < its layout's cell_count. A float32 is widened, which changes no value.
template <class Access>
[[nodiscard]] wire::Cell packed_cell(const Call& call, std::uint64_t cell) noexcept {
  const std::byte* const cells = call.body + call.layout.cells_offset;
  double value = 0;
  if (call.geometry.encoding == static_cast<std::uint8_t>(wire::Encoding::kPackedF32)) {
    float narrow = 0;
    Access::copy(&narrow, cells + cell * sizeof narrow, sizeof narrow);
    value = static_cast<double>(narrow);
  } else {
    value = std::bit_cast<double>(Access::load64(cells + cell * sizeof value));
  }
  return std::isnan(value) ? wire::Cell::absent() : wire::Cell::real(value);
}

// The same of `rows` cells that follow each other, without a branch on what they hold; those that say nothing keep their NaN. REQUIRES: rows <= kTileRows.
template <class Access>
void packed_cells(const Call& call, std::uint64_t cell, std::uint32_t rows, std::uint64_t* bits, std::uint8_t* tags) noexcept {
  const std::byte* const cells = call.body + call.layout.cells_offset;
  if (call.geometry.encoding == static_cast<std::uint8_t>(wire::Encoding::kPackedF32)) {
    float narrow[kTileRows];
    Access::copy(narrow, cells + cell * sizeof narrow[0], rows * sizeof narrow[0]);
    for (std::uint32_t row = 0; row < rows; ++row) bits[row] = std::bit_cast<std::uint64_t>(static_cast<double>(narrow[row]));
  } else {
    Access::copy(bits, cells + cell * sizeof bits[0], rows * sizeof bits[0]);
  }
  for (std::uint32_t row = 0; row < rows; ++row)
    tags[row] = static_cast<std::uint8_t>(bits[row] << 1 > kInfinityBits << 1 ? wire::Tag::kAbsent : wire::Tag::kReal);
}

// Takes a float field's cells if each is a finite number that the rules allow, or says nothing: the latter stay absent, with any number.
// False: nothing is taken.
[[nodiscard]] inline bool take_good(const std::uint64_t* bits, const std::uint8_t* tags, std::uint32_t rows, const Field& rules,
                                    double* numbers, RowMask& absent) noexcept {
  constexpr double kMost = std::numeric_limits<double>::max();
  const double low = std::max(rules.low, -kMost), high = std::min(rules.high, kMost);
  std::uint32_t bad = 0;
  RowMask present = 0;
  for (std::uint32_t row = 0; row < rows; ++row) {  // NaN, which says nothing, is neither below nor above
    const auto value = std::bit_cast<double>(bits[row]);
    bad |= static_cast<std::uint32_t>(value < low) | static_cast<std::uint32_t>(value > high);
  }
  for (std::uint32_t row = 0; row < rows; ++row)
    present |= RowMask{tags[row] != static_cast<std::uint8_t>(wire::Tag::kAbsent)} << row;
  if (bad != 0) return false;
  std::memcpy(numbers, bits, rows * sizeof *bits);
  absent &= ~present;
  return true;
}

}  // namespace ringside::engine
