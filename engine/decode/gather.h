// Cells in shared memory → a tile of checked values. The strict rules of formats.md live here: types, ranges, missing values and fills,
// duplicates and extras; every error of a row, never a value. Categories are judged in preprocess, which knows the encoders.
//
//   columns    each judged for all rows of the tile: a value, missing, or an error; an absent cell says nothing yet
//   extras     a cell with a name: the value of a field that is still absent, else DUPLICATE_FIELD; an unknown name is EXTRA_FIELD
//   absences   what nobody spoke for follows required and on_missing
//
// A row that its client could not read at all (broken JSON) is one extra without a name: {"", refused(code)}. Its one error has that code,
// no field and no name, whatever extra_fields says; fields that it lacks are then not held against it.
//
// Reads each shared byte once a tile, into private memory, and believes only the copy. (Rows beyond a full text piece are forgotten and
// read again with the next tile.) A broadcast cell is read and judged with the call's first tile, and again with a later one where it is
// an error, which each row has for itself, or says nothing, or where the tile gathered another call in between. noexcept, no allocation.
// Cost: linear in cells and extras.
// The body is in gather-inl.h, for tests that bring an Access of their own.
#pragma once

#include <cstdint>

#include "engine/decode/call.h"
#include "engine/decode/tile.h"
#include "engine/schema/adapter.h"
#include "engine/schema/input_schema.h"
#include "schemas/wire/access.h"

namespace ringside::engine {

// What gathering remembers from tile to tile of one call.
struct GatherCursor {
  std::uint32_t next_row = 0;
  std::uint32_t next_extra = 0;    // extras are ordered by row
  std::uint64_t reading = 0;       // of the call's broadcast fields: Tile::reading(), 0: none
};

struct GatherOutcome {
  std::uint32_t rows = 0;          // gathered; at least 1. Fewer than asked for where the tile's text memory was full
  bool malformed = false;          // tag, text offset or extras order that no honest client writes: the call is answered MALFORMED
  std::uint32_t dropped = 0;       // values for columns that this bundle does not have (Adapter::kDropped)
};

// REQUIRES: read_call() said kGood; adapter has call.geometry.columns entries (callers answer SCHEMA_MISMATCH otherwise);
//   adapter and tile were made for this schema; cursor.next_row < call.geometry.rows; rows_max >= 1.
// ENSURES: tile holds rows [cursor.next_row, + rows); the cursor stands behind them; errors are not yet sorted (preprocess adds its own).
//   malformed: the tile's values and the cursor are unspecified.
template <class Access = wire::DirectAccess>
GatherOutcome gather(const Call& call, const Adapter& adapter, const InputSchema& schema, std::uint32_t rows_max, GatherCursor& cursor,
                     Tile& tile) noexcept;

extern template GatherOutcome gather<wire::DirectAccess>(const Call&, const Adapter&, const InputSchema&, std::uint32_t, GatherCursor&,
                                                         Tile&) noexcept;

}  // namespace ringside::engine
