// A trained booster as a plain value: what an XGBoost model file says, checked, before it is packed for speed.
//
//   Result<BoosterModel, ModelError> model = read_model(bytes);       // model.json or model.ubj
//   if (!model) return report(model.error());                         // names the key, what was expected, what was found
//   Result<Forest, ModelError> forest = Forest::build(*model);
//
// Reading is strict: what would not be reproduced in every bit is refused with the reason, never approximated. Refused by name
// are releases outside verified_versions.h and objectives that the release did not have.
//
// Thread safety: values and pure functions.
// Cost: time and memory linear in the size of the file (the model takes less memory than its JSON); allocates, so loader only.
// Limits: nesting of 64; trees of kMaxTreeDepth; input-controlled depth (of trees, too) is never walked by recursion.
#pragma once

#include <ringside/result.h>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/forest/name_list.h"
#include "engine/region/scratch.h"

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
  kDart,      // Like gbtree, but each tree's leaf is multiplied by its weight_drop.
  kGblinear,  // No trees: a weight a feature.
};

// What a column holds, as training declared it. Nothing but kCategorical bears on a score, and that only in the exporter.
enum class FeatureType : std::uint8_t { kFloat, kInteger, kIndicator, kQuantitative, kCategorical, kOther };

// Splits on the way from a root to a leaf, of either library's trees. Far deeper than training grows them: a row waits for each split in turn,
// so that one deeper tree would cost more than a forest.
inline constexpr std::uint32_t kMaxTreeDepth = 4096;

// Parallel arrays, one element a node, as in the file; node 0 is the root. Nodes that no path reaches are "deleted" leftovers.
// Both layouts of vector leaves (rows of base_weights before 3.2, leaf_weights from then on) are brought into the newer one.
struct BoosterTree {
  static constexpr std::int32_t kNoChild = -1;

  ScratchVector<std::int32_t> left_children;  // kNoChild marks a leaf.
  ScratchVector<std::int32_t>
      right_children;  // left + 1 for every reachable split. Of a leaf: the row of its vector, or meaningless.
  ScratchVector<std::int32_t> split_indices;  // The feature that a split compares.
  ScratchVector<float> split_conditions;      // A split's threshold, unused if categorical; a scalar leaf's value.
  ScratchVector<std::uint8_t> default_left;   // 1: a missing value goes left.

  // Categorical splits. Where the tree has none, all three are empty; else split i with is_categorical[i] sends to the right
  //   categories[category_begins[i]] … categories[category_begins[i + 1] - 1]
  // one or more that ascend and are 0 to 16777215; of other nodes the range is empty. A leaf that was once a categorical split may
  // still look like one.
  ScratchVector<std::uint8_t> is_categorical{};
  ScratchVector<std::uint32_t> category_begins{};  // nodes() + 1 of them.
  ScratchVector<std::int32_t> categories{};

  // Vector leaves: leaf i adds leaf_vectors[right_children[i] * leaf_size + k] to output k. A tree of scalar leaves has leaf_size 1
  // and no vectors; one of vector leaves has leaf_size outputs().
  std::uint32_t leaf_size = 1;
  ScratchVector<float> leaf_vectors{};

  [[nodiscard]] std::size_t nodes() const noexcept { return left_children.size(); }
  [[nodiscard]] bool has_categorical() const noexcept { return !is_categorical.empty(); }
  [[nodiscard]] bool is_leaf(std::size_t node) const noexcept { return left_children[node] == kNoChild; }
  [[nodiscard]] std::span<const std::int32_t> categories_of(std::size_t node) const noexcept {
    return std::span(categories).subspan(category_begins[node], category_begins[node + 1] - category_begins[node]);
  }
};

struct TreeRange {
  std::size_t begin = 0;
  std::size_t end = 0;  // Exclusive.
};

struct BoosterModel {
  BoosterVersion version;  // Of the XGBoost that wrote the file; its semantics are the ones to reproduce.

  std::string objective;
  std::vector<std::pair<std::string, std::string>> objective_params;  // "softmax_multiclass_param.num_class" -> "3"

  std::string base_score_text;           // As written: "5E-1", "[5E-1,2.5E-1]".
  std::vector<float> base_scores{0.5F};  // One for all outputs or one an output, before the objective's link and its clamps.

  bool boost_from_average = true;  // Whether base_scores were estimated; from 3.1 on it bears on a model that was never trained.

  std::uint32_t num_class = 0;   // 0 unless multi-class.
  std::uint32_t num_target = 1;  // More than one for multi-output regression, quantiles, expectiles.
  std::uint32_t num_feature = 0;
  NameList feature_names;                  // Empty, or one a feature.
  std::vector<FeatureType> feature_types;  // Empty, or one a feature.

  BoosterKind booster = BoosterKind::kGbtree;
  ScratchVector<BoosterTree> trees;
  ScratchVector<std::uint32_t> tree_info;  // The output that each tree adds to; not asked for a tree of vector leaves.
  std::uint32_t num_parallel_tree = 1;
  ScratchVector<float> weight_drop;  // kDart only: a weight a tree.

  // Round r grew the trees [round_begins[r], round_begins[r + 1]). From XGBoost 2.0 on the file says it (iteration_indptr); empty
  // stands for whole rounds of trees_a_round().
  ScratchVector<std::uint32_t> round_begins;

  // kGblinear only, (num_feature + 1) x outputs, the row after the last feature's is the bias: weight of feature f on output k is
  // linear_weights[f * outputs() + k].
  ScratchVector<float> linear_weights;
  std::uint32_t linear_rounds = 0;

  // The best round of early stopping (learner.attributes.best_iteration), where training left it. Booster.predict does not look
  // at it, XGBClassifier.predict does: whoever evaluates says which is meant (tree_range()).
  std::optional<std::uint32_t> best_iteration;

  // What is missing beside NaN: the `missing` of XGBClassifier(missing=-999) or DMatrix(missing=). No file says it; NaN: nothing is.
  float missing = std::numeric_limits<float>::quiet_NaN();

  // Margins a row: max(num_class, num_target, 1), XGBoost's num_output_group.
  [[nodiscard]] std::uint32_t outputs() const noexcept;
  // Boosting rounds, and trees that a round grows where round_begins is empty. gblinear has none.
  [[nodiscard]] std::size_t rounds() const noexcept;
  [[nodiscard]] std::size_t trees_a_round() const noexcept;
  // Trees of the rounds [begin, end), as XGBoost's iteration_range; end 0 means all. nullopt for a range outside rounds().
  [[nodiscard]] std::optional<TreeRange> tree_range(std::size_t begin, std::size_t end) const noexcept;
  // Drops the trees of all rounds from `rounds` on; 0 keeps all. nullopt, or what is wrong with the number.
  [[nodiscard]] std::optional<ModelError> keep_first_rounds(std::size_t rounds);
};

// Reads a model file, JSON or UBJSON (the first bytes decide), and checks all of it.
[[nodiscard]] Result<BoosterModel, ModelError> read_model(std::span<const std::byte> file);

// The checks of read_model() that do not need the file, for models from elsewhere: structure of every tree, sizes, ranges,
// finite leaves and weights, an objective and a version that are known. Forest::build() asks it again.
[[nodiscard]] Result<Done, ModelError> check_model(const BoosterModel& model);

}  // namespace ringside::engine
