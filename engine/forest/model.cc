// From a model file to a BoosterModel: which keys are read, how each is spelt. What the numbers must be: model_check.cc.

#include "engine/forest/model.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <limits>
#include <string_view>

#include "engine/forest/model_reader.h"
#include "engine/forest/verified_versions.h"

namespace ringside::engine {
namespace {

// Walks the keys of an object. A key that is asked for may come once (of two, XGBoost takes the last in JSON, the first in UBJSON:
// refused); keys that nobody asks for are skipped.
class Fields {
 public:
  explicit Fields(ModelReader& reader) : reader_(reader) { reader_.enter_object(); }

  bool next() {
    if (!taken_) reader_.skip_value();
    taken_ = false;
    return reader_.next_key(key_);
  }

  bool is(std::string_view key) {
    if (key != key_) return false;
    if (has(key)) reader_.refuse("the key once", "it again");
    seen_.push_back(key);
    taken_ = true;
    return true;
  }

  // The present key, whatever it is, to be read by the caller.
  const std::string& any() {
    taken_ = true;
    return key_;
  }

  void require(std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys) {
      if (!has(key)) reader_.refuse_missing(key);
    }
  }

 private:
  [[nodiscard]] bool has(std::string_view key) const { return std::find(seen_.begin(), seen_.end(), key) != seen_.end(); }

  ModelReader& reader_;
  std::string key_;
  bool taken_ = true;
  std::vector<std::string_view> seen_;  // Literals of the callers.
};

// XGBoost writes its parameters as strings.
void read_integer_in_string(ModelReader& reader, std::uint32_t largest, std::uint32_t& value) {
  std::string text;
  if (!reader.read_string(text)) return;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > largest) {
    reader.refuse("an integer in a string, 0 to " + std::to_string(largest), quoted(text));
  }
}

constexpr std::uint32_t kInt32Max = std::numeric_limits<std::int32_t>::max();

void read_strings(ModelReader& reader, std::vector<std::string>& values) {
  reader.enter_array();
  while (reader.next_element()) reader.read_string(values.emplace_back());
}

void read_feature_types(ModelReader& reader, std::vector<FeatureType>& types) {
  reader.enter_array();
  for (std::string name; reader.next_element() && reader.read_string(name);) {
    types.push_back(name == "float" ? FeatureType::kFloat
                    : name == "int" ? FeatureType::kInteger
                    : name == "i"   ? FeatureType::kIndicator
                    : name == "q"   ? FeatureType::kQuantitative
                    : name == "c"   ? FeatureType::kCategorical
                                    : FeatureType::kOther);
  }
}

void read_version(ModelReader& reader, BoosterVersion& version) {
  std::vector<std::int32_t> numbers;
  if (!reader.read_array(numbers)) return;
  if (numbers.size() != 3) {
    reader.refuse("[major, minor, patch]", std::to_string(numbers.size()) + " numbers");
  } else {
    version = {numbers[0], numbers[1], numbers[2]};
  }
}

// "5E-1"; or, as 3.1 and later write it, "[5E-1]", where one value stands for all outputs.
void read_base_score(ModelReader& reader, BoosterModel& model) {
  if (!reader.read_string(model.base_score_text)) return;
  std::string_view text = model.base_score_text;
  const bool vector = text.size() >= 2 && text.front() == '[' && text.back() == ']';
  if (vector) text = text.substr(1, text.size() - 2);
  if (vector && text.find(',') != std::string_view::npos) {
    reader.refuse("one base score, not one an output", quoted(model.base_score_text));
    return;
  }
  if (!parse_float(text, model.base_scores[0])) {
    reader.refuse("a number in a string", quoted(model.base_score_text));
    return;
  }
  const std::string_view mantissa = text.substr(0, text.find_first_of("eE"));
  const std::size_t first = std::min(mantissa.find_first_of("123456789"), mantissa.size());
  const auto digits =
      std::count_if(mantissa.begin() + static_cast<std::ptrdiff_t>(first), mantissa.end(), [](char c) { return c != '.'; });
  if (digits > 9) reader.refuse("at most 9 digits, beyond which XGBoost 1.7 ignores the number and takes 0.5", quoted(text));
}

void read_learner_model_param(ModelReader& reader, BoosterModel& model) {
  Fields fields(reader);
  while (fields.next()) {
    if (fields.is("base_score")) {
      read_base_score(reader, model);
    } else if (fields.is("num_class")) {
      read_integer_in_string(reader, kInt32Max, model.num_class);
    } else if (fields.is("num_feature")) {
      read_integer_in_string(reader, kInt32Max, model.num_feature);
    } else if (fields.is("num_target")) {
      read_integer_in_string(reader, kInt32Max, model.num_target);
    }
  }
  fields.require({"base_score", "num_class", "num_feature"});
}

