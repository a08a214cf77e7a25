// The width of the numbers that a model reads or gives. XGBoost's are float32 throughout; LightGBM's values are float64, its
// features what it was trained on. Memory of one or the other is handed on untyped, beside its FloatType: what is known at load
// is not asked a row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace ringside::engine {

enum class FloatType : std::uint8_t { kFloat32, kFloat64 };

[[nodiscard]] constexpr std::size_t float_bytes(FloatType type) noexcept { return type == FloatType::kFloat64 ? 8 : 4; }

// Number: float or double.
template <class Number>
inline constexpr FloatType kFloatTypeOf = std::is_same_v<Number, double> ? FloatType::kFloat64 : FloatType::kFloat32;

}  // namespace ringside::engine
