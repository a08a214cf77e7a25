// The steps that compute numbers from numbers, or judge them.
//
// Thread safety: that of the tile. Cost: linear in rows; noexcept, no allocation. Errors: NULL_NOT_ALLOWED on the field that a column comes from.
#pragma once

#include "engine/decode/tile.h"
#include "engine/preprocess/compiled_plan.h"
#include "engine/preprocess/plan_columns.h"

namespace ringside::engine {

void run(const NumberGroup& step, Tile& tile, const PlanColumns& columns) noexcept;
void run(const TextMissing& step, Tile& tile, const PlanColumns& columns) noexcept;
void run(const RequireNumber& step, Tile& tile, const PlanColumns& columns) noexcept;
// NOT_FINITE for an infinity, in the rows of the mask.
void refuse_infinite(const double* in, std::uint32_t field, RowMask rows, Tile& tile) noexcept;
// How many edges a number has reached.
[[nodiscard]] double edges_up_to(const CountEdges& step, double number) noexcept;
void run(const CountEdges& step, Tile& tile, const PlanColumns& columns) noexcept;
void run(const MapQuantile& step, Tile& tile, const PlanColumns& columns) noexcept;
void run(const TransformPower& step, Tile& tile, const PlanColumns& columns) noexcept;

}  // namespace ringside::engine
