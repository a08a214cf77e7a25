// forest: features of a row to probabilities, in this process. Includes the walk through all trees and the sigmoid; not the plan.

#include "bench/comparison.h"
#include "bench/forest_sides.h"

namespace ringside::bench {
namespace {

// The rows of one shape, kept while its works run one after another.
const FloatRows& rows_of(const Settings& settings, const Shape& shape) {
  static std::string loaded;
  static std::unique_ptr<FloatRows> rows;
  if (loaded != shape.name) {
    rows.reset();
    rows = std::make_unique<FloatRows>(settings.data + "/" + shape.name + "/rows.f32", shape.features);
    loaded = shape.name;
  }
  return *rows;
}

Comparison make(const Settings& settings, const Shape& shape, std::size_t rows_a_call) {
  const std::string folder = settings.data + "/" + shape.name;
  const FloatRows& rows = rows_of(settings, shape);
  Comparison comparison;
  comparison.rows = rows.rows();
  comparison.rows_a_call = rows_a_call;
  comparison.ours = std::make_unique<OurForest>(rows, rows_a_call, folder + "/model.ubj");
  comparison.references.push_back(
      {"xgboost C API 1.7.4", std::make_unique<XgboostCall>(rows, rows_a_call, folder + "/model.ubj")});
  comparison.references.push_back({"if/else codegen", std::make_unique<IfElseForest>(rows, rows_a_call, folder + "/if_else.so")});
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
      }
    }
  });
}
