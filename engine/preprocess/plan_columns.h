// Where the columns of one run stand in the scratch.
//
//   2 to 64 rows   column c begins at c × stride doubles, stride = rows rounded up to 8: each begins on a cache line. A number
//                  field's numbers stay in the tile. Where fields are broadcast, the stride is that of all tiles of the call, for one
//                  row, too (broadcast_run.h)
//   one row        column c is double c: the fields of the row are neighbours, so that a step works on many of them at once.
//                  Plan::run brings the tile's numbers there
//
// Thread safety: none; lives for one run.
#pragma once

#include <cstddef>
#include <cstdint>

#include "client_lib/base/check.h"
#include "engine/decode/tile.h"
#include "engine/preprocess/compiled_plan.h"

namespace ringside::engine {

class PlanColumns {
 public:
  PlanColumns(double* base, const Tile& tile) noexcept
      : base_(base),
        stride_(tile.broadcast_rows() != 0 ? tile.broadcast_rows()
                : tile.rows() == 1         ? 1
                                           : (std::size_t{tile.rows()} + 7) & ~std::size_t{7}),
        tile_(tile) {
    RINGSIDE_CHECK(is_aligned_column(base) && is_aligned_column(tile.all_numbers()));  // at each tile, before any kernel
  }

  [[nodiscard]] bool one_row() const noexcept { return stride_ == 1; }
  [[nodiscard]] double* at(std::uint32_t column) const noexcept { return base_ + column * stride_; }
  [[nodiscard]] const double* at(const PlanOperand& operand) const noexcept {
    return operand.is_field && !one_row() ? tile_.numbers(operand.field) : at(operand.column);
  }

 private:
  double* base_;
  std::size_t stride_;
  const Tile& tile_;
};

}  // namespace ringside::engine
