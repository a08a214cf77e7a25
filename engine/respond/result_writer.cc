#include "engine/respond/result_writer.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "client_lib/base/check.h"
#include "schemas/wire/protocol.h"

namespace ringside::engine {

void ResultWriter::take_shape(std::uint16_t rows, const ResultShape& shape) noexcept {
  geometry_ = {};
  geometry_.rows = rows;
  geometry_.fields = shape.fields;
  geometry_.values = shape.values;
  geometry_.margins = shape.margins;
  geometry_.features = shape.return_features ? shape.features : std::uint16_t{0};
  const bool wide_features = shape.return_features && shape.feature_type == FloatType::kFloat64;
  geometry_.flags = static_cast<std::uint8_t>((shape.make_ids ? wire::kIdsMade : 0) | (shape.return_features ? wire::kHasFeatures : 0) |
                                              (wide_features ? wire::kFeaturesFloat64 : 0) |
                                              (shape.return_input_digests ? wire::kHasInputDigests : 0));
  geometry_.output_type =
      static_cast<std::uint8_t>(shape.output_type == FloatType::kFloat64 ? wire::OutputType::kFloat64 : wire::OutputType::kFloat32);
  geometry_.targets = 1;
  values_bytes_ = geometry_.values * float_bytes(shape.output_type);
  margins_bytes_ = geometry_.margins * float_bytes(shape.output_type);
  features_bytes_ = geometry_.features * float_bytes(shape.feature_type);
  fixed_bytes_ = wire::result_layout(geometry_).total_bytes;
  geometry_.errors = 1;  // only to learn where errors would begin
  layout_ = wire::result_layout(geometry_);
  geometry_.errors = 0;
}

bool ResultWriter::begin(wire::ResponseSlot& slot, std::byte* out_arena, const wire::RequestGeometry& geometry,
                         const ResultShape& shape) noexcept {
  take_shape(geometry.rows, shape);
  if (fixed_bytes_ > wire::kInlineBytes && fixed_bytes_ > geometry.out_bytes) return false;
  slot_ = &slot;
  region_ = out_arena + geometry.out_offset;
  region_bytes_ = geometry.out_bytes;
  staged_ = fixed_bytes_ <= wire::kInlineBytes;
  return true;
}

void ResultWriter::begin_block(std::byte* region, std::uint64_t region_bytes, std::uint16_t rows,
                               const ResultShape& shape) noexcept {
  take_shape(rows, shape);
  RINGSIDE_DCHECK(fixed_bytes_ <= region_bytes);
  slot_ = nullptr;
  region_ = region;
  region_bytes_ = region_bytes;
  staged_ = false;
}

std::uint64_t ResultWriter::bytes_without_errors(std::uint16_t rows, const ResultShape& shape) noexcept {
  ResultWriter writer;
  writer.take_shape(rows, shape);
  return writer.fixed_bytes_;
}

void ResultWriter::put(std::uint64_t offset, const void* source, std::size_t bytes) noexcept {
  RINGSIDE_DCHECK(offset + bytes <= (staged_ ? staging_.size() : region_bytes_));
  std::memcpy((staged_ ? staging_.data() : region_) + offset, source, bytes);
}

// One row of an array of rows; its numbers begin `source_at` bytes into the source.
void ResultWriter::put_numbers(std::uint64_t offset, std::uint32_t row, std::uint64_t row_bytes, const void* source,
                               std::uint64_t source_at) noexcept {
  put(offset + row * row_bytes, static_cast<const std::byte*>(source) + source_at, row_bytes);
}

void ResultWriter::put_zeros(std::uint64_t offset, std::uint64_t bytes) noexcept {
  RINGSIDE_DCHECK(offset + bytes <= (staged_ ? staging_.size() : region_bytes_));
  std::memset((staged_ ? staging_.data() : region_) + offset, 0, bytes);
}

void ResultWriter::put_id(std::uint32_t row, RequestIdMaker& ids) noexcept {
  if ((geometry_.flags & wire::kIdsMade) == 0) return;
  const RequestId id = ids.next();
  put(layout_.ids_offset + row * 16u, id.data(), id.size());
}

void ResultWriter::put_digest(std::uint32_t row, const InputDigest& digest) noexcept {
  if ((geometry_.flags & wire::kHasInputDigests) != 0) put(layout_.digests_offset + row * 16u, digest.data(), digest.size());
}

void ResultWriter::put_bitmaps(std::uint32_t first_row, const Tile& tile) noexcept {
  const std::uint32_t words = layout_.words;
  // One 64-field word at a time: the masks of 64 fields, turned from "rows of a field" to "fields of a row".
  for (std::uint32_t word = 0; word < words; ++word) {
    std::array<std::array<std::uint64_t, 3>, kTileRows> bits;
    for (std::uint32_t r = 0; r < tile.rows(); ++r) bits[r] = {0, 0, 0};
    const std::uint32_t end = std::min(tile.fields(), (word + 1) * 64);
    for (std::uint32_t field = word * 64; field < end; ++field) {
      const std::array<RowMask, 3> masks{tile.filled(field), tile.unknown(field), tile.clamped(field)};
      if ((masks[0] | masks[1] | masks[2]) == 0) continue;
      for (std::uint32_t kind = 0; kind < 3; ++kind) {
        for (RowMask rest = masks[kind]; rest != 0; rest &= rest - 1) {
          bits[static_cast<std::uint32_t>(std::countr_zero(rest))][kind] |= std::uint64_t{1} << (field % 64);
        }
      }
    }
    for (std::uint32_t r = 0; r < tile.rows(); ++r) {
      for (std::uint32_t kind = 0; kind < 3; ++kind) {
        put(((std::uint64_t{first_row} + r) * 3 * words + kind * words + word) * 8, &bits[r][kind], 8);
      }
    }
  }
}

std::uint8_t ResultWriter::put_errors(std::uint32_t row, std::uint32_t tile_row, const RowErrors& errors) noexcept {
  std::uint8_t kept = 0;
  for (std::uint32_t i = 0; i < errors.count(tile_row); ++i) {
    const RowError error = errors.at(tile_row, i);
    const auto name_bytes = static_cast<std::uint16_t>(error.name.size());  // at most kErrorNameBytesMax
    const std::uint32_t units = wire::error_units(name_bytes);
    const std::uint64_t offset = layout_.errors_offset + std::uint64_t{geometry_.errors} * sizeof(wire::FieldError);
    if (offset + std::uint64_t{units} * sizeof(wire::FieldError) > region_bytes_) break;
    if (staged_) {  // errors have no place inside a line: the fixed part moves to the region
      if (layout_.errors_offset > region_bytes_) break;
      std::memcpy(region_, staging_.data(), fixed_bytes_);
      staged_ = false;
    }
    wire::FieldError out{};
    out.code = static_cast<std::uint8_t>(error.code);
    out.expected = static_cast<std::uint8_t>(error.expected);
    out.got = static_cast<std::uint8_t>(error.got);
    out.field = error.field;
    out.name_bytes = name_bytes;
    out.row = static_cast<std::uint16_t>(row);
    out.low = error.low;
    out.high = error.high;
    put(offset, &out, sizeof out);
    if (name_bytes != 0) put(offset + sizeof out, error.name.data(), name_bytes);
    geometry_.errors += units;
    ++kept;
  }
  return kept;
}

void ResultWriter::rows(std::uint32_t first_row, const Tile& tile, const TileScores& scores, RequestIdMaker& ids) noexcept {
  put_bitmaps(first_row, tile);
  const std::uint64_t features_stride_bytes = scores.features_stride * wire::feature_bytes(geometry_.flags);
  for (std::uint32_t r = 0; r < tile.rows(); ++r) {
    const std::uint32_t row = first_row + r;
    const bool invalid = (tile.invalid() >> r & 1) != 0;
    put_id(row, ids);
    wire::RowResult result{};
    result.status = static_cast<std::uint8_t>(invalid ? wire::Status::kInvalid : wire::Status::kOk);
    result.errors = invalid ? put_errors(row, r, tile.errors()) : std::uint8_t{0};
    result.label_index = invalid ? -1 : scores.labels[r];
    put(layout_.rows_offset + row * sizeof result, &result, sizeof result);
    if (invalid) {
      put_no_score(row);
      continue;
    }
    if (scores.digests != nullptr) put_digest(row, scores.digests[r]);
    put_numbers(layout_.values_offset, row, values_bytes_, scores.values, r * values_bytes_);
    put_numbers(layout_.margins_offset, row, margins_bytes_, scores.margins, r * margins_bytes_);
    if (features_bytes_ != 0) put_numbers(layout_.features_offset, row, features_bytes_, scores.features, r * features_stride_bytes);
  }
}

void ResultWriter::rows_without_score(std::uint32_t first_row, std::uint32_t count, wire::Status status, RequestIdMaker& ids) noexcept {
  constexpr std::uint64_t kNoBits = 0;
  const std::uint32_t words = layout_.words * 3;
  for (std::uint32_t row = first_row; row < first_row + count; ++row) {
    for (std::uint32_t word = 0; word < words; ++word) put((std::uint64_t{row} * words + word) * 8, &kNoBits, 8);
    put_id(row, ids);
    wire::RowResult result{};
    result.status = static_cast<std::uint8_t>(status);
    result.label_index = -1;
    put(layout_.rows_offset + row * sizeof result, &result, sizeof result);
    put_no_score(row);
  }
}

// Zeros where a score would stand: what was left in our memory by another client's call must not travel.
void ResultWriter::put_no_score(std::uint32_t row) noexcept {
  put_digest(row, InputDigest{});
  put_zeros(layout_.values_offset + row * values_bytes_, values_bytes_);
  put_zeros(layout_.margins_offset + row * margins_bytes_, margins_bytes_);
  put_zeros(layout_.features_offset + row * features_bytes_, features_bytes_);
}

void ResultWriter::say(wire::ResponseGeometry& geometry, const CallSummary& summary) noexcept {
  geometry.version_ordinal = summary.version_ordinal;
  geometry.call_status = static_cast<std::uint8_t>(summary.status);
  geometry.call_code = summary.code;
  geometry.arm = static_cast<std::uint8_t>(summary.arm);
  geometry.queue_ns = summary.queue_ns;
  geometry.decode_ns = summary.decode_ns;
  geometry.preprocess_ns = summary.preprocess_ns;
  geometry.forest_ns = summary.forest_ns;
  geometry.total_ns = summary.total_ns;
  geometry.retry_after_us = summary.retry_after_us;
}

void ResultWriter::publish(wire::ResponseSlot& slot, wire::ResponseGeometry& geometry, std::uint64_t ticket,
                           const CallSummary& summary) noexcept {
  say(geometry, summary);
  std::memcpy(&slot.geometry, &geometry, sizeof geometry);
  wire::publish_seq(slot.seq, ticket);  // [COMPLETE]
}

void ResultWriter::release(std::uint64_t ticket, const CallSummary& summary) noexcept {
  if (staged_) {
    std::memcpy(slot_->inline_result, staging_.data(), fixed_bytes_);
    geometry_.flags |= wire::kResultInline;
  }
  reckon_result_bytes();
  publish(*slot_, geometry_, ticket, summary);
}

void ResultWriter::reckon_result_bytes() noexcept {
  geometry_.result_bytes =
      static_cast<std::uint32_t>(geometry_.errors == 0 ? fixed_bytes_ : layout_.errors_offset + geometry_.errors * sizeof(wire::FieldError));
}

const wire::ResponseGeometry& ResultWriter::end_block(const CallSummary& summary) noexcept {
  reckon_result_bytes();
  say(geometry_, summary);
  return geometry_;
}

void ResultWriter::release_empty(wire::ResponseSlot& slot, std::uint64_t ticket, const CallSummary& summary) noexcept {
  wire::ResponseGeometry geometry{};
  geometry.targets = 1;
  publish(slot, geometry, ticket, summary);
}

}  // namespace ringside::engine
