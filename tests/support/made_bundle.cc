#include "tests/support/made_bundle.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace ringside::test {
namespace {

[[noreturn]] void wrong(const std::string& what) {
  std::fprintf(stderr, "make_bundle: %s\n", what.c_str());
  std::abort();
}

// One split on feature 0: x < split goes left; a missing x goes left, too.
engine::BoosterModel stump(const MadeBundle& what, std::size_t features) {
  engine::BoosterModel model;
  model.version = {1, 7, 4};
  model.objective = what.binary ? "binary:logistic" : "reg:squarederror";
  model.base_score_text = what.binary ? "5E-1" : "0E0";
  model.base_scores = {what.binary ? 0.5F : 0.0F};
  model.num_feature = static_cast<std::uint32_t>(features);
  engine::BoosterTree tree;
  tree.left_children = {1, -1, -1};
  tree.right_children = {2, -1, -1};
  tree.split_indices = {0, 0, 0};
  tree.split_conditions = {what.split, what.low, what.high};
  tree.default_left = {1, 0, 0};
  model.trees.push_back(tree);
  model.tree_info = {0};
  return model;
}

engine::LightgbmModel lightgbm_stump(const MadeBundle& what, std::size_t features) {
  constexpr std::uint8_t kNanGoesLeft = 2 | 2 << 2;
  engine::LightgbmModel model;
  model.objective = *engine::parse_lightgbm_objective(what.binary ? "binary sigmoid:1" : "regression");
  model.num_feature = static_cast<std::uint32_t>(features);
  model.trees.push_back({.left_children = {-1},
                         .right_children = {-2},
                         .split_features = {0},
                         .thresholds = {static_cast<double>(what.split)},
                         .decision_types = {kNanGoesLeft},
                         .leaf_values = {static_cast<double>(what.low), static_cast<double>(what.high)}});
  return model;
}

engine::Scorer scorer_of(const MadeBundle& what, std::size_t features) {
  if (what.lightgbm) {
    auto forest = engine::LightgbmForest<double>::build(lightgbm_stump(what, features));
    if (!forest) wrong(forest.error().text());
    return engine::Scorer(std::move(*forest));
  }
  auto forest = engine::Forest::build(stump(what, features));
  if (!forest) wrong(forest.error().text());
  return engine::Scorer(std::move(*forest));
}

}  // namespace

engine::Field float_field(const std::string& name, bool required) {
  engine::Field field;
  field.name = name;
  field.dtype = wire::Dtype::kFloat;
  field.required = required;
  field.on_missing = engine::OnMissing::kPass;
  return field;
}

std::shared_ptr<const engine::Bundle> make_bundle(const MadeBundle& what) {
  std::vector<engine::Field> fields{float_field("x")};
  fields.insert(fields.end(), what.more_fields.begin(), what.more_fields.end());
  engine::PlanSpec spec;
  for (const engine::Field& field : fields) {
    spec.steps.emplace_back(engine::NumberStep{field.name, field.name});
    spec.features.push_back(field.name);
  }
  if (what.lightgbm) spec.feature_type = engine::FloatType::kFloat64;
  engine::InputSchema schema(fields, what.reject_extra_fields);
  auto plan = engine::Plan::compile(spec, schema);
  if (!plan) wrong(plan.error().front().key + ": " + plan.error().front().expected);
  engine::Bundle bundle{.version = what.version,
                        .task = "made",
                        .schema = std::move(schema),
                        .plan = *std::move(plan),
                        .scorer = scorer_of(what, fields.size()),
                        .model_kind = what.binary ? wire::ModelKind::kBinary : wire::ModelKind::kOther,
                        .classes = {},
                        .threshold = {},
                        .baseline = what.baseline,
                        .facts = {}};
  if (what.binary) bundle.classes = {engine::ClassLabel(std::string("bad")), engine::ClassLabel(std::string("good"))};
  bundle.facts.label = what.label;
  bundle.facts.manifest_sha256 = what.manifest_sha256.empty() ? what.version : what.manifest_sha256;
  return std::make_shared<const engine::Bundle>(std::move(bundle));
}

}  // namespace ringside::test
