#include "engine/bundle/schema_yaml.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <unordered_set>

#include "client_lib/base/plain_number.h"
#include "engine/bundle/document_reader.h"
#include "schemas/wire/limits.h"

namespace ringside::engine {
namespace {

constexpr std::int64_t kIntMax = std::int64_t{1} << 53;  // beyond it, float64 skips integers

// Words of other systems that edit distance does not find.
std::string_view our_dtype(std::string_view word) noexcept {
  struct Alias {
    std::string_view theirs, ours;
  };
  static constexpr Alias kAliases[] = {{"int64", "int"},     {"int32", "int"},     {"integer", "int"},  {"long", "int"},
                                       {"float64", "float"}, {"float32", "float"}, {"double", "float"}, {"number", "float"},
                                       {"string", "str"},    {"object", "str"},    {"text", "str"},     {"category", "str"},
                                       {"boolean", "bool"}};
  for (const Alias& alias : kAliases) {
    if (alias.theirs == word) return alias.ours;
  }
  return {};
}

std::optional<std::int64_t> parse_int(std::string_view text) noexcept {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || stop != text.data() + text.size() || value > kIntMax || value < -kIntMax) return std::nullopt;
  return value;
}

class FieldReader {
 public:
  FieldReader(const DocumentNode& node, const std::string& key, ProblemList& problems)
      : map_(node, key, problems), problems_(problems) {}

  Field read() {
    field_.name = map_.text("name");
    if (const DocumentNode* name = map_.find("name"); name != nullptr && name->is(DocumentNode::Kind::kText)) check_name();
    read_dtype();
    field_.meta = map_.choice("role", {"feature", "meta"}) == 1;
    field_.required = map_.choice("required", {"false", "true"}) == 1;
    map_.choice("type", {"numeric", "categorical"});  // what training did with it; preprocess.json says what serving does
    map_.choice("encode", {"none", "label", "onehot", "category"});  // the same
    field_.sensitivity = static_cast<Sensitivity>(map_.choice("sensitive", {"plain", "mask", "hash", "encrypt", "drop"}));
    read_missing();
    read_limits();
    map_.finish();
    return std::move(field_);
  }

 private:
  void check_name() {
    if (field_.name.empty() || field_.name.size() > wire::kNameBytesMax) {
      problems_.add(map_.path("name"), "1 to " + std::to_string(wire::kNameBytesMax) + " bytes", in_quotes(field_.name));
    }
  }

  void read_dtype() {
    static constexpr Dtype kDtypes[] = {Dtype::kStr, Dtype::kInt, Dtype::kFloat, Dtype::kBool};
    const DocumentNode* node = map_.find("dtype");
    if (node != nullptr && node->is(DocumentNode::Kind::kText)) {
      if (const std::string_view ours = our_dtype(node->text); !ours.empty()) {
        problems_.add(map_.path("dtype"), "int | float | str | bool (did you mean " + std::string(ours) + "?)",
                      in_quotes(node->text));
        field_.dtype = ours == "int"     ? Dtype::kInt
                       : ours == "float" ? Dtype::kFloat
                       : ours == "bool"  ? Dtype::kBool
                                         : Dtype::kStr;
        return;
      }
    }
    field_.dtype = kDtypes[map_.choice("dtype", {"str", "int", "float", "bool"})];
  }

  // `fill` in the declared dtype.
  void read_fill(const std::string& text) {
    const auto wrong = [&](const char* expected) { problems_.add(map_.path("fill"), expected, in_quotes(text)); };
    switch (field_.dtype) {
      case Dtype::kStr:
        field_.fill_text = text;
        if (text.size() > wire::kTextBytesMax) wrong("at most 4096 bytes");
        return;
      case Dtype::kBool:
        if (text != "true" && text != "false" && text != "1" && text != "0") wrong("true or false");
        field_.fill_number = text == "true" || text == "1" ? 1.0 : 0.0;
        return;
      case Dtype::kInt:
        if (const auto value = parse_int(text)) {
          field_.fill_number = static_cast<double>(*value);
        } else {
          wrong("an integer within ±2^53");
        }
        return;
      case Dtype::kFloat:
        if (const auto value = parse_decimal(text)) {
          field_.fill_number = *value;
        } else {
          wrong("a finite number");
        }
        return;
      case Dtype::kAny:
        return;
    }
  }

