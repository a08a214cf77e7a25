// What the numbers of a model must be, wherever they came from. Nothing here trusts an index before it is checked, and trees are
// walked with a queue of their own: a tree may be as deep as the file is long.

#include <cmath>
#include <string>
#include <utility>

#include "client_lib/base/plain_number.h"
#include "engine/forest/model.h"
#include "engine/forest/model_reader.h"
#include "engine/forest/objective.h"
#include "engine/forest/verified_versions.h"

namespace ringside::engine {
namespace {

using Checked = Result<Done, ModelError>;

// More outputs than any real model has; without a bound a model of no trees could ask for any amount of memory a row.
constexpr std::uint32_t kMaxOutputs = 65'536;

constexpr const char* kParams = "learner.learner_model_param.";

std::string booster_key(const BoosterModel& model, const std::string& key) {
  return (model.booster == BoosterKind::kDart ? "learner.gradient_booster.gbtree.model." : "learner.gradient_booster.model.") +
         key;
}

Failure<ModelError> wrong(std::string key, std::string expected, std::string found) {
  return fail(ModelError{std::move(key), std::move(expected), std::move(found)});
}

std::string number(std::size_t value) { return std::to_string(value); }

Checked check_outputs(const BoosterModel& model, const Objective& objective) {
  if (model.num_class > kMaxOutputs || model.num_target > kMaxOutputs) {
    return wrong(kParams + std::string(model.num_class > kMaxOutputs ? "num_class" : "num_target"),
                 "at most " + number(kMaxOutputs), number(std::max(model.num_class, model.num_target)));
  }
  if (objective.kind != ScoreKind::kMultiClass) {
    if (model.num_class <= 1) return Done{};
    return wrong(kParams + std::string("num_class"), "0 for objective " + model.objective, number(model.num_class));
  }
  if (model.num_class < 2) {
    return wrong(kParams + std::string("num_class"), "2 or more for objective " + model.objective, number(model.num_class));
  }
  if (model.num_target > 1) {
    return wrong(kParams + std::string("num_target"), "1 for objective " + model.objective, number(model.num_target));
  }
  for (const auto& [key, value] : model.objective_params) {  // The transform's own count of classes.
    if (key == "softmax_multiclass_param.num_class" && value != number(model.num_class)) {
      return wrong("learner.objective." + key, "num_class = " + number(model.num_class), quoted(value));
    }
  }
  return Done{};
}

Checked check_learner(const BoosterModel& model) {
  if (auto unverified = refuse_unverified(model.version)) return fail(std::move(*unverified));
  const Objective* objective = find_objective(model.objective);
  if (objective == nullptr) return wrong("learner.objective.name", "an objective of XGBoost 1.7", quoted(model.objective));
  if (auto checked = check_outputs(model, *objective); !checked) return checked;
  if (!objective->margin_of_base_score(model.base_scores[0])) {
    const bool logit = objective->link == BaseScoreLink::kLogit;
    return wrong(kParams + std::string("base_score"),
                 logit ? "a probability between 0 and 1" : "a base score whose margin is finite", quoted(model.base_score_text));
  }
  if (model.num_feature < 1 || model.num_feature > 0x7FFF'FFFF) {
    return wrong(kParams + std::string("num_feature"), "1 to 2147483647", number(model.num_feature));
  }
  for (const auto& [key, size] : {std::pair{"learner.feature_names", model.feature_names.size()},
                                  std::pair{"learner.feature_types", model.feature_types.size()}}) {
    if (size != 0 && size != model.num_feature) {
      return wrong(key, "num_feature = " + number(model.num_feature) + " elements, or none", number(size));
    }
  }
  return Done{};
}

Checked check_rounds(const BoosterModel& model) {
  const std::size_t trees = model.trees.size();
  if (model.num_parallel_tree < 1) return wrong(booster_key(model, "gbtree_model_param.num_parallel_tree"), "1 or more", "0");
  const std::size_t trees_a_round = std::size_t{model.outputs()} * model.num_parallel_tree;
  if (trees % trees_a_round != 0) {
    return wrong(
        booster_key(model, "trees"),
        "whole rounds of " + number(trees_a_round) + " trees (outputs x num_parallel_tree), since XGBoost ignores the rest",
        number(trees) + " trees");
  }
  if (model.best_iteration && *model.best_iteration + std::size_t{1} != trees / trees_a_round) {
    return wrong("learner.attributes.best_iteration",
                 "the last of " + number(trees / trees_a_round) +
                     " rounds: XGBClassifier.predict leaves later rounds out and Booster.predict does not; "
                     "save booster[:best_iteration + 1] instead",
                 number(*model.best_iteration));
  }
  if (model.tree_info.size() != trees) {
    return wrong(booster_key(model, "tree_info"), "an element for each of " + number(trees) + " trees",
                 number(model.tree_info.size()));
  }
  for (std::size_t t = 0; t < trees; ++t) {
    if (model.tree_info[t] >= model.outputs()) {
      return wrong(booster_key(model, "tree_info[" + number(t) + "]"), "an output below " + number(model.outputs()),
                   std::to_string(static_cast<std::int32_t>(model.tree_info[t])));
    }
  }
  const std::size_t weights = model.booster == BoosterKind::kDart ? trees : 0;
  if (model.weight_drop.size() != weights) {
    return wrong("learner.gradient_booster.weight_drop", number(weights) + " weights", number(model.weight_drop.size()));
  }
  for (std::size_t t = 0; t < weights; ++t) {
    if (!std::isfinite(model.weight_drop[t])) {
      return wrong("learner.gradient_booster.weight_drop[" + number(t) + "]", "a finite weight",
                   base::plain_number(model.weight_drop[t]));
    }
  }
  return Done{};
}

// One tree's reachable nodes, each seen once. A leftover ("deleted") node may hold anything.
class TreeCheck {
 public:
  TreeCheck(const BoosterModel& model, std::size_t index) : model_(model), tree_(model.trees[index]), index_(index) {}

