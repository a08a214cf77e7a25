// The plan's last step: float64 columns become the features that the model reads.
//
//   columns (float64) ── round to Feature ──▶ features[row × stride + j]      == missing, or zero where zero is missing ──▶ NaN
//                                                 infinite ──▶ NOT_FINITE on the field that it came from
//
// Thread safety: that of the tile. Cost: a single row about half a cycle a feature where columns stand side by side, a tile about two;
// more where a value is infinite or a sentinel is missing.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "engine/decode/tile.h"
#include "engine/preprocess/compiled_plan.h"
#include "engine/preprocess/field_errors.h"
#include "engine/preprocess/plan_columns.h"

namespace ringside::engine {

// All ones where a value is infinite, else zero: as integers, since a comparison of floats is no SIMD under -ftrapping-math.
template <class Feature>
[[nodiscard]] inline auto infinite_bits(Feature value) noexcept {
  using Bits = std::conditional_t<sizeof(Feature) == 4, std::uint32_t, std::uint64_t>;
  constexpr Bits kInfinite = std::bit_cast<Bits>(std::numeric_limits<Feature>::infinity());
  return (std::bit_cast<Bits>(value) & ~(Bits{1} << (8 * sizeof(Bits) - 1))) == kInfinite ? ~Bits{0} : Bits{0};
}

// Features side by side of one row. Whether any is infinite.
template <class Feature>
[[nodiscard]] inline bool cast_run(const double* columns, std::uint32_t count, Feature* features) noexcept {
  decltype(infinite_bits(Feature())) any = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    features[i] = static_cast<Feature>(columns[i]);
    any |= infinite_bits(features[i]);
  }
  return any != 0;
}

// Four features of every row, so that whole pieces of a row are written. Whether any is infinite.
template <class Feature>
[[nodiscard]] inline bool cast_four(const double* const (&columns)[4], std::uint32_t rows, Feature* features,
                                    std::size_t stride) noexcept {
  decltype(infinite_bits(Feature())) any[4] = {};
  for (std::uint32_t row = 0; row < rows; ++row, features += stride) {
    Feature values[4];
    for (std::uint32_t i = 0; i < 4; ++i) values[i] = static_cast<Feature>(columns[i][row]);
    for (std::uint32_t i = 0; i < 4; ++i) any[i] |= infinite_bits(values[i]);
    for (std::uint32_t i = 0; i < 4; ++i) features[i] = values[i];
  }
  return (any[0] | any[1] | any[2] | any[3]) != 0;
}

// Judged only for rows that had no error before.
template <class Feature>
inline void refuse_infinite(const CompiledPlan& plan, Tile& tile, const Feature* features, std::size_t stride) noexcept {
  const RowMask before = tile.invalid();
  for (std::uint32_t row = 0; row < tile.rows(); ++row) {
    if ((before >> row & 1) != 0) continue;
    for (std::size_t j = 0; j < plan.features.size(); ++j) {
      if (std::isinf(features[row * stride + j])) add_field_error(tile, row, plan.feature_fields[j], wire::FieldCode::kNotFinite);
    }
  }
}

// `missing` is compared after the cast, where XGBoost compares it too: -0 equals 0.
template <class Feature>
inline void drop_value(std::uint32_t rows, std::size_t count, Feature missing, Feature* features, std::size_t stride) noexcept {
  for (std::uint32_t row = 0; row < rows; ++row) {
    for (std::size_t j = 0; j < count; ++j) {
      Feature& feature = features[row * stride + j];
      feature = feature == missing ? std::numeric_limits<Feature>::quiet_NaN() : feature;
    }
  }
}

// A zero is no value of a sparse matrix; what only rounds to zero is one. So columns are asked, before the cast.
template <class Feature>
inline void drop_zeros(const CompiledPlan& plan, const PlanColumns& columns, std::uint32_t rows, Feature* features,
                       std::size_t stride) noexcept {
  for (std::size_t j = 0; j < plan.features.size(); ++j) {
    const double* column = columns.at(plan.features[j]);
    for (std::uint32_t row = 0; row < rows; ++row) {
      if (column[row] == 0) features[row * stride + j] = std::numeric_limits<Feature>::quiet_NaN();
    }
  }
}

// Feature: float or double.
template <class Feature>
inline void write_features(const CompiledPlan& plan, const PlanColumns& columns, Tile& tile, Feature* features,
                           std::size_t stride) noexcept {
  bool infinite = false;
  const std::size_t count = plan.features.size();
  if (columns.one_row()) {
    for (const FeatureRun& run : plan.feature_runs)
      infinite |= cast_run(columns.at(run.column), run.count, features + run.feature);
  } else {
    std::size_t j = 0;
    for (; j + 4 <= count; j += 4) {
      const double* const four[] = {columns.at(plan.features[j]), columns.at(plan.features[j + 1]),
                                    columns.at(plan.features[j + 2]), columns.at(plan.features[j + 3])};
      infinite |= cast_four(four, tile.rows(), features + j, stride);
    }
    for (; j < count; ++j) {
      const double* column = columns.at(plan.features[j]);
      for (std::uint32_t row = 0; row < tile.rows(); ++row) infinite |= cast_run(column + row, 1, features + row * stride + j);
    }
  }
  if (infinite) [[unlikely]]
    refuse_infinite(plan, tile, features, stride);
  if (plan.missing) [[unlikely]]
    drop_value(tile.rows(), count, static_cast<Feature>(*plan.missing), features, stride);
  if (plan.zero_is_missing) [[unlikely]]
    drop_zeros(plan, columns, tile.rows(), features, stride);
}

}  // namespace ringside::engine
