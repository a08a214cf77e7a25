// A tile: up to 64 rows in private, aligned, preallocated columns. What decode has checked and preprocess reads.
//
//   field 0 (float)   double[64]   aligned to 64 bytes; NaN: missing and passed to the model
//   field 1 (str)     Text[64]     into the tile's own text, or the schema's fill; data == nullptr: missing and passed
//   masks a field     bit r is row r: filled, unknown, clamped
//   invalid           bit r: row r has an error; its values are unspecified and its score is never answered
//   broadcast         fields whose one cell all rows of a call share: judged with its first tile, and still here for its next
//
// Text memory is one piece a str field: 4 KiB for what columns bring and 4 KiB for what extras bring, so that one row of the longest
// texts always fits. A full piece ends the tile: gather() then answers fewer rows.
//
// Thread safety: none; a worker owns its tiles. Cost: all memory is reserved and touched in the constructor; nothing else allocates.
// A tile takes about 290 KB for errors, 512 bytes a number field and 9 KiB a str field.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "engine/decode/column_alignment.h"
#include "engine/decode/row_errors.h"
#include "engine/schema/input_schema.h"

namespace ringside::engine {

inline constexpr std::uint32_t kTileRows = 64;
using RowMask = std::uint64_t;  // bit r: row r of the tile

constexpr RowMask rows_mask(std::uint32_t rows) noexcept { return rows >= 64 ? ~RowMask{0} : (RowMask{1} << rows) - 1; }

struct Text {
  const char* data = nullptr;
  std::uint32_t bytes = 0;

  [[nodiscard]] std::string_view view() const noexcept { return {data, bytes}; }
  [[nodiscard]] bool missing() const noexcept { return data == nullptr; }
};

class Tile {
 public:
  explicit Tile(const InputSchema& schema);
  Tile(const Tile&) = delete;  // columns point into its own memory
  Tile& operator=(const Tile&) = delete;

  // Forgets the last rows; every field of every row is absent. REQUIRES: rows <= kTileRows.
  void start(std::uint32_t rows) noexcept;
  // The same for the call's next rows, but broadcast fields stay as they are. REQUIRES: holds(reading) of that call.
  void resume(std::uint32_t rows) noexcept;
  // Forgets the rows from `rows` on. REQUIRES: rows <= this->rows().
  void shrink(std::uint32_t rows) noexcept;

  [[nodiscard]] std::uint32_t rows() const noexcept { return rows_; }
  [[nodiscard]] std::uint32_t fields() const noexcept { return fields_; }

  // A broadcast field is the same in all rows, and filled or clamped in all or in none; its column holds it in broadcast_rows() rows: as
  // many as a tile of the call can have, rounded up to 8, and 0 where no field is broadcast.
  [[nodiscard]] bool is_broadcast(std::uint32_t field) const noexcept { return (broadcast_[field / 64] >> (field % 64) & 1) != 0; }
  [[nodiscard]] std::uint32_t broadcast_rows() const noexcept { return broadcast_rows_; }
  // Which reading of which call's broadcast fields this is: never the same for two readings, of this or any other tile, and never 0.
  // What was computed from them holds as long as it stays.
  [[nodiscard]] std::uint64_t reading() const noexcept { return reading_; }
  [[nodiscard]] bool holds(std::uint64_t reading) const noexcept { return broadcast_rows_ != 0 && reading_ == reading; }
  // Row 0's value of this text or number field is good, and that of all rows of a call of so many.
  void keep_broadcast(std::uint32_t field, bool is_text, std::uint32_t call_rows) noexcept;

  // Where fields stand among the numbers, or among the texts, of any tile for this schema.
  [[nodiscard]] static std::vector<std::uint32_t> columns_of(const InputSchema& schema);
  // The column of number field f begins at columns_of(schema)[f] * kTileRows.
  [[nodiscard]] const double* all_numbers() const noexcept { return numbers_.get(); }
  [[nodiscard]] const Text* all_texts() const noexcept { return texts_.get(); }  // likewise

  // REQUIRES: the field is a number (int, float, bool) / a str.
  [[nodiscard]] double* numbers(std::uint32_t field) noexcept { return numbers_.get() + std::size_t{column_[field]} * kTileRows; }
  [[nodiscard]] const double* numbers(std::uint32_t field) const noexcept { return numbers_.get() + std::size_t{column_[field]} * kTileRows; }
  [[nodiscard]] Text* texts(std::uint32_t field) noexcept { return texts_.get() + std::size_t{column_[field]} * kTileRows; }
  [[nodiscard]] const Text* texts(std::uint32_t field) const noexcept { return texts_.get() + std::size_t{column_[field]} * kTileRows; }

