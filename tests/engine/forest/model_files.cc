#include "tests/engine/forest/model_files.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <map>
#include <utility>

#include "tests/engine/forest/document_writers.h"

namespace ringside::engine::test {
namespace {

constexpr const char* kTypeNames[] = {"float", "int", "i", "q", "c", "other"};

template <class Writer>
void put_params(Writer& to, const std::vector<std::pair<std::string, std::string>>& params) {
  to.begin_object();
  for (std::size_t i = 0; i < params.size(); ++i) {
    if (i > 0) to.comma();
    to.key(params[i].first);
    to.put(params[i].second);
  }
  to.end_object();
}

std::vector<std::int32_t> parents_of(const BoosterTree& tree) {
  std::vector<std::int32_t> parents(tree.nodes(), 2147483647);
  for (std::size_t i = 0; i < tree.nodes(); ++i) {
    for (const auto* children : {&tree.left_children, &tree.right_children}) {
      if (tree.left_children[i] >= 0 && i < children->size() && (*children)[i] >= 0 &&
          static_cast<std::size_t>((*children)[i]) < parents.size()) {
        parents[static_cast<std::size_t>((*children)[i])] = static_cast<std::int32_t>(i);
      }
    }
  }
  for (std::size_t i = 1; i < tree.nodes(); ++i) {
    if (parents[i] == 2147483647) parents[i] = 0;  // Unreachable: XGBoost only wants that there is one.
  }
  return parents;
}

// A row a node, as vector leaves stand until 3.1.
std::vector<float> rows_of_nodes(const BoosterTree& tree) {
  std::vector<float> rows(tree.nodes() * tree.leaf_size);
  for (std::size_t i = 0; i < tree.nodes(); ++i) {
    if (!tree.is_leaf(i)) continue;
    const auto row = static_cast<std::size_t>(tree.right_children[i]);
    for (std::size_t k = 0; k < tree.leaf_size; ++k) {
      rows[i * tree.leaf_size + k] = tree.leaf_vectors[row * tree.leaf_size + k];
    }
  }
  return rows;
}

template <class Writer>
void put_tree(Writer& to, const BoosterModel& model, std::size_t index) {
  const BoosterTree& tree = model.trees[index];
  const std::vector<float> stats(tree.nodes(), 1.0F);
  std::vector<std::int32_t> nodes;
  std::vector<std::int64_t> segments;
  std::vector<std::int64_t> sizes;
  for (std::size_t i = 0; i < tree.is_categorical.size(); ++i) {
    if (tree.is_categorical[i] == 0) continue;
    nodes.push_back(static_cast<std::int32_t>(i));
    segments.push_back(tree.category_begins[i]);
    sizes.push_back(tree.category_begins[i + 1] - tree.category_begins[i]);
  }
  const bool vectors = tree.leaf_size > 1;
  const bool vectors_apart = vectors && model.version >= BoosterVersion{3, 2, 0};
  to.begin_object();
  const auto field = [&](const char* name, const auto& value) {
    to.key(name);
    to.put(value);
    to.comma();
  };
  field("base_weights", vectors && !vectors_apart ? rows_of_nodes(tree) : stats);
  if (vectors_apart) field("leaf_weights", tree.leaf_vectors);
  field("categories", tree.categories);
  field("categories_nodes", nodes);
  field("categories_segments", segments);
  field("categories_sizes", sizes);
  field("default_left", tree.default_left);
  field("id", static_cast<std::int64_t>(index));
  field("left_children", tree.left_children);
  field("loss_changes", stats);
  field("parents", parents_of(tree));
  field("right_children", tree.right_children);
  field("split_conditions", tree.split_conditions);
  field("split_indices", tree.split_indices);
  field("split_type", tree.has_categorical() ? tree.is_categorical : ScratchVector<std::uint8_t>(tree.nodes(), 0));
  field("sum_hessian", stats);
  to.key("tree_param");
  put_params(to, {{"num_deleted", "0"},
                  {"num_feature", std::to_string(model.num_feature)},
                  {"num_nodes", std::to_string(tree.nodes())},
                  {"size_leaf_vector", std::to_string(vectors                   ? tree.leaf_size
                                                      : model.version.major < 2 ? 0U
                                                                                : 1U)}});
  to.end_object();
}

template <class Writer>
void put_unsigned(Writer& to, const ScratchVector<std::uint32_t>& values) {
  to.begin_array(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) to.comma();
    to.put(static_cast<std::int64_t>(static_cast<std::int32_t>(values[i])));
  }
  to.end_array();
}

// XGBoost writes these as an array of values with a marker each.
template <class Writer>
void put_weight_drop(Writer& to, const BoosterModel& model) {
  to.key("weight_drop");
  if constexpr (std::is_same_v<Writer, JsonWriter>) {
    to.put(model.weight_drop);
  } else {
    to.begin_array(model.weight_drop.size());
    for (const float weight : model.weight_drop) {
      const auto bits = std::bit_cast<std::uint32_t>(weight);
      to.out += 'd';
      for (int shift = 24; shift >= 0; shift -= 8) to.out += static_cast<char>(bits >> shift & 0xFF);
    }
  }
}

template <class Writer>
void put_gbtree(Writer& to, const BoosterModel& model) {
  to.begin_object();
  to.key("model");
  to.begin_object();
  to.key("gbtree_model_param");
  put_params(to, {{"num_parallel_tree", std::to_string(model.num_parallel_tree)},
                  {"num_trees", std::to_string(model.trees.size())},
                  {"size_leaf_vector", "0"}});
  to.comma();
  to.key("tree_info");
  put_unsigned(to, model.tree_info);
  to.comma();
  if (!model.round_begins.empty()) {
    to.key("iteration_indptr");
    put_unsigned(to, model.round_begins);
    to.comma();
  }
  const bool dart = model.booster == BoosterKind::kDart;
  if (dart && model.version >= BoosterVersion{3, 4, 0}) {
    put_weight_drop(to, model);
    to.comma();
  }
  to.key("trees");
  to.begin_array(model.trees.size());
  for (std::size_t t = 0; t < model.trees.size(); ++t) {
    if (t > 0) to.comma();
    put_tree(to, model, t);
  }
  to.end_array();
  to.end_object();
  to.comma();
  if (dart && model.version >= BoosterVersion{3, 3, 0} && model.version < BoosterVersion{3, 4, 0}) {
    put_weight_drop(to, model);
    to.comma();
  }
  to.key("name");
  to.put(std::string("gbtree"));
  to.end_object();
}

template <class Writer>
void put_booster(Writer& to, const BoosterModel& model) {
  if (model.booster == BoosterKind::kGbtree || model.version >= BoosterVersion{3, 3, 0}) return put_gbtree(to, model);
  to.begin_object();
  to.key("gbtree");
  put_gbtree(to, model);
  to.comma();
  to.key("name");
  to.put(std::string("dart"));
  to.comma();
  put_weight_drop(to, model);
  to.end_object();
}

template <class Writer>
void put_linear(Writer& to, const BoosterModel& model) {
  to.begin_object();
  to.key("model");
  to.begin_object();
  to.key("boosted_rounds");
  to.put(std::int64_t{model.linear_rounds});
  to.comma();
  to.key("weights");
  to.put(model.linear_weights);
  to.end_object();
  to.comma();
  to.key("name");
  to.put(std::string("gblinear"));
  to.end_object();
}

template <class Writer>
std::string write(const BoosterModel& model) {
  Writer to;
  to.begin_object();
  to.key("learner");
  to.begin_object();
  to.key("attributes");
  if (model.best_iteration) {
    put_params(to, {{"best_iteration", std::to_string(*model.best_iteration)}});
  } else {
    put_params(to, {});
  }
  std::vector<std::string> types;
  const std::vector<std::string> names = model.feature_names.strings();
  for (const FeatureType type : model.feature_types) types.emplace_back(kTypeNames[static_cast<std::size_t>(type)]);
  for (const auto& [name, values] : {std::pair{"feature_names", names}, std::pair{"feature_types", types}}) {
    to.comma();
    to.key(name);
    to.begin_array(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) to.comma();
      to.put(values[i]);
    }
    to.end_array();
  }
  to.comma();
  to.key("gradient_booster");
  if (model.booster == BoosterKind::kGblinear) {
    put_linear(to, model);
  } else {
    put_booster(to, model);
  }
  to.comma();
  to.key("learner_model_param");
  put_params(to, {{"base_score", model.base_score_text},
                  {"boost_from_average", model.boost_from_average ? "1" : "0"},
                  {"num_class", std::to_string(model.num_class)},
                  {"num_feature", std::to_string(model.num_feature)},
                  {"num_target", std::to_string(model.num_target)}});
  to.comma();
  to.key("objective");
  to.begin_object();
  to.key("name");
  to.put(model.objective);
  std::map<std::string, std::vector<std::pair<std::string, std::string>>> groups;
  for (const auto& [key, value] : model.objective_params) {
    groups[key.substr(0, key.find('.'))].emplace_back(key.substr(key.find('.') + 1), value);
  }
  for (const auto& [group, params] : groups) {
    to.comma();
    to.key(group);
    put_params(to, params);
  }
  to.end_object();
  to.end_object();
  to.comma();
  to.key("version");
  to.begin_array(3);
  to.put(std::int64_t{model.version.major});
  to.comma();
  to.put(std::int64_t{model.version.minor});
  to.comma();
  to.put(std::int64_t{model.version.patch});
  to.end_array();
  to.end_object();
  return to.out;
}