void read_objective(ModelReader& reader, BoosterModel& model) {
  Fields fields(reader);
  while (fields.next()) {
    if (fields.is("name")) {
      reader.read_string(model.objective);
      continue;
    }
    const std::string group = fields.any();
    Fields params(reader);
    while (params.next()) {
      const std::string key = group + "." + params.any();
      reader.read_string(model.objective_params.emplace_back(key, "").second);
    }
  }
  fields.require({"name"});
}

void read_attributes(ModelReader& reader, BoosterModel& model) {
  Fields fields(reader);
  while (fields.next()) {
    if (!fields.is("best_iteration")) continue;
    std::uint32_t round = 0;
    read_integer_in_string(reader, kInt32Max, round);
    model.best_iteration = round;
  }
}

void read_tree_param(ModelReader& reader, std::uint32_t& num_nodes) {
  std::uint32_t leaf_size = 0;
  Fields fields(reader);
  while (fields.next()) {
    if (fields.is("num_nodes")) {
      read_integer_in_string(reader, kInt32Max, num_nodes);
    } else if (fields.is("size_leaf_vector")) {
      read_integer_in_string(reader, kInt32Max, leaf_size);
      if (leaf_size > 1) reader.refuse("0 or 1 (vector leaves are not supported)", std::to_string(leaf_size));
    }
  }
  fields.require({"num_nodes"});
}

// A tree and the place among the trees that its `id` claims.
struct PlacedTree {
  std::int64_t id = 0;
  BoosterTree tree;
};

void read_tree(ModelReader& reader, PlacedTree& placed) {
  BoosterTree& tree = placed.tree;
  std::uint32_t num_nodes = 0;
  std::vector<std::uint8_t> split_type;
  bool has_split_type = false;
  Fields fields(reader);
  while (fields.next()) {
    if (fields.is("id")) {
      reader.read_integer(placed.id);
    } else if (fields.is("left_children")) {
      reader.read_array(tree.left_children);
    } else if (fields.is("right_children")) {
      reader.read_array(tree.right_children);
    } else if (fields.is("split_indices")) {
      reader.read_array(tree.split_indices);
    } else if (fields.is("split_conditions")) {
      reader.read_array(tree.split_conditions);
    } else if (fields.is("default_left")) {
      reader.read_array(tree.default_left);
    } else if (fields.is("split_type")) {
      has_split_type = true;
      reader.read_array(split_type);
      const auto categorical = std::find_if(split_type.begin(), split_type.end(), [](std::uint8_t type) { return type != 0; });
      if (categorical != split_type.end()) {
        reader.refuse("0 at every node (categorical splits are not supported)",
                      std::to_string(*categorical) + " at node " + std::to_string(categorical - split_type.begin()));
      }
    } else if (fields.is("tree_param")) {
      read_tree_param(reader, num_nodes);
    }
  }
  fields.require({"id", "left_children", "right_children", "split_indices", "split_conditions", "default_left", "tree_param"});
  if (!reader.failed() && (tree.nodes() != num_nodes || (has_split_type && split_type.size() != num_nodes))) {
    const bool left = tree.nodes() != num_nodes;
    reader.refuse(
        "tree_param.num_nodes = " + std::to_string(num_nodes) + " elements in " + (left ? "left_children" : "split_type"),
        std::to_string(left ? tree.nodes() : split_type.size()));
  }
}

// XGBoost 1.7 puts each tree where its id says.
void read_trees(ModelReader& reader, std::vector<BoosterTree>& trees) {
  std::vector<PlacedTree> in_file;
  reader.enter_array();
  while (reader.next_element()) read_tree(reader, in_file.emplace_back());
  if (reader.failed()) return;

  std::vector<bool> taken(in_file.size());
  trees.resize(in_file.size());
  for (PlacedTree& placed : in_file) {
    const auto id = static_cast<std::size_t>(placed.id);  // A negative one becomes too large.
    if (id >= trees.size() || taken[id]) {
      reader.refuse("each id from 0 to " + std::to_string(trees.size() - 1) + " once",
                    "id " + std::to_string(placed.id) + (id < trees.size() ? " twice" : ""));
      return;
    }
    taken[id] = true;
    trees[id] = std::move(placed.tree);
  }
}

void read_gbtree_model(ModelReader& reader, BoosterModel& model, std::uint32_t& num_trees) {
  Fields fields(reader);
  while (fields.next()) {
    if (fields.is("gbtree_model_param")) {
      std::uint32_t leaf_size = 0;
      Fields params(reader);
      while (params.next()) {
        if (params.is("num_trees")) {
          read_integer_in_string(reader, kInt32Max, num_trees);
        } else if (params.is("num_parallel_tree")) {
          read_integer_in_string(reader, kInt32Max, model.num_parallel_tree);
        } else if (params.is("size_leaf_vector")) {
          read_integer_in_string(reader, kInt32Max, leaf_size);
          if (leaf_size > 1) reader.refuse("0 or 1 (vector leaves are not supported)", std::to_string(leaf_size));
        }
      }
      params.require({"num_trees"});
    } else if (fields.is("trees")) {
      read_trees(reader, model.trees);
    } else if (fields.is("tree_info")) {
      std::vector<std::int32_t> groups;
      reader.read_array(groups);
      model.tree_info.assign(groups.begin(), groups.end());  // A negative group becomes too large.
    }
  }
  fields.require({"gbtree_model_param", "trees", "tree_info"});
  if (!reader.failed() && num_trees != model.trees.size()) {
    reader.refuse("gbtree_model_param.num_trees = " + std::to_string(num_trees) + " trees", std::to_string(model.trees.size()));
  }
}

