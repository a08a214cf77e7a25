// A JSON array → the text of each element, unread.
//
//   auto rows = split_array("[{\"age\":27}, {\"age\":28}]");   // {"age":27} and {"age":28}
//
// Thread safety: pure. Cost: one pass. Views are of `text`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <ringside/result.h>

namespace ringside::gateway {

// Error: what is no JSON array, and where: "expected ',' or ']', found '5' at byte 17". `most`: beyond that many elements the rest is counted and
// checked, not kept.
struct ArrayParts {
  std::vector<std::string_view> elements;
  std::size_t count = 0;
};
[[nodiscard]] Result<ArrayParts, std::string> split_array(std::string_view text, std::size_t most);

}  // namespace ringside::gateway
