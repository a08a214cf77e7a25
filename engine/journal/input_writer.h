// A row's inputs → cells, tags and texts of its record, with only what each field's privacy lets out. Within engine/journal.
//
// Thread safety: its worker's. noexcept, no allocation.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "engine/decode/tile.h"
#include "engine/journal/prediction_record.h"
#include "engine/journal/row_cipher.h"
#include "schemas/journal/prediction.h"

namespace ringside::engine::record_parts {

using journal::CellTag;
using journal::PredictionParts;

inline constexpr std::uint64_t kRoom = journal::kRecordBytesMax;
// Of an encrypted part, whatever is in it, and its cell and tag of a field.
inline constexpr std::uint64_t kCipherBytes = journal::kCounterBytes + sizeof(journal::EncryptedHead) + journal::kTagBytes,
                               kCipherCell = 9;

template <class T>
void store(std::byte* place, std::uint64_t at, T value) noexcept {
  std::memcpy(place + at, &value, sizeof value);
}

// Most texts are short, and a call costs more than copying them.
inline void copy_text(std::byte* to, const char* from, std::size_t bytes) noexcept {
  if (bytes > 16) [[unlikely]] {
    std::memcpy(to, from, bytes);
  } else if (bytes >= 8) {
    std::uint64_t first, last;
    std::memcpy(&first, from, 8);
    std::memcpy(&last, from + bytes - 8, 8);
    std::memcpy(to, &first, 8);
    std::memcpy(to + bytes - 8, &last, 8);
  } else if (bytes >= 4) {
    std::uint32_t first, last;
    std::memcpy(&first, from, 4);
    std::memcpy(&last, from + bytes - 4, 4);
    std::memcpy(to, &first, 4);
    std::memcpy(to + bytes - 4, &last, 4);
  } else if (bytes != 0) {
    to[0] = static_cast<std::byte>(from[0]);
    to[bytes / 2] = static_cast<std::byte>(from[bytes / 2]);
    to[bytes - 1] = static_cast<std::byte>(from[bytes - 1]);
  }
}

// Appends bytes behind each other.
class Tail {
 public:
  Tail(std::byte* place, std::uint64_t begin) noexcept : place_(place), begin_(begin), end_(begin) {}
  void add(const char* data, std::size_t bytes) noexcept {
    copy_text(place_ + end_, data, bytes);
    end_ += bytes;
  }
  void add(std::string_view text) noexcept { add(text.data(), text.size()); }
  [[nodiscard]] bool has_room(std::size_t bytes) const noexcept { return end_ + kept_ + bytes <= kRoom; }
  // Room behind it for something else.
  void keep(std::size_t bytes) noexcept { kept_ += bytes; }
  [[nodiscard]] std::uint32_t bytes() const noexcept { return static_cast<std::uint32_t>(end_ - begin_); }

 private:
  std::byte* place_;
  std::uint64_t begin_, end_, kept_ = 0;
};

inline std::string_view characters(const std::array<std::byte, 16>& bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A row's cells, tags and texts, field by field.
class InputWriter {
 public:
  InputWriter(std::byte* place, const PredictionParts& parts, const RecordRules& rules, Tail& text) noexcept
      : cell_(place + parts.cells), tag_(place + parts.tags), rules_(rules), text_(text) {}

  // Numbers that may all be told, a tile's column apart. NaN: missing. Without a branch, for there are many.
  void put_plain(const double* numbers, std::uint32_t count) noexcept {
    static_assert(static_cast<int>(CellTag::kMissing) == 0 && static_cast<int>(CellTag::kNumber) == 1);
    std::byte *cell = cell_, *tag = tag_;
    for (std::uint32_t i = 0; i < count; ++i, numbers += kTileRows, cell += sizeof(std::uint64_t)) {
      const double value = *numbers;
      const std::uint64_t is_there = value == value ? 1 : 0;
      store(cell, 0, std::bit_cast<std::uint64_t>(value) & -is_there);
      tag[i] = static_cast<std::byte>(is_there);
    }
    cell_ = cell;
    tag_ += count;
  }
  void put(double value, Sensitivity sensitivity) noexcept {
    if (sensitivity == Sensitivity::kPlain || std::isnan(value)) return put_plain(&value, 1);
    if (sensitivity == Sensitivity::kHash) return put_bytes(CellTag::kPseudonym, characters(pseudonym(rules_.key, value)));
    if (sensitivity == Sensitivity::kEncrypt && may_encrypt(0)) {
      rules_.cipher->add_number(value);
      return set(CellTag::kSealed, 0);
    }
    set(CellTag::kDropped, 0);
  }
  void put(const Text& text, Sensitivity sensitivity) noexcept {
    if (text.missing()) return set(CellTag::kMissing, 0);
    switch (sensitivity) {
      case Sensitivity::kPlain:
        return put_bytes(CellTag::kText, text.view());
      case Sensitivity::kMask:
        return put_bytes(CellTag::kMasked, masked(text.view()));
      case Sensitivity::kHash:
        return put_bytes(CellTag::kPseudonym, characters(pseudonym(rules_.key, PseudonymDomain::kText, text.view())));
      case Sensitivity::kEncrypt:
        if (rules_.cipher == nullptr) break;
        if (!may_encrypt(text.view().size())) return cut(text.view().size());
        rules_.cipher->add_text(text.view());
        return set(CellTag::kSealed, 0);
      case Sensitivity::kDrop:
        break;
    }
    set(CellTag::kDropped, 0);
  }
  void put_not_read() noexcept { set(CellTag::kNotRead, 0); }
  [[nodiscard]] bool cut() const noexcept { return cut_; }

 private:
  void cut(std::size_t bytes) noexcept {
    cut_ = true;
    set(CellTag::kCut, bytes);
  }
  // Keeps the room, where there is a cipher and there is room.
  [[nodiscard]] bool may_encrypt(std::size_t text_bytes) noexcept {
    if (rules_.cipher == nullptr || !text_.has_room(text_bytes + kCipherCell)) return false;
    text_.keep(text_bytes + kCipherCell);
    return true;
  }
  void put_bytes(CellTag tag, std::string_view bytes) noexcept {
    if (!text_.has_room(bytes.size())) [[unlikely]]
      return cut(bytes.size());
    set(tag, std::uint64_t{bytes.size()} << 32 | text_.bytes());
    text_.add(bytes);
  }
  void set(CellTag tag, std::uint64_t cell) noexcept {
    std::memcpy(cell_, &cell, sizeof cell);
    *tag_ = static_cast<std::byte>(tag);
    cell_ += sizeof cell;
    ++tag_;
  }

  std::byte *cell_, *tag_;
  const RecordRules& rules_;
  Tail& text_;
  bool cut_ = false;
};

}  // namespace ringside::engine::record_parts
