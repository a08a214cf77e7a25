// Goal: a kernel rounds as the plain operation does, for every number of columns and rows: what is left over by whole blocks, too.
// Method: every operation in both widths over hard values, against one operation at a time whose rounding the compiler cannot see
//   through (g++ 12 drops the trip through float32 where it makes SIMD of exactly two numbers).
#include "engine/preprocess/number_kernels.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <new>
#include <vector>

namespace ringside::engine {
namespace {

constexpr std::uint32_t kMost = 19;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// 64 doubles on a cache line, as columns stand.
struct Line {
  alignas(64) double at[64] = {};
};

double rounded(double value) {
  volatile float narrow = static_cast<float>(value);
  return static_cast<double>(narrow);
}

double plainly(NumberOp op, Width width, double x, double a, double b) {
  volatile double value = x;
  switch (op) {
    case NumberOp::kAdd:
      value = x + a;
      break;
    case NumberOp::kSubtract:
      value = x - a;
      break;
    case NumberOp::kMultiply:
      value = x * a;
      break;
    case NumberOp::kDivide:
      value = x / a;
      break;
    case NumberOp::kClip:
      value = std::isnan(x) ? x : x <= a ? (a >= b ? b : a) : x >= b ? b : x;
      break;
    case NumberOp::kFloat32:
      value = rounded(x);
      break;
    case NumberOp::kAbs:
      value = std::fabs(x);
      break;
    case NumberOp::kSqrt:
      value = std::sqrt(x);
      break;
    case NumberOp::kSquare:
      value = x * x;
      break;
    case NumberOp::kLog1p:
      value = std::log1p(x);
      break;
    case NumberOp::kImputeEqual:
      value = x == a ? b : x;
      break;
    case NumberOp::kImputeNan:
      value = std::isnan(x) ? b : x;
      break;
    case NumberOp::kIsEqual:
      value = x == a ? 1.0 : 0.0;
      break;
    case NumberOp::kIsNan:
      value = std::isnan(x) ? 1.0 : 0.0;
      break;
    case NumberOp::kBinarize:
      value = x > a ? 1.0 : 0.0;
      break;
    case NumberOp::kSubtractDivide:
      value = x - a;
      value = value / b;
      break;
    case NumberOp::kMultiplyAdd:
      value = x * a;
      value = value + b;
      break;
  }
  return width == Width::kFloat32 ? rounded(value) : value;
}

std::uint64_t bits(double value) {
  return std::isnan(value) ? std::bit_cast<std::uint64_t>(kNan) : std::bit_cast<std::uint64_t>(value);
}

const double kHard[] = {1.0,  -0x1.f5dc83cd4e93p-1, 0.1,  -0.0,  0.0,        1e300, -1e300,    5e-324,    0x1.fffffffp0,
                        kNan, 3.0000000001,         -7.5, 1e-40, 16777217.0, 2.5,   0x1.p-150, 123456.789};

TEST(NumberKernels, EveryOperationRoundsAsOneAtATimeForAnyNumberOfColumnsAndRows) {
  constexpr std::size_t kHardValues = std::size(kHard);
  for (std::size_t op = 0; op < kNumberOps; ++op) {
    for (const Width width : {Width::kFloat64, Width::kFloat32}) {
      const NumberKernel& kernel = number_kernel(static_cast<NumberOp>(op), width);
      if (kernel.columns == nullptr) continue;
      for (std::uint32_t count = 1; count <= kMost; ++count) {
        for (std::size_t shift = 0; shift < kHardValues; ++shift) {
          Line in, out, rows_out, a, b;
          for (std::uint32_t i = 0; i < count; ++i) {
            in.at[i] = kHard[(i + shift) % kHardValues];
            a.at[i] = 0x1.faee41e6a7498p+0 - 0.25 * i;
            b.at[i] = 0x1.3333333333333p+1 + i;
          }
          kernel.columns(in.at, out.at, a.at, b.at, count);
          kernel.rows(in.at, rows_out.at, count, a.at[0], b.at[0]);
          for (std::uint32_t i = 0; i < count; ++i) {
            ASSERT_EQ(bits(out.at[i]), bits(plainly(static_cast<NumberOp>(op), width, in.at[i], a.at[i], b.at[i])))
                << "op " << op << " width " << static_cast<int>(width) << " column " << i << " of " << count << " x " << in.at[i];
            ASSERT_EQ(bits(rows_out.at[i]), bits(plainly(static_cast<NumberOp>(op), width, in.at[i], a.at[0], b.at[0])))
                << "op " << op << " width " << static_cast<int>(width) << " row " << i << " of " << count << " x " << in.at[i];
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace ringside::engine
