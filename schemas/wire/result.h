// Where everything stands in a result, from the response's geometry alone.
//
//   bitmaps   rows × 3 × words: filled, unknown, clamped; bit f is field f of the version that answered (names: directory.h)
//   ids       rows × 16, with kIdsMade
//   digests   rows × 16, with kHasInputDigests: a keyed hash of what each row held (zeros: the row was not scored)
//   rows      RowResult × rows
//   values    rows × values, of output_type
//   margins   rows × margins, of output_type
//   features  rows × features, with kHasFeatures; float64 with kFeaturesFloat64, else float32
//   errors    32-byte units, in row order: a FieldError, then, where it has a name, as many units as the name needs
//
// One row of a binary model with at most 64 fields is 24 + 16 + 8 + 4 + 4 = 56 bytes, 64 with float64 outputs: it fits inline_result.
#pragma once

#include <cstddef>
#include <cstdint>

#include "schemas/wire/response.h"

namespace ringside::wire {

struct RowResult {
  std::uint8_t status;  // wire::Status
  std::uint8_t errors;  // FieldErrors of this row in the result (at most kRowErrorsMax; fewer if out_bytes ran out)
  std::uint16_t reserved;
  std::int32_t label_index;  // in the version's classes; -1: none
};
static_assert(sizeof(RowResult) == 8);

inline constexpr std::uint16_t kNoField = 0xFFFF;

struct FieldError {
  std::uint8_t code;      // wire::FieldCode
  std::uint8_t expected;  // wire::Dtype of the field, for TYPE_MISMATCH
  std::uint8_t got;       // wire::Tag that came
  std::uint8_t reserved;
  std::uint16_t field;       // of the version that answered; kNoField: see name
  std::uint16_t name_bytes;  // the caller's own name for it, for fields the version does not have; at most kErrorNameBytesMax
  std::uint16_t reserved2;
  std::uint16_t row;
  std::uint32_t reserved3;
  // OUT_OF_RANGE: the declared bounds (NaN: none). Never the value. TOO_LONG of call metadata: high is the most bytes, low, where there
  // may be several, the most of them; both NaN for a field, whose bound is kTextBytesMax.
  double low, high;
};
static_assert(sizeof(FieldError) == 32);

// Units that an error takes with its name.
constexpr std::uint32_t error_units(std::uint32_t name_bytes) noexcept {
  return 1 + static_cast<std::uint32_t>((name_bytes + sizeof(FieldError) - 1) / sizeof(FieldError));
}
inline constexpr std::uint32_t kErrorUnitsMax = error_units(kErrorNameBytesMax);

struct ResultLayout {
  std::uint32_t words;  // of one bitmap
  std::uint64_t ids_offset, digests_offset, rows_offset, values_offset, margins_offset, features_offset, errors_offset, total_bytes;
};

constexpr std::uint64_t output_bytes(std::uint8_t output_type) noexcept {
  return output_type == static_cast<std::uint8_t>(OutputType::kFloat64) ? 8 : 4;
}

// The arguments are 16 and 32 bits wide, so the sums cannot wrap.
constexpr std::uint64_t feature_bytes(std::uint8_t flags) noexcept { return (flags & kFeaturesFloat64) != 0 ? 8 : 4; }

constexpr ResultLayout result_layout(const ResponseGeometry& g) noexcept {
  ResultLayout layout{};
  const std::uint64_t rows = g.rows;
  layout.words = (std::uint32_t{g.fields} + 63) / 64;
  layout.ids_offset = rows * 3 * layout.words * 8;
  layout.digests_offset = layout.ids_offset + ((g.flags & kIdsMade) != 0 ? rows * 16 : 0);
  layout.rows_offset = layout.digests_offset + ((g.flags & kHasInputDigests) != 0 ? rows * 16 : 0);
  layout.values_offset = layout.rows_offset + rows * sizeof(RowResult);
  layout.margins_offset = layout.values_offset + rows * g.values * output_bytes(g.output_type);
  layout.features_offset = layout.margins_offset + rows * g.margins * output_bytes(g.output_type);
  const std::uint64_t features_end = layout.features_offset + ((g.flags & kHasFeatures) != 0 ? rows * g.features * feature_bytes(g.flags) : 0);
  // Errors are 8-aligned; without any, no padding is spent (that is what lets one row fit a line).
  layout.errors_offset = g.errors == 0 ? features_end : ((features_end + 7) & ~std::uint64_t{7});
  layout.total_bytes = layout.errors_offset + std::uint64_t{g.errors} * sizeof(FieldError);
  return layout;
}

}  // namespace ringside::wire
