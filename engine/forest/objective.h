// What an objective does to numbers: base score to margin before the trees, margins to values after them.
//
//   base_score --link--> margin + leaves --transform--> values        binary:logistic: 0.5 -> 0.0 … 1.37 -> 0.797
//
// A closed table of the objectives of XGBoost 1.7; a name that is not in it is refused when a model is read. Every operation is the
// one of XGBoost 1.7.4, in its order and its precision (README.md says where it was read), and calls libm's own expf: margins are
// equal on every machine, values wherever libm is the same.
//
// Thread safety: constants and pure functions. Cost: no allocation; one expf a margin where the transform needs one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ringside::engine {

// What a caller may read into the values of a row.
enum class ScoreKind : std::uint8_t {
  kBinary,      // binary:*: one value; the second class where it is above 0.5. A probability for binary:logistic only.
  kMultiClass,  // multi:*: a probability a class (softprob), or the class index itself (softmax).
  kOther,       // Regression, counts, ranking, survival: a number in the objective's own unit.
};

enum class BaseScoreLink : std::uint8_t { kIdentity, kLogit, kLog };
enum class ValueTransform : std::uint8_t { kIdentity, kSigmoid, kExp, kExpInDouble, kHinge, kSoftmax, kArgmax };

struct Objective {
  std::string_view name;
  ScoreKind kind;
  BaseScoreLink link;
  ValueTransform value_transform;

  // nullopt where XGBoost refuses the base score (logistic outside (0, 1)) or the margin would not be finite.
  [[nodiscard]] std::optional<float> margin_of_base_score(float base_score) const noexcept;

  // softmax's class index is one value a row; every other transform keeps the number of margins.
  [[nodiscard]] std::size_t values_per_row(std::size_t margins_per_row) const noexcept {
    return value_transform == ValueTransform::kArgmax ? 1 : margins_per_row;
  }

  // rows x margins_per_row margins to rows x values_per_row values. `values` may be `margins`.
  void transform(const float* margins, std::size_t rows, std::size_t margins_per_row, float* values) const noexcept;
};

// The table's row of that name, or null. Lives as long as the program.
[[nodiscard]] const Objective* find_objective(std::string_view name) noexcept;

}  // namespace ringside::engine
