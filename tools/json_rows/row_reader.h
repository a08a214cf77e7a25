// One line of JSON → the cells of a row, judged as little as possible: the engine is the validator.
//
//   RowReader reader;
//   if (!reader.read(line)) → a MALFORMED call: reader.problem() says what and where
//   for (const JsonCell& cell : reader.cells()) row.set(cell.name, cell.value);
//
//   27 → int      27.0 → real     1e400, Infinity → real ∞     NaN, null → missing     9223372036854775808 → refused INT_RANGE
//   [..] {..} → refused TYPE_MISMATCH           a text over 4,096 bytes → refused TOO_LONG           a key twice → two cells
//
// Numbers are judged by their text (schemas/wire/number_text.h). A lone surrogate (\ud800) becomes the three bytes that the
// engine calls BAD_UTF8. `request_id`, `user_id`, `trace_id` and `route_tags` are metadata; their cells are marked, for a schema
// may have such a field too.
//
// Thread safety: one thread at a time. Cost: one pass; memory is kept between lines. No recursion: depth costs one bit a level.
// Views are valid until the next read() and as long as the line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <ringside/row.h>

namespace ringside {

struct JsonCell {
  std::string_view name;
  Value value = nullptr;
  bool is_metadata =
      false;  // the first `request_id`, `user_id`, `trace_id` or `route_tags`: set it only where the schema has that field
};

// Beside the features. Empty: not given (or null).
struct RowMetadata {
  std::string_view request_id, user_id, trace_id;
  std::vector<std::string_view> route_tags;  // "key=value"

  // Rows that differ in these cannot share a call.
  [[nodiscard]] bool same_call(const RowMetadata& other) const {
    return user_id == other.user_id && trace_id == other.trace_id && route_tags == other.route_tags;
  }
};

class RowReader {
 public:
  // True: the line is one JSON object in valid UTF-8, of which cells() and metadata() speak. False: problem() says why not.
  [[nodiscard]] bool read(std::string_view line);

  [[nodiscard]] const std::vector<JsonCell>& cells() const noexcept { return cells_; }
  [[nodiscard]] const RowMetadata& metadata() const noexcept { return metadata_; }
  // "expected ':', found '1' at byte 17": of the line, from 0.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

 private:
  std::vector<JsonCell> cells_;
  RowMetadata metadata_;
  std::string problem_;
  std::deque<std::string> unescaped_;  // texts that had escapes; a deque: growing moves none
};

// The beginning of an input without the mark that some editors put before UTF-8. Inside the input it is no white space.
[[nodiscard]] std::string_view without_byte_order_mark(std::string_view input) noexcept;

// The offset of the first byte that is not valid UTF-8 (RFC 3629: no surrogates, nothing overlong, nothing above U+10FFFF), or
// npos.
[[nodiscard]] std::size_t find_bad_utf8(std::string_view text) noexcept;

}  // namespace ringside
