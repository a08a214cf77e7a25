#include "tests/engine/forest/hostile_models.h"

#include <cstdint>
#include <utility>

namespace ringside::engine::test {
namespace {

std::string times(const std::string& part, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += part;
  return text;
}

std::string without_comma(std::string list) {
  list.pop_back();
  return list;
}

// A model of 3.2 in JSON, its parts replaceable.
struct Parts {
  std::string attributes = "";
  std::string names = "";
  std::string types = "";
  std::string model = R"("gbtree_model_param":{"num_trees":"0","num_parallel_tree":"1"},"tree_info":[],"trees":[])";
  std::string base_score = "5E-1";
  std::string outputs = "0";
  std::string features = "2147483647";
  std::string objective = R"("name":"reg:squarederror")";
  std::string booster = "gbtree";
};

std::string json_of(const Parts& parts) {
  return R"({"learner":{"attributes":{)" + parts.attributes + R"(},"feature_names":[)" + parts.names + R"(],"feature_types":[)" +
         parts.types + R"(],"gradient_booster":{"model":{)" + parts.model + R"(},"name":")" + parts.booster +
         R"("},"learner_model_param":{"base_score":")" + parts.base_score + R"(","num_class":"0","num_feature":")" +
         parts.features + R"(","num_target":")" + parts.outputs + R"("},"objective":{)" + parts.objective +
         R"(}},"version":[3,2,0]})";
}

std::string trees_of(const std::string& trees) {
  return R"("gbtree_model_param":{"num_trees":"9"},"tree_info":[],"trees":[)" + trees + "]";
}

std::string small_tree(const std::string& id) {
  return R"({"id":)" + id + R"(,"left_children":[-1],"right_children":[0],"split_indices":[0],"split_conditions":[0],)" +
         R"("default_left":[0],"tree_param":{"num_nodes":"1"}},)";
}

std::string many_trees(std::size_t bytes) {
  std::string trees;
  for (std::size_t id = 0; trees.size() < bytes; ++id) trees += small_tree(std::to_string(id));
  return json_of({.model = trees_of(without_comma(std::move(trees)))});
}
std::string empty_trees(std::size_t bytes) { return json_of({.model = trees_of(without_comma(times("{},", bytes)))}); }
std::string empty_names(std::size_t bytes) { return json_of({.names = without_comma(times(R"("",)", bytes))}); }
std::string types(std::size_t bytes) { return json_of({.types = without_comma(times(R"("q",)", bytes))}); }
std::string tree_info(std::size_t bytes) {
  return json_of({.model = R"("tree_info":[)" + without_comma(times("0,", bytes)) + "]"});
}
std::string rounds(std::size_t bytes) {
  return json_of({.model = R"("iteration_indptr":[)" + without_comma(times("0,", bytes)) + "]"});
}
std::string linear_weights(std::size_t bytes) {
  return json_of({.model = R"("weights":[)" + without_comma(times("0,", bytes)) + "]", .booster = "gblinear"});
}
std::string base_scores(std::size_t bytes) {
  return json_of({.base_score = without_comma(times("0,", bytes)), .outputs = "65536"});
}
std::string attributes(std::size_t bytes) { return json_of({.attributes = without_comma(times(R"("":"",)", bytes))}); }
std::string objective_params(std::size_t bytes) {
  return json_of({.objective = R"("name":"reg:squarederror","p":{)" + without_comma(times(R"("":"",)", bytes)) + "}"});
}
std::string objective_groups(std::size_t bytes) { return json_of({.objective = without_comma(times(R"("":{},)", bytes))}); }
std::string unknown_arrays(std::size_t bytes) {
  return json_of({.model = R"("x":[)" + without_comma(times("[[{}]],", bytes)) + "]"});
}
std::string deep_unknown(std::size_t bytes) { return json_of({.model = R"("x":)" + times("[", bytes)}); }
std::string unclosed_text(std::size_t bytes) { return R"({"learner":")" + times("a", bytes); }
std::string outputs_without_trees(std::size_t bytes) { return json_of({.outputs = "65536"}) + std::string(bytes, ' '); }

