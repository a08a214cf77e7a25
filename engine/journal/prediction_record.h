// One row of a call → the body of a prediction record (schemas/journal/prediction.h), with only what its fields' privacy lets out.
//
// Everything comes from the worker's private memory: the checked copy of the call, the tile, the scores. Nothing is read of a field whose
// value decode did not vouch for.
//
// Thread safety: pure but for the cipher, which is its worker's. noexcept, no allocation. Cost: linear in fields and features; about 60 ns for 12 plain fields.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/decode/call.h"
#include "engine/decode/tile.h"
#include "engine/ingress/channel.h"
#include "engine/journal/pseudonym.h"
#include "engine/respond/request_id.h"
#include "engine/respond/result_writer.h"
#include "engine/schema/float_type.h"
#include "engine/schema/input_schema.h"
#include "schemas/wire/status.h"

namespace ringside::engine {

class RowCipher;

enum class UserIds : std::uint8_t { kHash, kPlain, kDrop };

// What a journal keeps, besides what each field says.
struct RecordRules {
  JournalKey key;
  UserIds user_ids = UserIds::kHash;
  bool features = true;
  RowCipher* cipher = nullptr;  // null: what would be encrypted is dropped
};

// What all rows of a call have in common.
struct RecordedCall {
  const Peer& peer;
  const CallMeta* meta;  // null: it could not be read
  std::uint64_t ticket;
  std::uint64_t client_id;
  std::uint16_t rows;
  const CallSummary& summary;  // its stage times as they are now
  std::uint8_t target = 0;      // of a comparison: which one
  std::uint64_t now_ticks = 0;  // base::ticks() of now, where it was read; 0: it was not
};

// A tile's rows, as the scorer left them; null where the rows were not scored.
struct RecordedTile {
  const InputSchema& schema;
  const Tile& tile;
  TileScores scores;
  std::uint16_t values, margins, features;  // a row
  FloatType output_type, feature_type;
};

// `id` empty: none was given, and `made` is it; both absent: the row has none.
struct RowIdentity {
  std::uint16_t row;  // in the call
  std::string_view given;
  const RequestId* made = nullptr;
};

// A row that the steps went through, ok or invalid. Returns the record's bytes, head included.
// REQUIRES: `place` has kRecordBytesMax bytes; tile_row < tile.rows().
[[nodiscard]] std::uint32_t write_row(std::byte* place, const RecordRules& rules, const RecordedCall& call,
                                      const RowIdentity& identity, const RecordedTile& recorded, std::uint32_t tile_row) noexcept;

// A row, or a whole call (row kWholeCall), that was answered unread.
[[nodiscard]] std::uint32_t write_unread(std::byte* place, const RecordRules& rules, const RecordedCall& call,
                                         const RowIdentity& identity, wire::Status status) noexcept;

}  // namespace ringside::engine
