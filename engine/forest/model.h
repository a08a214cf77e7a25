// A trained booster as a plain value: what an XGBoost model file says, checked, before it is packed for speed.
//
//   Result<BoosterModel, ModelError> model = read_model(bytes);       // model.json or model.ubj
//   if (!model) return report(model.error());                         // names the key, what was expected, what was found
//   Result<Forest, ModelError> forest = Forest::build(*model);
//
// Reading is strict: what would not be reproduced in every bit is refused with the reason, never approximated. Refused by name
// are file versions outside verified_versions.h, the gblinear booster, categorical splits, vector leaves and unknown objectives.
//
// Thread safety: values and pure functions.
// Cost: time and memory linear in the size of the file (the model takes less memory than its JSON); allocates, so loader only.
// Limits: nesting of 64; input-controlled depth (of trees, too) is never walked by recursion.
#pragma once

#include <ringside/result.h>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ringside::engine {

// Where a model is wrong and how: `learner.gradient_booster.model.trees[3].left_children[7]`, "a node id below 15", "99".
struct ModelError {
  std::string key;
  std::string expected;
  std::string found;

  // "learner.learner_model_param.num_class: expected an integer, found \"x\""
  [[nodiscard]] std::string text() const { return key + ": expected " + expected + ", found " + found; }
};

struct BoosterVersion {
  int major = 0;
  int minor = 0;
  int patch = 0;
  auto operator<=>(const BoosterVersion&) const = default;
};

enum class BoosterKind : std::uint8_t {
  kGbtree,
  kDart,  // Like gbtree, but each tree's leaf is multiplied by its weight_drop.
};

// Parallel arrays, one element a node, as in the file; node 0 is the root. Nodes that no path reaches are "deleted" leftovers.
struct BoosterTree {
  static constexpr std::int32_t kNoChild = -1;

  std::vector<std::int32_t> left_children;   // kNoChild marks a leaf.
  std::vector<std::int32_t> right_children;  // left + 1 for every reachable split; meaningless for a leaf.
  std::vector<std::int32_t> split_indices;   // The feature that a split compares.
  std::vector<float> split_conditions;       // A split's threshold; a leaf's value.
  std::vector<std::uint8_t> default_left;    // 1: a missing value goes left.

  [[nodiscard]] std::size_t nodes() const noexcept { return left_children.size(); }
};

struct BoosterModel {
  BoosterVersion version;  // Of the XGBoost that wrote the file; its semantics are the ones to reproduce.

  std::string objective;
  std::vector<std::pair<std::string, std::string>> objective_params;  // "softmax_multiclass_param.num_class" -> "3"

  std::string base_score_text;  // As written: "5E-1".
  float base_score = 0.5F;      // In the space of predictions (a probability for logistic), before the objective's link.

  std::uint32_t num_class = 0;   // 0 unless multi-class.
  std::uint32_t num_target = 1;  // More than one for multi-output regression.
  std::uint32_t num_feature = 0;
  std::vector<std::string> feature_names;  // Empty, or one a feature.
  std::vector<std::string> feature_types;  // Empty, or one a feature: "float", "int", "i", "q".

  BoosterKind booster = BoosterKind::kGbtree;
  std::vector<BoosterTree> trees;
  std::vector<std::uint32_t> tree_info;  // The output that each tree adds to.
  std::uint32_t num_parallel_tree = 1;
  std::vector<float> weight_drop;  // DART only: a weight a tree.

  // The best round of early stopping (learner.attributes.best_iteration), where training left it.
  std::optional<std::uint32_t> best_iteration;

  // Margins a row: max(num_class, num_target, 1), XGBoost's num_output_group.
  [[nodiscard]] std::uint32_t outputs() const noexcept;
};

// Reads a model file, JSON or UBJSON (the first bytes decide), and checks all of it.
[[nodiscard]] Result<BoosterModel, ModelError> read_model(std::span<const std::byte> file);

// The checks of read_model() that do not need the file, for models from elsewhere: structure of every tree, sizes, ranges,
// finite leaves and weights, an objective and a version that are known. Forest::build() asks it again.
[[nodiscard]] Result<Done, ModelError> check_model(const BoosterModel& model);

}  // namespace ringside::engine
