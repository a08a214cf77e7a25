#include "engine/forest/flat_forest.h"

#include <algorithm>
#include <map>
#include <span>

namespace ringside::engine {
namespace {

// A set is a list where bits would take more words than that a category.
constexpr std::size_t kBitWordsACategory = 4;

// One tree after the other, with what they share.
class Flattener {
 public:
  Flattener(const BoosterModel& model, const ReleaseRules& rules, FlatForest& forest)
      : model_(model), rules_(rules), forest_(forest) {}

  void add(std::size_t index) {
    const BoosterTree& tree = model_.trees[index];
    FlatTree flat{.root = static_cast<std::uint32_t>(forest_.nodes.size()),
                  .output = model_.tree_info.empty() ? 0 : model_.tree_info[index]};
    queue_.assign(1, 0);  // Ids in the file, in flat order: queue_[i] is node root + i.
    forest_.nodes.emplace_back();
    std::size_t level_end = 1;
    for (std::size_t i = 0; i < queue_.size(); ++i) {
      if (i == level_end) {
        ++flat.depth;
        level_end = queue_.size();
      }
      const std::uint32_t from = queue_[i];
      FlatNode& node = forest_.nodes[flat.root + i];
      if (tree.is_leaf(from)) {
        node.feature = static_cast<std::uint32_t>(forest_.leaf_values.size());
        add_leaf(index, tree, from);
        continue;
      }
      node.left = static_cast<std::uint32_t>(forest_.nodes.size());
      node.feature = static_cast<std::uint32_t>(tree.split_indices[from]);
      node.threshold = tree.split_conditions[from];
      node.default_left = tree.default_left[from] != 0;
      if (tree.has_categorical() && tree.is_categorical[from] != 0) node.set = set_of(tree.categories_of(from));
      forest_.nodes.resize(forest_.nodes.size() + 2);  // `node` is gone from here on.
      queue_.push_back(static_cast<std::uint32_t>(tree.left_children[from]));
      queue_.push_back(static_cast<std::uint32_t>(tree.right_children[from]));
    }
    flat.nodes = static_cast<std::uint32_t>(queue_.size());
    forest_.trees.push_back(flat);
  }

 private:
  void add_leaf(std::size_t index, const BoosterTree& tree, std::uint32_t from) {
    const bool dart = model_.booster == BoosterKind::kDart;
    const float weight = dart ? model_.weight_drop[index] : 1.0F;
    // Some releases sum a DART tree on its own first: 0 + leaf, which turns -0 into 0, and then times the weight.
    const auto weighed = [&](float leaf) {
      if (!dart) return leaf;
      return rules_.dart_leaf_from_zero ? (0.0F + leaf) * weight : leaf * weight;
    };
    if (tree.leaf_size == 1) {
      forest_.leaf_values.push_back(weighed(tree.split_conditions[from]));
      return;
    }
    const std::size_t first = static_cast<std::size_t>(tree.right_children[from]) * tree.leaf_size;
    for (std::size_t k = 0; k < tree.leaf_size; ++k) forest_.leaf_values.push_back(weighed(tree.leaf_vectors[first + k]));
  }

  std::uint32_t set_of(std::span<const std::int32_t> categories) {
    const auto [place, is_new] = sets_.try_emplace(std::vector<std::int32_t>(categories.begin(), categories.end()),
                                                   static_cast<std::uint32_t>(forest_.sets.size()));
    if (!is_new) return place->second;
    CategorySet set{.first = static_cast<std::uint32_t>(forest_.set_words.size()),
                    .begin_word = static_cast<std::uint32_t>(categories.front()) / 32,
                    .end_word = static_cast<std::uint32_t>(categories.back()) / 32 + 1};
    set.count = set.end_word - set.begin_word;
    if (set.count > kBitWordsACategory * categories.size()) {
      set.count = static_cast<std::uint32_t>(categories.size());
      forest_.set_words.insert(forest_.set_words.end(), categories.begin(), categories.end());
    } else {
      forest_.set_words.resize(set.first + set.count);
      for (const std::int32_t category : categories) {
        forest_.set_words[set.first + static_cast<std::uint32_t>(category) / 32 - set.begin_word] |= std::uint32_t{1}
                                                                                                     << (category % 32);
      }
    }
    forest_.sets.push_back(set);
    return place->second;
  }

  const BoosterModel& model_;
  const ReleaseRules& rules_;
  FlatForest& forest_;
  std::vector<std::uint32_t> queue_;
  std::map<std::vector<std::int32_t>, std::uint32_t> sets_;
};

}  // namespace

std::uint32_t FlatForest::depth() const noexcept {
  std::uint32_t deepest = 0;
  for (const FlatTree& tree : trees) deepest = std::max(deepest, tree.depth);
  return deepest;
}

FlatForest flatten(const BoosterModel& model, TreeRange range) {
  const ReleaseRules rules = release_rules(model.version, model.booster);
  FlatForest forest;
  forest.features = model.num_feature;
  forest.outputs = model.outputs();
  forest.category_rule = rules.category;
  std::size_t nodes = 0;
  for (std::size_t t = range.begin; t < range.end; ++t) {
    nodes += model.trees[t].nodes();
    forest.leaf_size = std::max<std::size_t>(forest.leaf_size, model.trees[t].leaf_size);
  }
  forest.nodes.reserve(nodes);
  if (forest.leaf_size == 1) forest.leaf_values.reserve(nodes / 2 + 1);
  forest.trees.reserve(range.end - range.begin);
  Flattener flattener(model, rules, forest);
  for (std::size_t t = range.begin; t < range.end; ++t) flattener.add(t);
  return forest;
}

Branch branch_of(float value, const CategorySet& set, const std::uint32_t* words, CategoryRule rule) noexcept {
  constexpr float kFirstInvalid = 16'777'216.0F;  // 2^24: from there on not every whole number is a float32.
  if (value != value) return Branch::kDefault;
  if (value >= kFirstInvalid || value < (rule == CategoryRule::kTruncated ? -0x1.fffffep-1F : 0.0F)) {
    return rule == CategoryRule::kDefaultDirection ? Branch::kDefault : Branch::kLeft;
  }
  const auto category = static_cast<std::uint32_t>(static_cast<std::int32_t>(value));  // Truncated: 0 for what is above -1.
  if (category / 32 >= set.end_word) return rule == CategoryRule::kDefaultDirection ? Branch::kDefault : Branch::kLeft;
  if (category / 32 < set.begin_word) return Branch::kLeft;
  const std::uint32_t* first = words + set.first;
  const bool listed = set.is_list() ? std::binary_search(first, first + set.count, category)
                                    : (first[category / 32 - set.begin_word] >> (category % 32) & 1U) != 0;
  return listed ? Branch::kRight : Branch::kLeft;
}

}  // namespace ringside::engine
