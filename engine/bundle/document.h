// JSON and YAML as one tree of text. Numbers and YAML scalars stay as they were written, and whoever knows the declared type
// converts them: `no` is a string, 1.10 is not 1.1, 27 is not 27.0, 1e400 is not an error. Members keep their order, and
// duplicates.
//
// Thread safety: values and pure functions; a tree lies in the scratch that its thread uses (region/scratch.h). Limits: 64 levels. The exceptions of yaml-cpp and the errors of simdjson stop here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <ringside/result.h>

#include "engine/region/scratch.h"

namespace ringside::engine {

struct DocumentMember;

struct DocumentNode {
  enum class Kind : std::uint8_t { kNull, kBool, kNumber, kText, kList, kMap };  // YAML: null, text, list and map

  Kind kind = Kind::kNull;
  bool flag = false;  // kBool
  ScratchText text;   // kNumber as written, kText
  ScratchVector<DocumentNode> items;
  ScratchVector<DocumentMember> members;

  [[nodiscard]] bool is(Kind other) const noexcept { return kind == other; }
  [[nodiscard]] std::string described() const;  // "a list", "the number 27", "\"x\"": for messages
};

// One key of a map and what stands under it.
struct DocumentMember {
  ScratchText name;
  DocumentNode value;
};

struct DocumentError {
  std::string expected, found;
};

// One JSON object and white space around it. UTF-8, escapes, numbers and structure are all checked.
[[nodiscard]] Result<DocumentNode, DocumentError> parse_json(std::string_view text);

// One YAML document. Anchors, aliases and tags are refused: each lets a file say two things. Duplicate keys are kept, for the
// reader to refuse.
[[nodiscard]] Result<DocumentNode, DocumentError> parse_yaml(std::string_view text);

}  // namespace ringside::engine
