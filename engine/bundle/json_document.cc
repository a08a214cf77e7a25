#include <simdjson.h>

#include <string_view>
#include <utility>

#include "engine/bundle/document.h"
#include "engine/bundle/problem.h"

namespace ringside::engine {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr int kDepthMax = 64;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// JSON's number grammar: -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
bool is_number(std::string_view text) noexcept {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t start = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at - start;
  };
  if (at < text.size() && text[at] == '-') ++at;
  const bool leading_zero = at < text.size() && text[at] == '0';
  const std::size_t whole = digits();
  if (whole == 0 || (leading_zero && whole > 1)) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

// simdjson's on-demand values → nodes; the first error ends it. Numbers are taken as text: simdjson would refuse 1e400, and
// forget whether 27.0 had a point.
class Builder {
 public:
  std::string error;  // empty: none

  template <class Value>
  bool build(Value&& value, int depth, DocumentNode& node) {
    if (depth > kDepthMax) return refuse("more than 64 levels");
    ondemand::json_type type{};
    if (const auto code = value.type().get(type)) return refuse(simdjson::error_message(code));
    switch (type) {
      case ondemand::json_type::object:
        return build_map(value, depth, node);
      case ondemand::json_type::array:
        return build_list(value, depth, node);
      case ondemand::json_type::string: {
        std::string_view text;
        if (const auto code = value.get_string().get(text)) return refuse(simdjson::error_message(code));
        node.kind = DocumentNode::Kind::kText;
        node.text = text;
        return true;
      }
      case ondemand::json_type::number:
      case ondemand::json_type::boolean:
      case ondemand::json_type::null:
        return build_word(value, node);
    }
    return refuse("an unknown kind of value");
  }

  template <class Value>
  bool build_map(Value&& value, int depth, DocumentNode& node) {
    ondemand::object object;
    if (const auto code = value.get_object().get(object)) return refuse(simdjson::error_message(code));
    node.kind = DocumentNode::Kind::kMap;
    for (auto member : object) {
      std::string_view key;
      if (const auto code = member.unescaped_key().get(key)) return refuse(simdjson::error_message(code));
      node.members.push_back({ScratchText(key), {}});
      ondemand::value child;
      if (const auto code = member.value().get(child)) return refuse(simdjson::error_message(code));
      if (!build(child, depth + 1, node.members.back().value)) return false;
    }
    return true;
  }

 private:
  bool refuse(std::string what) {
    error = std::move(what);
    return false;
  }

  template <class Value>
  bool build_list(Value&& value, int depth, DocumentNode& node) {
    ondemand::array array;
    if (const auto code = value.get_array().get(array)) return refuse(simdjson::error_message(code));
    node.kind = DocumentNode::Kind::kList;
    for (auto item : array) {
      ondemand::value child;
      if (const auto code = item.get(child)) return refuse(simdjson::error_message(code));
      node.items.emplace_back();
      if (!build(child, depth + 1, node.items.back())) return false;
    }
    return true;
  }

  bool build_word(ondemand::value& value, DocumentNode& node) {
    std::string_view word = value.raw_json_token();
    while (!word.empty() && (word.back() == ' ' || word.back() == '\t' || word.back() == '\n' || word.back() == '\r'))
      word.remove_suffix(1);
    if (word == "null") {
      node.kind = DocumentNode::Kind::kNull;
    } else if (word == "true" || word == "false") {
      node.kind = DocumentNode::Kind::kBool;
      node.flag = word == "true";
    } else if (is_number(word)) {
      node.kind = DocumentNode::Kind::kNumber;
      node.text = word;
    } else {
      return refuse(in_quotes(word));
    }
    return true;  // looked at, not taken: the iterator steps over a word by itself
  }
};

}  // namespace

Result<DocumentNode, DocumentError> parse_json(std::string_view text) {
  static constexpr std::string_view kExpected = "one JSON object";
  const simdjson::padded_string padded(text);
  ondemand::parser parser;
  ondemand::document document;
  if (const auto code = parser.iterate(padded).get(document)) {
    return fail(DocumentError{std::string(kExpected), simdjson::error_message(code)});
  }
  DocumentNode root;
  Builder builder;
  if (!builder.build_map(document, 1, root)) return fail(DocumentError{std::string(kExpected), builder.error});
  // Behind the last brace there must be nothing.
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
    return fail(DocumentError{std::string(kExpected), "more text behind it"});
  }
  return root;
}

}  // namespace ringside::engine
