// The body of gather(): see gather.h. Included by gather.cc, which instantiates it for shared memory, and by tests and fuzzers that put
// another Access in its place.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

#include "client_lib/base/check.h"
#include "engine/decode/gather.h"
#include "engine/decode/packed_cell.h"
#include "engine/decode/settle.h"
#include "engine/decode/strict.h"
#include "engine/decode/text_cells.h"
#include "engine/decode/utf8.h"
#include "schemas/wire/body.h"

namespace ringside::engine {

// One tile being gathered. Lives on the worker's stack for that long.
template <class Access>
class Gatherer {
 public:
  Gatherer(const Call& call, const Adapter& adapter, const InputSchema& schema, GatherCursor& cursor, Tile& tile) noexcept
      : call_(call),
        adapter_(adapter),
        schema_(schema),
        cursor_(cursor),
        tile_(tile),
        texts_(call, schema.coerces()),
        first_row_(cursor.next_row),
        packed_(wire::is_packed(call.geometry.encoding)) {
    RINGSIDE_CHECK(adapter.field_of_column.size() >= call.geometry.columns && tile.fields() == schema.size());
    RINGSIDE_CHECK(first_row_ < call.geometry.rows);
  }

  GatherOutcome run(std::uint32_t rows_max) noexcept {
    const std::uint32_t rows = std::min({rows_max, kTileRows, call_.geometry.rows - first_row_});
    RINGSIDE_CHECK(rows != 0);
    rows_ = rows;
    resumed_ = tile_.holds(cursor_.reading);
    resumed_ ? tile_.resume(rows) : tile_.start(rows);
    if (!load_broadcast()) return refuse();
    if (!known_columns() || !extras()) return refuse();
    if (rows_ != rows) tile_.shrink(rows_);
    if (foreign_columns_ && !foreign_columns()) return refuse();
    absences();
    cursor_ = {first_row_ + rows_, next_extra_, tile_.broadcast_rows() != 0 ? tile_.reading() : 0};
    return {.rows = rows_, .malformed = false, .dropped = dropped_};
  }

 private:
  [[nodiscard]] GatherOutcome refuse() const noexcept { return {.rows = rows_, .malformed = true}; }

  // The bitmap decides offsets, so it is loaded once, and its count must be the one that the layout was computed with.
  bool load_broadcast() noexcept {
    broadcast_words_ = wire::broadcast_words(call_.geometry.columns, call_.geometry.broadcast_columns);
    if (broadcast_words_ == 0) return true;
    std::uint32_t count = 0;
    for (std::uint32_t word = 0; word < broadcast_words_; ++word) {
      broadcast_[word] = Access::load64(call_.body + call_.layout.broadcast_offset + word * 8);
      count += static_cast<std::uint32_t>(std::popcount(broadcast_[word]));
    }
    const std::uint32_t used = call_.geometry.columns % 64;
    if (used != 0 && broadcast_[broadcast_words_ - 1] >> used != 0) return false;
    return count == call_.geometry.broadcast_columns;
  }
  [[nodiscard]] bool is_broadcast(std::uint32_t column) const noexcept {
    return broadcast_words_ != 0 && (broadcast_[column / 64] >> (column % 64) & 1) != 0;
  }

