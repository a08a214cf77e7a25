#include "engine/bundle/document_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>
#include <unordered_set>

namespace ringside::engine {

MapReader::MapReader(const DocumentNode& node, std::string key, ProblemList& problems)
    : node_(node), key_(std::move(key)), problems_(problems) {
  if (!node_.is(DocumentNode::Kind::kMap)) problems_.add(key_, "a map", node_.described());
}

std::string MapReader::path(std::string_view name) const {
  std::string path = key_;
  if (!path.empty()) path += '.';
  return path.append(name);
}

const DocumentNode* MapReader::find(std::string_view name) {
  known_.push_back(name);
  const auto found =
      std::find_if(node_.members.begin(), node_.members.end(), [name](const auto& member) { return member.name == name; });
  return found == node_.members.end() ? nullptr : &found->value;
}

const DocumentNode* MapReader::need(std::string_view name) {
  const DocumentNode* node = find(name);
  if (node == nullptr && node_.is(DocumentNode::Kind::kMap)) problems_.add(path(name), "this key", "none");
  return node;
}

std::string MapReader::text(std::string_view name) {
  const DocumentNode* node = need(name);
  if (node == nullptr) return {};
  if (node->is(DocumentNode::Kind::kText)) return std::string(node->text);
  problems_.add(path(name), "text", node->described());
  return {};
}

std::optional<std::string> MapReader::optional_text(std::string_view name) {
  const DocumentNode* node = find(name);
  if (node == nullptr) return std::nullopt;
  if (node->is(DocumentNode::Kind::kText)) return std::string(node->text);
  problems_.add(path(name), "text", node->described());
  return std::nullopt;
}

std::uint64_t MapReader::count(std::string_view name) {
  const DocumentNode* node = need(name);
  if (node == nullptr) return 0;
  std::uint64_t value = 0;
  const char* end = node->text.data() + node->text.size();
  if (node->is(DocumentNode::Kind::kNumber)) {
    const auto [stop, error] = std::from_chars(node->text.data(), end, value);
    if (error == std::errc{} && stop == end) return value;
  }
  problems_.add(path(name), "an integer from 0", node->described());
  return 0;
}

double MapReader::hex_of(const DocumentNode& node, const std::string& key, bool nan) {
  if (node.is(DocumentNode::Kind::kText)) {
    if (nan && node.text == "nan") return std::numeric_limits<double>::quiet_NaN();
    if (const auto value = parse_hex_float(node.text)) return *value;
  }
  problems_.add(key, std::string("a finite hex float in quotes, such as \"0x1.8p+3\"") + (nan ? ", or \"nan\"" : ""),
                node.described());
  return 1;  // harmless as a divisor, too
}

double MapReader::hex_number(std::string_view name) {
  const DocumentNode* node = need(name);
  return node == nullptr ? 0 : hex_of(*node, path(name), false);
}

double MapReader::hex_or_nan(std::string_view name) {
  const DocumentNode* node = need(name);
  return node == nullptr ? 0 : hex_of(*node, path(name), true);
}

std::optional<double> MapReader::hex_nan_or_null(std::string_view name) {
  const DocumentNode* node = need(name);
  if (node == nullptr || node->is(DocumentNode::Kind::kNull)) return std::nullopt;
  return hex_of(*node, path(name), true);
}

std::vector<double> MapReader::hex_numbers(std::string_view name, bool nan) {
  std::vector<double> numbers;
  const DocumentNode* list = need(name);
  if (list == nullptr) return numbers;
  if (!list->is(DocumentNode::Kind::kList)) problems_.add(path(name), "a list of hex floats", list->described());
  numbers.reserve(list->items.size());
  for (std::size_t i = 0; i < list->items.size(); ++i) numbers.push_back(hex_of(list->items[i], indexed(path(name), i), nan));
  return numbers;
}

std::vector<std::string> MapReader::list_of_texts(std::string_view name, const DocumentNode* list) {
  std::vector<std::string> texts;
  if (list == nullptr) return texts;
  if (!list->is(DocumentNode::Kind::kList)) {
    problems_.add(path(name), "a list of text", list->described());
    return texts;
  }
  texts.reserve(list->items.size());
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const DocumentNode& item = list->items[i];
    if (!item.is(DocumentNode::Kind::kText))
      problems_.add(indexed(path(name), i), "text (in quotes, if need be)", item.described());
    texts.emplace_back(item.text);
  }
  return texts;
}

std::vector<std::string> MapReader::texts(std::string_view name) { return list_of_texts(name, need(name)); }
std::vector<std::string> MapReader::optional_texts(std::string_view name) { return list_of_texts(name, find(name)); }

std::vector<std::pair<std::string, std::string>> MapReader::text_map(std::string_view name) {
  std::vector<std::pair<std::string, std::string>> result;
  const DocumentNode* node = need(name);
  if (node == nullptr) return result;
  if (!node->is(DocumentNode::Kind::kMap)) problems_.add(path(name), "a map", node->described());
  for (const auto& [key, value] : node->members) {
    if (!value.is(DocumentNode::Kind::kText)) problems_.add(path(name) + "." + std::string(key), "text", value.described());
    result.emplace_back(key, value.text);
  }
  return result;
}

std::size_t MapReader::choice(std::string_view name, const std::vector<std::string_view>& choices) {
  const auto text = optional_text(name);
  if (!text) return 0;
  const auto found = std::find(choices.begin(), choices.end(), *text);
  if (found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
  std::string expected;
  for (const std::string_view choice : choices) expected.append(expected.empty() ? "" : " | ").append(choice);
  problems_.add(path(name), expected + near_miss(*text, choices), in_quotes(*text));
  return 0;
}

std::size_t MapReader::needed_choice(std::string_view name, const std::vector<std::string_view>& choices) {
  need(name);
  return choice(name, choices);
}

void MapReader::finish() {
  std::unordered_set<std::string_view> seen;
  for (const auto& [key, value] : node_.members) {
    if (!seen.insert(key).second) {
      problems_.add(path(key), "each key once", "it again");
    } else if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
      problems_.add(path(key), "a known key" + near_miss(key, known_), in_quotes(key));
    }
  }
}

std::optional<double> parse_hex_float(std::string_view text) noexcept {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (!text.starts_with("0x") || text.find('p') == std::string_view::npos) return std::nullopt;
  text.remove_prefix(2);
  if (text.starts_with('-')) return std::nullopt;  // from_chars would take it
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::hex);
  if (error != std::errc{} || stop != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return negative ? -value : value;
}

std::optional<double> parse_decimal(std::string_view text) noexcept {
  const bool plus = text.starts_with('+');
  if (plus) text.remove_prefix(1);
  const auto first = text.find_first_not_of('-');
  if (first == std::string_view::npos || first > (plus ? 0u : 1u) ||
      ((text[first] < '0' || text[first] > '9') && text[first] != '.'))
    return std::nullopt;
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || stop != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace ringside::engine