// The parameters that XGBoost insists on finding beside an objective's name.
std::vector<std::pair<std::string, std::string>> objective_params(const std::string& objective, std::uint32_t classes) {
  static const std::map<std::string, std::pair<std::string, std::string>> kParams{
      {"count:poisson", {"poisson_regression_param.max_delta_step", "7E-1"}},
      {"multi:softmax", {"softmax_multiclass_param.num_class", ""}},
      {"multi:softprob", {"softmax_multiclass_param.num_class", ""}},
      {"rank:map", {"lambda_rank_param.num_pairsample", "1"}},
      {"rank:ndcg", {"lambda_rank_param.num_pairsample", "1"}},
      {"rank:pairwise", {"lambda_rank_param.num_pairsample", "1"}},
      {"reg:pseudohubererror", {"pseudo_huber_param.huber_slope", "1"}},
      {"reg:tweedie", {"tweedie_regression_param.tweedie_variance_power", "1.5"}},
      {"survival:aft", {"aft_loss_param.aft_loss_distribution", "normal"}},
      {"reg:squarederror", {"reg_loss_param.scale_pos_weight", "1"}},
      {"reg:linear", {"reg_loss_param.scale_pos_weight", "1"}},
      {"reg:squaredlogerror", {"reg_loss_param.scale_pos_weight", "1"}},
      {"reg:logistic", {"reg_loss_param.scale_pos_weight", "1"}},
      {"binary:logistic", {"reg_loss_param.scale_pos_weight", "1"}},
      {"binary:logitraw", {"reg_loss_param.scale_pos_weight", "1"}},
  };
  const auto found = kParams.find(objective);
  if (found == kParams.end()) return {};
  const auto& [key, value] = found->second;
  return {{key, value.empty() ? std::to_string(classes) : value}};
}

}  // namespace