  Checked run() {
    const std::size_t nodes = tree_.nodes();
    if (nodes == 0 || nodes > 0x7FFF'FFFF) return wrong(key("left_children"), "1 to 2147483647 nodes", number(nodes));
    for (const auto& [name, size] :
         {std::pair{"right_children", tree_.right_children.size()}, std::pair{"split_indices", tree_.split_indices.size()},
          std::pair{"split_conditions", tree_.split_conditions.size()}, std::pair{"default_left", tree_.default_left.size()}}) {
      if (size != nodes) return wrong(key(name), number(nodes) + " elements, as left_children has", number(size));
    }
    visited_.assign(nodes, false);
    visited_[0] = true;
    queue_.assign(1, 0);
    for (std::size_t next = 0; next < queue_.size(); ++next) {
      if (auto checked = check_node(queue_[next]); !checked) return checked;
    }
    return Done{};
  }

 private:
  Checked check_node(std::size_t node) {
    const std::int32_t left = tree_.left_children[node];
    if (left == BoosterTree::kNoChild) {
      if (std::isfinite(tree_.split_conditions[node])) return Done{};
      return wrong(key("split_conditions", node), "a finite leaf value", base::plain_number(tree_.split_conditions[node]));
    }
    if (auto checked = check_child("left_children", node, left); !checked) return checked;
    const std::int32_t right = tree_.right_children[node];
    if (auto checked = check_child("right_children", node, right); !checked) return checked;
    if (right != left + 1) {
      return wrong(key("right_children", node),
                   "left child + 1 = " + std::to_string(left + 1) + ", where XGBoost goes whatever it says",
                   std::to_string(right));
    }
    const std::int32_t feature = tree_.split_indices[node];
    if (feature < 0 || static_cast<std::uint32_t>(feature) >= model_.num_feature) {
      return wrong(key("split_indices", node), "a feature below num_feature = " + number(model_.num_feature),
                   std::to_string(feature));
    }
    if (tree_.default_left[node] > 1) return wrong(key("default_left", node), "0 or 1", number(tree_.default_left[node]));
    return Done{};
  }

  Checked check_child(const char* name, std::size_t node, std::int32_t child) {
    if (child < 0 || static_cast<std::size_t>(child) >= visited_.size()) {
      return wrong(key(name, node), "a node id below " + number(visited_.size()), std::to_string(child));
    }
    if (visited_[static_cast<std::size_t>(child)]) {
      return wrong(key(name, node), "a node that no other split leads to", std::to_string(child));
    }
    visited_[static_cast<std::size_t>(child)] = true;
    queue_.push_back(static_cast<std::size_t>(child));
    return Done{};
  }

  [[nodiscard]] std::string key(const char* name) const { return booster_key(model_, "trees[" + number(index_) + "]." + name); }
  [[nodiscard]] std::string key(const char* name, std::size_t node) const { return key(name) + "[" + number(node) + "]"; }

  const BoosterModel& model_;
  const BoosterTree& tree_;
  std::size_t index_;
  std::vector<bool> visited_;
  std::vector<std::size_t> queue_;
};

}  // namespace

Checked check_model(const BoosterModel& model) {
  if (auto checked = check_learner(model); !checked) return checked;
  if (auto checked = check_rounds(model); !checked) return checked;
  for (std::size_t t = 0; t < model.trees.size(); ++t) {
    if (auto checked = TreeCheck(model, t).run(); !checked) return checked;
  }
  return Done{};
}

}  // namespace ringside::engine
