// What stands behind a Row and a Batch: a request's body in private memory (schemas/wire/call_body.h) and the rules of the
// builder.
//
// Thread safety: one owner. The rules: first value of a cell → the cell; a second one, or a name that the schema lacks → a named
// value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <ringside/row.h>

#include "client_lib/request_ids.h"
#include "client_lib/rows/schema_state.h"
#include "schemas/wire/call_body.h"

namespace ringside {
struct CallOptions;
struct Target;
}  // namespace ringside

namespace ringside::detail {

struct RowsBody {
  Schema schema;
  const SchemaState* state = nullptr;  // schema's own
  wire::CallBody body;
  RequestIds ids;        // the caller's own; those of `body`, readable
  std::size_t rows = 0;  // as asked for; `body` holds at most kCallRowsMax

  // `packing`: kPackedF32, kPackedF64, or kHandles: cells with tags.
  RowsBody(const Schema& with, std::size_t row_count, wire::Encoding packing = wire::Encoding::kHandles);
  void start(std::size_t row_count);

  // REQUIRES: row < rows. Rows that the wire cannot carry (beyond kCallRowsMax) are forgotten: the call is refused for its size.
  void set(std::size_t row, std::uint16_t column, const Value& value);
  void set(std::size_t row, std::string_view name, const Value& value);
  void set_all(std::uint16_t column, const Value& value);
  void set_all(std::string_view name, const Value& value);
  // REQUIRES: values.size() == rows.
  template <class Float>
  void set_column(std::uint16_t column, std::span<const Float> values);
  void set_request_id(std::size_t row, std::string_view id);

  // Before sending: metadata of this call in place of the last one's; a made id for rows without one, if others brought theirs.
  // `targets` empty: as the options say.
  void prepare(const CallOptions& options, std::span<const Target> targets = {});

 private:
  void add_named(std::uint16_t row, std::string_view name, const Value& value);
  void put(std::uint16_t row, std::uint16_t column, const Value& value);
  [[nodiscard]] bool is_packed_already(std::uint16_t row, std::uint16_t column) noexcept;
  [[nodiscard]] bool pack(std::uint16_t row, std::uint16_t column, const Value& given) noexcept;
  wire::Encoding packing_;
  bool has_meta_ = false;
};

struct BodyAccess {
  static RowsBody& body(const Row& row) noexcept { return *row.body_; }
  static RowsBody& body(const Batch& batch) noexcept { return *batch.body_; }
};

}  // namespace ringside::detail
