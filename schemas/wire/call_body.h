// Builds a request's body (body.h) in private memory. Used by the client library's row builders and by the engine's golden replay, so that
// golden rows take the road that traffic takes.
//
//   CallBody body;
//   body.start(columns, rows);
//   body.set(column, row, Cell::integer(27));   body.set_text(column, row, "rent");   body.set_broadcast(column, cell);
//   body.add_named(row, "zip", Cell::null());   body.set_version("loan_default_v1.0.0");
//   RequestGeometry geometry = body.geometry(schema_hash);   body.write(target);
//
// Thread safety: none; one owner. Cost: start() keeps capacity, so a reused CallBody allocates only while it grows.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "schemas/wire/body.h"
#include "schemas/wire/cell.h"
#include "schemas/wire/meta.h"
#include "schemas/wire/request.h"

namespace ringside::wire {

class CallBody {
 public:
  // REQUIRES: columns <= kColumnsMax, rows <= kCallRowsMax. Every cell is absent afterwards.
  void start(std::uint16_t columns, std::uint16_t rows) {
    restart(columns, rows);
    bits_.assign(std::size_t{columns} * rows, 0);
    tags_.assign(std::size_t{columns} * rows, 0);
  }
  // The same of packed cells, which packed_f32() or packed_f64() fill; no set(), and broadcast_packed() instead of set_broadcast().
  // REQUIRES: kPackedF32 or kPackedF64.
  void start_packed(std::uint16_t columns, std::uint16_t rows, Encoding encoding) {
    restart(columns, rows);
    packed_encoding_ = encoding;
    const std::size_t cells = std::size_t{columns} * rows;
    if (encoding == Encoding::kPackedF32) {
      packed_f32_.assign(cells, std::numeric_limits<float>::quiet_NaN());
    } else {
      packed_f64_.assign(cells, std::numeric_limits<double>::quiet_NaN());
    }
  }
  // A column's cells, row by row. REQUIRES: start_packed() with that encoding; column < columns().
  [[nodiscard]] std::span<float> packed_f32(std::uint16_t column) noexcept {
    return std::span(packed_f32_).subspan(index(column, 0), rows_);
  }
  [[nodiscard]] std::span<double> packed_f64(std::uint16_t column) noexcept {
    return std::span(packed_f64_).subspan(index(column, 0), rows_);
  }
  // The column's first cell is that of all rows. REQUIRES: is_packed(); rows >= 1.
  void broadcast_packed(std::uint16_t column) noexcept { mark_broadcast(column); }

  [[nodiscard]] bool is_packed() const noexcept { return packed_encoding_ != Encoding::kHandles; }
  [[nodiscard]] Encoding packed_encoding() const noexcept { return packed_encoding_; }

  [[nodiscard]] std::uint16_t columns() const noexcept { return columns_; }
  [[nodiscard]] std::uint16_t rows() const noexcept { return rows_; }
  [[nodiscard]] Tag tag(std::uint16_t column, std::uint16_t row) const noexcept {
    return static_cast<Tag>(tags_[index(column, row)]);
  }

  void set(std::uint16_t column, std::uint16_t row, Cell cell) noexcept {
    bits_[index(column, row)] = cell.bits;
    tags_[index(column, row)] = static_cast<std::uint8_t>(cell.tag);
  }
  void set_text(std::uint16_t column, std::uint16_t row, std::string_view value) { set(column, row, text_cell(value)); }

  // One value for all rows. REQUIRES: rows >= 1.
  void set_broadcast(std::uint16_t column, Cell cell) noexcept {
    mark_broadcast(column);
    set(column, 0, cell);
  }
  void set_broadcast_text(std::uint16_t column, std::string_view value) { set_broadcast(column, text_cell(value)); }
  [[nodiscard]] bool is_broadcast(std::uint16_t column) const noexcept {
    return (broadcast_[column / 64] >> (column % 64) & 1) != 0;
  }

  // A cell under its name. A name longer than 65,535 bytes is cut there.
  void add_named(std::uint16_t row, std::string_view name, Cell cell) {
    name = name.substr(0, 0xFFFF);
    if (!extras_.empty() && extras_.back().row > row) extras_sorted_ = false;
    extras_.push_back({.bits = cell.bits,
                       .name_offset = append_text(name),
                       .name_bytes = static_cast<std::uint16_t>(name.size()),
                       .row = row,
                       .tag = static_cast<std::uint8_t>(cell.tag),
                       .reserved = {}});
  }
  void add_named_text(std::uint16_t row, std::string_view name, std::string_view value) {
    add_named(row, name, text_cell(value));
  }

