// What the numbers of a LightGBM model must be, wherever they came from.

#include <cmath>
#include <string>
#include <utility>

#include "engine/forest/lightgbm/model.h"

namespace ringside::engine {
namespace {

using Wrong = std::optional<ModelError>;

constexpr std::size_t kMaxOutputs = 65'535;  // an answer counts a row's values in 16 bits

std::string number(std::size_t value) { return std::to_string(value); }

class TreeCheck {
 public:
  TreeCheck(const LightgbmModel& model, std::size_t index)
      : tree_(model.trees[index]), features_(model.num_feature), index_(index) {}

  Wrong run() {
    if (auto error = check_sizes()) return error;
    if (auto error = check_sets()) return error;
    for (std::size_t split = 0; split < tree_.splits(); ++split) {
      if (auto error = check_split(split)) return error;
    }
    if (auto error = check_structure()) return error;
    return check_leaves();
  }

 private:
  Wrong check_sizes() const {
    if (tree_.leaves() == 0 || tree_.leaves() > 0x7FFF'FFFF)
      return wrong("leaf_value", "1 to 2147483647 leaves", number(tree_.leaves()));
    const std::size_t splits = tree_.leaves() - 1;
    const std::size_t linear = tree_.is_linear() ? tree_.leaves() : 0;
    for (const auto& [key, size, expected] :
         {Size{"left_child", tree_.left_children.size(), splits}, Size{"right_child", tree_.right_children.size(), splits},
          Size{"split_feature", tree_.split_features.size(), splits}, Size{"threshold", tree_.thresholds.size(), splits},
          Size{"decision_type", tree_.decision_types.size(), splits}, Size{"leaf_const", tree_.leaf_constants.size(), linear},
          Size{"num_features", tree_.coefficient_begins.size(), linear == 0 ? 0 : linear + 1},
          Size{"leaf_coeff", tree_.coefficients.size(), tree_.coefficient_features.size()}}) {
      if (size != expected) return wrong(key, number(expected) + " elements", number(size));
    }
    return std::nullopt;
  }

  Wrong check_sets() const {
    if (tree_.set_begins.empty()) {
      if (tree_.category_words.empty()) return std::nullopt;
      return wrong("cat_threshold", "no words where num_cat is 0", number(tree_.category_words.size()));
    }
    if (auto error = check_begins("cat_boundaries", tree_.set_begins, tree_.category_words.size())) return error;
    return std::nullopt;
  }

  Wrong check_begins(const char* key, const std::vector<std::uint32_t>& begins, std::size_t end) const {
    if (begins.front() != 0) return wrong(at(key, 0), "0", number(begins.front()));
    for (std::size_t i = 1; i < begins.size(); ++i) {
      if (begins[i] < begins[i - 1]) return wrong(at(key, i), number(begins[i - 1]) + " or more", number(begins[i]));
    }
    if (begins.back() != end) return wrong(at(key, begins.size() - 1), number(end), number(begins.back()));
    return std::nullopt;
  }

  Wrong check_split(std::size_t split) const {
    const std::int32_t feature = tree_.split_features[split];
    if (feature < 0 || static_cast<std::uint32_t>(feature) >= features_) {
      return wrong(at("split_feature", split), "a feature up to max_feature_idx = " + number(features_ - 1),
                   std::to_string(feature));
    }
    const std::uint8_t decision = tree_.decision_types[split];
    if (decision > 11) {
      return wrong(at("decision_type", split), "0 to 11: categorical, default left, and None, Zero or NaN missing",
                   number(decision));
    }
    const double threshold = tree_.thresholds[split];
    if (!tree_.is_categorical(split)) {
      return std::isnan(threshold) ? Wrong(wrong(at("threshold", split), "a number", "NaN")) : std::nullopt;
    }
    const std::size_t sets = tree_.set_begins.empty() ? 0 : tree_.set_begins.size() - 1;
    if (threshold >= 0 && threshold < static_cast<double>(sets) && threshold == std::floor(threshold)) return std::nullopt;
    return wrong(at("threshold", split), "of a categorical split: a set below num_cat = " + number(sets),
                 std::to_string(threshold));
  }

  // From the root, every split and every leaf is reached once.
  Wrong check_structure() {
    if (tree_.splits() == 0) return std::nullopt;
    split_reached_.assign(tree_.splits(), false);
    leaf_reached_.assign(tree_.leaves(), false);
    split_reached_[0] = true;
    queue_.reserve(tree_.splits());
    queue_.push_back(0);
    std::size_t level_end = 1;
    std::uint32_t level = 1;  // Of splits, the root's counted.
    for (std::size_t next = 0; next < queue_.size(); ++next) {
      if (next == level_end) {
        level_end = queue_.size();
        if (++level > kMaxTreeDepth) return wrong("left_child", number(kMaxTreeDepth) + " splits in a row at most", "more");
      }
      const std::size_t split = queue_[next];
      if (auto error = reach("left_child", split, tree_.left_children[split])) return error;
      if (auto error = reach("right_child", split, tree_.right_children[split])) return error;
    }
    if (queue_.size() == tree_.splits()) return std::nullopt;
    return wrong("left_child", "a way from the root to each of " + number(tree_.splits()) + " splits",
                 "a way to " + number(queue_.size()));
  }

  Wrong reach(const char* key, std::size_t split, std::int32_t child) {
    const bool leaf = child < 0;
    const auto target = static_cast<std::size_t>(leaf ? ~child : child);
    std::vector<bool>& reached = leaf ? leaf_reached_ : split_reached_;
    if (target >= reached.size()) {
      return wrong(at(key, split), "a split below " + number(tree_.splits()) + ", or ~ a leaf below " + number(tree_.leaves()),
                   std::to_string(child));
    }
    if (reached[target]) return wrong(at(key, split), "a split or leaf that no other split leads to", std::to_string(child));
    reached[target] = true;
    if (!leaf) queue_.push_back(static_cast<std::uint32_t>(target));
    return std::nullopt;
  }

  Wrong check_leaves() const {
    for (std::size_t leaf = 0; leaf < tree_.leaves(); ++leaf) {
      if (!std::isfinite(tree_.leaf_values[leaf])) return not_finite("leaf_value", leaf, tree_.leaf_values[leaf]);
      if (tree_.is_linear() && !std::isfinite(tree_.leaf_constants[leaf]))
        return not_finite("leaf_const", leaf, tree_.leaf_constants[leaf]);
    }
    if (!tree_.is_linear()) return std::nullopt;
    if (auto error = check_begins("num_features", tree_.coefficient_begins, tree_.coefficients.size())) return error;
    for (std::size_t i = 0; i < tree_.coefficients.size(); ++i) {
      if (!std::isfinite(tree_.coefficients[i])) return not_finite("leaf_coeff", i, tree_.coefficients[i]);
      const std::int32_t feature = tree_.coefficient_features[i];
      if (feature < 0 || static_cast<std::uint32_t>(feature) >= features_) {
        return wrong(at("leaf_features", i), "a feature up to max_feature_idx = " + number(features_ - 1),
                     std::to_string(feature));
      }
    }
    return std::nullopt;
  }

  struct Size {
    const char* key;
    std::size_t size;
    std::size_t expected;
  };

  [[nodiscard]] static std::string at(const char* key, std::size_t i) { return std::string(key) + "[" + number(i) + "]"; }
  [[nodiscard]] ModelError wrong(const std::string& key, std::string expected, std::string found) const {
    return {"trees[" + number(index_) + "]." + key, std::move(expected), std::move(found)};
  }
  [[nodiscard]] ModelError not_finite(const char* key, std::size_t i, double value) const {
    return wrong(at(key, i), "a finite number", std::to_string(value));
  }

  const LightgbmTree& tree_;
  std::size_t features_;
  std::size_t index_;
  std::vector<bool> split_reached_, leaf_reached_;
  std::vector<std::uint32_t> queue_;
};

Wrong check_header(const LightgbmModel& model) {
  if (model.outputs < 1 || model.outputs > kMaxOutputs) {
    return ModelError{"num_tree_per_iteration", "1 to " + number(kMaxOutputs), number(model.outputs)};
  }
  if (model.objective.num_class != model.outputs) {
    return ModelError{"num_tree_per_iteration",
                      number(model.objective.num_class) + " for objective " + std::string(model.objective.name),
                      number(model.outputs)};
  }
  if (model.num_feature < 1 || model.num_feature > 0x7FFF'FFFF) {
    return ModelError{"max_feature_idx", "0 to 2147483646", std::to_string(std::int64_t{model.num_feature} - 1)};
  }
  if (!model.feature_names.empty() && model.feature_names.size() != model.num_feature) {
    return ModelError{"feature_names", number(model.num_feature) + " names", number(model.feature_names.size())};
  }
  if (model.trees.size() % model.outputs != 0) {
    return ModelError{
        "trees", "whole rounds of num_tree_per_iteration = " + number(model.outputs) + " trees, since LightGBM ignores the rest",
        number(model.trees.size()) + " trees"};
  }
  if (model.average_output && model.trees.empty()) {
    return ModelError{"average_output", "a tree or more, of which LightGBM averages", "none"};
  }
  return std::nullopt;
}

}  // namespace

Result<Done, ModelError> check_lightgbm_model(const LightgbmModel& model) {
  if (auto error = check_header(model)) return fail(std::move(*error));
  for (std::size_t t = 0; t < model.trees.size(); ++t) {
    if (auto error = TreeCheck(model, t).run()) return fail(std::move(*error));
  }
  return Done{};
}

std::optional<TreeRange> LightgbmModel::tree_range(std::size_t begin, std::size_t end) const noexcept {
  if (end == 0) end = rounds();
  if (begin > end || end > rounds()) return std::nullopt;
  return TreeRange{begin * outputs, end * outputs};
}

}  // namespace ringside::engine