std::string write_json(const BoosterModel& model) { return write<JsonWriter>(model); }
std::string write_ubj(const BoosterModel& model) { return write<UbjWriter>(model); }

std::string float_text(float value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific);
  return {text, error == std::errc() ? end : text};
}

BoosterTree leaf_tree(float value) {
  return {.left_children = {-1}, .right_children = {-1}, .split_indices = {0}, .split_conditions = {value}, .default_left = {0}};
}

BoosterTree stump(std::int32_t feature, float threshold, bool default_left, float left, float right) {
  return {.left_children = {1, -1, -1},
          .right_children = {2, -1, -1},
          .split_indices = {feature, 0, 0},
          .split_conditions = {threshold, left, right},
          .default_left = {static_cast<std::uint8_t>(default_left ? 1 : 0), 0, 0}};
}

BoosterModel empty_model(const std::string& objective, std::uint32_t features, std::uint32_t classes) {
  BoosterModel model;
  model.version = {1, 7, 4};
  model.objective = objective;
  model.objective_params = objective_params(objective, classes);
  model.base_score_text = "5E-1";
  model.base_scores = {0.5F};
  model.num_class = classes;
  model.num_feature = features;
  return model;
}

void add_tree(BoosterModel& model, BoosterTree tree, std::uint32_t output, float weight) {
  model.trees.push_back(std::move(tree));
  model.tree_info.push_back(output);
  if (model.booster == BoosterKind::kDart) model.weight_drop.push_back(weight);
}

}  // namespace ringside::engine::test
