#include "engine/preprocess/quantile_map.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "engine/preprocess/normal_quantile.h"

namespace ringside::engine {
namespace {

constexpr double kBoundsThreshold = 1e-7;  // sklearn.preprocessing._data.BOUNDS_THRESHOLD
constexpr double kLowest =
    -0x1.4cc1f26b89e5bp+2;  // scipy.stats.norm.ppf(BOUNDS_THRESHOLD - 2**-52): what the result is clipped to
constexpr double kHighest = 0x1.4cc1f26ba4caep+2;  // scipy.stats.norm.ppf(1 - (BOUNDS_THRESHOLD - 2**-52))

double rounded(double x, Width width) noexcept {
  return width == Width::kFloat32 ? static_cast<double>(static_cast<float>(x)) : x;
}

// numpy.interp of one finite x, as numpy/core/src/multiarray/compiled_base.c has it.
double interpolate(double x, const SettledList<double>& xs, const SettledList<double>& ys) noexcept {
  if (x < xs.front()) return ys.front();
  if (x > xs.back()) return ys.back();
  const auto j =
      static_cast<std::size_t>(std::upper_bound(xs.begin(), xs.end(), x) - xs.begin()) - 1;  // the last one not above x
  if (j + 1 == xs.size() || xs[j] == x) return ys[j];
  const double slope = (ys[j + 1] - ys[j]) / (xs[j + 1] - xs[j]);
  const double y = slope * (x - xs[j]) + ys[j];
  if (!std::isnan(y)) [[likely]]
    return y;
  const double from_above = slope * (x - xs[j + 1]) + ys[j + 1];  // neighbours so close that the slope is infinite
  return std::isnan(from_above) && ys[j] == ys[j + 1] ? ys[j] : from_above;
}

std::vector<double> falling(const SettledList<double>& rising) {
  std::vector<double> result(rising.size());
  std::transform(rising.begin(), rising.end(), result.rbegin(), std::negate<>());
  return result;
}

}  // namespace

QuantileMap::QuantileMap(std::vector<double> quantiles, std::vector<double> references, Distribution distribution, Width width)
    : quantiles_(std::move(quantiles)),
      references_(std::move(references)),
      falling_quantiles_(falling(quantiles_)),
      falling_references_(falling(references_)),
      distribution_(distribution),
      width_(width),
      first_(rounded(quantiles_.front(), width)),  // numpy compares a float32 column with a scalar in float32
      last_(rounded(quantiles_.back(), width)) {}

double QuantileMap::operator()(double x) const noexcept {
  if (std::isnan(x)) return x;
  const bool normal = distribution_ == Distribution::kNormal;
  const double margin = rounded(kBoundsThreshold, width_);
  const bool lowest = normal ? rounded(x - margin, width_) < first_ : x == first_;
  const bool highest = normal ? rounded(x + margin, width_) > last_ : x == last_;
  double place = 0.5 * (interpolate(x, quantiles_, references_) - interpolate(-x, falling_quantiles_, falling_references_));
  if (highest) place = 1;
  if (lowest) place = 0;  // last: where all quantiles are one, it wins
  place = rounded(place, width_);
  if (!normal) return place;
  return rounded(std::clamp(rounded(normal_quantile(place), width_), kLowest, kHighest), width_);
}

}  // namespace ringside::engine
