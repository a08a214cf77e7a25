// What an objective does to numbers: base scores to margins before the trees, margins to values after them.
//
//   base_score --link--> margin + leaves --transform--> values        binary:logistic: 0.5 -> 0.0 … 1.37 -> 0.797
//
// A closed table of the objectives of XGBoost 1.2 to 3.4, each with the releases that it is for: a link or a transform that changed has
// a row before and a row after. A name that is not in it, or not yet in that release, is refused when a model is read. Every
// operation is XGBoost's own, in its order and its precision (README.md says where it was read), and calls libm's own expf: margins
// are equal on every machine, values wherever libm is the same.
//
// Thread safety: constants and pure functions. Cost: no allocation; one expf a margin where the transform needs one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/forest/model.h"

namespace ringside::engine {

// What a caller may read into the values of a row.
enum class ScoreKind : std::uint8_t {
  kBinary,      // binary:logistic, binary:hinge: one value from 0 to 1; the second class where it is above 0.5.
  kMultiClass,  // multi:*: a probability a class (softprob), or the class index itself (softmax).
  kOther,       // Regression, counts, ranking, survival, bare margins (binary:logitraw): a number in the objective's own unit.
};

enum class BaseScoreLink : std::uint8_t {
  kIdentity,
  kLogit,         // -logf(1 / b - 1); b outside (0, 1) is refused.
  kLogitClamped,  // The same from 3.2 on, b first brought into [1e-6, 1 - 1e-6]; b outside [0, 1] is refused.
  kLog,
  kSoftplusGaps,  // Expectiles: from the second on, the inverse softplus of the step from the one before.
};

enum class ValueTransform : std::uint8_t {
  kIdentity,
  kSigmoid,           // From 1.6 on: never 0, because expf's argument ends at 88.7.
  kSigmoidUnbounded,  // Before: 0 from where expf is infinite.
  kExp,
  kExpInDouble,
  kHinge,
  kSoftmax,
  kArgmax,
  kSort,          // Quantiles from 3.4 on: ascending.
  kSoftplusGaps,  // Expectiles: each is the one before plus 1e-6 plus the softplus of its margin.
};

struct Objective {
  std::string_view name;
  ScoreKind kind;
  BaseScoreLink link;
  ValueTransform value_transform;
  BoosterVersion since{0, 0, 0};    // The first release of this row,
  BoosterVersion before{99, 0, 0};  // and the first that is no longer.

  // A base score an output to a margin an output, in place. False where XGBoost refuses a score or a margin would not be finite;
  // the margins are then unspecified.
  [[nodiscard]] bool margins_of_base_scores(float* scores, std::size_t outputs) const noexcept;

  // softmax's class index is one value a row; every other transform keeps the number of margins.
  [[nodiscard]] std::size_t values_per_row(std::size_t margins_per_row) const noexcept {
    return value_transform == ValueTransform::kArgmax ? 1 : margins_per_row;
  }

  // rows x margins_per_row margins to rows x values_per_row values. `values` may be `margins`.
  void transform(const float* margins, std::size_t rows, std::size_t margins_per_row, float* values) const noexcept;
};

// The table's row of that name for that release, or null. Lives as long as the program.
[[nodiscard]] const Objective* find_objective(std::string_view name, const BoosterVersion& version) noexcept;

// The margins of a row before the first tree, one an output: base scores through the link of the objective and the release.
// The error names what is wrong with them. REQUIRES: base_scores hold one or outputs().
[[nodiscard]] Result<std::vector<float>, ModelError> start_margins(const BoosterModel& model);

}  // namespace ringside::engine