  RowMask& filled(std::uint32_t field) noexcept { return mark(field).filled; }
  RowMask& unknown(std::uint32_t field) noexcept { return mark(field).unknown; }
  // The value lay outside the declared range: under `clamp` it was moved to the bound, under `flag` it was kept.
  RowMask& clamped(std::uint32_t field) noexcept { return mark(field).clamped; }
  // Only while gathering: no cell and no extra has spoken for this field of the row yet.
  RowMask& absent(std::uint32_t field) noexcept { return masks_[field].absent; }
  [[nodiscard]] RowMask filled(std::uint32_t field) const noexcept { return masks_[field].filled; }
  [[nodiscard]] RowMask unknown(std::uint32_t field) const noexcept { return masks_[field].unknown; }
  [[nodiscard]] RowMask clamped(std::uint32_t field) const noexcept { return masks_[field].clamped; }

  // All of them, by field: for who looks at every field of every tile.
  struct Masks {
    RowMask filled = 0, unknown = 0, clamped = 0, absent = 0;
  };
  [[nodiscard]] std::span<const Masks> masks() const noexcept { return masks_; }
  // Fields whose filled, unknown or clamped may be written since start(): bit field % 64 of word field / 64. The others' are zero.
  [[nodiscard]] std::span<const std::uint64_t> marked() const noexcept { return marked_; }

  // For another plan of the same fields: what the last one said of categories. (Errors stay.)
  void forget_unknown() noexcept {
    for (Masks& masks : masks_) masks.unknown = 0;
  }

  // Rows with at least one error. add_error() keeps it and the list together.
  [[nodiscard]] RowMask invalid() const noexcept { return invalid_; }
  void add_error(std::uint32_t row, const RowError& error) noexcept {
    invalid_ |= RowMask{1} << row;
    errors_.add(row, error);
  }
  [[nodiscard]] const RowErrors& errors() const noexcept { return errors_; }
  // Puts a row's errors in the order callers see: fields in schema order, unknown names last, by appearance.
  void sort_errors() noexcept {
    if (invalid_ != 0) errors_.sort(invalid_);
  }

  // Where a str field's texts go: kPieceBytes for its column, then kPieceBytes for extras, of which named_bytes() are used.
  static constexpr std::size_t kPieceBytes = wire::kTextBytesMax;
  [[nodiscard]] char* column_piece(std::uint32_t field) noexcept { return text_.get() + std::size_t{column_[field]} * 2 * kPieceBytes; }
  [[nodiscard]] char* named_piece(std::uint32_t field) noexcept { return column_piece(field) + kPieceBytes; }
  [[nodiscard]] std::uint32_t& named_bytes(std::uint32_t field) noexcept { return named_bytes_[column_[field]]; }

  // All pieces: with the schema's fills, everything that a Text of this tile points at.
  [[nodiscard]] char* text_arena() noexcept { return text_.get(); }
  [[nodiscard]] std::size_t text_arena_bytes() const noexcept { return text_bytes_; }

 private:
  struct FreeAligned {
    void operator()(double* memory) const noexcept { ::operator delete[](memory, std::align_val_t{kColumnAlignment}); }
  };

  Masks& mark(std::uint32_t field) noexcept {
    marked_[field / 64] |= std::uint64_t{1} << (field % 64);
    return masks_[field];
  }

  std::uint32_t rows_ = 0;
  std::uint32_t fields_ = 0;
  std::vector<std::uint32_t> column_;  // of a field, among numbers or among texts
  std::unique_ptr<double[], FreeAligned> numbers_;
  std::unique_ptr<Text[]> texts_;
  std::unique_ptr<char[]> text_;
  std::size_t text_bytes_ = 0;
  std::vector<std::uint32_t> named_bytes_;  // a str field
  std::vector<Masks> masks_;
  std::vector<std::uint64_t> marked_;
  std::vector<std::uint64_t> broadcast_;  // bit field % 64 of word field / 64
  std::uint32_t broadcast_rows_ = 0;
  std::uint64_t reading_;
  RowMask invalid_ = 0;
  RowErrors errors_;
};

}  // namespace ringside::engine
