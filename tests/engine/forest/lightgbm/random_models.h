// LightGBM models of any shape, and rows that are aimed at where their evaluation may go wrong; the same for the same seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "engine/forest/lightgbm/model.h"

namespace ringside::engine::test {

struct RandomShape {
  std::size_t rounds = 20;
  std::size_t leaves = 16;  // At most; a tree has 1 to so many, lopsided.
  std::uint32_t features = 6;
  std::uint32_t outputs = 1;
  double categorical = 0;  // Share of splits.
  double linear = 0;       // Share of trees.
  bool average_output = false;
};

// Objective: none of LightGBM's, so values are scores, or means of them.
[[nodiscard]] LightgbmModel random_model(const RandomShape& shape, std::uint64_t seed);

// A row of the model's features: on its thresholds, beside them, at zero and LightGBM's zero, infinite, NaN, categories.
[[nodiscard]] std::vector<double> aimed_row(const LightgbmModel& model, std::mt19937_64& rng);

}  // namespace ringside::engine::test
