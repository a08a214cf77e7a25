#include "engine/forest/lightgbm/lockstep.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <map>
#include <utility>

#include "engine/forest/kernels/frozen_memory.h"
#include "engine/forest/lightgbm/feature_keys.h"
#include "engine/forest/lightgbm/linear_leaves.h"
#include "engine/forest/lightgbm/plain_walker.h"
#include "engine/forest/lightgbm/squads.h"

namespace ringside::engine {
namespace {

constexpr std::size_t kKeyBytes = 32U << 10;  // Of all rows that are walked together, on the stack.
constexpr std::size_t kRowsMax = 64;          // Walked together.

template <class Key, class Index>
struct [[gnu::packed, gnu::aligned(4)]] Node {  // A wide key needs no more than its bytes: 12 with a narrow index.
  Key key;                                      // Of a leaf: its value, as bits, if it has room for that; else its number.
  Index slot;
  Index right;  // In its squad. A leaf's own number: its slot holds a key above every other.
};
static_assert(sizeof(Node<std::uint32_t, std::uint16_t>) == 8 && sizeof(Node<std::uint32_t, std::uint32_t>) == 12 &&
              sizeof(Node<std::uint64_t, std::uint16_t>) == 12 && sizeof(Node<std::uint64_t, std::uint32_t>) == 16);

// Down to the leaves in all lanes, spelt out lane by lane.
template <class Key, class Index, std::size_t... kLane>
void descend(const Node<Key, Index>* nodes, const Key* keys, const LightgbmSquad& squad, std::uint32_t* lanes,
             std::index_sequence<kLane...>) noexcept {
  std::uint32_t at[] = {lanes[kLane]...};
  const auto next = [&](std::uint32_t from) {
    const Node<Key, Index>& node = nodes[from];
    return node.right - (keys[node.slot] < node.key ? 1U : 0U);
  };
  const auto step = [&](std::uint32_t& lane) {
    const std::uint32_t from = std::exchange(lane, next(lane));
    return from ^ lane;
  };
  std::uint32_t level = 0;
  for (; level < squad.patience; ++level) ((at[kLane] = next(at[kLane])), ...);
  for (; level < squad.depth; level += 2) {  // The last step may be one too many: from a leaf to itself.
    ((at[kLane] = next(at[kLane])), ...);
    if ((step(at[kLane]) | ...) == 0) break;
  }
  ((lanes[kLane] = at[kLane]), ...);
}

template <class Feature, class Index>
class LockstepKernel final : public LightgbmKernel<Feature> {
  using Key = FeatureKey<Feature>;
  using KernelNode = Node<Key, Index>;
  static constexpr bool kLeavesInNodes = sizeof(Key) == sizeof(double);

 public:
  static constexpr std::size_t kKeysMax = kKeyBytes / sizeof(Key);

  LockstepKernel(const LightgbmModel& model, TreeRange trees, const LightgbmQuestions& questions,
                 const std::vector<LightgbmSquad>& squads, const LightgbmSizes& sizes, Region* region)
      : memory_(FrozenMemory::bytes_for<KernelNode>(sizes.nodes) + FrozenMemory::bytes_for<double>(leaf_values_of(sizes)) +
                    FrozenMemory::bytes_for<std::uint32_t>(trees.end - trees.begin) +
                    FrozenMemory::bytes_for<LightgbmSquad>(squads.size()) +
                    FrozenMemory::bytes_for<std::uint32_t>(questions.features.size()) +
                    FrozenMemory::bytes_for<std::uint32_t>(questions.set_begins.size()) +
                    FrozenMemory::bytes_for<std::uint32_t>(questions.set_words.size()) + LightgbmLinearLeaves::bytes_for(sizes),
                region),
        nodes_(memory_.take<KernelNode>(sizes.nodes)),
        leaf_values_(memory_.take<double>(leaf_values_of(sizes))),
        roots_(memory_.take<std::uint32_t>(trees.end - trees.begin)),
        squads_(memory_.take<LightgbmSquad>(squads.size())),
        features_(memory_.take<std::uint32_t>(questions.features.size())),
        set_begins_(memory_.take<std::uint32_t>(questions.set_begins.size())),
        set_words_(memory_.take<std::uint32_t>(questions.set_words.size())),
        kind_ends_(questions.kind_ends),
        outputs_(model.outputs),
        linear_(sizes, memory_) {
    std::ranges::copy(squads, squads_.begin());
    std::ranges::copy(questions.features, features_.begin());
    std::ranges::copy(questions.set_begins, set_begins_.begin());
    std::ranges::copy(questions.set_words, set_words_.begin());
    for (const LightgbmSquad& squad : squads_) {
      std::uint32_t node = 0;
      for (std::uint32_t i = 0; i < squad.count; ++i) {
        roots_[squad.first_tree + i] = node;
        node = pack(model.trees[trees.begin + squad.first_tree + i], questions, squad.first_node, node);
      }
    }
    memory_.freeze();
  }

