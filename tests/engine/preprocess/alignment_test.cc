// Goal: kernels are compiled for columns that begin on a cache line, so nothing runs on columns that do not. Method: memory one number
// off, in the places where a tile comes in and where a kernel starts.

#include <gtest/gtest.h>

#include "engine/decode/tile.h"
#include "engine/preprocess/number_kernels.h"
#include "engine/preprocess/plan_columns.h"
#include "engine/preprocess/plan_scratch.h"
#include "tests/engine/preprocess/plan_case.h"

namespace ringside::engine::test {
namespace {

TEST(Alignment, EveryColumnOfATileAndItsScratchBeginsOnACacheLine) {
  const InputSchema schema({number_field("a"), text_field("t", ""), number_field("b")}, true);
  Tile tile(schema);
  PlanScratch scratch(3, 1, 1);
  EXPECT_TRUE(is_aligned_column(tile.numbers(0)));
  EXPECT_TRUE(is_aligned_column(tile.numbers(2)));
  for (const std::uint32_t rows : {2u, 9u, 63u, 64u}) {
    tile.start(rows);
    const PlanColumns columns(scratch.columns(), tile);
    for (std::uint32_t column = 0; column < 3; ++column) EXPECT_TRUE(is_aligned_column(columns.at(column))) << rows << " rows";
  }
}

TEST(Alignment, AMisalignedTileIsRefused) {
  const InputSchema schema({number_field("a")}, true);
  Tile tile(schema);
  tile.start(9);
  PlanScratch scratch(3, 1, 1);
  EXPECT_FALSE(is_aligned_column(scratch.columns() + 1));
  EXPECT_DEATH(PlanColumns(scratch.columns() + 1, tile), "broken invariant: is_aligned_column");
}

TEST(Alignment, AKernelDoesNotStartOnAMisalignedColumn) {
  PlanScratch scratch(3, 1, 1);
  const NumberKernel& kernel = number_kernel(NumberOp::kAdd, Width::kFloat64);
  kernel.rows(scratch.columns(), scratch.columns() + kTileRows, 9, 1, 0);
  EXPECT_DEATH(kernel.rows(scratch.columns() + 1, scratch.columns() + kTileRows, 9, 1, 0), "broken invariant: is_aligned_column");
  EXPECT_DEATH(kernel.rows(scratch.columns(), scratch.columns() + kTileRows + 2, 9, 1, 0), "broken invariant: is_aligned_column");
}

}  // namespace
}  // namespace ringside::engine::test
