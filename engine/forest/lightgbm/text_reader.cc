// From a text model to a LightgbmModel: which lines are read and how numbers are spelt. What the numbers must be: check.cc.
//
//   tree                       the format's name
//   version=v4 …               the header, a key a line, and the word average_output
//
//   Tree=0                     a tree, a key a line, to the empty line
//   num_leaves=3 …
//
//   end of trees               what follows bears on no score but one (read_parameters): importances, parameters, pandas' categories

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/forest/lightgbm/model.h"
#include "engine/forest/model_reader.h"

namespace ringside::engine {
namespace {

constexpr std::string_view kEndOfTrees = "end of trees";
constexpr std::string_view kTree = "Tree=";

std::string number(std::size_t value) { return std::to_string(value); }

// The keys of a header or of a tree: those that are read, and those that may stand there and are not.
struct KnownKey {
  std::string_view name;
  bool required = true;
};
constexpr std::array kHeaderKeys{
    KnownKey{"version"},
    KnownKey{"num_class"},
    KnownKey{"num_tree_per_iteration"},
    KnownKey{"label_index"},
    KnownKey{"max_feature_idx"},
    KnownKey{"objective", false},
    KnownKey{"average_output", false},
    KnownKey{"feature_names"},
    KnownKey{"monotone_constraints", false},
    KnownKey{"feature_infos"},
    KnownKey{"tree_sizes"},
};
constexpr std::array kTreeKeys{
    KnownKey{"num_leaves"},
    KnownKey{"num_cat"},
    KnownKey{"split_feature"},
    KnownKey{"split_gain", false},
    KnownKey{"threshold"},
    KnownKey{"decision_type"},
    KnownKey{"left_child"},
    KnownKey{"right_child"},
    KnownKey{"leaf_value"},
    KnownKey{"leaf_weight", false},
    KnownKey{"leaf_count", false},
    KnownKey{"internal_value", false},
    KnownKey{"internal_weight", false},
    KnownKey{"internal_count", false},
    KnownKey{"cat_boundaries", false},
    KnownKey{"cat_threshold", false},
    KnownKey{"is_linear", false},
    KnownKey{"leaf_const", false},
    KnownKey{"num_features", false},
    KnownKey{"leaf_features", false},
    KnownKey{"leaf_coeff", false},
    KnownKey{"shrinkage", false},
};

class TextReader {
 public:
  explicit TextReader(std::string_view text) : text_(text) {}

  Result<LightgbmModel, ModelError> run() {
    LightgbmModel model;
    if (!read_header(model) || !read_trees(model) || !read_parameters(model)) return fail(std::move(*error_));
    return model;
  }

 private:
  // The value of each key of a table, by its place in the table; views into the file.
  template <std::size_t kCount>
  using Values = std::array<std::optional<std::string_view>, kCount>;

  bool refuse(std::string key, std::string expected, std::string found) {
    if (!error_) error_ = ModelError{place_ + std::move(key), std::move(expected), std::move(found)};
    return false;
  }

  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] std::string_view line() const {
    const std::string_view rest = text_.substr(at_);
    return rest.substr(0, rest.find('\n'));
  }
  void skip_line() { at_ = std::min(at_ + line().size() + 1, text_.size()); }

  template <std::size_t kCount>
  bool take_key(const std::array<KnownKey, kCount>& known, Values<kCount>& values) {
    const std::string_view whole = line();
    const std::size_t equals = whole.find('=');
    const std::string_view key = whole.substr(0, equals);
    const auto place = std::find_if(known.begin(), known.end(), [&](const KnownKey& k) { return k.name == key; });
    // A key that nobody here knows may change what the numbers mean.
    if (place == known.end()) return refuse("(line)", "a key of LightGBM 2.3 to 4.7", quoted(key));
    const bool word = key == "average_output";
    if (word != (equals == std::string_view::npos))
      return refuse(std::string(key), word ? "no value" : "a value behind a '='", quoted(whole));
    auto& value = values[static_cast<std::size_t>(place - known.begin())];
    if (value) return refuse(std::string(key), "the key once", "it again");
    value = word ? std::string_view() : whole.substr(equals + 1);
    skip_line();
    return true;
  }