  // Metadata. Beyond its limit (limits.h) it travels as refused, and the engine says so; an empty one is not sent. set_request_id may
  // be called in any order of rows; the last id of a row counts.
  void set_request_id(std::uint16_t row, std::string_view id) {
    if (request_ids_.size() < rows_) request_ids_.resize(rows_);
    if (id.size() > kRequestIdBytesMax) {
      request_ids_[row] = {.refused = true};
      return;
    }
    request_ids_[row] = {static_cast<std::uint32_t>(request_id_text_.size()), static_cast<std::uint16_t>(id.size()), false};
    request_id_text_.insert(request_id_text_.end(), id.begin(), id.end());
  }
  // Forgets what concerns the call, but for the request ids: the same rows may be sent again with other metadata.
  void clear_meta() noexcept {
    meta_.clear();
    route_tags_ = 0;
  }
  void set_user_id(std::string_view value) { add_meta(MetaKind::kUserId, value); }
  void set_route_key(std::string_view value) { add_meta(MetaKind::kRouteKey, value); }
  // Once a tag was refused, further ones are not sent: the call is refused as it is.
  void add_route_tag(std::string_view value) {
    if (value.empty() || route_tags_ > kRouteTagsMax) return;
    ++route_tags_;
    if (value.size() > kRouteTagBytesMax) route_tags_ = kRouteTagsMax + 1;
    if (route_tags_ > kRouteTagsMax) return put_meta(MetaKind::kRouteTag, {}, FieldCode::kTooLong);
    put_meta(MetaKind::kRouteTag, value, FieldCode::kNone);
  }
  void set_trace_id(std::string_view value) { add_meta(MetaKind::kTraceId, value); }
  void set_version(std::string_view value) { add_meta(MetaKind::kVersion, value); }
  void set_label(std::string_view value) { add_meta(MetaKind::kLabel, value); }
  // One of several targets, in the order of their answers. A name that is empty or too long is one that no engine has.
  // REQUIRES: kVersion or kLabel; kRouted without a name.
  void add_target(MetaKind kind, std::string_view name) {
    const bool exists = kind == MetaKind::kRouted || (!name.empty() && name.size() <= meta_bytes_max(kind));
    put_meta(kind, exists ? name : std::string_view(), exists ? FieldCode::kNone : FieldCode::kTooLong);
  }

  [[nodiscard]] std::size_t extras() const noexcept { return extras_.size(); }

  // The geometry but for slot, deadline and the two offsets, which the channel knows.
  [[nodiscard]] RequestGeometry geometry(std::uint64_t schema_hash, Encoding encoding = Encoding::kHandles) const noexcept {
    RequestGeometry g{};
    g.schema_hash = schema_hash;
    g.body_bytes = static_cast<std::uint32_t>(bytes());
    g.rows = rows_;
    g.columns = columns_;
    g.broadcast_columns = broadcast_columns_;
    g.extras = static_cast<std::uint32_t>(extras_.size());
    g.meta_bytes = static_cast<std::uint32_t>(meta_bytes());
    g.encoding = static_cast<std::uint8_t>(is_packed() ? packed_encoding_ : encoding);
    return g;
  }

  [[nodiscard]] std::uint64_t bytes() const noexcept {
    const std::uint64_t a_cell = !is_packed() ? 9 : packed_encoding_ == Encoding::kPackedF32 ? 4 : 8;
    return padded8(std::uint64_t{broadcast_words(columns_, broadcast_columns_)} * 8 + cell_count() * a_cell) +
           extras_.size() * sizeof(ExtraCell) + meta_bytes() + text_.size();
  }

  // REQUIRES: target has bytes() bytes, 8-aligned; extras() <= kExtrasMax. Writes each byte once, in order.
  void write(std::byte* target) {
    if (!extras_sorted_) {
      std::stable_sort(extras_.begin(), extras_.end(), [](const ExtraCell& a, const ExtraCell& b) { return a.row < b.row; });
      extras_sorted_ = true;
    }
    std::byte* out = target;
    const auto put = [&out](const void* source, std::size_t size) {
      if (size != 0) std::memcpy(out, source, size);
      out += size;
    };
    put(broadcast_.data(), std::size_t{broadcast_words(columns_, broadcast_columns_)} * 8);
    const auto put_columns = [&]<class Cells>(const std::vector<Cells>& cells) {
      if (broadcast_columns_ == 0) return put(cells.data(), cells.size() * sizeof(Cells));
      for (std::uint16_t c = 0; c < columns_; ++c) put(&cells[index(c, 0)], (is_broadcast(c) ? 1u : rows_) * sizeof(Cells));
    };
    if (packed_encoding_ == Encoding::kPackedF32) {
      put_columns(packed_f32_);
    } else if (packed_encoding_ == Encoding::kPackedF64) {
      put_columns(packed_f64_);
    } else {
      put_columns(bits_);
      put_columns(tags_);
    }
    const auto written = static_cast<std::uint64_t>(out - target);
    std::memset(out, 0, padded8(written) - written);
    out = target + padded8(written);
    put(extras_.data(), extras_.size() * sizeof(ExtraCell));
    for (std::size_t row = 0; row < request_ids_.size(); ++row) {
      const auto [offset, size, refused] = request_ids_[row];
      if (size == 0 && !refused) continue;
      const MetaItem item{static_cast<std::uint16_t>(MetaKind::kRequestId), size, static_cast<std::uint16_t>(row),
                          static_cast<std::uint16_t>(refused ? FieldCode::kTooLong : FieldCode::kNone)};
      put(&item, sizeof item);
      put(request_id_text_.data() + offset, size);
      std::memset(out, 0, padded8(size) - size);
      out += padded8(size) - size;
    }
    put(meta_.data(), meta_.size());
    put(text_.data(), text_.size());
  }

