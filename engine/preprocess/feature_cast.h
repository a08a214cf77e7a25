// The plan's last step: a float64 column becomes a feature of the width that the model reads.
//
//   column (float64) ── round to Feature ──▶ features[row × stride]      == missing ──▶ NaN
//
// Thread safety: pure. Cost: inline, since a single row takes it once a feature; the second and third loops run where they are needed.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "engine/decode/tile.h"

namespace ringside::engine {

// The rows whose feature is infinite. `missing` is compared after the cast, where XGBoost compares it too: -0 equals 0.
// Feature: float or double. REQUIRES: rows <= kTileRows.
template <class Feature>
[[nodiscard]] inline RowMask cast_column(const double* column, std::uint32_t rows, std::optional<float> missing,
                                         Feature* features, std::size_t stride) noexcept {
  bool beyond = false;
  for (std::uint32_t row = 0; row < rows; ++row) {
    const auto value = static_cast<Feature>(column[row]);
    features[row * stride] = value;
    beyond |= std::fabs(value) == std::numeric_limits<Feature>::infinity();
  }
  RowMask infinite = 0;
  if (beyond) [[unlikely]] {
    for (std::uint32_t row = 0; row < rows; ++row) infinite |= RowMask{std::isinf(features[row * stride])} << row;
  }
  if (missing) [[unlikely]] {
    for (std::uint32_t row = 0; row < rows; ++row) {
      if (features[row * stride] == static_cast<Feature>(*missing))
        features[row * stride] = std::numeric_limits<Feature>::quiet_NaN();
    }
  }
  return infinite;
}

}  // namespace ringside::engine
