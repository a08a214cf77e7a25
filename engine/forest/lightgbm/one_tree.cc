#include "engine/forest/lightgbm/one_tree.h"

#include <bit>
#include <span>
#include <vector>

#include "engine/forest/kernels/frozen_memory.h"
#include "engine/forest/lightgbm/linear_leaves.h"
#include "engine/forest/lightgbm/plain_walker.h"
#include "engine/forest/lightgbm/squads.h"

namespace ringside::engine {
namespace {

constexpr std::uint32_t kQuestionBits = 3;
static_assert(kLightgbmQuestions <= 1U << kQuestionBits);
static_assert(std::uint64_t{kLightgbmOneTreeFeatures} << kQuestionBits <= std::uint64_t{1} << 32);

struct PlainNode {
  std::uint64_t says;  // A split's threshold, as bits, or its set. A leaf's value, as bits; its number where any is linear.
  std::uint32_t left;  // The right child is the next one. 0: a leaf.
  std::uint32_t feature_and_question;  // feature << kQuestionBits | question

  [[nodiscard]] bool is_leaf() const noexcept { return left == 0; }  // No split's left child is the first node.
  [[nodiscard]] double number() const noexcept { return std::bit_cast<double>(says); }
  [[nodiscard]] std::uint32_t feature() const noexcept { return feature_and_question >> kQuestionBits; }
  [[nodiscard]] LightgbmQuestion question() const noexcept {
    return static_cast<LightgbmQuestion>(feature_and_question & ((1U << kQuestionBits) - 1));
  }
};
static_assert(sizeof(PlainNode) == 16);

struct Words {
  std::uint32_t begin, end;  // Of a set.
};

template <class Feature>
class OneTreeKernel final : public LightgbmKernel<Feature> {
 public:
  OneTreeKernel(const LightgbmModel& model, TreeRange trees, const LightgbmSizes& sizes, Region* region)
      : memory_(FrozenMemory::bytes_for<PlainNode>(sizes.nodes) +
                    FrozenMemory::bytes_for<std::uint32_t>(trees.end - trees.begin) + FrozenMemory::bytes_for<Words>(sizes.sets) +
                    FrozenMemory::bytes_for<std::uint32_t>(sizes.category_words) + LightgbmLinearLeaves::bytes_for(sizes),
                region),
        nodes_(memory_.take<PlainNode>(sizes.nodes)),
        roots_(memory_.take<std::uint32_t>(trees.end - trees.begin)),
        sets_(memory_.take<Words>(sizes.sets)),
        set_words_(memory_.take<std::uint32_t>(sizes.category_words)),
        linear_(sizes, memory_),
        outputs_(model.outputs) {
    for (std::size_t t = trees.begin; t < trees.end; ++t) pack(model.trees[t], roots_[t - trees.begin]);
    memory_.freeze();
  }

  [[nodiscard]] const char* name() const noexcept override { return "one tree"; }
  [[nodiscard]] std::size_t bytes() const noexcept override { return memory_.bytes(); }

  void add_trees(const Feature* features, std::size_t rows, std::size_t stride, double* scores) const noexcept override {
    for (std::size_t r = 0; r < rows; ++r) {
      const Feature* row = features + r * stride;
      for (std::size_t t = 0; t < roots_.size(); ++t) {
        const PlainNode& leaf = leaf_of(row, roots_[t]);
        scores[r * outputs_ + t % outputs_] += linear_.any() ? linear_.value_of(leaf.says, row) : leaf.number();
      }
    }
  }

 private:
  // Breadth first, two siblings side by side.
  void pack(const LightgbmTree& tree, std::uint32_t& root) {
    root = packed_nodes_;
    std::vector<std::int32_t> queue{tree.splits() == 0 ? ~0 : 0};  // Splits and ~leaves of the file: queue[i] is node root + i.
    for (std::size_t i = 0; i < queue.size(); ++i) {
      PlainNode& node = nodes_[root + i];
      if (queue[i] < 0) {
        const auto leaf = static_cast<std::size_t>(~queue[i]);
        node = {linear_.any() ? packed_leaves_ : std::bit_cast<std::uint64_t>(tree.leaf_values[leaf]), 0, 0};
        if (linear_.any()) linear_.add(tree, leaf);
        ++packed_leaves_;
        continue;
      }
      const auto split = static_cast<std::size_t>(queue[i]);
      const LightgbmQuestion question = lightgbm_question(tree, split);
      const std::uint64_t says = question == LightgbmQuestion::kHeldBySet
                                     ? packed_sets_ + static_cast<std::uint64_t>(tree.thresholds[split])
                                     : std::bit_cast<std::uint64_t>(tree.thresholds[split]);
      node = {says, static_cast<std::uint32_t>(root + queue.size()),
              static_cast<std::uint32_t>(tree.split_features[split]) << kQuestionBits | static_cast<std::uint32_t>(question)};
      queue.push_back(tree.left_children[split]);
      queue.push_back(tree.right_children[split]);
    }
    packed_nodes_ += static_cast<std::uint32_t>(queue.size());
    for (std::size_t s = 1; s < tree.set_begins.size(); ++s) {
      sets_[packed_sets_++] = {packed_words_ + tree.set_begins[s - 1], packed_words_ + tree.set_begins[s]};
    }
    for (const std::uint32_t word : tree.category_words) set_words_[packed_words_++] = word;
  }

  [[nodiscard]] const PlainNode& leaf_of(const Feature* row, std::uint32_t root) const noexcept {
    const PlainNode* node = &nodes_[root];
    while (!node->is_leaf()) {
      const double x = lightgbm_value(static_cast<double>(row[node->feature()]));
      node = &nodes_[node->left] + (goes_left(*node, x) ? 0 : 1);
    }
    return *node;
  }

  [[nodiscard]] bool goes_left(const PlainNode& node, double x) const noexcept {
    using enum LightgbmQuestion;
    switch (node.question()) {
      case kNanIsZero:
        return (x != x ? 0.0 : x) <= node.number();
      case kNanLeft:
        return x != x || x <= node.number();
      case kNanRight:
        return x <= node.number();
      case kZeroLeft:
        return x != x || x == 0 || x <= node.number();
      case kZeroRight:
        return x != 0 && x <= node.number();  // NaN is no more than anything.
      case kHeldBySet:
        break;
    }
    const Words& words = sets_[node.says];
    return holds_category(std::span<const std::uint32_t>(set_words_).subspan(words.begin, words.end - words.begin), x);
  }

  FrozenMemory memory_;
  std::span<PlainNode> nodes_;
  std::span<std::uint32_t> roots_;
  std::span<Words> sets_;
  std::span<std::uint32_t> set_words_;
  LightgbmLinearLeaves linear_;
  std::size_t outputs_;
  std::uint32_t packed_nodes_ = 0, packed_leaves_ = 0, packed_sets_ = 0, packed_words_ = 0;  // While packing.
};

}  // namespace

template <class Feature>
std::unique_ptr<LightgbmKernel<Feature>> make_lightgbm_one_tree(const LightgbmModel& model, TreeRange trees, Region* region) {
  return std::make_unique<OneTreeKernel<Feature>>(model, trees, LightgbmSizes(model, trees), region);
}

template std::unique_ptr<LightgbmKernel<float>> make_lightgbm_one_tree(const LightgbmModel&, TreeRange, Region*);
template std::unique_ptr<LightgbmKernel<double>> make_lightgbm_one_tree(const LightgbmModel&, TreeRange, Region*);

}  // namespace ringside::engine
