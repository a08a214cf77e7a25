// The steps that know categories: a value's place among them, and what label, onehot, encode and indicators make of the place.
//
//   "ams" ─ look_up ─▶ place 0 ─┬─ run(EncodePlaces) ───▶ values[0]
//   "xyz"              kUnseen  └─ run(IndicatePlaces) ─▶ 1.0 in the column of slots[0]       kUnseen: listed, or UNKNOWN_CATEGORY
//   missing            kMissing                                                               kMissing: NULL_NOT_ALLOWED, if refused
//
// Thread safety: that of the tile. Cost: one find() a value, one table look-up a step; noexcept, no allocation.
#pragma once

#include <cstdint>

#include "engine/decode/tile.h"
#include "engine/preprocess/compiled_plan.h"
#include "engine/preprocess/plan_columns.h"

namespace ringside::engine {

// Places of all rows' texts. places: tile.rows() of them.
void look_up(const PlanLookup& lookup, const Tile& tile, std::int32_t* places) noexcept;
void look_up(const NumberIndex& numbers, const double* in, std::uint32_t rows, std::int32_t* places) noexcept;

// Lists and refuses what a step's rules say of places, one a row. Idempotent a row and field, so that steps may share a field.
void judge(const PlaceRules& rules, const std::int32_t* places, Tile& tile) noexcept;

void run(const EncodePlaces& step, const std::int32_t* places, Tile& tile, const PlanColumns& columns) noexcept;
void run(const IndicatePlaces& step, const std::int32_t* places, Tile& tile, const PlanColumns& columns) noexcept;

}  // namespace ringside::engine