  template <std::size_t kCount>
  bool require(const std::array<KnownKey, kCount>& known, const Values<kCount>& values) {
    for (std::size_t i = 0; i < kCount; ++i) {
      if (known[i].required && !values[i]) return refuse(std::string(known[i].name), "the key", "none");
    }
    return true;
  }

  template <std::size_t kCount>
  static std::optional<std::string_view> value_of(const std::array<KnownKey, kCount>& known, const Values<kCount>& values,
                                                  std::string_view name) {
    for (std::size_t i = 0; i < kCount; ++i) {
      if (known[i].name == name) return values[i];
    }
    return std::nullopt;
  }

  template <class T>
  static bool parse(std::string_view word, T& value) {
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    return error == std::errc() && end == word.data() + word.size();
  }

  static std::string_view next_word(std::string_view& words) {
    words.remove_prefix(std::min(words.find_first_not_of(' '), words.size()));
    const std::string_view word = words.substr(0, words.find(' '));
    words.remove_prefix(word.size());
    return word;
  }
  static std::size_t count_words(std::string_view words) {
    std::size_t count = 0;
    while (!next_word(words).empty()) ++count;
    return count;
  }

  bool read_size(std::string_view key, std::string_view text, std::uint32_t least, std::uint32_t most, std::uint32_t& value) {
    if (parse(text, value) && value >= least && value <= most) return true;
    return refuse(std::string(key), "an integer from " + number(least) + " to " + number(most), quoted(text));
  }

  template <class T>
  bool read_array(std::string_view key, std::string_view words, std::size_t count, std::vector<T>& values) {
    const std::size_t found = count_words(words);  // Before memory is taken for as many as the file promises.
    if (found != count) return refuse(std::string(key), number(count) + " numbers", number(found));
    values.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::string_view word = next_word(words);
      T value{};
      if (!parse(word, value)) {
        return refuse(std::string(key) + "[" + number(i) + "]",
                      std::is_integral_v<T> ? "an integer" : "a number that a double holds", quoted(word));
      }
      values.push_back(value);
    }
    return true;
  }

