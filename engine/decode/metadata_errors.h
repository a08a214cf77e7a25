// What a caller gave beside its rows and the client could not send (schemas/wire/meta.h): the rows that it concerns are refused.
#pragma once

#include <cstdint>

#include "engine/decode/call.h"
#include "engine/decode/tile.h"

namespace ringside::engine {

// Adds TOO_LONG under the metadata's own name to the tile's rows, of which the first is `first_row` of the call: a request id to its row,
// anything else to all of them. Before the plan, which puts a row's errors in order. Cost: a compare when nothing was refused.
void refuse_metadata(const CallMeta& meta, std::uint32_t first_row, Tile& tile) noexcept;

}  // namespace ringside::engine
