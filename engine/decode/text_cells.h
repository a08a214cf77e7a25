// The text behind a cell: copied once from shared memory into private memory, and only the copy is judged. For bundles that say
// `coerce: pandas` also what a text field makes of other cells, and a number field of texts.
//
//   texts.bytes_of(cell, found)             room that the text may need; the caller finds it
//   texts.read(rules, cell, target, text)   text: in target; a value, TOO_LONG, BAD_UTF8, or out of what `allowed` names
//
// Thread safety: none; lives as long as its call. Cost: linear in the text's bytes; noexcept, no allocation.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "engine/decode/call.h"
#include "engine/decode/coerce.h"
#include "engine/decode/strict.h"
#include "engine/decode/tile.h"
#include "engine/decode/utf8.h"
#include "engine/schema/input_schema.h"

namespace ringside::engine {

template <class Access>
class TextCells {
 public:
  // REQUIRES: read_call() said kGood of the call, which outlives this.
  TextCells(const Call& call, bool coerces) noexcept : call_(call), coerces_(coerces) {}

  // Most bytes that the text of a cell takes in a str field; 0: it has none, or one that is too long.
  [[nodiscard]] std::uint32_t bytes_of(wire::Cell cell, const Judgement& found) const noexcept {
    if (found.kind == Judgement::Kind::kText) return cell.text_bytes() <= wire::kTextBytesMax ? cell.text_bytes() : 0;
    return found.kind == Judgement::Kind::kError && cell.tag != wire::Tag::kRefused && coerces_ ? kCoercedTextBytesMax : 0;
  }

  // Copies a text, or makes one of a coerced cell, and judges the copy. kText with the code OUT_OF_RANGE: a good text that `allowed` does
  // not name. REQUIRES: target has room for bytes_of(cell).
  Judgement read(const Field& rules, wire::Cell cell, char* target, Text& text) const noexcept {
    Judgement found = Judgement::text();
    if (cell.tag == wire::Tag::kText) {
      found = copy(cell, target, text);
    } else {
      text = {target, coerce_to_text(cell, target)};
    }
    const auto is_text = [&](const std::string& allowed) { return allowed == text.view(); };
    if (found.kind == Judgement::Kind::kText && !rules.allowed.empty() && std::ranges::none_of(rules.allowed, is_text)) {
      found.code = wire::FieldCode::kOutOfRange;
    }
    return found;
  }

  // A cell that a number field refuses, as pandas would take it. REQUIRES: the schema coerces.
  [[gnu::noinline]] Judgement coerced(Dtype dtype, wire::Cell cell) const noexcept {
    std::array<char, wire::kTextBytesMax> bytes;
    Text text;
    if (cell.tag == wire::Tag::kText) {
      const Judgement copied = copy(cell, bytes.data(), text);
      if (copied.kind != Judgement::Kind::kText) return copied;
    }
    return coerce_to_number(dtype, cell, text.view());
  }

 private:
  Judgement copy(wire::Cell cell, char* target, Text& text) const noexcept {
    const std::uint32_t offset = cell.text_offset(), bytes = cell.text_bytes();  // of the private copy of the cell
    if (std::uint64_t{offset} + bytes > call_.layout.text_bytes) return Judgement::malformed();
    if (bytes > wire::kTextBytesMax) return Judgement::error(wire::FieldCode::kTooLong);
    Access::copy(target, call_.body + call_.layout.text_offset + offset, bytes);
    text = {target, bytes};
    return is_utf8(text.view()) ? Judgement::text() : Judgement::error(wire::FieldCode::kBadUtf8);
  }

  const Call& call_;
  const bool coerces_;
};

}  // namespace ringside::engine
