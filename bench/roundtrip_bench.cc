// roundtrip: from the caller's values to the score in the caller's hand, through a real engine in another process. Includes filling the
// row, the ring both ways, decode, plan, forest, answer and reading it. The reference in this process starts with features in its buffer.

#include "bench/compared_trip.h"
#include "bench/comparison.h"
#include "bench/forest_sides.h"
#include "bench/loan_default_sides.h"
#include "bench/pipeline_side.h"
#include "bench/served_model.h"

namespace ringside::bench {
namespace {

constexpr std::size_t kLoanDefaultRows = 65'536;

Comparison make(const Settings& settings, const Shape& shape, std::size_t rows_a_call) {
  const std::string folder = settings.data + "/" + shape.name;
  const FloatRows& rows = rows_of(settings.data, shape);
  const std::string bundle = bundle_under(folder + "/models");
  Comparison comparison;
  comparison.rows = rows.rows();
  comparison.rows_a_call = rows_a_call;
  comparison.ours = std::make_unique<RoundTrip>(ServedModel::of(settings, bundle), rows, rows_a_call);
  comparison.references.push_back(
      {"xgboost C API 1.7.4", std::make_unique<XgboostCall>(rows, rows_a_call, folder + "/model.ubj")});
  comparison.references.push_back({"raw two-line + plan + forest", std::make_unique<PipelineSide>(rows, rows_a_call, bundle)});
  return comparison;
}

Comparison make_loan_default(const Settings& settings) {
  static std::unique_ptr<LoanDefaultRows> rows;
  static std::unique_ptr<FloatRows> features;
  const std::string bundle = settings.repository + "/models/loan_default_v1.0.0";
  auto served = ServedModel::of(settings, bundle);
  rows = std::make_unique<LoanDefaultRows>(settings.repository, served->schema(), kLoanDefaultRows);
  auto ours = std::make_unique<LoanDefaultRoundTrip>(std::move(served), *rows);
  features = std::make_unique<FloatRows>(ours->features());
  Comparison comparison;
  comparison.rows = rows->rows();
  comparison.ours = std::move(ours);
  comparison.references.push_back({"xgboost C API 1.7.4", std::make_unique<XgboostCall>(*features, 1, bundle + "/model.json")});
  return comparison;
}

// Two versions of the same size and fields; the reference asks the first of them alone, in the same form.
Comparison make_compared(const Settings& settings, std::size_t rows_a_call) {
  static const FloatRows rows(settings.data + "/switch/rows.f32", 30);
  auto served = ServedModel::of(settings, settings.data + "/switch/models/bench_switch_v1.0.0");
  Comparison comparison;
  comparison.rows = rows.rows();
  comparison.rows_a_call = rows_a_call;
  comparison.ours = std::make_unique<ComparedTrip>(served, rows, rows_a_call, "bench_switch_v1.0.0", "bench_switch_v1.1.0");
  comparison.references.push_back({"one version", std::make_unique<RoundTrip>(served, rows, rows_a_call)});
  return comparison;
}

}  // namespace
}  // namespace ringside::bench

int main(int argc, char** argv) {
  using namespace ringside::bench;
  return run_benchmarks(argc, argv, [](const Settings& settings) {
    for (const Shape& shape : shapes()) {
      for (const std::size_t rows : kRowsOfCall) {
        add_comparison(settings, "roundtrip", shape.name + " " + rows_word(rows),
                       [&settings, &shape, rows] { return make(settings, shape, rows); });
      }
    }
    for (const std::size_t rows : kRowsOfCall) {
      add_comparison(settings, "roundtrip", "two versions " + rows_word(rows),
                     [&settings, rows] { return make_compared(settings, rows); });
    }
    add_comparison(settings, "roundtrip", "loan_default 1 row", [&settings] { return make_loan_default(settings); });
  });
}
