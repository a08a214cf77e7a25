// scikit-learn's QuantileTransformer for one column: where a value stands among the quantiles of training, from 0 to 1, or that as a
// value of the normal distribution.
//
//   QuantileMap map({1, 2, 2, 5}, {0, 1/3, 2/3, 1}, Distribution::kUniform, Width::kFloat64);   map(2) == 0.5   map(NaN) is NaN
//
// uniform is exact: numpy.interp's own arithmetic from both sides, and the mean of the two. normal takes normal_quantile() of that and
// clips it, which is inexact by as much as that function is. Under Width::kFloat32 what scikit-learn keeps in the frame is rounded to
// float32: the place, its normal value and the result.
//
// Thread safety: immutable. Cost: two binary searches and two divisions; normal: a logarithm more.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/preprocess/plan_spec.h"
#include "engine/region/settled_list.h"

namespace ringside::engine {

class QuantileMap {
 public:
  using Distribution = QuantileStep::Distribution;

  QuantileMap() = default;
  // REQUIRES: as many references as quantiles, at least one; neither falls; all finite.
  QuantileMap(std::vector<double> quantiles, std::vector<double> references, Distribution distribution, Width width);

  [[nodiscard]] double operator()(double x) const noexcept;

  void settle(Region& region) {
    for (auto* list : {&quantiles_, &references_, &falling_quantiles_, &falling_references_}) list->settle(region);
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return 4 * quantiles_.heap_bytes(); }

 private:
  SettledList<double> quantiles_, references_;
  SettledList<double> falling_quantiles_, falling_references_;  // the same negated and reversed
  Distribution distribution_ = Distribution::kUniform;
  Width width_ = Width::kFloat64;
  double first_ = 0, last_ = 0;  // quantiles as they are compared with
};

}  // namespace ringside::engine
