// What stands in a record where a value must not: pseudonyms under a secret key, and masks. schemas/journal/README.md has the exact bytes.
//
// Thread safety: pure but for the file. Cost: about 20 ns for a short text; no allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <ringside/result.h>

#include "engine/respond/input_digest.h"

namespace ringside::engine {

using Pseudonym = InputDigest;  // 16 bytes

struct JournalKey {
  DigestKey key;
  std::uint32_t id = 0;  // tells keys apart without telling them

  static JournalKey of(const DigestKey& key) noexcept;
};

// Equal values of different domains have nothing in common.
enum class PseudonymDomain : std::uint64_t { kUser = 1, kText = 2, kNumber = 3 };

[[nodiscard]] Pseudonym pseudonym(const JournalKey& key, PseudonymDomain domain, std::string_view text) noexcept;
[[nodiscard]] Pseudonym pseudonym(const JournalKey& key, double number) noexcept;

// The last characters of a text, as many as kMaskKeeps; of one that is not twice as long, none. A part of `text`.
inline constexpr std::uint32_t kMaskKeeps = 4;
[[nodiscard]] std::string_view masked(std::string_view text) noexcept;

// A file of 32 hex digits; made with a random key and mode 0600 where there is none. Error: what is wrong with it and what to do; a file
// that others may read is refused.
[[nodiscard]] Result<JournalKey, std::string> journal_key(const std::string& path);

}  // namespace ringside::engine
