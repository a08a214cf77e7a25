// A tile of a call that broadcasts fields, through a plan: what depends on broadcast fields alone is prepared once a call.
//
//   call of 300 rows      user: age, city (broadcast)      item: price (a cell a row)
//   first tile            age − 38 ÷ 12, once ─▶ spread     city ? , once ─▶ spread     price − 5 ÷ 2, 64 rows
//   the next four         still in their columns            still in its column         price − 5 ÷ 2, 64 rows
//
// The scratch remembers for which reading of which call's fields its columns stand (Tile::reading). Where another call came in between,
// both the tile and the scratch begin anew, so that what is recorded, scored and answered of a row is of one reading. All tiles of a
// call have the columns of its first, as many rows apart, so that nothing moves.
//
// What is judged a row (an unknown category, a missing number) is judged for each tile, of the one value that is known.
//
// Thread safety: that of the tile and scratch. Cost: linear in steps; a broadcast one costs one number and a fill of its column in a call's
// first tile, and a test in the others. No allocation, noexcept.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/preprocess/compiled_plan.h"
#include "engine/preprocess/plan_columns.h"
#include "engine/preprocess/plan_scratch.h"

namespace ringside::engine {

class BroadcastRun {
 public:
  // REQUIRES: tile.broadcast_rows() != 0.
  BroadcastRun(const CompiledPlan& plan, PlanScratch& scratch, Tile& tile, const PlanColumns& columns) noexcept
      : plan_(plan),
        scratch_(scratch),
        kept_(scratch.broadcast()),
        tile_(tile),
        columns_(columns),
        prepared_(kept_.reading == tile.reading()) {}

  void run() noexcept;

 private:
  void run(const NumberGroup& step, std::size_t number) noexcept;
  void run(const EncodePlaces& step, std::size_t number) noexcept;
  void run(const IndicatePlaces& step, std::size_t number) noexcept;
  void run(const TextMissing& step, std::size_t number) noexcept;
  void run(const RequireNumber& step, std::size_t number) noexcept;
  void run(const CountEdges& step, std::size_t number) noexcept;
  void run(const MapQuantile& step, std::size_t number) noexcept;
  void run(const TransformPower& step, std::size_t number) noexcept;

  template <class Step>
  void run_number(const Step& step, std::size_t number) noexcept;
  template <class Step>
  [[nodiscard]] bool is_broadcast(const Step& step) const noexcept;
  [[nodiscard]] bool is_broadcast(const PlanOperand& in) const noexcept {
    return in.is_field ? tile_.is_broadcast(in.field) : kept_.columns[in.column] != 0;
  }
  [[nodiscard]] const std::int32_t* places(const PlaceSource& source, const PlanOperand& in, std::uint32_t rows) const noexcept;
  void judge_one(const PlaceSource& source, const PlaceRules& rules, std::int32_t place) noexcept;
  // `value` in all rows of a column that nothing else of the call will write.
  void keep(std::uint32_t column, double value) noexcept;

  const CompiledPlan& plan_;
  PlanScratch& scratch_;
  PlanScratch::Broadcast& kept_;
  Tile& tile_;
  const PlanColumns& columns_;
  const bool prepared_;  // by an earlier tile of the call
};

}  // namespace ringside::engine
