// Built with -fno-math-errno and -fno-trapping-math (CMakeLists.txt): without them a square root and a comparison keep their loop from
// becoming SIMD. Neither changes a value.

#include "engine/preprocess/number_kernels.h"

#include <array>
#include <cmath>
#include <memory>

#include "client_lib/base/check.h"
#include "engine/decode/tile.h"

namespace ringside::engine {
namespace {

template <NumberOp op>
double apply(double x, double a, double b) noexcept {
  if constexpr (op == NumberOp::kAdd) return x + a;
  if constexpr (op == NumberOp::kSubtract) return x - a;
  if constexpr (op == NumberOp::kMultiply) return x * a;
  if constexpr (op == NumberOp::kDivide) return x / a;
  if constexpr (op == NumberOp::kClip) {
    // numpy's order, in which a zero equal to a bound takes the bound's sign; NaN compares with nothing and stays.
    const double raised = x <= a ? a : x;
    return raised >= b ? b : raised;
  }
  if constexpr (op == NumberOp::kFloat32) return static_cast<double>(static_cast<float>(x));
  if constexpr (op == NumberOp::kAbs) return std::fabs(x);
  if constexpr (op == NumberOp::kSqrt) return std::sqrt(x);
  if constexpr (op == NumberOp::kSquare) return x * x;
  if constexpr (op == NumberOp::kLog1p) return std::log1p(x);
  if constexpr (op == NumberOp::kImputeEqual) return x == a ? b : x;
  if constexpr (op == NumberOp::kImputeNan) return x != x ? b : x;
  if constexpr (op == NumberOp::kIsEqual) return x == a ? 1.0 : 0.0;
  if constexpr (op == NumberOp::kIsNan) return x != x ? 1.0 : 0.0;
  if constexpr (op == NumberOp::kBinarize) return x > a ? 1.0 : 0.0;
  if constexpr (op == NumberOp::kSubtractDivide) return (x - a) / b;
  if constexpr (op == NumberOp::kMultiplyAdd) return x * a + b;  // never fused: -ffp-contract=off
}

template <NumberOp op, Width width>
double step(double x, double a, double b) noexcept {
  const double value = apply<op>(x, a, b);
  return width == Width::kFloat32 ? static_cast<double>(static_cast<float>(value)) : value;
}

// All is read before anything is written, so `in` may be `out` and the compiler need not ask.
template <std::uint32_t count, class Function>
inline void block(const double* in, double* out, Function function) noexcept {
  double values[count];
  for (std::uint32_t i = 0; i < count; ++i) values[i] = function(in[i], i);
  for (std::uint32_t i = 0; i < count; ++i) out[i] = values[i];
}

constexpr std::uint32_t kBlock = 8;  // a cache line

template <NumberOp op, Width width>
void over_rows(const double* in, double* out, std::uint32_t rows, double a, double b) noexcept {
  RINGSIDE_CHECK(is_aligned_column(in) && is_aligned_column(out));
  in = std::assume_aligned<kColumnAlignment>(in);
  out = std::assume_aligned<kColumnAlignment>(out);
  for (std::uint32_t row = 0; row < rows; row += kBlock)
    block<kBlock>(in + row, out + row, [a, b](double x, std::uint32_t) { return step<op, width>(x, a, b); });
}

template <NumberOp op, Width width>
void over_columns(const double* in, double* out, const double* a, const double* b, std::uint32_t count) noexcept {
  std::uint32_t c = 0;
  const auto at = [&](double x, std::uint32_t i) { return step<op, width>(x, a[c + i], b[c + i]); };
  for (; c + kBlock <= count; c += kBlock) block<kBlock>(in + c, out + c, at);
  if constexpr (op == NumberOp::kFloat32 || width == Width::kFloat32) {
    // One at a time, and out of the optimiser's sight: of exactly two numbers g++ 12 makes SIMD that leaves out the trip through float32.
    for (; c < count; ++c) {
      volatile float narrow = static_cast<float>(apply<op>(in[c], a[c], b[c]));
      out[c] = static_cast<double>(narrow);
    }
  } else {
    for (; c + 2 <= count; c += 2) block<2>(in + c, out + c, at);
    if (c < count) block<1>(in + c, out + c, at);
  }
}

template <NumberOp op, Width width>
constexpr NumberKernel kernel_of() noexcept {
  if constexpr (width == Width::kFloat32 && (op == NumberOp::kSubtractDivide || op == NumberOp::kMultiplyAdd)) {
    return {};
  } else {
    return {over_rows<op, width>, over_columns<op, width>};
  }
}

template <Width width, std::size_t... ops>
constexpr std::array<NumberKernel, sizeof...(ops)> kernels_of(std::index_sequence<ops...>) noexcept {
  return {{kernel_of<static_cast<NumberOp>(ops), width>()...}};
}

constexpr auto kFloat64Kernels = kernels_of<Width::kFloat64>(std::make_index_sequence<kNumberOps>());
constexpr auto kFloat32Kernels = kernels_of<Width::kFloat32>(std::make_index_sequence<kNumberOps>());

}  // namespace

const NumberKernel& number_kernel(NumberOp op, Width width) noexcept {
  return (width == Width::kFloat32 ? kFloat32Kernels : kFloat64Kernels)[static_cast<std::size_t>(op)];
}

}  // namespace ringside::engine
