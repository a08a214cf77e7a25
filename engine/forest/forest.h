// A booster, packed for speed: features of a row to margins, margins to values, with the bits of the XGBoost that trained it.
//
//   Result<Forest, ModelError> forest = Forest::build(model);
//   forest->predict_margins(row, 1, forest->features(), nullptr, margins);
//   forest->transform(margins, 1, values);
//
// Order of operations, which the bits rest on (README.md): float32 throughout; a margin starts as the base margin and the trees' leaves
// are added one by one in tree order; left is `x < threshold`; NaN is missing and takes the node's default. How the trees are walked is a
// kernel's business (kernels/), chosen when the forest is built; all kernels give the same bits.
//
// Thread safety: immutable once built; any number of threads may predict at the same time. Copies share the packed trees.
// Cost: predict_margins() and transform() never allocate, lock, throw or enter the kernel. build() does: loader only, some 10 ms beside
// what is linear in the model.
// Limits: 2^32 - 1 nodes in all; what else is refused, and why, stands in README.md.
#pragma once

#include <ringside/result.h>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/forest/kernels/choose.h"
#include "engine/forest/model.h"
#include "engine/forest/objective.h"
#include "engine/forest/release_rules.h"
#include "engine/region/settled_list.h"

namespace ringside::engine {

class Forest {
 public:
  struct Options {
    std::size_t iteration_begin = 0;                  // As XGBoost's iteration_range.
    std::size_t iteration_end = 0;                    // Exclusive; 0: all.
    Region* region = nullptr;                         // Where it is packed, which outlives it; null: in memory of its own.
    std::optional<KernelKind> kernel = std::nullopt;  // For tests and benchmarks: this one, or an error. Otherwise the quickest.
  };

  [[nodiscard]] static Result<Forest, ModelError> build(const BoosterModel& model, const Options& options);
  [[nodiscard]] static Result<Forest, ModelError> build(const BoosterModel& model) { return build(model, Options{}); }

  [[nodiscard]] std::size_t features() const noexcept { return features_; }
  [[nodiscard]] std::size_t margins_per_row() const noexcept { return base_margins_.size(); }
  [[nodiscard]] std::size_t values_per_row() const noexcept { return objective_->values_per_row(margins_per_row()); }
  [[nodiscard]] const Objective& objective() const noexcept { return *objective_; }
  [[nodiscard]] std::size_t trees() const noexcept { return trees_; }
  [[nodiscard]] std::size_t nodes() const noexcept { return nodes_; }  // That a row can reach.
  [[nodiscard]] const char* kernel() const noexcept { return kernel_ != nullptr ? kernel_->name() : "linear"; }
  [[nodiscard]] std::size_t bytes() const noexcept;  // Of memory that predicting may touch.

  // The margins of a row before the first tree, one an output: the base scores through the objective's link.
  [[nodiscard]] std::span<const float> base_margins() const noexcept { return {base_margins_.data(), base_margins_.size()}; }

  // Row r's features are features[r * stride … r * stride + features()), missing where NaN (of any sign and payload) or equal to the
  // model's `missing`. `base_margins`, where given, is rows x margins_per_row() and replaces base_margins(); it may be `margins`.
  // REQUIRES: stride >= features(); `margins` has room for rows x margins_per_row().
  void predict_margins(const float* features, std::size_t rows, std::size_t stride, const float* base_margins,
                       float* margins) const noexcept;

  // rows x margins_per_row() margins to rows x values_per_row() values; `values` may be `margins`.
  void transform(const float* margins, std::size_t rows, float* values) const noexcept {
    objective_->transform(margins, rows, margins_per_row(), values);
  }

 private:
  Forest() = default;
  void add_booster(const float* features, std::size_t rows, std::size_t stride, float* margins) const noexcept;
  void add_to_margins(const float* features, std::size_t rows, std::size_t stride, float* margins) const noexcept;
  void add_features(const float* row, float* margins) const noexcept;

  std::size_t features_ = 0;
  std::size_t trees_ = 0;
  std::size_t nodes_ = 0;
  const Objective* objective_ = nullptr;
  SumOrder sum_ = SumOrder::kMarginFirst;
  float missing_ = 0;                         // NaN where nothing but NaN is missing.
  SettledList<float> base_margins_;           // One an output.
  std::shared_ptr<const TreeKernel> kernel_;  // Null for gblinear.
  SettledList<float> linear_weights_;         // gblinear: (features + 1) x outputs, the last row the bias.
};

}  // namespace ringside::engine