  // Copies the tile's cells of a column into tags_ and bits_; `cell` is the column's first. A broadcast cell is copied into row 0.
  void load_cells(std::uint64_t cell, bool broadcast) noexcept {
    if (packed_) return load_packed(cell, broadcast);
    if (!broadcast) cell += first_row_;
    const std::byte* cells = call_.body + call_.layout.cells_offset + cell * 8;
    const std::byte* tags = call_.body + call_.layout.tags_offset + cell;
    if (rows_ == 1 || broadcast) {
      bits_[0] = Access::load64(cells);
      tags_[0] = Access::load8(tags);
    } else {
      Access::copy(bits_.data(), cells, rows_ * 8);
      Access::copy(tags_.data(), tags, rows_);
    }
  }
  // The same of packed cells: reals, or NaN, which says nothing.
  void load_packed(std::uint64_t cell, bool broadcast) noexcept {
    if (!broadcast) cell += first_row_;
    packed_cells<Access>(call_, cell, broadcast ? 1 : rows_, bits_.data(), tags_.data());
  }
  // Row 0's cell is every row's.
  void spread() noexcept {
    std::fill_n(bits_.begin() + 1, rows_ - 1, bits_[0]);
    std::fill_n(tags_.begin() + 1, rows_ - 1, tags_[0]);
  }
  void load_tags(std::uint64_t cell, bool broadcast) noexcept {
    if (packed_) {
      load_packed(cell, broadcast);
      if (broadcast) spread();
      return;
    }
    const std::byte* tags = call_.body + call_.layout.tags_offset + cell;
    if (broadcast) {
      std::fill_n(tags_.begin(), rows_, Access::load8(tags));
    } else {
      Access::copy(tags_.data(), tags + first_row_, rows_);
    }
  }

  // A call of one row has one cell a column, broadcast or not. Good numbers, most of what comes, are settled on the spot; everything
  // else takes the road of all rows.
  bool known_columns_of_one_row() noexcept {
    const std::byte* const cells = call_.body + call_.layout.cells_offset;
    const std::byte* const tags = call_.body + call_.layout.tags_offset;
    const std::int32_t* const fields = adapter_.field_of_column.data();
    for (std::uint32_t column = 0; column < call_.geometry.columns; ++column) {
      if (fields[column] < 0) {
        foreign_columns_ = true;
        continue;
      }
      const auto field = static_cast<std::uint32_t>(fields[column]);
      RINGSIDE_CHECK(field < tile_.fields());
      const wire::Cell cell =
          packed_ ? packed_cell<Access>(call_, column)
                  : wire::Cell{Access::load64(cells + column * 8u), static_cast<wire::Tag>(Access::load8(tags + column))};
      if (packed_ && cell.tag == wire::Tag::kAbsent) continue;
      const Field& rules = schema_.fields()[field];
      const Judgement found = judge(rules.dtype, cell);
      if (found.kind == Judgement::Kind::kValue && found.value >= rules.low && found.value <= rules.high) [[likely]] {
        tile_.numbers(field)[0] = found.value;
        tile_.absent(field) = 0;
        continue;
      }
      bits_[0] = cell.bits;
      tags_[0] = static_cast<std::uint8_t>(cell.tag);
      if (!judge_rows(field, 0, 1, false, false)) return false;
    }
    return true;
  }

  // Columns that are fields of this bundle, in the order in which they were sent.
  bool known_columns() noexcept {
    if (call_.geometry.rows == 1) return known_columns_of_one_row();
    std::uint64_t cell = 0;
    for (std::uint32_t column = 0; column < call_.geometry.columns; ++column) {
      const bool broadcast = is_broadcast(column);
      const std::int32_t field = adapter_.field_of_column[column];
      if (field >= 0) {
        RINGSIDE_CHECK(static_cast<std::uint32_t>(field) < tile_.fields());
        if (!tile_.is_broadcast(static_cast<std::uint32_t>(field))) {
          load_cells(cell, broadcast);
          if (!(broadcast ? judge_broadcast(static_cast<std::uint32_t>(field))
                          : judge_rows(static_cast<std::uint32_t>(field), 0, rows_, false, false)))
            return false;
        }
      } else {
        foreign_columns_ = true;
      }
      cell += broadcast ? 1u : call_.geometry.rows;
    }
    return true;
  }