  [[nodiscard]] const char* name() const noexcept override { return "lockstep"; }
  [[nodiscard]] std::size_t bytes() const noexcept override { return memory_.bytes(); }

  void add_trees(const Feature* features, std::size_t rows, std::size_t stride, double* scores) const noexcept override {
    const std::size_t slots = features_.size() + 1;  // The last one is a leaf's.
    const std::size_t together = std::clamp<std::size_t>(kKeysMax / slots, 1, kRowsMax);
    alignas(64) std::array<Key, kKeysMax> keys;  // Not initialised: filled as far as it is read.
    for (std::size_t first = 0; first < rows; first += together) {
      const std::size_t count = std::min(together, rows - first);
      const Feature* begin = features + first * stride;
      for (std::size_t r = 0; r < count; ++r) fill_keys(begin + r * stride, keys.data() + r * slots);
      // Squads outside, rows inside: a squad's nodes stay in the first cache for all rows.
      for (const LightgbmSquad& squad : squads_) {
        for (std::size_t r = 0; r < count; ++r) {
          add_squad(squad, begin + r * stride, keys.data() + r * slots, scores + (first + r) * outputs_);
        }
      }
    }
  }

 private:
  static std::size_t leaf_values_of(const LightgbmSizes& sizes) { return kLeavesInNodes || sizes.linear ? 0 : sizes.leaves; }

  // Breadth first, two siblings side by side. Returns the first free node behind the tree.
  std::uint32_t pack(const LightgbmTree& tree, const LightgbmQuestions& questions, std::uint32_t squad_node, std::uint32_t root) {
    std::vector<std::int32_t> queue{tree.splits() == 0 ? ~0 : 0};  // Splits and ~leaves of the file: queue[i] is node root + i.
    queue.reserve(tree.splits() + tree.leaves());
    for (std::size_t i = 0; i < queue.size(); ++i) {
      const auto at = root + static_cast<std::uint32_t>(i);
      KernelNode& node = nodes_[squad_node + at];
      if (queue[i] < 0) {
        node = {pack_leaf(tree, static_cast<std::size_t>(~queue[i])), static_cast<Index>(features_.size()),
                static_cast<Index>(at)};
        continue;
      }
      const auto split = static_cast<std::size_t>(queue[i]);
      const Key key = tree.is_categorical(split) ? Key{1} : first_key_above<Feature>(tree.thresholds[split]);
      node = {key, static_cast<Index>(questions.slot_of(tree, split)), static_cast<Index>(root + queue.size() + 1)};
      queue.push_back(tree.left_children[split]);
      queue.push_back(tree.right_children[split]);
    }
    return root + static_cast<std::uint32_t>(queue.size());
  }

  // The next leaf. Returns its node's key.
  Key pack_leaf(const LightgbmTree& tree, std::size_t leaf) {
    if (linear_.any()) {
      linear_.add(tree, leaf);
    } else if constexpr (kLeavesInNodes) {
      return std::bit_cast<Key>(tree.leaf_values[leaf]);
    } else {
      leaf_values_[leaf_] = tree.leaf_values[leaf];
    }
    return static_cast<Key>(leaf_++);
  }

  void fill_keys(const Feature* row, Key* keys) const noexcept {
    std::size_t slot = 0;
    // One loop a kind, without a branch in it: `missing` gets the value as LightGBM sees it.
    const auto fill = [&](LightgbmQuestion kind, Key replacement, auto missing) {
      for (const std::size_t end = kind_ends_[static_cast<std::size_t>(kind)]; slot < end; ++slot) {
        const Feature raw = row[features_[slot]];
        constexpr auto kZero = static_cast<Feature>(kLightgbmZero);
        const Feature value = raw >= -kZero && raw <= kZero ? Feature{0} : raw;
        keys[slot] = missing(value) ? replacement : key_of(value);
      }
    };
    const auto nan = [](Feature value) { return value != value; };
    const auto zero = [](Feature value) { return value != value || value == Feature{0}; };
    fill(LightgbmQuestion::kNanIsZero, key_of(Feature{0}), nan);
    fill(LightgbmQuestion::kNanLeft, kLeftOfAll<Key>, nan);
    fill(LightgbmQuestion::kNanRight, kRightOfAll<Key>, nan);
    fill(LightgbmQuestion::kZeroLeft, kLeftOfAll<Key>, zero);
    fill(LightgbmQuestion::kZeroRight, kRightOfAll<Key>, zero);
    for (std::size_t set = 0; slot < features_.size(); ++slot, ++set) {
      const auto words =
          std::span<const std::uint32_t>(set_words_).subspan(set_begins_[set], set_begins_[set + 1] - set_begins_[set]);
      keys[slot] = holds_category(words, static_cast<double>(row[features_[slot]])) ? kLeftOfAll<Key> : kRightOfAll<Key>;
    }
    keys[slot] = kRightOfAll<Key>;
  }

