#include "tools/gateway/batch_body.h"

#include "tools/json_rows/json_scanner.h"
#include "tools/json_rows/row_reader.h"

namespace ringside::gateway {

Result<ArrayParts, std::string> split_array(std::string_view text, std::size_t most) {
  text = without_byte_order_mark(text);
  JsonScanner scan(text);
  ArrayParts parts;
  if (!scan.expect('[')) return fail(scan.problem());
  if (!scan.accept(']')) {
    do {
      const std::size_t begin = scan.offset();
      if (!scan.skip_nested()) return fail(scan.problem());
      if (parts.count++ < most) parts.elements.push_back(text.substr(begin, scan.offset() - begin));
    } while (scan.accept(','));
    if (!scan.expect_closing(']')) return fail(scan.problem());
  }
  if (!scan.at_end()) {
    (void)scan.fail("the end of the body");
    return fail(scan.problem());
  }
  return parts;
}

}  // namespace ringside::gateway
