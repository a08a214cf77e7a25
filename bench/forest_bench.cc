// forest: features of a row to probabilities, in this process. Includes the walk through all trees and the sigmoid; not the plan.

#include <limits>
#include <random>

#include "bench/comparison.h"
#include "bench/forest_sides.h"
#include "bench/load_sides.h"
#include "bench/scaling_side.h"

namespace ringside::bench {
namespace {

Comparison make(const Settings& settings, const Shape& shape, std::size_t rows_a_call) {
  const std::string folder = settings.data + "/" + shape.name;
  const FloatRows& rows = rows_of(settings.data, shape);
  Comparison comparison;
  comparison.rows = rows.rows();
  comparison.rows_a_call = rows_a_call;
  comparison.ours = std::make_unique<OurForest>(rows, rows_a_call, folder + "/model.ubj");
  comparison.references.push_back(
      {"xgboost C API 1.7.4", std::make_unique<XgboostCall>(rows, rows_a_call, folder + "/model.ubj")});
  comparison.references.push_back({"if/else codegen", std::make_unique<IfElseForest>(rows, rows_a_call, folder + "/if_else.so")});
  return comparison;
}

// The same rows with every fifth cell missing, or with none: a missing cell takes what stood in its column before.
std::unique_ptr<const FloatRows> rows_missing(const FloatRows& rows, unsigned percent) {
  std::vector<float> cells(rows.from(0, rows.rows()).begin(), rows.from(0, rows.rows()).end());
  std::mt19937_64 random(1);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i] != cells[i]) cells[i] = i < rows.features() ? 0.0F : cells[i - rows.features()];
  }
  for (float& cell : cells) {
    if (random() % 100 < percent) cell = std::numeric_limits<float>::quiet_NaN();
  }
  return std::make_unique<const FloatRows>(std::move(cells), rows.features());
}

Comparison missing(const Settings& settings, const Shape& shape, std::size_t rows_a_call) {
  const std::string model = settings.data + "/" + shape.name + "/model.ubj";
  const FloatRows& rows = rows_of(settings.data, shape);
  Comparison comparison;
  comparison.rows = rows.rows();
  comparison.rows_a_call = rows_a_call;
  comparison.ours = std::make_unique<OurForest>(rows_missing(rows, 20), rows_a_call, model);
  comparison.references.push_back({"none missing", std::make_unique<OurForest>(rows_missing(rows, 0), rows_a_call, model)});
  return comparison;
}

Comparison two_threads(const Settings& settings, const Shape& shape) {
  const std::string model = settings.data + "/" + shape.name + "/model.ubj";
  const FloatRows& rows = rows_of(settings.data, shape);
  Comparison comparison;
  comparison.rows = rows.rows();
  comparison.rows_a_call = TwoThreads::kRowsEach;
  comparison.ours = std::make_unique<TwoThreads>(rows, model, false);
  comparison.references.push_back({"private copies", std::make_unique<TwoThreads>(rows, model, true)});
  return comparison;
}

Comparison load(const Settings& settings, const Shape& shape) {
  const std::string model = settings.data + "/" + shape.name + "/model.ubj";
  Comparison comparison;
  comparison.rows = 4;
  comparison.ours = std::make_unique<LoadOurs>(model);
  comparison.references.push_back({"xgboost C API 1.7.4", std::make_unique<LoadXgboost>(model)});
  return comparison;
}

}  // namespace
}  // namespace ringside::bench

int main(int argc, char** argv) {
  using namespace ringside::bench;
  return run_benchmarks(argc, argv, [](const Settings& settings) {
    for (const Shape& shape : shapes()) {
      for (const std::size_t rows : kRowsOfCall) {
        add_comparison(settings, "forest", shape.name + " " + rows_word(rows),
                       [&settings, &shape, rows] { return make(settings, shape, rows); });
        add_comparison(settings, "forest", shape.name + " " + rows_word(rows) + ", 20 % missing",
                       [&settings, &shape, rows] { return missing(settings, shape, rows); });
      }
      add_comparison(settings, "forest", shape.name + " 2 threads", [&settings, &shape] { return two_threads(settings, shape); });
      Settings few = settings;  // A load takes as long as thousands of rows.
      few.rounds = std::max(settings.rounds / 10, 2U);
      add_comparison(few, "forest", shape.name + " load", [&settings, &shape] { return load(settings, shape); });
    }
  });
}
