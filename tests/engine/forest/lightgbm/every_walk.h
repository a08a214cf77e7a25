// ../kernels/every_walk.h for LightGBM: models that between them take every way through predicting, and rows for them.
#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "engine/forest/lightgbm/lockstep.h"
#include "engine/forest/lightgbm/one_tree.h"
#include "tests/engine/forest/lightgbm/random_models.h"

namespace ringside::engine::test {

struct WalkedText {
  std::string name;
  LightgbmModel model;
};

[[nodiscard]] inline std::vector<WalkedText> every_lightgbm_walk() {
  std::vector<WalkedText> all;
  const auto add = [&](const char* name, const RandomShape& shape, const char* objective) {
    all.push_back({name, random_model(shape, 5)});
    if (*objective == '\0') return;
    const std::uint32_t outputs = all.back().model.outputs;
    all.back().model.objective = parse_lightgbm_objective(objective).value();
    all.back().model.objective.num_class = outputs;
  };
  add("numerical", {}, "binary sigmoid:1");
  add("lopsided", {.rounds = 19, .leaves = 63, .features = 30}, "poisson");
  add("classes", {.rounds = 7, .outputs = 3}, "multiclass num_class:3");
  add("averaged", {.rounds = 9, .average_output = true}, "");
  add("sets", {.rounds = 20, .leaves = 12, .features = 4, .categorical = 0.5}, "cross_entropy_lambda");
  add("linear", {.rounds = 20, .leaves = 8, .linear = 0.6}, "regression sqrt");
  add("large squads", {.rounds = 16, .leaves = 12'000, .features = 50}, "");
  add("wide", {.rounds = 400, .leaves = 30, .features = 20'000, .categorical = 0.1, .linear = 0.2}, "");
  return all;
}

template <class Feature>
[[nodiscard]] std::vector<Feature> rows_of(const LightgbmModel& model, std::size_t rows) {
  std::mt19937_64 rng(1);
  std::vector<Feature> cells;
  cells.reserve(rows * model.num_feature);
  for (std::size_t r = 0; r < rows; ++r) {
    for (const double x : aimed_row(model, rng)) cells.push_back(static_cast<Feature>(x));
  }
  return cells;
}

}  // namespace ringside::engine::test
