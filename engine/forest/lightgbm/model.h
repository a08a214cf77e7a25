// A trained LightGBM booster as a plain value: what a text model says, checked, before it is packed for speed.
//
//   Result<LightgbmModel, ModelError> model = read_lightgbm_model(bytes);       // what Booster.save_model() wrote
//   if (!model) return report(model.error());                                   // "trees[3].left_child[7]: expected …, found …"
//
// Reading is as strict as it is for XGBoost (../model.h): what would not be reproduced in every bit is refused with the reason. Unlike
// an XGBoost file, this one names its format (v3, v4), not its release: the walk has been the same from 2.3 to 4.7, as the vectors of
// tests/golden/lightgbm hold; of the transforms one changed (text_reader.cc).
//
// Thread safety: values and pure functions.
// Cost: time and memory linear in the size of the file (at most eight times its size and 16 MB); allocates, so loader only.
#pragma once

#include <ringside/result.h>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/forest/lightgbm/objective.h"
#include "engine/forest/model.h"
#include "engine/forest/name_list.h"

namespace ringside::engine {

// Which values a numerical split sends its default way. Whatever else is NaN counts as 0.
enum class LightgbmMissing : std::uint8_t {
  kNone,  // None.
  kZero,  // NaN, and what is zero to LightGBM.
  kNan,   // NaN.
};

// Parallel arrays as in the file: an element a split, or an element a leaf. Split 0 is the root; where there is no split, leaf 0 is.
struct LightgbmTree {
  // A child that is negative is leaf ~child.
  std::vector<std::int32_t> left_children;
  std::vector<std::int32_t> right_children;
  std::vector<std::int32_t> split_features;
  std::vector<double> thresholds;  // Left iff the feature is <= this (or infinity). A categorical split's: its set's number.
  std::vector<std::uint8_t> decision_types;  // Bit 0: categorical; 1: the default is left; 2 and 3: LightgbmMissing.

  std::vector<double> leaf_values;

  // Set s is the bits of category_words[set_begins[s]] … category_words[set_begins[s + 1] - 1]; a category whose bit is set goes left.
  // Both are empty in a tree without categorical splits.
  std::vector<std::uint32_t> set_begins{};
  std::vector<std::uint32_t> category_words{};

  // Linear leaves: leaf i is leaf_constants[i] plus, for c from coefficient_begins[i] to before coefficient_begins[i + 1],
  // coefficients[c] * row[coefficient_features[c]], unless one of these features is NaN: then it is leaf_values[i]. All four are empty
  // in a tree that is not linear.
  std::vector<double> leaf_constants{};
  std::vector<std::uint32_t> coefficient_begins{};
  std::vector<std::int32_t> coefficient_features{};
  std::vector<double> coefficients{};

  [[nodiscard]] std::size_t splits() const noexcept { return left_children.size(); }
  [[nodiscard]] std::size_t leaves() const noexcept { return leaf_values.size(); }
  [[nodiscard]] bool is_linear() const noexcept { return !leaf_constants.empty(); }
  [[nodiscard]] bool is_categorical(std::size_t split) const noexcept { return (decision_types[split] & 1) != 0; }
  [[nodiscard]] bool default_left(std::size_t split) const noexcept { return (decision_types[split] & 2) != 0; }
  [[nodiscard]] LightgbmMissing missing(std::size_t split) const noexcept {
    return static_cast<LightgbmMissing>(decision_types[split] >> 2 & 3);
  }
  // REQUIRES: is_categorical(split)
  [[nodiscard]] std::span<const std::uint32_t> categories_of(std::size_t split) const noexcept {
    const auto set = static_cast<std::size_t>(thresholds[split]);
    return std::span(category_words).subspan(set_begins[set], set_begins[set + 1] - set_begins[set]);
  }
};

struct LightgbmModel {
  LightgbmObjective objective;
  std::uint32_t outputs = 1;  // num_tree_per_iteration: classes, or 1.
  std::uint32_t num_feature = 0;
  NameList feature_names;
  bool average_output = false;      // A random forest: values (not raw scores) are of the mean over the rounds.
  std::vector<LightgbmTree> trees;  // Round by round; tree t adds to output t % outputs.
  bool has_pandas_categories =
      false;  // It was trained on a DataFrame's categories, and reads their codes: whoever makes its rows maps them.

  [[nodiscard]] std::size_t rounds() const noexcept { return trees.size() / outputs; }
  // Trees of the rounds [begin, end), as start_iteration and num_iteration say it; end 0 means all. nullopt for a range outside rounds().
  [[nodiscard]] std::optional<TreeRange> tree_range(std::size_t begin, std::size_t end) const noexcept;
};

// Reads a text model and checks all of it.
[[nodiscard]] Result<LightgbmModel, ModelError> read_lightgbm_model(std::span<const std::byte> file);

// The checks of read_lightgbm_model() that do not need the file, for models from elsewhere: sizes, the structure of every tree, finite
// numbers, an objective that fits the outputs.
[[nodiscard]] Result<Done, ModelError> check_lightgbm_model(const LightgbmModel& model);

}  // namespace ringside::engine
