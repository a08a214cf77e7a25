#include "engine/preprocess/power_curve.h"

#include <cmath>

namespace ringside::engine {
namespace {

constexpr double kSpacing = 0x1p-52;       // numpy.spacing(1.0): how near to 0 or 2 a lambda counts as it
constexpr double kLogarithmBelow = 1e-19;  // scipy.special.boxcox takes the logarithm for a lambda nearer to 0

}  // namespace

double PowerCurve::operator()(double x) const noexcept {
  return method_ == Method::kYeoJohnson ? yeo_johnson(x) : rounded(box_cox(x));
}

double PowerCurve::power(double base, double exponent) const noexcept {
  exponent = rounded(exponent);  // numpy casts a scalar to the column's type
  return rounded(rounded(rounded(std::pow(base, exponent)) - 1) / exponent);
}

double PowerCurve::yeo_johnson(double x) const noexcept {
  if (x >= 0) return std::fabs(lambda_) < kSpacing ? rounded(std::log1p(x)) : power(rounded(x + 1), lambda_);
  return std::fabs(lambda_ - 2) > kSpacing ? -power(rounded(-x + 1), 2 - lambda_) : -rounded(std::log1p(-x));
}

double PowerCurve::box_cox(double x) const noexcept {
  const double lambda = rounded(lambda_);
  return std::fabs(lambda) < kLogarithmBelow ? std::log(x) : std::expm1(lambda * std::log(x)) / lambda;
}

}  // namespace ringside::engine