 private:
  struct Span {
    std::uint32_t offset = 0;
    std::uint16_t bytes = 0;
    bool refused = false;
  };

  void mark_broadcast(std::uint16_t column) noexcept {
    std::uint64_t& word = broadcast_[column / 64];
    const std::uint64_t bit = std::uint64_t{1} << (column % 64);
    if ((word & bit) == 0) ++broadcast_columns_;
    word |= bit;
  }

  void restart(std::uint16_t columns, std::uint16_t rows) {
    columns_ = columns;
    rows_ = rows;
    packed_encoding_ = Encoding::kHandles;
    broadcast_.assign((std::size_t{columns} + 63) / 64, 0);
    broadcast_columns_ = 0;
    extras_.clear();
    extras_sorted_ = true;
    meta_.clear();
    route_tags_ = 0;
    request_ids_.clear();
    request_id_text_.clear();
    text_.clear();
  }

  [[nodiscard]] std::size_t index(std::uint16_t column, std::uint16_t row) const noexcept {
    return std::size_t{column} * rows_ + row;
  }
  [[nodiscard]] std::uint64_t cell_count() const noexcept {
    return std::uint64_t{broadcast_columns_} + std::uint64_t(columns_ - broadcast_columns_) * rows_;
  }
  [[nodiscard]] std::uint64_t meta_bytes() const noexcept {
    std::uint64_t bytes = meta_.size();
    for (const Span& id : request_ids_) bytes += id.bytes == 0 && !id.refused ? 0 : sizeof(MetaItem) + padded8(id.bytes);
    return bytes;
  }

  Cell text_cell(std::string_view value) {
    if (value.size() > kTextBytesMax) return Cell::refused(FieldCode::kTooLong);
    return Cell::text(append_text(value), static_cast<std::uint32_t>(value.size()));
  }
  std::uint32_t append_text(std::string_view value) {
    const auto offset = static_cast<std::uint32_t>(text_.size());
    text_.insert(text_.end(), value.begin(), value.end());
    return offset;
  }
  void add_meta(MetaKind kind, std::string_view value) {
    if (value.empty()) return;
    const bool fits = value.size() <= meta_bytes_max(kind);
    put_meta(kind, fits ? value : std::string_view(), fits ? FieldCode::kNone : FieldCode::kTooLong);
  }
  void put_meta(MetaKind kind, std::string_view value, FieldCode refused) {
    const MetaItem item{static_cast<std::uint16_t>(kind), static_cast<std::uint16_t>(value.size()), 0,
                        static_cast<std::uint16_t>(refused)};
    const auto* head = reinterpret_cast<const char*>(&item);
    meta_.insert(meta_.end(), head, head + sizeof item);
    meta_.insert(meta_.end(), value.begin(), value.end());
    meta_.resize(padded8(meta_.size()));
  }

  std::uint16_t columns_ = 0, rows_ = 0, broadcast_columns_ = 0;
  bool extras_sorted_ = true;
  std::vector<std::uint64_t> bits_;  // column-major: column × rows + row
  std::vector<std::uint8_t> tags_;
  Encoding packed_encoding_ = Encoding::kHandles;  // kHandles: cells with tags
  std::vector<float> packed_f32_;                  // column-major, as bits_
  std::vector<double> packed_f64_;
  std::vector<std::uint64_t> broadcast_;
  std::vector<ExtraCell> extras_;
  std::vector<char> meta_;         // items but request ids, each padded to 8
  std::size_t route_tags_ = 0;     // in meta_; beyond kRouteTagsMax: refused
  std::vector<Span> request_ids_;  // by row, in request_id_text_
  std::vector<char> request_id_text_;
  std::vector<char> text_;
};

}  // namespace ringside::wire
