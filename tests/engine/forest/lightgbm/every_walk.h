// ../kernels/every_walk.h for LightGBM: models that between them take every way through predicting, and rows for them.
#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/forest/lightgbm/forest.h"
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

// Calls measure(predict, kernel's name) once; `predict` predicts 1, 64 and 130 rows by the forest's own kernel and one tree after the other.
template <class Feature, class Measure>
void predict_every_way(const LightgbmModel& model, const Measure& measure) {
  constexpr std::size_t kRows = 130;
  const std::vector<Feature> cells = rows_of<Feature>(model, kRows);
  std::vector<double> scores(kRows * model.outputs);
  const auto forest = LightgbmForest<Feature>::build(model);
  ASSERT_TRUE(forest.ok()) << forest.error().text();
  const auto one_tree = make_lightgbm_one_tree<Feature>(model, {0, model.trees.size()}, nullptr);
  const auto predict = [&] {
    for (const std::size_t rows : {std::size_t{1}, std::size_t{64}, kRows}) {
      forest->predict_scores(cells.data(), rows, model.num_feature, scores.data());
      forest->values_of(scores.data(), rows, scores.data());
      one_tree->add_trees(cells.data(), rows, model.num_feature, scores.data());
    }
  };
  measure(predict, forest->kernel().name());
}

}  // namespace ringside::engine::test
