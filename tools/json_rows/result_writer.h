// An answer → one line of JSON, in the field order of the documented example.
//
//   write_row(out, answer, {.row = 17, .request_id = "5c8a"});
//   {"request_id":"5c8a","row":17,"status":"ok","version":"loan_default_v1.0.0","arm":"current","score":0.16465956,…}
//
// Floats are the shortest text that reads back to the same bits of the model's own type (float32, or float64 with is_float64);
// infinity is written 1e999, which every reader takes for it, NaN is null. Text that is not UTF-8 is written with U+FFFD in its
// place.
// Thread safety: no state. Cost: one pass, appends to `out`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <ringside/prediction.h>

namespace ringside {

// What the caller knows of a row, and the answer may not.
struct RowContext {
  std::uint64_t row = 0;          // the line in a file, the index in a batch
  std::string_view request_id{};  // as given; where it is empty, the answer's own
  std::string_view trace_id{};    // of errors; where it is empty, the request id; null without either
  bool with_features = false;
};

// Appends the object and '\n'.
void write_row(std::string& out, const RowAnswer& answer, const RowContext& context);

// What concerns a whole call: "row":null, "field":null. `code` such as MALFORMED, with what a person should know.
void write_call_error(std::string& out, FieldCode code, std::string_view message, std::string_view trace_id = {});

// Pieces, for those who write other objects.
void append_json_text(std::string& out, std::string_view text);
void append_json_float(std::string& out, double value, bool is_float64);

}  // namespace ringside
