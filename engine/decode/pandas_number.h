// What pandas reads in a text that should be a number: `pandas.to_numeric([text], errors="coerce")`, to the last bit.
//
//   "15.5" 15.5    " +5 " 5    "1e400" NaN    "inf" ∞    "1,000" "0x10" "" "True" NaN
//
// Pandas does not round correctly: it gathers at most 17 digits in a double, one product and one sum each, and scales by one power of ten. Of
// texts with 17 digits every sixth becomes another double than the nearest. A model that was trained on such values is served them, so its
// steps are repeated here, one rounding each: never replace this by from_chars. Verified against pandas 1.5.3 (tests/engine/decode).
//
// By the row: an integer is read exactly, as in a column that has nothing else. Beside fractions pandas would round one beyond 2^53 otherwise.
//
// Thread safety: pure. Cost: linear in the text, tens of ns for a usual one. noexcept, no allocation.
#pragma once

#include <string_view>

namespace ringside::engine {

// NaN: pandas would not take it for a number. Any bytes may come.
[[nodiscard]] double pandas_number(std::string_view text) noexcept;

}  // namespace ringside::engine
