// The sides of `drift`: what counting a tile of scored rows costs, behind their answer.
//
//   OurDrift      DriftCounters::add: bins of all features and the score, and the marks of the tile's fields
//   UpperBound    the same histograms by std::upper_bound in each feature's edges; no fields
//
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bench/float_rows.h"
#include "bench/side.h"
#include "engine/drift/counters.h"

namespace ringside::bench {

// Rows of normally distributed features and a score, and a baseline with as many bins as there may be, about equally likely.
struct DriftWork {
  DriftWork(std::size_t features, std::size_t row_count);

  std::size_t features;
  FloatRows rows;  // the features, then the score
  engine::InputSchema schema;
  engine::Baseline baseline;
};

// Counts of the features' bins so far, as floats, for sides to be compared.
class DriftSide : public Side {
 public:
  DriftSide(const DriftWork& work, std::size_t rows_a_call) : work_(work), rows_a_call_(rows_a_call) {}
  void stage(std::size_t row) override { row_ = row; }
  [[nodiscard]] std::span<const float> answer() const override;

 protected:
  [[nodiscard]] virtual std::uint32_t count(std::size_t histogram,
                                            std::size_t cell) const = 0;  // the last histogram is the score's

  const DriftWork& work_;
  std::size_t rows_a_call_, row_ = 0;

 private:
  mutable std::vector<float> answer_;
};

class OurDrift final : public DriftSide {
 public:
  OurDrift(const DriftWork& work, std::size_t rows_a_call);
  void stage(std::size_t row) override;
  void call() override;

 private:
  [[nodiscard]] std::uint32_t count(std::size_t histogram, std::size_t cell) const override;

  engine::DriftCounters counters_;
  engine::Tile tile_;
  std::vector<float> values_;
};

class UpperBound final : public DriftSide {
 public:
  UpperBound(const DriftWork& work, std::size_t rows_a_call);
  void call() override;

 private:
  [[nodiscard]] std::uint32_t count(std::size_t histogram, std::size_t cell) const override {
    return cells_[histogram * engine::kHistogramCells + cell];
  }

  std::vector<std::vector<float>> edges_;
  std::vector<std::uint32_t> cells_;
};

}  // namespace ringside::bench