  void add_squad(const LightgbmSquad& squad, const Feature* row, const Key* keys, double* scores) const noexcept {
    const KernelNode* nodes = nodes_.data() + squad.first_node;
    std::uint32_t at[kLightgbmSquadTrees];
    for (std::uint32_t i = 0; i < squad.count; ++i) at[i] = roots_[squad.first_tree + i];
    if (squad.count == kLightgbmSquadTrees) {
      descend(nodes, keys, squad, at, std::make_index_sequence<kLightgbmSquadTrees>());
    } else {
      std::uint32_t i = 0;
      for (; i + 4 <= squad.count; i += 4) descend(nodes, keys, squad, at + i, std::make_index_sequence<4>());
      for (; i < squad.count; ++i) descend(nodes, keys, squad, at + i, std::make_index_sequence<1>());
    }
    if (outputs_ == 1) {
      double sum = scores[0];
      for (std::uint32_t i = 0; i < squad.count; ++i) sum += leaf_value(nodes[at[i]], row);
      scores[0] = sum;
    } else {
      for (std::uint32_t i = 0; i < squad.count; ++i) scores[(squad.first_tree + i) % outputs_] += leaf_value(nodes[at[i]], row);
    }
  }

  [[nodiscard]] double leaf_value(const KernelNode& node, const Feature* row) const noexcept {
    if (linear_.any()) return linear_.value_of(static_cast<std::size_t>(node.key), row);
    if constexpr (kLeavesInNodes) {
      return std::bit_cast<double>(Key{node.key});
    } else {
      return leaf_values_[node.key];
    }
  }

  FrozenMemory memory_;
  std::span<KernelNode> nodes_;
  std::span<double> leaf_values_;
  std::span<std::uint32_t> roots_;  // By tree, in its squad.
  std::span<LightgbmSquad> squads_;
  std::span<std::uint32_t> features_;  // By slot.
  std::span<std::uint32_t> set_begins_, set_words_;
  std::array<std::uint32_t, kLightgbmQuestions> kind_ends_;
  std::size_t outputs_;
  LightgbmLinearLeaves linear_;
  std::uint32_t leaf_ = 0;  // While packing.
};

}  // namespace

template <class Feature>
std::unique_ptr<LightgbmKernel<Feature>> make_lightgbm_lockstep(const LightgbmModel& model, TreeRange trees, Region* region) {
  using Narrow = LockstepKernel<Feature, std::uint16_t>;
  using Wide = LockstepKernel<Feature, std::uint32_t>;
  constexpr std::size_t kSetsMax = 1024;
  const LightgbmQuestions questions(model, trees);
  if (questions.features.size() + 1 > Narrow::kKeysMax || questions.set_begins.size() > kSetsMax + 1) return nullptr;
  const LightgbmSizes sizes(model, trees);
  if (sizes.nodes > std::numeric_limits<std::uint32_t>::max() || sizes.coefficients > std::numeric_limits<std::uint32_t>::max())
    return nullptr;
  const std::vector<LightgbmSquad> squads = squads_of(model, trees);
  if (sizes.largest_squad <= std::numeric_limits<std::uint16_t>::max()) {
    return std::make_unique<Narrow>(model, trees, questions, squads, sizes, region);
  }
  return std::make_unique<Wide>(model, trees, questions, squads, sizes, region);
}

template std::unique_ptr<LightgbmKernel<float>> make_lightgbm_lockstep(const LightgbmModel&, TreeRange, Region*);
template std::unique_ptr<LightgbmKernel<double>> make_lightgbm_lockstep(const LightgbmModel&, TreeRange, Region*);

}  // namespace ringside::engine