  void read_missing() {
    const bool said = map_.find("on_missing") != nullptr;
    field_.on_missing = static_cast<OnMissing>(map_.choice("on_missing", {"fill", "pass", "reject"}));
    if (const auto fill = map_.optional_text("fill")) return read_fill(*fill);
    // A number that is missing becomes 0, as in the usual training script. No text is always right.
    if (field_.on_missing != OnMissing::kFill || field_.required || (field_.dtype != Dtype::kStr && field_.dtype != Dtype::kBool))
      return;
    if (field_.meta && !said) {
      field_.on_missing = OnMissing::kPass;  // recorded, not modelled: nothing has to stand for it
    } else if (map_.find("fill") == nullptr) {
      problems_.add(map_.path("fill"), "what a missing value becomes, or another on_missing", "none");
    }
  }

  double bound(const char* name, double otherwise) {
    const auto text = map_.optional_text(name);
    if (!text) return otherwise;
    if (field_.dtype != Dtype::kInt && field_.dtype != Dtype::kFloat) {
      problems_.add(map_.path(name), "no bound: it is for int and float", in_quotes(*text));
      return otherwise;
    }
    if (const auto value = parse_decimal(*text)) return *value;
    problems_.add(map_.path(name), "a finite number", in_quotes(*text));
    return otherwise;
  }

  void read_limits() {
    field_.low = bound("min", field_.low);
    field_.high = bound("max", field_.high);
    if (field_.low > field_.high) {
      problems_.add(map_.path("min"), "at most max (" + base::plain_number(field_.high) + ")", base::plain_number(field_.low));
    }
    field_.on_out_of_range = static_cast<OnOutOfRange>(map_.choice("on_out_of_range", {"reject", "clamp", "flag"}));
    const bool has_allowed = map_.find("allowed") != nullptr;
    field_.allowed = map_.optional_texts("allowed");
    if (!has_allowed) return;
    if (!field_.is_text()) {
      problems_.add(map_.path("allowed"), "no list: in this format version it is for str", "one");
    } else if (field_.allowed.empty()) {
      problems_.add(map_.path("allowed"), "at least one value", "[]");
    }
    if (field_.on_out_of_range == OnOutOfRange::kClamp) {
      problems_.add(map_.path("on_out_of_range"), "reject or flag: a text cannot be moved into allowed", "clamp");
    }
  }

  MapReader map_;
  ProblemList& problems_;
  Field field_;
};

void refuse_repeats(const std::string& key, const std::vector<std::string>& names, ProblemList& problems) {
  std::unordered_set<std::string_view> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!names[i].empty() && !seen.insert(names[i]).second)
      problems.add(indexed(key, i), "names that differ", in_quotes(names[i]) + " again");
  }
}

std::vector<Field> read_fields(MapReader& root, ProblemList& problems) {
  std::vector<Field> fields;
  const DocumentNode* list = root.need("fields");
  if (list == nullptr) return fields;
  if (!list->is(DocumentNode::Kind::kList) || list->items.empty()) {
    problems.add("fields", "a list of at least one field", list->is(DocumentNode::Kind::kList) ? "[]" : list->described());
    return fields;
  }
  if (list->items.size() > wire::kColumnsMax) {
    problems.add("fields", "at most " + std::to_string(wire::kColumnsMax), std::to_string(list->items.size()));
    return fields;
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    fields.push_back(FieldReader(list->items[i], indexed("fields", i), problems).read());
    names.push_back(fields.back().name);
  }
  refuse_repeats("fields", names, problems);
  return fields;
}

}  // namespace

FeatureSchema read_feature_schema(std::string_view text, BundleProblems& all_problems) {
  ProblemList problems(kSchemaFile, all_problems);
  FeatureSchema result;
  const auto document = parse_yaml(text);
  if (!document) {
    problems.add("", document.error().expected, document.error().found);
    return result;
  }
  MapReader root(*document, "", problems);
  root.choice("schema_version", {"1"});
  const auto coercion = static_cast<Coercion>(root.choice("coerce", {"strict", "pandas"}));
  const bool reject_extra_fields = root.choice("extra_fields", {"reject", "ignore"}) == 0;
  std::vector<Field> fields = read_fields(root, problems);
  result.final_feature_cols = root.texts("final_feature_cols");
  refuse_repeats("final_feature_cols", result.final_feature_cols, problems);
  root.finish();
  if (problems.empty()) result.input = InputSchema(std::move(fields), reject_extra_fields, coercion);
  return result;
}

}  // namespace ringside::engine