  // The cell in row 0 is every row's. It stays judged for the call's next tiles, unless it is an error, which each row has for itself, or
  // says nothing, so that rows may speak for themselves. False: malformed.
  bool judge_broadcast(std::uint32_t field) noexcept {
    const std::uint32_t errors = tile_.errors().count(0);
    if (!good_for_all(field)) {
      spread();
      if (!judge_rows(field, 0, rows_, true, false)) return false;
    }
    const bool good = (tile_.absent(field) & 1) == 0 && tile_.errors().count(0) == errors && errors < wire::kRowErrorsMax;
    // What a reading holds is settled by its first tile.
    if (good && !resumed_) tile_.keep_broadcast(field, schema_.fields()[field].is_text(), call_.geometry.rows);
    return true;
  }

  // A good number in row 0 that is broadcast is judged once and is every row's. False: anything else, still to be judged.
  bool good_for_all(std::uint32_t field) noexcept {
    const Field& rules = schema_.fields()[field];
    const Judgement found = judge(rules.dtype, wire::Cell{bits_[0], static_cast<wire::Tag>(tags_[0])});
    if (found.kind != Judgement::Kind::kValue || found.value < rules.low || found.value > rules.high) return false;
    std::fill_n(tile_.numbers(field), rows_, found.value);
    tile_.absent(field) = 0;
    return true;
  }

  // Columns that this bundle does not have. Only their tags matter. After rows_ is final, so that nothing is counted twice.
  bool foreign_columns() noexcept {
    std::uint64_t cell = 0;
    for (std::uint32_t column = 0; column < call_.geometry.columns; ++column) {
      const bool broadcast = is_broadcast(column);
      const std::int32_t field = adapter_.field_of_column[column];
      if (field < 0) {
        load_tags(cell, broadcast);
        for (std::uint32_t row = 0; row < rows_; ++row) {
          if (tags_[row] >= wire::kTagCount) return false;
          if (tags_[row] == static_cast<std::uint8_t>(wire::Tag::kAbsent)) continue;
          if (field == Adapter::kDropped) {
            ++dropped_;
          } else if (schema_.rejects_extra_fields()) {
            extra_field(row, column < adapter_.extra_names.size() ? adapter_.extra_names[column] : std::string_view());
          }
        }
      }
      cell += broadcast ? 1u : call_.geometry.rows;
    }
    return true;
  }

  // Judges the cells of rows [first, last) in tags_ and bits_ for a field. False: malformed.
  bool judge_rows(std::uint32_t field, std::uint32_t first, std::uint32_t last, bool broadcast, bool named) noexcept {
    const FieldRows target(schema_, tile_, field);
    switch (target.rules().dtype) {
      case Dtype::kInt:
        return judge_numbers<judge_int>(target, field, first, last);
      case Dtype::kFloat:
        if (packed_ && !named &&
            take_good(bits_.data(), tags_.data(), rows_, target.rules(), tile_.numbers(field), tile_.absent(field)))
          return true;
        return judge_numbers<judge_float>(target, field, first, last);
      case Dtype::kBool:
        return judge_numbers<judge_bool>(target, field, first, last);
      case Dtype::kStr:
      case Dtype::kAny:
        break;
    }
    RINGSIDE_CHECK(target.rules().is_text());
    return judge_texts(target, field, first, last, broadcast, named);
  }

  template <auto judge>
  bool judge_numbers(const FieldRows& target, std::uint32_t field, std::uint32_t first, std::uint32_t last) noexcept {
    double* const values = tile_.numbers(field);
    const double low = target.rules().low, high = target.rules().high;
    RowMask present = 0, missing = 0;
    for (std::uint32_t row = first; row < last; ++row) {
      const wire::Cell cell{bits_[row], static_cast<wire::Tag>(tags_[row])};
      if (cell.tag == wire::Tag::kAbsent) continue;
      present |= row_bit(row);
      Judgement found = judge(cell);
      if (found.kind == Judgement::Kind::kError && schema_.coerces()) [[unlikely]]
        found = texts_.coerced(target.rules().dtype, cell);
      if (found.kind == Judgement::Kind::kValue) [[likely]] {
        values[row] = found.value;
        if (found.value < low || found.value > high) target.out_of_range(row);
      } else if (!settle_other(target, found, row, cell.tag, missing)) {
        return false;
      }
    }
    tile_.absent(field) &= ~present;
    if (missing != 0) target.missing(missing);
    return true;
  }