  bool read_header(LightgbmModel& model) {
    if (line() != "tree") return refuse("(first line)", "\"tree\", as a LightGBM text model begins", quoted(line()));
    skip_line();
    Values<kHeaderKeys.size()> values;
    while (!at_end() && line() != kEndOfTrees && !line().starts_with(kTree)) {
      if (line().empty()) {
        skip_line();
      } else if (!take_key(kHeaderKeys, values)) {
        return false;
      }
    }
    if (!require(kHeaderKeys, values)) return false;
    const auto value = [&](std::string_view name) { return *value_of(kHeaderKeys, values, name); };
    if (value("version") != "v3" && value("version") != "v4") {
      return refuse("version", "v3 or v4 (LightGBM 2.3 to 4.7), which are verified here", quoted(value("version")));
    }
    std::uint32_t classes = 0;
    std::uint32_t last_feature = 0;
    if (!read_size("num_tree_per_iteration", value("num_tree_per_iteration"), 1, 65'536, model.outputs) ||
        !read_size("num_class", value("num_class"), 1, 65'536, classes) ||
        !read_size("max_feature_idx", value("max_feature_idx"), 0, 0x7FFF'FFFE, last_feature)) {
      return false;
    }
    if (classes != model.outputs) {
      return refuse("num_class", "num_tree_per_iteration = " + number(model.outputs), number(classes));
    }
    model.num_feature = last_feature + 1;
    model.average_output = value_of(kHeaderKeys, values, "average_output").has_value();
    for (const char* key : {"feature_names", "feature_infos", "monotone_constraints"}) {
      const auto words = value_of(kHeaderKeys, values, key);
      if (words && count_words(*words) != model.num_feature) {
        return refuse(key, "max_feature_idx + 1 = " + number(model.num_feature) + " words", number(count_words(*words)));
      }
    }
    std::string_view names = value("feature_names");
    model.feature_names.reserve(model.num_feature, names.size());
    for (std::uint32_t i = 0; i < model.num_feature; ++i) model.feature_names.push_back(next_word(names));
    if (const auto objective = value_of(kHeaderKeys, values, "objective")) {
      auto parsed = parse_lightgbm_objective(*objective);
      if (!parsed) return refuse(parsed.error().key, parsed.error().expected, parsed.error().found);
      model.objective = *parsed;
    } else {
      model.objective.num_class = model.outputs;  // The caller's own.
    }
    is_v3_ = value("version") == "v3";
    tree_sizes_ = value("tree_sizes");
    return true;
  }

  // LightGBM finds trees by tree_sizes alone, and reads what stands there.
  bool read_trees(LightgbmModel& model) {
    constexpr std::size_t kShortestTree = 100;  // "Tree=0" and its eight required keys.
    model.trees.reserve(std::min(count_words(tree_sizes_), text_.size() / kShortestTree));
    while (line() != kEndOfTrees) {
      const std::string first = "Tree=" + number(model.trees.size());
      place_.clear();
      if (at_end()) return refuse("(file)", quoted(kEndOfTrees), "the end of the file");
      if (line() != first) return refuse("(line)", quoted(first) + " or " + quoted(kEndOfTrees), quoted(line()));
      place_ = "trees[" + number(model.trees.size()) + "].";
      const std::size_t begin = at_;
      skip_line();
      if (!read_tree(model.trees.emplace_back())) return false;
      while (!at_end() && line().empty()) skip_line();
      if (!check_size(model.trees.size() - 1, at_ - begin)) return false;
    }
    place_.clear();
    if (const std::string_view more = next_word(tree_sizes_); !more.empty()) {
      return refuse("tree_sizes", number(model.trees.size()) + " sizes, one a tree", "more");
    }
    return true;
  }

  bool check_size(std::size_t tree, std::size_t bytes) {
    place_.clear();
    const std::string_view word = next_word(tree_sizes_);
    std::uint64_t size = 0;
    if (parse(word, size) && size == bytes) return true;
    return refuse("tree_sizes[" + number(tree) + "]", number(bytes) + ", the bytes of Tree=" + number(tree),
                  word.empty() ? "none" : quoted(word));
  }

  bool read_tree(LightgbmTree& tree) {
    Values<kTreeKeys.size()> values;
    while (!at_end() && !line().empty()) {
      if (!take_key(kTreeKeys, values)) return false;
    }
    if (!require(kTreeKeys, values)) return false;
    const auto value = [&](std::string_view name) { return *value_of(kTreeKeys, values, name); };
    std::uint32_t leaves = 0;
    std::uint32_t sets = 0;
    if (!read_size("num_leaves", value("num_leaves"), 1, 0x7FFF'FFFF, leaves) ||
        !read_size("num_cat", value("num_cat"), 0, leaves - 1, sets)) {
      return false;
    }
    const std::size_t splits = leaves - 1;
    return read_array("split_feature", value("split_feature"), splits, tree.split_features) &&
           read_array("threshold", value("threshold"), splits, tree.thresholds) &&
           read_array("decision_type", value("decision_type"), splits, tree.decision_types) &&
           read_array("left_child", value("left_child"), splits, tree.left_children) &&
           read_array("right_child", value("right_child"), splits, tree.right_children) &&
           read_array("leaf_value", value("leaf_value"), leaves, tree.leaf_values) &&
           (sets == 0 || read_sets(values, sets, tree)) && read_linear_leaves(values, tree);
  }

  bool required_here(const Values<kTreeKeys.size()>& values, std::initializer_list<std::string_view> names, const char* why) {
    for (const std::string_view name : names) {
      if (!value_of(kTreeKeys, values, name)) return refuse(std::string(name), std::string("the key, ") + why, "none");
    }
    return true;
  }

  bool read_sets(const Values<kTreeKeys.size()>& values, std::size_t sets, LightgbmTree& tree) {
    if (!required_here(values, {"cat_boundaries", "cat_threshold"}, "where num_cat is not 0")) return false;
    const std::string_view words = *value_of(kTreeKeys, values, "cat_threshold");
    return read_array("cat_boundaries", *value_of(kTreeKeys, values, "cat_boundaries"), sets + 1, tree.set_begins) &&
           read_array("cat_threshold", words, tree.set_begins.back(), tree.category_words);
  }

  bool read_linear_leaves(const Values<kTreeKeys.size()>& values, LightgbmTree& tree) {
    std::uint32_t linear = 0;
    if (const auto text = value_of(kTreeKeys, values, "is_linear"); text && !read_size("is_linear", *text, 0, 1, linear))
      return false;
    if (linear == 0) return true;
    if (!required_here(values, {"leaf_const", "num_features", "leaf_features", "leaf_coeff"}, "where is_linear is 1"))
      return false;
    const auto value = [&](std::string_view name) { return *value_of(kTreeKeys, values, name); };
    std::vector<std::uint32_t> counts;
    if (!read_array("leaf_const", value("leaf_const"), tree.leaves(), tree.leaf_constants) ||
        !read_array("num_features", value("num_features"), tree.leaves(), counts)) {
      return false;
    }
    std::uint64_t total = 0;
    tree.coefficient_begins.reserve(counts.size() + 1);
    tree.coefficient_begins.push_back(0);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      total += counts[i];
      if (total > 0x7FFF'FFFF) return refuse("num_features", "at most 2147483647 in all", "more");
      tree.coefficient_begins.push_back(static_cast<std::uint32_t>(total));
    }
    return read_array("leaf_features", value("leaf_features"), total, tree.coefficient_features) &&
           read_array("leaf_coeff", value("leaf_coeff"), total, tree.coefficients);
  }

  // The last line of what the Python package writes: "pandas_categorical:null", or a list a column of category dtype.
  void read_pandas_categories(LightgbmModel& model) const {
    constexpr std::string_view kKey = "\npandas_categorical:";
    const std::size_t key = text_.rfind(kKey);
    if (key == std::string_view::npos || key < at_) return;
    const std::string_view lists = text_.substr(key + kKey.size());
    model.has_pandas_categories = !lists.starts_with("null") && !lists.starts_with("[]");
  }

  // 3.3 changed how cross_entropy_lambda predicts, and not the format's version. It also was the first with this parameter.
  bool read_parameters(LightgbmModel& model) {
    read_pandas_categories(model);
    if (!is_v3_ || model.objective.transform != LightgbmTransform::kLog1pExp) return true;
    const std::string_view rest = text_.substr(at_);
    if (rest.find("\nparameters:\n") == std::string_view::npos) {
      return refuse("(file)", "\"parameters:\", which tell LightGBM 3.3 from 3.2, where cross_entropy_lambda changed", "none");
    }
    if (rest.find("\n[precise_float_parser: ") == std::string_view::npos)
      model.objective.transform = LightgbmTransform::kLogOnePlusExp;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string place_;  // In front of every key of an error: "trees[3].".
  std::string_view tree_sizes_;
  bool is_v3_ = false;
  std::optional<ModelError> error_;
};

}  // namespace

Result<LightgbmModel, ModelError> read_lightgbm_model(std::span<const std::byte> file) {
  auto model = TextReader({reinterpret_cast<const char*>(file.data()), file.size()}).run();
  if (!model) return model;
  if (auto checked = check_lightgbm_model(*model); !checked) return fail(std::move(checked).error());
  return model;
}

}  // namespace ringside::engine
