// scikit-learn's PowerTransformer for one column, before its scaler: Yeo-Johnson for any number, Box-Cox for what is above zero.
//
// Inexact: numpy and scipy raise to a power with libraries of their own, and numpy with other ones on other processors.
// tests/golden/plan/inexact_bounds.py measures by how much that differs from libm's pow. Under Width::kFloat32 every operation is
// rounded to float32, as numpy computes with a float32 column.
//
// Thread safety: immutable. Cost: that of one pow.
#pragma once

#include "engine/preprocess/plan_spec.h"

namespace ringside::engine {

class PowerCurve {
 public:
  using Method = PowerStep::Method;

  PowerCurve() = default;
  // REQUIRES: lambda is finite.
  PowerCurve(Method method, double lambda, Width width) noexcept : method_(method), lambda_(lambda), width_(width) {}

  // NaN for NaN. Box-Cox of a negative number is NaN, and of zero what its logarithm makes of it: steps that require a number come
  // after it where training refuses them.
  [[nodiscard]] double operator()(double x) const noexcept;

 private:
  [[nodiscard]] double yeo_johnson(double x) const noexcept;
  [[nodiscard]] double box_cox(double x) const noexcept;
  [[nodiscard]] double rounded(double x) const noexcept {
    return width_ == Width::kFloat32 ? static_cast<double>(static_cast<float>(x)) : x;
  }
  // (base^exponent − 1) / exponent
  [[nodiscard]] double power(double base, double exponent) const noexcept;

  Method method_ = Method::kYeoJohnson;
  double lambda_ = 1;
  Width width_ = Width::kFloat64;
};

}  // namespace ringside::engine
