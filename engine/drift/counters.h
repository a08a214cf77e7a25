// What a version's rows look like, counted as they are scored: a bin a feature and a value of each row, and what was odd about its fields.
//
//   worker   counters.add(worker, tile, features, stride, values);       a tile at a time, once it is answered
//   admin    std::vector<std::uint32_t> now = counters.sum();            by DriftLayout; windows.h takes differences
//
// Every row is counted; nothing is sampled (bins.h says what a feature costs).
//
// Thread safety: add() by its worker alone, each worker into memory of its own; sum() by anyone at any time. A row that sum() has among the rows
// it has in every count [COUNTED]; a count may be ahead of the rows by a tile that is being counted.
// Cost: add() is noexcept and allocates, locks and enters the kernel for nothing. Memory: 68 bytes a feature and worker, 192 a feature.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/decode/tile.h"
#include "engine/drift/baseline.h"
#include "engine/drift/bins.h"
#include "engine/schema/input_schema.h"
#include "schemas/wire/limits.h"

namespace ringside::engine {

// Where each count stands in a flat list of them.
struct DriftLayout {
  std::size_t features = 0, scores = 0, fields = 0;

  static constexpr std::size_t kScored = 0, kRefused = 1, kRowCells = 2;  // rows
  [[nodiscard]] std::size_t feature(std::size_t i) const noexcept { return kRowCells + i * kHistogramCells; }
  [[nodiscard]] std::size_t score(std::size_t i) const noexcept { return feature(features) + i * kHistogramCells; }
  [[nodiscard]] std::size_t field(std::size_t i) const noexcept { return score(scores) + i * kFieldCounts; }
  [[nodiscard]] std::size_t size() const noexcept { return field(fields); }
};

class DriftCounters {
 public:
  // `baseline` may be null: then fields and rows are counted, and no histograms. Both must outlive the counters.
  DriftCounters(const InputSchema& schema, const Baseline* baseline, std::uint32_t workers);

  // REQUIRES: the tile was gathered for this schema and run through its plan; row r's features begin at r * stride and its values at
  //   r * (the model's values a row). Features of the width that the model reads.
  template <class Feature, class Value>
  void add(std::uint32_t worker, const Tile& tile, const Feature* features, std::size_t stride, const Value* values) noexcept;

  // All workers together, modulo 2^32: the difference of two sums is right as long as fewer rows came between them.
  [[nodiscard]] std::vector<std::uint32_t> sum() const;

  [[nodiscard]] const DriftLayout& layout() const noexcept { return layout_; }
  [[nodiscard]] const InputSchema& schema() const noexcept { return schema_; }
  [[nodiscard]] const Baseline* baseline() const noexcept { return baseline_; }

 private:
  struct FreeAligned {
    void operator()(CountCell* cells) const noexcept { ::operator delete[](cells, std::align_val_t{wire::kPairBytes}); }
  };
  template <class Number>
  struct Edges {
    std::vector<EdgeRow<Number>> features, scores;
    AddRow<Number> add_row = choose_add_row<Number>();
  };

  template <class Number>
  [[nodiscard]] const Edges<Number>& edges() const noexcept;
  static void add_field(CountCell* of_field, const Tile::Masks& masks, RowMask scored) noexcept;
  void add_fields(CountCell* cells, const Tile& tile, RowMask scored) const noexcept;
  void add_missing(CountCell* cells, const Tile& tile, RowMask refused) const noexcept;
  void add_refused(CountCell* cells, const Tile& tile, RowMask refused) const noexcept;

  const InputSchema& schema_;
  const Baseline* baseline_;
  DriftLayout layout_;
  Edges<float> edges32_;  // exact where features are float32: engine/bundle sees to it
  Edges<double> edges64_;
  std::vector<std::uint32_t> passing_numbers_, passing_texts_;    // fields whose missing values reach the model
  std::vector<std::unique_ptr<CountCell[], FreeAligned>> cells_;  // by worker
};

}  // namespace ringside::engine
