// `coerce: pandas`: what the usual training script would have made of a cell that the strict rules refuse. By the row, never by the batch.
//
//                 int field                float field        bool field       str field
//   bool          0 or 1                   0.0 or 1.0         itself           "True", "False"
//   int           itself                   itself             is it not 0?     "1"
//   real          cut off: 3.9 is 3        itself             is it not 0?     as Python prints it: "3.9", "1e+16"
//   text          to_numeric, cut off      to_numeric         is it not ""?    itself
//   …no number    missing                  missing
//   beyond ±2^53  INT_RANGE
//   infinity      NOT_FINITE               NOT_FINITE         true             "inf"
//
//   to_numeric: pandas_number.h      bool: astype(bool), so "False" is true      str: astype(str)
//
// What the strict rules accept, pandas reads the same way: so this is asked only of what they refuse, and costs ordinary rows nothing. What
// no cell can carry (refused, with a code), and text that is too long or not UTF-8, stays refused: pandas never saw it as it is.
//
// Thread safety: pure. noexcept, no allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/decode/strict.h"
#include "schemas/wire/cell.h"

namespace ringside::engine {

// For a field of number dtype. REQUIRES: strict rules refused the cell; `text` holds its bytes where it is a text.
[[nodiscard]] Judgement coerce_to_number(wire::Dtype dtype, wire::Cell cell, std::string_view text) noexcept;

// For a str field: writes the text of a bool, an int or a real to `target` and says how many bytes; 0: the cell is none of them.
inline constexpr std::size_t kCoercedTextBytesMax = 32;
[[nodiscard]] std::uint32_t coerce_to_text(wire::Cell cell, char* target) noexcept;

}  // namespace ringside::engine