// One tree of `node`s, each array two bytes an element.
std::string wide_tree(std::size_t bytes) {
  const std::string zeros = without_comma(times("0,", bytes / 6));
  return json_of({.model = trees_of(R"({"id":0,"left_children":[)" + zeros + R"(],"right_children":[)" + zeros +
                                    R"(],"split_indices":[)" + zeros + R"(],"split_conditions":[)" + zeros +
                                    R"(],"default_left":[)" + zeros + R"(],"categories":[)" + zeros + "]}")});
}
std::string leaf_weights(std::size_t bytes) {
  return json_of({.model = trees_of(R"({"leaf_weights":[)" + without_comma(times("0,", bytes)) + "]}"), .outputs = "2"});
}
std::string categories(std::size_t bytes) {
  return json_of(
      {.model = trees_of(R"({"id":0,"left_children":[-1],"right_children":[-1],"split_indices":[0],)"
                         R"("split_conditions":[0],"default_left":[0],"split_type":[1],"tree_param":{"num_nodes":"1"},)"
                         R"("categories_nodes":[0],"categories_segments":[0],"categories_sizes":[1],"categories":[)" +
                         without_comma(times("16777215,", bytes)) + "]}")});
}

// An array of UBJSON, typed: a byte an element.
std::string ubj_bytes(std::size_t bytes) {
  constexpr char kVersion[] = "{L\0\0\0\0\0\0\0\x07version[$U#l";
  const std::string key(kVersion, sizeof kVersion - 1);
  std::string count;
  for (int shift = 24; shift >= 0; shift -= 8) count += static_cast<char>(bytes >> shift & 0xFF);
  return key + count + std::string(bytes, '\0');
}

// A good file but for its depth: split 2i has a leaf on its left. Or for the last split, which leads back to the root's children.
std::string one_deep_tree(std::size_t bytes, bool cyclic) {
  const std::size_t splits = bytes / 60;
  const auto list = [&](auto element) {
    std::string text;
    for (std::size_t node = 0; node <= 2 * splits; ++node) text += element(node) + ",";
    return without_comma(std::move(text));
  };
  const auto child = [&](std::size_t node, std::size_t on) {
    if (node % 2 == 1 || node == 2 * splits) return std::string("-1");
    return std::to_string(cyclic && node == 2 * splits - 2 ? on : node + on);
  };
  const std::string zeros = list([](std::size_t) { return std::string("0"); });
  return json_of({.model = R"("gbtree_model_param":{"num_trees":"1"},"tree_info":[0],"trees":[{"id":0,"left_children":[)" +
                           list([&](std::size_t node) { return child(node, 1); }) + R"(],"right_children":[)" +
                           list([&](std::size_t node) { return child(node, 2); }) + R"(],"split_indices":[)" + zeros +
                           R"(],"split_conditions":[)" + zeros + R"(],"default_left":[)" + zeros +
                           R"(],"tree_param":{"num_nodes":")" + std::to_string(2 * splits + 1) + R"("}}])"});
}
std::string chain(std::size_t bytes) { return one_deep_tree(bytes, false); }
std::string cycle(std::size_t bytes) { return one_deep_tree(bytes, true); }
std::string same_ids(std::size_t bytes) { return json_of({.model = trees_of(without_comma(times(small_tree("0"), bytes)))}); }
std::string truncated(std::size_t bytes) { return many_trees(bytes).substr(0, bytes); }

}  // namespace

std::vector<HostileFile> hostile_models() {
  return {{"many_trees", many_trees},
          {"empty_trees", empty_trees},
          {"empty_names", empty_names},
          {"types", types},
          {"tree_info", tree_info},
          {"rounds", rounds},
          {"linear_weights", linear_weights},
          {"base_scores", base_scores},
          {"attributes", attributes},
          {"objective_params", objective_params},
          {"objective_groups", objective_groups},
          {"unknown_arrays", unknown_arrays},
          {"deep_unknown", deep_unknown},
          {"unclosed_text", unclosed_text},
          {"outputs_without_trees", outputs_without_trees},
          {"wide_tree", wide_tree},
          {"leaf_weights", leaf_weights},
          {"categories", categories},
          {"ubj_bytes", ubj_bytes},
          {"chain", chain},
          {"cycle", cycle},
          {"same_ids", same_ids},
          {"truncated", truncated}};
}

}  // namespace ringside::engine::test
