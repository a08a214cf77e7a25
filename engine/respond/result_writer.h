// Scores and statuses → the result that a client reads, in the slot itself when it is small, else in the out-region that the request named.
//
//   ResultWriter writer;
//   if (!writer.begin(slot, out_arena, geometry, shape)) …answer kResultSpace…
//   per tile:  writer.rows(first_row, tile, scores);            or  writer.rows_without_score(first_row, count, Status::kTimeout);
//   at last:   writer.release(ticket, summary);                 [COMPLETE]: the client may read from here on
//
// Writes only inside bounds taken from private copies; never reads shared memory. Errors are kept as long as the out-region has room.
// Thread safety: none; one call at a time. noexcept, no allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/decode/tile.h"
#include "engine/respond/input_digest.h"
#include "engine/respond/request_id.h"
#include "engine/schema/float_type.h"
#include "schemas/wire/request.h"
#include "schemas/wire/response.h"
#include "schemas/wire/result.h"
#include "schemas/wire/status.h"

namespace ringside::engine {

// How much there is of each kind for this call.
struct ResultShape {
  std::uint16_t fields = 0, values = 0, margins = 0, features = 0;
  FloatType output_type = FloatType::kFloat32;   // of values and margins
  FloatType feature_type = FloatType::kFloat32;
  bool make_ids = false;
  bool return_features = false;
  bool return_input_digests = false;
};

// A tile's outputs, row-major, in the types of the ResultShape; labels[r] is an index in the bundle's classes or -1.
struct TileScores {
  const void* values;
  const void* margins;
  const void* features;
  std::size_t features_stride;  // numbers
  const std::int32_t* labels;
  const InputDigest* digests = nullptr;  // of valid rows; REQUIRED where the shape has them
};

// What the response says about the whole call.
struct CallSummary {
  wire::Status status = wire::Status::kOk;  // kOk: see the rows
  std::uint8_t code = 0;                    // FieldCode or Reason
  std::uint32_t version_ordinal = wire::kNoVersion;
  wire::Arm arm = wire::Arm::kNone;
  std::uint32_t queue_ns = 0, decode_ns = 0, preprocess_ns = 0, forest_ns = 0, total_ns = 0;
  std::uint32_t retry_after_us = 0;  // of kRejected; 0: nobody can say
};

class ResultWriter {
 public:
  // REQUIRES: geometry was checked (decode/call.h); out_arena is its channel's. False: out_bytes is too small; nothing was begun.
  [[nodiscard]] bool begin(wire::ResponseSlot& slot, std::byte* out_arena, const wire::RequestGeometry& geometry, const ResultShape& shape) noexcept;

  // The same for one target of several, whose block is `region` (schemas/wire/targets.h): never inline; end_block() instead of release().
  // REQUIRES: region_bytes >= bytes_without_errors(rows, shape).
  void begin_block(std::byte* region, std::uint64_t region_bytes, std::uint16_t rows, const ResultShape& shape) noexcept;
  [[nodiscard]] const wire::ResponseGeometry& end_block(const CallSummary& summary) noexcept;
  [[nodiscard]] static std::uint64_t bytes_without_errors(std::uint16_t rows, const ResultShape& shape) noexcept;

  // Rows [first_row, first_row + tile.rows()). Rows must come in order, each once.
  void rows(std::uint32_t first_row, const Tile& tile, const TileScores& scores, RequestIdMaker& ids) noexcept;
  void rows_without_score(std::uint32_t first_row, std::uint32_t count, wire::Status status, RequestIdMaker& ids) noexcept;

  // Makes the response visible. The writer may be used for another call afterwards.
  void release(std::uint64_t ticket, const CallSummary& summary) noexcept;

  // A call that has no rows to speak of: answered with its status alone.
  static void release_empty(wire::ResponseSlot& slot, std::uint64_t ticket, const CallSummary& summary) noexcept;
  // What both do at last: the summary's words into the geometry, the geometry into the slot.
  static void publish(wire::ResponseSlot& slot, wire::ResponseGeometry& geometry, std::uint64_t ticket,
                      const CallSummary& summary) noexcept;
  static void say(wire::ResponseGeometry& geometry, const CallSummary& summary) noexcept;

 private:
  void take_shape(std::uint16_t rows, const ResultShape& shape) noexcept;
  void reckon_result_bytes() noexcept;
  void put(std::uint64_t offset, const void* source, std::size_t bytes) noexcept;
  void put_id(std::uint32_t row, RequestIdMaker& ids) noexcept;
  void put_numbers(std::uint64_t offset, std::uint32_t row, std::uint64_t row_bytes, const void* source, std::uint64_t source_at) noexcept;
  void put_zeros(std::uint64_t offset, std::uint64_t bytes) noexcept;
  void put_digest(std::uint32_t row, const InputDigest& digest) noexcept;
  void put_no_score(std::uint32_t row) noexcept;
  void put_bitmaps(std::uint32_t first_row, const Tile& tile) noexcept;
  std::uint8_t put_errors(std::uint32_t row, std::uint32_t tile_row, const RowErrors& errors) noexcept;

  wire::ResponseSlot* slot_ = nullptr;
  std::byte* region_ = nullptr;
  std::uint64_t region_bytes_ = 0;
  bool staged_ = false;                 // the fixed part fits a line: held here until it is known whether errors come
  alignas(8) std::array<std::byte, wire::kInlineBytes> staging_{};
  wire::ResponseGeometry geometry_{};
  wire::ResultLayout layout_{};         // errors_offset as with errors
  std::uint64_t values_bytes_ = 0, margins_bytes_ = 0, features_bytes_ = 0;  // a row
  std::uint64_t fixed_bytes_ = 0;       // up to the errors
};

}  // namespace ringside::engine
