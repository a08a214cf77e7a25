#include "bench/drift_sides.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>

namespace ringside::bench {
namespace {

FloatRows normal_rows(std::size_t row_count, std::size_t width) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> values(row_count * width);
  for (float& value : values) value = normal(random);
  return {std::move(values), width};
}

}  // namespace

DriftWork::DriftWork(std::size_t feature_count, std::size_t row_count)
    : features(feature_count), rows(normal_rows(row_count, feature_count + 1)) {
  // Sixteenths of the normal distribution, to two digits.
  const std::vector<double> edges{-1.53, -1.15, -0.89, -0.67, -0.49, -0.32, -0.16, 0, 0.16, 0.32, 0.49, 0.67, 0.89, 1.15, 1.53};
  std::vector<engine::Field> fields(features);
  for (std::size_t i = 0; i < features; ++i) {
    fields[i].name = std::to_string(i);
    fields[i].dtype = engine::Dtype::kFloat;
    baseline.features.push_back({.name = fields[i].name, .edges = edges, .counts = std::vector<std::uint64_t>(engine::kBinsMax)});
  }
  baseline.scores = {baseline.features[0]};
  baseline.fields.resize(features);
  schema = engine::InputSchema(fields, true);
}

std::span<const float> DriftSide::answer() const {
  answer_.clear();
  for (std::size_t histogram = 0; histogram <= work_.features; ++histogram) {
    for (std::size_t cell = 0; cell < engine::kHistogramCells; ++cell)
      answer_.push_back(static_cast<float>(count(histogram, cell)));
  }
  return answer_;
}

OurDrift::OurDrift(const DriftWork& work, std::size_t rows_a_call)
    : DriftSide(work, rows_a_call), counters_(work.schema, &work.baseline, 1), tile_(work.schema), values_(rows_a_call) {
  tile_.start(static_cast<std::uint32_t>(rows_a_call));
}

void OurDrift::stage(std::size_t row) {
  DriftSide::stage(row);
  for (std::size_t r = 0; r < rows_a_call_; ++r) values_[r] = work_.rows.from(row + r, 1)[work_.features];
}

void OurDrift::call() { counters_.add(0, tile_, work_.rows.from(row_, 1).data(), work_.features + 1, values_.data()); }

std::uint32_t OurDrift::count(std::size_t histogram, std::size_t cell) const {
  const engine::DriftLayout& layout = counters_.layout();
  return counters_.sum()[(histogram < work_.features ? layout.feature(histogram) : layout.score(0)) + cell];
}

UpperBound::UpperBound(const DriftWork& work, std::size_t rows_a_call)
    : DriftSide(work, rows_a_call), cells_((work.features + 1) * engine::kHistogramCells) {
  for (const engine::Histogram& histogram : work.baseline.features)
    edges_.emplace_back(histogram.edges.begin(), histogram.edges.end());
  edges_.push_back(edges_.front());
}

void UpperBound::call() {
  for (std::size_t r = 0; r < rows_a_call_; ++r) {
    const float* row = work_.rows.from(row_ + r, 1).data();
    for (std::size_t i = 0; i < edges_.size(); ++i) {
      const std::size_t bin =
          std::isnan(row[i])
              ? engine::kBinsMax
              : static_cast<std::size_t>(std::upper_bound(edges_[i].begin(), edges_[i].end(), row[i]) - edges_[i].begin());
      ++cells_[i * engine::kHistogramCells + bin];
    }
  }
}

}  // namespace ringside::bench
