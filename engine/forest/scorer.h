// A forest of whichever library, behind one face: rows of features to margins and values, in the numbers of that library.
//
//   Scorer scorer(std::move(*Forest::build(booster)));              // XGBoost: float32 throughout
//   Scorer scorer(std::move(*LightgbmForest<double>::build(model))); // LightGBM: features float32 or float64, the rest float64
//   scorer.score(features, rows, stride, margins, values);          // memory of feature_type() and output_type()
//
// The library is asked once a tile, not a row; what a caller needs a row is kept beside the forest.
//
// Thread safety: immutable once made; any number of threads may score at the same time.
// Cost: scoring never allocates, locks, throws or enters the kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "engine/forest/forest.h"
#include "engine/forest/lightgbm/forest.h"
#include "engine/schema/float_type.h"

namespace ringside::engine {

class Scorer {
 public:
  explicit Scorer(Forest forest);
  explicit Scorer(LightgbmForest<float> forest);
  explicit Scorer(LightgbmForest<double> forest);

  [[nodiscard]] std::size_t features() const noexcept { return facts_.features; }
  [[nodiscard]] std::size_t margins_per_row() const noexcept { return facts_.margins; }
  [[nodiscard]] std::size_t values_per_row() const noexcept { return facts_.values; }
  [[nodiscard]] FloatType feature_type() const noexcept { return facts_.feature_type; }
  [[nodiscard]] FloatType output_type() const noexcept { return facts_.output_type; }  // Of margins and values.
  [[nodiscard]] ScoreKind kind() const noexcept { return facts_.kind; }
  // As the model file names it; empty for a LightGBM objective of the caller's own.
  [[nodiscard]] std::string_view objective() const noexcept { return facts_.objective; }
  [[nodiscard]] std::size_t trees() const noexcept { return facts_.trees; }
  [[nodiscard]] const char* kernel() const noexcept;
  [[nodiscard]] std::size_t bytes() const noexcept;  // Of memory that scoring may touch.

  // Row r's features are features[r * stride … r * stride + features()), missing where NaN. Fills rows x margins_per_row()
  // margins and rows x values_per_row() values.
  // REQUIRES: `features` is of feature_type(), stride >= features(); `margins` and `values` are of output_type() and do not
  // overlap.
  void score(const void* features, std::size_t rows, std::size_t stride, void* margins, void* values) const noexcept;

 private:
  struct Facts {
    std::size_t features = 0, margins = 0, values = 0, trees = 0;
    FloatType feature_type = FloatType::kFloat32, output_type = FloatType::kFloat32;
    ScoreKind kind = ScoreKind::kOther;
    std::string_view objective{};  // Of a table, so it lives as long as the program.
  };
  using AnyForest = std::variant<Forest, LightgbmForest<float>, LightgbmForest<double>>;

  static Facts facts_of(const Forest& forest) noexcept;
  template <class Feature>
  static Facts facts_of(const LightgbmForest<Feature>& forest) noexcept;

  Facts facts_;  // Before the forest, which its maker moves from.
  AnyForest forest_;
};

}  // namespace ringside::engine