// gbtree: {"name": …, "model": {…}}. DART wraps one: {"name": …, "gbtree": {"name": …, "model": {…}}, "weight_drop": […]}.
void read_gradient_booster(ModelReader& reader, BoosterModel& model) {
  const bool dart = model.booster == BoosterKind::kDart;
  std::uint32_t num_trees = 0;
  Fields fields(reader);
  while (fields.next()) {
    if (!dart && fields.is("model")) {
      read_gbtree_model(reader, model, num_trees);
    } else if (dart && fields.is("weight_drop")) {
      reader.read_array(model.weight_drop);
    } else if (dart && fields.is("gbtree")) {
      Fields inner(reader);
      while (inner.next()) {
        if (inner.is("model")) read_gbtree_model(reader, model, num_trees);
      }
      inner.require({"model"});
    }
  }
  if (dart) {
    fields.require({"gbtree", "weight_drop"});
  } else {
    fields.require({"model"});
  }
}

// First pass: which release and which booster wrote this. Everything else depends on it, and keys come in any order.
void read_origin(ModelReader& reader, BoosterVersion& version, std::string& booster) {
  Fields file(reader);
  while (file.next()) {
    if (file.is("version")) {
      read_version(reader, version);
    } else if (file.is("learner")) {
      Fields learner(reader);
      while (learner.next()) {
        if (!learner.is("gradient_booster")) continue;
        Fields fields(reader);
        while (fields.next()) {
          if (fields.is("name")) reader.read_string(booster);
        }
        fields.require({"name"});
      }
      learner.require({"gradient_booster"});
    }
  }
  file.require({"version", "learner"});
  reader.finish();
}

void read_learner(ModelReader& reader, BoosterModel& model) {
  Fields fields(reader);
  while (fields.next()) {
    if (fields.is("learner_model_param")) {
      read_learner_model_param(reader, model);
    } else if (fields.is("objective")) {
      read_objective(reader, model);
    } else if (fields.is("gradient_booster")) {
      read_gradient_booster(reader, model);
    } else if (fields.is("attributes")) {
      read_attributes(reader, model);
    } else if (fields.is("feature_names")) {
      read_strings(reader, model.feature_names);
    } else if (fields.is("feature_types")) {
      read_feature_types(reader, model.feature_types);
    }
  }
  fields.require({"learner_model_param", "objective", "gradient_booster"});
}

}  // namespace

std::uint32_t BoosterModel::outputs() const noexcept { return std::max({num_class, num_target, 1U}); }

std::size_t BoosterModel::rounds() const noexcept {
  if (!round_begins.empty()) return round_begins.size() - 1;
  const std::size_t trees_a_round = std::size_t{outputs()} * num_parallel_tree;
  return trees_a_round == 0 ? 0 : trees.size() / trees_a_round;
}

std::optional<TreeRange> BoosterModel::tree_range(std::size_t begin, std::size_t end) const noexcept {
  if (end == 0) end = rounds();
  if (begin > end || end > rounds()) return std::nullopt;
  if (!round_begins.empty()) return TreeRange{round_begins[begin], round_begins[end]};
  const std::size_t trees_a_round = std::size_t{outputs()} * num_parallel_tree;
  return TreeRange{begin * trees_a_round, end * trees_a_round};
}

Result<BoosterModel, ModelError> read_model(std::span<const std::byte> file) {
  BoosterModel model;
  std::string booster;
  const auto origin = open_model_file(file);
  read_origin(*origin, model.version, booster);
  if (origin->failed()) return fail(origin->error());
  if (auto unverified = refuse_unverified(model.version)) return fail(std::move(*unverified));
  if (booster != "gbtree" && booster != "dart") {
    return fail(ModelError{"learner.gradient_booster.name", "gbtree or dart, the boosters that are supported", quoted(booster)});
  }
  model.booster = booster == "dart" ? BoosterKind::kDart : BoosterKind::kGbtree;

  const auto reader = open_model_file(file);
  Fields fields(*reader);
  while (fields.next()) {
    if (fields.is("learner")) read_learner(*reader, model);
  }
  if (reader->failed()) return fail(reader->error());
  if (auto checked = check_model(model); !checked) return fail(std::move(checked).error());
  return model;
}

}  // namespace ringside::engine
