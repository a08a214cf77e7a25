// The field errors of a tile's rows: all of a row at once, at most 32, never a value. Fixed memory.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string_view>

#include "schemas/wire/cell.h"
#include "schemas/wire/limits.h"
#include "schemas/wire/result.h"
#include "schemas/wire/status.h"

namespace ringside::engine {

struct RowError {
  wire::FieldCode code = wire::FieldCode::kNone;
  wire::Dtype expected = wire::Dtype::kAny;  // TYPE_MISMATCH
  wire::Tag got = wire::Tag::kAbsent;
  std::uint16_t field = wire::kNoField;
  std::string_view name = {};                // for kNoField: the caller's own name, cut at kErrorNameBytesMax, valid UTF-8 or empty
  double low = std::numeric_limits<double>::quiet_NaN();  // OUT_OF_RANGE; TOO_LONG of metadata: see wire::FieldError
  double high = std::numeric_limits<double>::quiet_NaN();
};

class RowErrors {
 public:
  RowErrors();

  void clear() noexcept { counts_.fill(0); }

  // The 33rd and later errors of a row are not kept. Copies the name, cut between two characters.
  // REQUIRES: row < 64; the name is UTF-8, as far as it is kept.
  void add(std::uint32_t row, const RowError& error) noexcept;

  [[nodiscard]] std::uint32_t count(std::uint32_t row) const noexcept { return counts_[row]; }
  // REQUIRES: index < count(row). The name points into this object.
  [[nodiscard]] RowError at(std::uint32_t row, std::uint32_t index) const noexcept;

  // Stable, by field; unknown names (kNoField) last. For the rows of `mask`.
  void sort(std::uint64_t mask) noexcept;

  // Forgets the errors of `row` and all rows after it.
  void forget_from(std::uint32_t row) noexcept;

 private:
  static constexpr std::uint32_t kRows = 64;
  struct Entry {
    RowError error;
    std::array<char, wire::kErrorNameBytesMax> name;
    std::uint8_t name_bytes;
  };
  using Order = std::array<std::uint8_t, wire::kRowErrorsMax>;

  std::array<std::uint8_t, kRows> counts_{};
  std::unique_ptr<Entry[]> entries_;  // kRows × kRowErrorsMax, by appearance
  std::unique_ptr<Order[]> orders_;   // kRows: entries of a row in the order of at()
};

}  // namespace ringside::engine
