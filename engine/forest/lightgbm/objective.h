// What a LightGBM objective does to raw scores: the line of the model file, "binary sigmoid:0.7", to a transform of doubles.
//
// A closed table of the objectives of LightGBM 2.3 to 4.7. Every operation is LightGBM's own, in its order, in double, with libm's exp, log
// and log1p: raw scores are equal on every machine, values wherever libm is the same.
//
// Thread safety: a value and pure functions. Cost: no allocation; one exp a value where the transform needs one.
#pragma once

#include <ringside/result.h>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/forest/model.h"
#include "engine/forest/objective.h"

namespace ringside::engine {

enum class LightgbmTransform : std::uint8_t {
  kIdentity,
  kSigmoid,        // 1 / (1 + exp(-sigmoid * m))
  kExp,            // exp(m)
  kLog1pExp,       // log1p(exp(m))
  kLogOnePlusExp,  // log(1 + exp(m)), its spelling before LightGBM 3.3.
  kSignedSquare,   // sign(m) * m * m
  kSoftmax,
};

struct LightgbmObjective {
  std::string_view name = {};  // Of the table, so it lives as long as the program; empty for an objective of the caller's own.
  ScoreKind kind = ScoreKind::kOther;
  LightgbmTransform transform = LightgbmTransform::kIdentity;
  double sigmoid = 1.0;
  std::uint32_t num_class = 1;  // More than one only for kMultiClass.

  // `outputs` scores of a row to as many values; `values` may be `scores`.
  void values_of(const double* scores, std::size_t outputs, double* values) const noexcept;
};

// The file's objective line without "objective=". The error says what was expected of which word.
[[nodiscard]] Result<LightgbmObjective, ModelError> parse_lightgbm_objective(std::string_view line);

}  // namespace ringside::engine
