// The arithmetic of numeric steps as kernels that the compiler turns into SIMD: over the rows of one column, or over neighbouring
// columns of one row, each column with constants of its own. Both apply one formula element by element, so the bits do not depend on
// which one ran.
//
//   rows     out[r] = f(in[r], a, b)         64 rows, one pair of constants
//   columns  out[c] = f(in[c], a[c], b[c])   one row, all columns that the plan scales in the same way
//
// Thread safety: pure. Cost: for division two elements in four to eight cycles, for the rest about one cycle an element.
#pragma once

#include <cstdint>

#include "engine/preprocess/plan_spec.h"

namespace ringside::engine {

enum class NumberOp : std::uint8_t {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kClip,  // a: low, b: high
  kFloat32,
  kAbs,
  kSqrt,
  kSquare,
  kLog1p,
  kImputeEqual,  // a: what is missing, b: what takes its place
  kImputeNan,    // b
  kIsEqual,      // a
  kIsNan,
  kBinarize,  // a: the threshold
  // Two steps in one go, each rounded; float64 alone.
  kSubtractDivide,  // (x - a) / b
  kMultiplyAdd,     // x * a + b
};
inline constexpr std::size_t kNumberOps = static_cast<std::size_t>(NumberOp::kMultiplyAdd) + 1;

// `in` and `out` are the same memory, or do not overlap.
struct NumberKernel {
  // REQUIRES: both begin on a cache line and have room for `rows` rounded up to 8; what stands behind the rows may be overwritten.
  void (*rows)(const double* in, double* out, std::uint32_t rows, double a, double b) noexcept = nullptr;
  void (*columns)(const double* in, double* out, const double* a, const double* b, std::uint32_t count) noexcept = nullptr;
};

// Always the same object for the same arguments; without functions where the operation is of float64 alone and `width` is not.
[[nodiscard]] const NumberKernel& number_kernel(NumberOp op, Width width) noexcept;

}  // namespace ringside::engine
