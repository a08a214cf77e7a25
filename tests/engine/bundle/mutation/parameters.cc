#include "tests/engine/bundle/mutation/parameters.h"

#include <bit>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <set>
#include <utility>

namespace ringside::test {
namespace {

// A value of a JSON file that is no map: a number, a literal or a text, or a whole list.
struct Found {
  std::string path;  // "learner.gradient_booster.model.trees[3].split_conditions[7]"
  std::string key;   // the innermost map's key: "split_conditions"
  std::size_t begin = 0, end = 0;
  bool text = false;
  std::vector<std::pair<std::size_t, std::size_t>> items{};  // of a list of scalars
};

// Where everything stands in a JSON file that is known to be good. Recursion follows the nesting of bundles, which is shallow.
class JsonScan {
 public:
  explicit JsonScan(std::string_view text) : text_(text) { value("", ""); }

  std::vector<Found> scalars, lists;

 private:
  void space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n,:").find(text_[at_]) != std::string_view::npos) ++at_;
  }

  std::string_view string() {
    const std::size_t begin = ++at_;
    while (text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    return text_.substr(begin, at_++ - begin);
  }

  void value(const std::string& path, const std::string& key) {
    space();
    if (text_[at_] == '{') return map(path);
    if (text_[at_] == '[') return list(path, key);
    const std::size_t begin = at_;
    if (text_[at_] == '"') {
      string();
      scalars.push_back({path, key, begin + 1, at_ - 1, true});
      return;
    }
    at_ = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
    scalars.push_back({path, key, begin, at_});
  }

  void map(const std::string& path) {
    for (++at_, space(); text_[at_] != '}'; space()) {
      const std::string key(string());
      value(path.empty() ? key : path + "." + key, key);
    }
    ++at_;
  }

  void list(const std::string& path, const std::string& key) {
    Found all{path, key, at_};
    bool plain = true;
    ++at_;
    space();
    for (std::size_t i = 0; text_[at_] != ']'; ++i, space()) {
      plain = plain && text_[at_] != '{' && text_[at_] != '[';
      const std::size_t begin = at_;
      value(path + "[" + std::to_string(i) + "]", key);
      all.items.emplace_back(begin, at_);
    }
    all.end = ++at_;
    if (plain) lists.push_back(std::move(all));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool is_hex_float(std::string_view text) noexcept {
  if (text.starts_with('-')) text.remove_prefix(1);
  return text.starts_with("0x") && text.find('p') != std::string_view::npos;
}

std::vector<Parameter> of_model(const std::string& file, std::string_view text) {
  const JsonScan scan(text);
  std::set<std::string> leaves;  // "…trees[3]/7"
  const auto tree_and_node = [](const std::string& path, const std::string& key) {
    return path.substr(0, path.rfind("." + key)) + "/" + path.substr(path.rfind('[') + 1);
  };
  for (const Found& found : scan.scalars) {
    if (found.key == "left_children" && text.substr(found.begin, found.end - found.begin) == "-1")
      leaves.insert(tree_and_node(found.path, found.key));
  }
  const std::map<std::string, std::pair<std::string, ParameterKind>> known = {
      {"left_children", {"child", ParameterKind::kInt32}},         {"right_children", {"child", ParameterKind::kInt32}},
      {"split_indices", {"split feature", ParameterKind::kInt32}}, {"default_left", {"default direction", ParameterKind::kFlag}},
      {"tree_info", {"tree's class", ParameterKind::kInt32}},      {"weight_drop", {"tree's weight", ParameterKind::kFloat32}},
      {"base_score", {"base score", ParameterKind::kFloat32}},     {"weights", {"linear weight", ParameterKind::kFloat32}},
  };
  std::vector<Parameter> all;
  for (const Found& found : scan.scalars) {
    const std::string where = found.path.substr(found.path.find("trees") == std::string::npos ? 0 : found.path.find("trees"));
    const bool leaf = leaves.contains(tree_and_node(found.path, found.key));
    if (found.key == "split_conditions") {
      all.push_back({file, leaf ? "leaf" : "threshold", where, ParameterKind::kFloat32, found.begin, found.end});
    } else if (const auto rule = known.find(found.key); rule != known.end()) {
      const bool idle = leaf && (found.key == "split_indices" || found.key == "default_left");  // a leaf has none
      if (!idle) all.push_back({file, rule->second.first, where, rule->second.second, found.begin, found.end});
    }
  }
  return all;
}

// LightGBM's text: "key=words" behind "Tree=n"; what a tree says of its training (gains, counts, weights) decides nothing.
std::vector<Parameter> of_text_model(const std::string& file, std::string_view text) {
  static const std::map<std::string_view, std::pair<std::string, ParameterKind>> kKnown = {
      {"left_child", {"child", ParameterKind::kInt32}},
      {"right_child", {"child", ParameterKind::kInt32}},
      {"split_feature", {"split feature", ParameterKind::kInt32}},
      {"decision_type", {"default direction", ParameterKind::kInt8}},
      {"threshold", {"threshold", ParameterKind::kFloat64}},
      {"leaf_value", {"leaf", ParameterKind::kFloat64}},
      {"leaf_const", {"linear leaf", ParameterKind::kFloat64}},
      {"leaf_coeff", {"linear leaf", ParameterKind::kFloat64}},
      {"leaf_features", {"linear leaf", ParameterKind::kInt32}},
      {"cat_threshold", {"category set", ParameterKind::kUint32}},
      {"cat_boundaries", {"category set", ParameterKind::kInt32}},
  };
  std::vector<Parameter> all;
  std::string tree;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t stop = std::min(text.find('\n', from), text.size());
    const std::string_view line = text.substr(from, stop - from);
    if (line == "end of trees") break;
    if (line.starts_with("Tree=")) tree = "trees[" + std::string(line.substr(5)) + "].";
    const std::string_view key = line.substr(0, line.find('='));
    if (const auto rule = kKnown.find(key); rule != kKnown.end() && key.size() < line.size()) {
      std::size_t number = 0;
      for (std::size_t at = key.size() + 1; at < line.size(); ++number) {
        const std::size_t end = std::min(line.find(' ', at), line.size());
        all.push_back({file, rule->second.first, tree + std::string(key) + "[" + std::to_string(number) + "]",
                       rule->second.second, from + at, from + end});
        at = end + 1;
      }
    }
    from = stop + 1;
  }
  return all;
}

// What LightGBM finds its trees by, made right again: the sizes of the trees that now stand there.
std::string with_tree_sizes(std::string text) {
  std::string sizes;
  std::size_t at = text.find("\nTree=");
  while (at != std::string::npos) {
    const std::size_t next = text.find("\nTree=", at + 1);
    const std::size_t end = next != std::string::npos ? next : text.find("\nend of trees", at);
    sizes += (sizes.empty() ? "" : " ") + std::to_string(end - at);
    at = next;
  }
  const std::size_t begin = text.find("\ntree_sizes=") + 12;
  return text.replace(begin, text.find('\n', begin) - begin, sizes);
}

std::vector<Parameter> of_plan(const std::string& file, std::string_view text) {
  const JsonScan scan(text);
  std::vector<Parameter> all;
  for (const Found& found : scan.scalars) {
    const std::string_view said = text.substr(found.begin, found.end - found.begin);
    if (found.text && is_hex_float(said)) {
      all.push_back({file, "plan number", found.path, ParameterKind::kHexFloat, found.begin, found.end});
    } else if (found.key == "categories" || found.key == "classes") {
      all.push_back({file, found.path.starts_with("classes") ? "class" : "category", found.path,
                     found.text ? ParameterKind::kText : ParameterKind::kInt64, found.begin, found.end});
    }
  }
  for (const Found& list : scan.lists) {
    if (list.items.size() < 2 || (list.key != "categories" && list.key != "classes" && list.key != "outs")) continue;
    all.push_back({file, "order", list.path, ParameterKind::kOrder, list.begin, list.end, list.items});
  }
  return all;
}

// The values behind `keys` in a YAML file whose entries stand in flow style, as the exporter writes them.
std::vector<Parameter> of_yaml(const std::string& file, std::string_view text, const std::vector<std::string>& keys) {
  std::vector<Parameter> all;
  std::size_t number = 0;
  for (std::size_t from = 0; from < text.size(); ++number) {
    const std::size_t stop = std::min(text.find('\n', from), text.size());
    const std::string_view line = text.substr(from, stop - from);
    for (const std::string& key : keys) {
      const std::string sign = key + ": ";
      const std::size_t at = line.find(sign);
      if (at == std::string_view::npos || (at != 0 && line[at - 1] != ' ' && line[at - 1] != '{')) continue;
      const std::size_t begin = at + sign.size();
      const std::size_t end = std::min(line.find_first_of(",}", begin), line.size());
      const bool is_int = line.find("dtype: int") != std::string_view::npos;
      const bool is_text = line.find("dtype: str") != std::string_view::npos;
      all.push_back({file,
                     key == "fill"        ? "fill"
                     : key == "threshold" ? "decision threshold"
                                          : "bound",
                     "line " + std::to_string(number + 1) + " " + key,
                     is_int    ? ParameterKind::kInt64
                     : is_text ? ParameterKind::kText
                               : ParameterKind::kFloat64,
                     from + begin, from + end});
    }
    from = stop + 1;
  }
  return all;
}

std::string printed(const char* form, double value) {
  char text[64];
  std::snprintf(text, sizeof text, form, value);
  return text;
}

std::string number_flipped(const std::string& said, ParameterKind kind, std::uint32_t bit) {
  switch (kind) {
    case ParameterKind::kFloat32: {
      const auto bits = std::bit_cast<std::uint32_t>(std::strtof(said.c_str(), nullptr));
      return printed("%.9g", static_cast<double>(std::bit_cast<float>(bits ^ (std::uint32_t{1} << bit))));
    }
    case ParameterKind::kFloat64:
    case ParameterKind::kHexFloat: {
      const auto bits = std::bit_cast<std::uint64_t>(std::strtod(said.c_str(), nullptr));
      return printed(kind == ParameterKind::kHexFloat ? "%a" : "%.17g", std::bit_cast<double>(bits ^ (std::uint64_t{1} << bit)));
    }
    case ParameterKind::kInt8:
    case ParameterKind::kUint32:
      return std::to_string(static_cast<std::uint32_t>(std::strtoul(said.c_str(), nullptr, 10)) ^ std::uint32_t{1} << bit);
    case ParameterKind::kInt32:
      return std::to_string(static_cast<std::int32_t>(std::strtol(said.c_str(), nullptr, 10)) ^
                            static_cast<std::int32_t>(std::uint32_t{1} << bit));
    case ParameterKind::kInt64:
      return std::to_string(std::strtoll(said.c_str(), nullptr, 10) ^ static_cast<long long>(std::uint64_t{1} << bit));
    default:
      return said == "true" ? "false" : said == "false" ? "true" : said == "0" ? "1" : "0";
  }
}

}  // namespace

std::uint32_t Parameter::bits() const noexcept {
  switch (kind) {
    case ParameterKind::kFloat32:
    case ParameterKind::kInt32:
    case ParameterKind::kUint32:
      return 32;
    case ParameterKind::kInt8:
      return 8;
    case ParameterKind::kFloat64:
    case ParameterKind::kHexFloat:
    case ParameterKind::kInt64:
      return 64;
    case ParameterKind::kFlag:
      return 1;
    case ParameterKind::kText:
      return static_cast<std::uint32_t>(8 * (end - begin));
    case ParameterKind::kOrder:
      return static_cast<std::uint32_t>(items.size() - 1);
  }
  return 0;
}

std::vector<Parameter> parameters_of(const std::string& file, std::string_view text) {
  if (file == "model.json") return of_model(file, text);
  if (file == "model.txt") return of_text_model(file, text);
  if (file == "preprocess.json") return of_plan(file, text);
  if (file == "feature_schema.yaml") return of_yaml(file, text, {"fill", "min", "max"});
  if (file == "serving.yaml") return of_yaml(file, text, {"threshold"});
  return {};
}

std::string flipped(std::string_view text, const Parameter& parameter, std::uint32_t bit) {
  std::string made(text.substr(0, parameter.begin));
  const std::string said(text.substr(parameter.begin, parameter.end - parameter.begin));
  if (parameter.kind == ParameterKind::kOrder) {
    const auto& [one_begin, one_end] = parameter.items[bit];
    const auto& [two_begin, two_end] = parameter.items[bit + 1];
    made = text.substr(0, one_begin);
    made += text.substr(two_begin, two_end - two_begin);
    made += text.substr(one_end, two_begin - one_end);
    made += text.substr(one_begin, one_end - one_begin);
    return made += text.substr(two_end);
  }
  if (parameter.kind == ParameterKind::kText) {
    made += said;
    made[parameter.begin + bit / 8] = static_cast<char>(static_cast<unsigned char>(said[bit / 8]) ^ (1U << bit % 8));
  } else {
    made += number_flipped(said, parameter.kind, bit);
  }
  made += text.substr(parameter.end);
  return parameter.file == "model.txt" ? with_tree_sizes(std::move(made)) : made;
}

}  // namespace ringside::test