  bool judge_texts(const FieldRows& target, std::uint32_t field, std::uint32_t first, std::uint32_t last, bool broadcast,
                   bool named) noexcept {
    Text* const values = tile_.texts(field);
    char* const piece = named ? tile_.named_piece(field) : tile_.column_piece(field);
    std::uint32_t used = named ? tile_.named_bytes(field) : 0;
    RowMask present = 0, missing = 0;
    Text text;
    Judgement found;
    for (std::uint32_t row = first; row < last; ++row) {
      const wire::Cell cell{bits_[row], static_cast<wire::Tag>(tags_[row])};
      if (cell.tag == wire::Tag::kAbsent) continue;
      if (!broadcast || row == first) {  // a broadcast text is read once and shared by the rows
        found = judge_str(cell);
        const std::uint32_t bytes = texts_.bytes_of(cell, found);
        if (used + bytes > Tile::kPieceBytes) {
          // No room: the tile ends before this row. The first row always fits, for its piece is still empty.
          RINGSIDE_CHECK(row != 0);
          rows_ = row;
          break;
        }
        if (bytes != 0 || found.kind == Judgement::Kind::kText) found = texts_.read(target.rules(), cell, piece + used, text);
        if (found.kind == Judgement::Kind::kText) used += text.bytes;
      }
      present |= row_bit(row);
      if (found.kind == Judgement::Kind::kText) [[likely]] {
        values[row] = text;
        if (found.code == wire::FieldCode::kOutOfRange) target.out_of_allowed(row);
      } else if (!settle_other(target, found, row, cell.tag, missing)) {
        return false;
      }
    }
    if (named) tile_.named_bytes(field) = used;
    tile_.absent(field) &= ~present;
    if (missing != 0) target.missing(missing);
    return true;
  }

  // Anything but a value. False: malformed.
  static bool settle_other(const FieldRows& target, const Judgement& found, std::uint32_t row, wire::Tag got,
                           RowMask& missing) noexcept {
    if (found.kind == Judgement::Kind::kMissing) {
      missing |= row_bit(row);
      return true;
    }
    if (found.kind != Judgement::Kind::kError) return false;
    target.add_error(row, found.code, got);
    return true;
  }

  // Fields that no cell has spoken for.
  void absences() noexcept {
    for (std::uint32_t field = 0; field < tile_.fields(); ++field) {
      const RowMask rows = tile_.absent(field);
      if (rows == 0) [[likely]]
        continue;
      const FieldRows target(schema_, tile_, field);
      target.put_nothing(rows & refused_rows_);  // the row has its one error
      target.missing(rows & ~refused_rows_);
      tile_.absent(field) = 0;
    }
  }

  // The named cells of the tile's rows. False: malformed.
  bool extras() noexcept {
    next_extra_ = cursor_.next_extra;
    std::uint32_t least_row = first_row_, row_begin = next_extra_;  // row_begin: first extra of least_row
    for (; next_extra_ < call_.geometry.extras; ++next_extra_) {
      wire::ExtraCell extra;
      Access::copy(&extra, call_.body + call_.layout.extras_offset + std::uint64_t{next_extra_} * sizeof extra, sizeof extra);
      if (extra.row < least_row || extra.row >= call_.geometry.rows || extra.tag >= wire::kTagCount) return false;
      if (!std::all_of(std::begin(extra.reserved), std::end(extra.reserved), [](std::uint8_t byte) { return byte == 0; }))
        return false;
      if (extra.row - first_row_ >= rows_) return true;
      if (extra.row != least_row) row_begin = next_extra_;
      least_row = extra.row;
      if (!named_cell(extra, extra.row - first_row_)) return false;
      if (extra.row - first_row_ >= rows_) {  // its text did not fit: the next tile begins with this row, and with all its extras
        next_extra_ = row_begin;
        return true;
      }
    }
    return true;
  }

