// A call as a client writes it, in memory of exactly its size, so that a sanitizer sees one byte too many; and its rows as decode sees
// them, as text that a failed test can show.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "engine/decode/call.h"
#include "engine/decode/gather.h"
#include "engine/decode/tile.h"
#include "engine/schema/adapter.h"
#include "engine/schema/input_schema.h"
#include "schemas/wire/call_body.h"

namespace ringside::engine::test {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

class SentCall {
 public:
  explicit SentCall(wire::CallBody& body, wire::Encoding encoding = wire::Encoding::kHandles)
      : SentCall(body.geometry(0x5EED, encoding)) {
    body.write(bytes());
  }
  // A body of zeros, to be written by the test.
  explicit SentCall(const wire::RequestGeometry& geometry) : arena_(std::make_unique<std::byte[]>(geometry.body_bytes)) {
    entry_.geometry = geometry;
  }

  [[nodiscard]] std::byte* bytes() noexcept { return arena_.get(); }
  [[nodiscard]] wire::RequestEntry& entry() noexcept { return entry_; }
  [[nodiscard]] wire::RequestGeometry& geometry() noexcept { return entry_.geometry; }
  [[nodiscard]] CallLimits limits() const noexcept {
    return {.in_arena_bytes = entry_.geometry.body_bytes, .out_arena_bytes = 4'096};
  }

  // Moves the body into the entry. REQUIRES: it fits.
  void make_inline() {
    std::memcpy(entry_.inline_body, arena_.get(), entry_.geometry.body_bytes);
    entry_.geometry.body_offset = wire::kInline;
  }

  template <class Access = wire::DirectAccess>
  CallShape read(Call& call, CallMeta& meta) const {
    return read_call<Access>(entry_, arena_.get(), limits(), call, meta);
  }

 private:
  wire::RequestEntry entry_{};
  std::unique_ptr<std::byte[]> arena_;
};

// Of a number: its bits, so that -0.0 is not 0.0.
inline std::string shown(double value) {
  if (std::isnan(value)) return "missing";
  char text[64];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}
inline std::string shown(const Text& text) { return text.missing() ? "missing" : "'" + std::string(text.view()) + "'"; }

inline std::string shown(const RowError& error, const InputSchema& schema) {
  std::string text = error.field == wire::kNoField ? "<" + std::string(error.name) + ">" : schema.fields()[error.field].name;
  text += " " + std::string(wire::name(error.code));
  if (error.code == wire::FieldCode::kTypeMismatch && error.field != wire::kNoField) {
    text += " " + std::to_string(int{static_cast<std::uint8_t>(error.expected)}) + "<-" +
            std::to_string(int{static_cast<std::uint8_t>(error.got)});
  }
  if (error.code == wire::FieldCode::kOutOfRange) text += " [" + shown(error.low) + ", " + shown(error.high) + "]";
  return text;
}

// One row as one line: "age=27 home='rent'*" (* filled, ! clamped), or, for an invalid row, its errors: "age TYPE_MISMATCH 1<-5; …".
inline std::string shown_row(const Tile& tile, const InputSchema& schema, std::uint32_t row) {
  std::string line;
  if ((tile.invalid() >> row & 1) != 0) {
    for (std::uint32_t i = 0; i < tile.errors().count(row); ++i)
      line += (i == 0 ? "" : "; ") + shown(tile.errors().at(row, i), schema);
    return line;
  }
  for (std::uint32_t field = 0; field < schema.size(); ++field) {
    if (field != 0) line += ' ';
    line += schema.fields()[field].name + "=";
    line += schema.fields()[field].is_text() ? shown(tile.texts(field)[row]) : shown(tile.numbers(field)[row]);
    if ((tile.filled(field) >> row & 1) != 0) line += '*';
    if ((tile.clamped(field) >> row & 1) != 0) line += '!';
  }
  return line;
}

struct Gathered {
  std::vector<std::string> rows;
  std::vector<std::uint32_t> tiles;  // rows of each
  std::uint32_t dropped = 0;
  bool malformed = false;
};

// All rows of a call, tile by tile. REQUIRES: read_call says kGood.
inline Gathered gather_all(const SentCall& sent, const Adapter& adapter, const InputSchema& schema,
                           std::uint32_t rows_max = kTileRows) {
  Gathered gathered;
  Call call;
  CallMeta meta;
  if (sent.read(call, meta) != CallShape::kGood) {
    gathered.rows.emplace_back("not a good call");
    return gathered;
  }
  Tile tile(schema);
  GatherCursor cursor;
  while (cursor.next_row < call.geometry.rows) {
    const GatherOutcome outcome = gather(call, adapter, schema, rows_max, cursor, tile);
    if (outcome.malformed) {
      gathered.malformed = true;
      break;
    }
    tile.sort_errors();
    for (std::uint32_t row = 0; row < outcome.rows; ++row) gathered.rows.push_back(shown_row(tile, schema, row));
    gathered.tiles.push_back(outcome.rows);
    gathered.dropped += outcome.dropped;
  }
  return gathered;
}

// The row of a one-row call whose columns are the schema's fields; "MALFORMED" if the call is.
inline std::string gather_row(wire::CallBody& body, const InputSchema& schema) {
  const Gathered gathered = gather_all(SentCall(body), identity_adapter(schema), schema);
  return gathered.malformed ? "MALFORMED" : gathered.rows.at(0);
}

inline Field int_field(std::string name) { return {.name = std::move(name), .dtype = Dtype::kInt}; }
inline Field float_field(std::string name) { return {.name = std::move(name), .dtype = Dtype::kFloat}; }
inline Field bool_field(std::string name) { return {.name = std::move(name), .dtype = Dtype::kBool}; }
inline Field str_field(std::string name) { return {.name = std::move(name), .dtype = Dtype::kStr}; }

}  // namespace ringside::engine::test
