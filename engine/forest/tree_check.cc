#include "engine/forest/tree_check.h"

#include <cmath>
#include <string>
#include <utility>

#include "client_lib/base/plain_number.h"
#include "engine/forest/verified_versions.h"

namespace ringside::engine {
namespace {

using Wrong = std::optional<ModelError>;

constexpr std::int32_t kMaxCategory = 16'777'215;  // Beyond it a float32 no longer holds every whole number.

std::string number(std::size_t value) { return std::to_string(value); }

class TreeCheck {
 public:
  TreeCheck(const BoosterModel& model, std::size_t index) : model_(model), tree_(model.trees[index]), index_(index) {}

  Wrong run() {
    if (auto error = check_sizes()) return error;
    if (auto error = check_leaf_size()) return error;
    visited_.assign(tree_.nodes(), false);
    visited_[0] = true;
    queue_.assign(1, 0);
    std::size_t level_end = 1;
    std::uint32_t level = 0;
    for (std::size_t next = 0; next < queue_.size(); ++next) {
      if (next == level_end) {
        level_end = queue_.size();
        if (++level > kMaxTreeDepth)
          return wrong(key("left_children"), number(kMaxTreeDepth) + " splits in a row at most", "more");
      }
      if (auto error = check_node(queue_[next])) return error;
    }
    return std::nullopt;
  }

 private:
  Wrong check_sizes() const {
    const std::size_t nodes = tree_.nodes();
    if (nodes == 0 || nodes > 0x7FFF'FFFF) return wrong(key("left_children"), "1 to 2147483647 nodes", number(nodes));
    for (const auto& [name, size] :
         {std::pair{"right_children", tree_.right_children.size()}, std::pair{"split_indices", tree_.split_indices.size()},
          std::pair{"split_conditions", tree_.split_conditions.size()}, std::pair{"default_left", tree_.default_left.size()},
          std::pair{"split_type", tree_.has_categorical() ? tree_.is_categorical.size() : nodes}}) {
      if (size != nodes) return wrong(key(name), number(nodes) + " elements, as left_children has", number(size));
    }
    return tree_.has_categorical() ? check_category_begins() : std::nullopt;
  }

  Wrong check_category_begins() const {
    if (model_.version < BoosterVersion{1, 5, 0}) {
      return wrong(key("split_type"),
                   "0 at every node: the CPU predictor of XGBoost " + release_text(model_.version) +
                       " knows no categorical splits (save the model with 1.5 or later)",
                   "1");
    }
    const ScratchVector<std::uint32_t>& begins = tree_.category_begins;
    bool good = begins.size() == tree_.nodes() + 1 && begins.front() == 0 && begins.back() == tree_.categories.size();
    for (std::size_t node = 0; good && node < tree_.nodes(); ++node) {
      good = begins[node] <= begins[node + 1] && (tree_.is_categorical[node] != 0) == (begins[node] < begins[node + 1]);
    }
    if (good) return std::nullopt;
    return wrong(key("categories"), "a set of one or more for each node of split_type 1, and no others", "other sets");
  }

  // Until 1.7 every leaf is one number.
  Wrong check_leaf_size() const {
    if (tree_.leaf_size == 1) return std::nullopt;
    if (model_.version < BoosterVersion{2, 0, 0} || tree_.leaf_size != model_.outputs()) {
      return wrong(key("tree_param.size_leaf_vector"),
                   model_.version < BoosterVersion{2, 0, 0} ? "0 or 1 before XGBoost 2.0"
                                                            : "0, 1 or " + number(model_.outputs()) + " outputs",
                   number(tree_.leaf_size));
    }
    if (tree_.leaf_vectors.size() % tree_.leaf_size != 0) {
      return wrong(key("leaf_weights"), "rows of " + number(tree_.leaf_size), number(tree_.leaf_vectors.size()) + " elements");
    }
    return std::nullopt;
  }

  Wrong check_node(std::size_t node) {
    if (tree_.is_leaf(node)) return tree_.leaf_size == 1 ? check_scalar_leaf(node) : check_vector_leaf(node);
    const std::int32_t left = tree_.left_children[node];
    if (auto error = check_child("left_children", node, left)) return error;
    const std::int32_t right = tree_.right_children[node];
    if (auto error = check_child("right_children", node, right)) return error;
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
    return tree_.has_categorical() ? check_categories(node) : std::nullopt;
  }

  Wrong check_scalar_leaf(std::size_t node) const {
    if (std::isfinite(tree_.split_conditions[node])) return std::nullopt;
    return wrong(key("split_conditions", node), "a finite leaf value", base::plain_number(tree_.split_conditions[node]));
  }

  Wrong check_vector_leaf(std::size_t node) {
    const std::size_t rows = tree_.leaf_vectors.size() / tree_.leaf_size;
    const auto row = static_cast<std::size_t>(tree_.right_children[node]);  // A negative one becomes too large.
    if (row >= rows) {
      return wrong(key("right_children", node), "of a leaf: a row of leaf_weights below " + number(rows),
                   std::to_string(tree_.right_children[node]));
    }
    if (leaf_rows_.empty()) leaf_rows_.assign(rows, false);
    if (leaf_rows_[row])
      return wrong(key("right_children", node), "of a leaf: a row that no other leaf has", std::to_string(row));
    leaf_rows_[row] = true;
    for (std::size_t k = 0; k < tree_.leaf_size; ++k) {
      const float value = tree_.leaf_vectors[row * tree_.leaf_size + k];
      if (!std::isfinite(value)) {
        return wrong(key("leaf_weights", row * tree_.leaf_size + k), "a finite leaf value", std::to_string(value));
      }
    }
    return std::nullopt;
  }

  Wrong check_categories(std::size_t node) const {
    std::int32_t previous = -1;
    for (const std::int32_t category : tree_.categories_of(node)) {
      if (category <= previous || category > kMaxCategory) {
        return wrong(key("categories"), "0 to " + std::to_string(kMaxCategory) + ", each once in node " + number(node),
                     std::to_string(category));
      }
      previous = category;
    }
    return std::nullopt;
  }

  Wrong check_child(const char* name, std::size_t node, std::int32_t child) {
    if (child < 0 || static_cast<std::size_t>(child) >= visited_.size()) {
      return wrong(key(name, node), "a node id below " + number(visited_.size()), std::to_string(child));
    }
    if (visited_[static_cast<std::size_t>(child)]) {
      return wrong(key(name, node), "a node that no other split leads to", std::to_string(child));
    }
    visited_[static_cast<std::size_t>(child)] = true;
    queue_.push_back(static_cast<std::uint32_t>(child));
    return std::nullopt;
  }

  static ModelError wrong(std::string key, std::string expected, std::string found) {
    return {std::move(key), std::move(expected), std::move(found)};
  }
  [[nodiscard]] std::string key(const char* name) const { return "trees[" + number(index_) + "]." + name; }
  [[nodiscard]] std::string key(const char* name, std::size_t node) const { return key(name) + "[" + number(node) + "]"; }

  const BoosterModel& model_;
  const BoosterTree& tree_;
  std::size_t index_;
  std::vector<bool> visited_;
  std::vector<std::uint32_t> queue_;
  std::vector<bool> leaf_rows_;  // That a leaf has; empty until there is one.
};

}  // namespace

std::optional<ModelError> find_tree_error(const BoosterModel& model, std::size_t index) { return TreeCheck(model, index).run(); }

}  // namespace ringside::engine