  bool named_cell(const wire::ExtraCell& extra, std::uint32_t row) noexcept {
    const wire::Cell cell{extra.bits, static_cast<wire::Tag>(extra.tag)};
    if (std::uint64_t{extra.name_offset} + extra.name_bytes > call_.layout.text_bytes) return false;
    if (cell.tag == wire::Tag::kAbsent) return true;
    // A row that is full of errors takes no more; its extras cost little more than being skipped.
    if (tile_.errors().count(row) == wire::kRowErrorsMax) return true;
    // A longer name is no field's. What is kept of it is more than an error shows.
    std::array<char, wire::kNameBytesMax + 1> bytes;
    const std::size_t name_bytes = std::min<std::size_t>(extra.name_bytes, bytes.size());
    Access::copy(bytes.data(), call_.body + call_.layout.text_offset + extra.name_offset, name_bytes);
    const std::string_view name(bytes.data(), name_bytes);
    if (name.empty() && cell.tag == wire::Tag::kRefused) return refused_row(cell, row);
    const std::int32_t found = name_bytes <= wire::kNameBytesMax ? schema_.find(name) : -1;
    if (found < 0) {
      if (adapter_.elsewhere != nullptr && adapter_.elsewhere->find(name) != TextIndex::kAbsent) {
        ++dropped_;  // an optional field of another resident version: the same as a column of that name
      } else if (schema_.rejects_extra_fields()) {
        extra_field(row, name);
      }
      return true;
    }
    const auto field = static_cast<std::uint32_t>(found);
    if ((tile_.absent(field) & row_bit(row)) == 0) {
      FieldRows(schema_, tile_, field).add_error(row, wire::FieldCode::kDuplicateField);
      return true;
    }
    bits_[row] = cell.bits;
    tags_[row] = extra.tag;
    return judge_rows(field, row, row + 1, false, true);
  }

  bool refused_row(wire::Cell cell, std::uint32_t row) noexcept {
    const Judgement found = judge_refused(cell.bits);
    if (found.kind != Judgement::Kind::kError) return false;
    tile_.add_error(row, {.code = found.code});
    refused_rows_ |= row_bit(row);
    return true;
  }

  void extra_field(std::uint32_t row, std::string_view name) noexcept {
    name = cut_at_character(name, wire::kErrorNameBytesMax);
    tile_.add_error(row, {.code = wire::FieldCode::kExtraField, .name = is_utf8(name) ? name : std::string_view()});
  }

  const Call& call_;
  const Adapter& adapter_;
  const InputSchema& schema_;
  GatherCursor& cursor_;
  Tile& tile_;
  const TextCells<Access> texts_;
  const std::uint32_t first_row_;  // of the call
  const bool packed_;
  std::uint32_t rows_ = 0;  // of the tile; shrinks when a text piece is full
  std::uint32_t next_extra_ = 0;
  std::uint32_t dropped_ = 0;
  std::uint32_t broadcast_words_ = 0;
  bool foreign_columns_ = false;
  bool resumed_ = false;      // broadcast fields are here since an earlier tile
  RowMask refused_rows_ = 0;  // refused as a whole by their client
  // Not zeroed: only what was loaded is read.
  std::array<std::uint8_t, kTileRows> tags_;
  std::array<std::uint64_t, kTileRows> bits_;
  std::array<std::uint64_t, (wire::kColumnsMax + 63) / 64> broadcast_;
};

template <class Access>
GatherOutcome gather(const Call& call, const Adapter& adapter, const InputSchema& schema, std::uint32_t rows_max,
                     GatherCursor& cursor, Tile& tile) noexcept {
  return Gatherer<Access>(call, adapter, schema, cursor, tile).run(rows_max);
}

}  // namespace ringside::engine
