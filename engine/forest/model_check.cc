// What the numbers of a model must be, wherever they came from; of its trees: tree_check.cc.

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "client_lib/base/plain_number.h"
#include "engine/forest/model.h"
#include "engine/forest/model_reader.h"
#include "engine/forest/objective.h"
#include "engine/forest/tree_check.h"
#include "engine/forest/verified_versions.h"

namespace ringside::engine {
namespace {

using Checked = Result<Done, ModelError>;

// More outputs than any real model has; without a bound a model of no trees could ask for any amount of memory a row. One more, and the 16
// bits in which an answer counts a row's values would say 0.
constexpr std::uint32_t kMaxOutputs = 65'535;

constexpr const char* kParams = "learner.learner_model_param.";

std::string booster_key(const BoosterModel& model, const std::string& key) {
  const bool wrapped = model.booster == BoosterKind::kDart && model.version < BoosterVersion{3, 3, 0};
  return (wrapped ? "learner.gradient_booster.gbtree.model." : "learner.gradient_booster.model.") + key;
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

// quantile_alpha and expectile_alpha, "[1E-1,5E-1]": XGBoost's transform takes their count for the outputs.
Checked check_alphas(const BoosterModel& model, const Objective& objective) {
  using enum ValueTransform;
  if (objective.value_transform != kSort && objective.value_transform != kSoftplusGaps) return Done{};
  for (const auto& [key, value] : model.objective_params) {
    if (!key.ends_with("_alpha")) continue;
    const auto alphas = 1 + static_cast<std::size_t>(std::count(value.begin(), value.end(), ','));
    if (alphas != model.outputs()) {
      return wrong("learner.objective." + key, "num_target = " + number(model.outputs()) + " of them", quoted(value));
    }
  }
  return Done{};
}

Checked check_learner(const BoosterModel& model) {
  if (auto unverified = refuse_unverified(model.version)) return fail(std::move(*unverified));
  const Objective* objective = find_objective(model.objective, model.version);
  if (objective == nullptr) {
    return wrong("learner.objective.name", "an objective of XGBoost " + release_text(model.version), quoted(model.objective));
  }
  if (auto checked = check_outputs(model, *objective); !checked) return checked;
  if (auto checked = check_alphas(model, *objective); !checked) return checked;
  if (model.base_scores.size() != 1 && model.base_scores.size() != model.outputs()) {
    return wrong(kParams + std::string("base_score"),
                 "one base score, or one for each of " + number(model.outputs()) + " outputs", quoted(model.base_score_text));
  }
  if (auto margins = start_margins(model); !margins) return fail(std::move(margins).error());
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

// What gblinear has: its weights, and nothing of trees.
Checked check_linear(const BoosterModel& model) {
  constexpr const char* kWeights = "learner.gradient_booster.model.weights";
  const std::size_t weights = (std::size_t{model.num_feature} + 1) * model.outputs();
  if (model.linear_weights.size() != weights) {
    return wrong(kWeights, "(num_feature + 1) x outputs = " + number(weights) + " weights", number(model.linear_weights.size()));
  }
  for (std::size_t i = 0; i < weights; ++i) {
    if (!std::isfinite(model.linear_weights[i])) {
      return wrong(kWeights + ("[" + number(i) + "]"), "a finite weight", base::plain_number(model.linear_weights[i]));
    }
  }
  return Done{};
}

Checked check_rounds(const BoosterModel& model) {
  const std::size_t trees = model.trees.size();
  const ScratchVector<std::uint32_t>& begins = model.round_begins;
  if (!begins.empty()) {
    if (begins.front() != 0 || begins.back() != trees || !std::is_sorted(begins.begin(), begins.end())) {
      return wrong(booster_key(model, "iteration_indptr"), "numbers that ascend from 0 to " + number(trees) + " trees",
                   std::to_string(static_cast<std::int32_t>(begins.front())) + " to " +
                       std::to_string(static_cast<std::int32_t>(begins.back())));
    }
    return Done{};
  }
  if (model.num_parallel_tree < 1) return wrong(booster_key(model, "gbtree_model_param.num_parallel_tree"), "1 or more", "0");
  if (trees % model.trees_a_round() != 0) {
    return wrong(booster_key(model, "trees"),
                 "whole rounds of " + number(model.trees_a_round()) +
                     " trees (outputs x num_parallel_tree), since XGBoost ignores the rest",
                 number(trees) + " trees");
  }
  return Done{};
}

Checked check_tree_groups(const BoosterModel& model) {
  const std::size_t trees = model.trees.size();
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

}  // namespace

Checked check_model(const BoosterModel& model) {
  if (auto checked = check_learner(model); !checked) return checked;
  if (model.booster == BoosterKind::kGblinear) return check_linear(model);
  if (auto checked = check_rounds(model); !checked) return checked;
  if (auto checked = check_tree_groups(model); !checked) return checked;
  for (std::size_t t = 0; t < model.trees.size(); ++t) {
    if (auto error = find_tree_error(model, t)) {
      error->key.insert(0, booster_key(model, ""));
      return fail(std::move(*error));
    }
  }
  return Done{};
}

}  // namespace ringside::engine
