// Is this UTF-8? As the Unicode standard has it: no overlong form, no surrogate, nothing above U+10FFFF, nothing cut off.
//
// Cost: eight bytes a step while the text is ASCII, a byte a step elsewhere. No allocation.
#pragma once

#include <cstddef>
#include <string_view>

namespace ringside::engine {

// REQUIRES: bytes that nobody else can write (a shared text could change after the verdict).
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

// The longest beginning of at most `bytes_max` bytes that does not end within a character of a UTF-8 text.
[[nodiscard]] std::string_view cut_at_character(std::string_view text, std::size_t bytes_max) noexcept;

}  // namespace ringside::engine
