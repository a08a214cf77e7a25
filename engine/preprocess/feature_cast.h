// The plan's last step: a float64 column becomes a feature of the width that the model reads.
//
//   column (float64) ── round to Feature ──▶ features[row × stride]      == missing ──▶ NaN
//
// Infinite features and the sentinel are looked for in a second walk, and only where there may be any.
//
// Thread safety: pure. Cost: cast_column() is inline, since a single row takes it once a feature.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "engine/decode/tile.h"

namespace ringside::engine {

// Feature: float or double. True where a feature of the column is infinite. REQUIRES, as below: rows <= kTileRows.
template <class Feature>
[[nodiscard]] inline bool cast_column(const double* column, std::uint32_t rows, Feature* features, std::size_t stride) noexcept {
  bool infinite = false;
  for (std::uint32_t row = 0; row < rows; ++row, features += stride) {
    const auto value = static_cast<Feature>(column[row]);
    *features = value;
    infinite |= std::fabs(value) == std::numeric_limits<Feature>::infinity();
  }
  return infinite;
}

template <class Feature>
[[nodiscard]] RowMask infinite_rows(const Feature* features, std::uint32_t rows, std::size_t stride) noexcept {
  RowMask infinite = 0;
  for (std::uint32_t row = 0; row < rows; ++row) infinite |= RowMask{std::isinf(features[row * stride])} << row;
  return infinite;
}

// What equals `missing` becomes NaN: compared after the cast, where XGBoost compares it too. -0 equals 0.
template <class Feature>
void clear_missing(Feature missing, std::uint32_t rows, Feature* features, std::size_t stride) noexcept {
  for (std::uint32_t row = 0; row < rows; ++row) {
    if (features[row * stride] == missing) features[row * stride] = std::numeric_limits<Feature>::quiet_NaN();
  }
}

}  // namespace ringside::engine
