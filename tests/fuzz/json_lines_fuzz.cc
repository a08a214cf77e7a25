// Goal: whatever a line of JSON Lines holds, reading it ends with a row or with a reason, and what was read can be written again.
// Method: libFuzzer from a kept corpus of rows, good and broken (tests/fuzz/corpus/json_lines).

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "schemas/wire/limits.h"
#include "tools/json_rows/result_writer.h"
#include "tools/json_rows/row_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringside;
  RowReader reader;
  if (!reader.read({reinterpret_cast<const char*>(data), size})) {
    if (reader.problem().empty() || !reader.cells().empty()) std::abort();
    return 0;
  }
  std::string object = "{";
  for (const JsonCell& cell : reader.cells()) {
    if (cell.value.kind() == Value::Kind::kText && cell.value.text().size() > wire::kTextBytesMax) std::abort();
    if (object.size() > 1) object += ',';
    append_json_text(object, cell.name);
    object += ':';
    if (cell.value.kind() == Value::Kind::kText) {
      append_json_text(object, cell.value.text());
    } else {
      append_json_float(object, cell.value.real(), true);
    }
  }
  object += '}';
  const std::size_t cells = reader.cells().size();
  RowReader again;
  if (!again.read(object) || again.cells().size() != cells) std::abort();  // what was written is a row of as many cells
  return 0;
}
