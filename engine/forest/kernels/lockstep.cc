#include "engine/forest/kernels/lockstep.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <utility>

#include "engine/forest/kernels/frozen_memory.h"

namespace ringside::engine {
namespace {

constexpr std::size_t kSquadTrees = 16;
constexpr std::size_t kRowSlotsMax = 8192;  // Of one row; also of all rows that are walked together: 32 KiB of stack.
constexpr std::size_t kRowsMax = 64;        // Walked together.

// Unsigned order of the keys = order of the floats; -0 and 0 are one. Not for NaN.
std::uint32_t key_of(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if (bits == 0x80000000U)
    return 0x80000000U;  // Not by adding 0: a host that flushes subnormals would change more than the sign.
  return bits ^ ((0U - (bits >> 31)) | 0x80000000U);
}

// What a slot pair holds of a split's feature: its key; of a set: 1 where the category goes right, and 0.
struct Source {
  std::uint32_t feature;
  std::uint32_t set = FlatNode::kNoSet;
  friend bool operator==(const Source&, const Source&) = default;
};

struct Squad {
  std::uint32_t first_node;  // Node numbers in a squad count from here.
  std::uint32_t first_tree;
  std::uint32_t count;
  std::uint32_t depth;
};

struct Node {
  std::uint32_t key;
  std::uint16_t slot;
  std::uint16_t right;  // In its squad. A leaf's own number.
};

// Down `depth` levels in all lanes, spelt out lane by lane.
template <std::size_t... kLane>
void descend(const Node* nodes, const std::uint32_t* keys, std::uint32_t depth, std::uint32_t* lanes,
             std::index_sequence<kLane...>) noexcept {
  std::uint32_t at[] = {lanes[kLane]...};
  for (std::uint32_t level = 0; level < depth; ++level) {
    const auto next = [&](std::uint32_t from) {
      const Node& node = nodes[from];
      return node.right - (keys[node.slot] < node.key ? 1U : 0U);
    };
    ((at[kLane] = next(at[kLane])), ...);
  }
  ((lanes[kLane] = at[kLane]), ...);
}

// Pairs of slots, in the order of their first use.
std::vector<Source> sources_of(const FlatForest& forest, std::vector<std::uint32_t>& pair_of_feature) {
  std::vector<Source> sources;
  pair_of_feature.assign(forest.features, FlatNode::kNoSet);
  std::vector<bool> used(forest.features);
  for (const FlatNode& node : forest.nodes) {
    if (!node.is_leaf() && !node.is_categorical()) used[node.feature] = true;
  }
  for (std::uint32_t feature = 0; feature < forest.features; ++feature) {  // In order, so that a row is read in order.
    if (!used[feature]) continue;
    pair_of_feature[feature] = static_cast<std::uint32_t>(sources.size());
    sources.push_back({feature});
  }
  return sources;
}

class LockstepKernel final : public TreeKernel {
 public:
  static std::unique_ptr<LockstepKernel> make(const FlatForest& forest) {
    std::vector<std::uint32_t> pair_of_feature;
    std::vector<Source> sources = sources_of(forest, pair_of_feature);
    const std::size_t numerical = sources.size();
    for (const FlatNode& node : forest.nodes) {
      if (node.is_leaf() || !node.is_categorical()) continue;
      const Source source{node.feature, node.set};
      if (std::find(sources.begin() + static_cast<std::ptrdiff_t>(numerical), sources.end(), source) == sources.end())
        sources.push_back(source);
      if (2 * sources.size() > kRowSlotsMax / 8) return nullptr;  // So many sets are better looked up where the walk meets them.
    }
    if (2 * sources.size() >= kRowSlotsMax || forest.leaf_size != 1) return nullptr;
    std::vector<Squad> squads;
    std::size_t largest = 0;
    for (std::size_t t = 0; t < forest.trees.size(); ++t) {
      if (t % kSquadTrees == 0) squads.push_back({forest.trees[t].root, static_cast<std::uint32_t>(t), 0, 0});
      Squad& squad = squads.back();
      ++squad.count;
      squad.depth = std::max(squad.depth, forest.trees[t].depth);
      largest = std::max<std::size_t>(largest, forest.trees[t].root + forest.trees[t].nodes - squad.first_node);
    }
    if (largest > std::numeric_limits<std::uint16_t>::max()) return nullptr;
    return std::make_unique<LockstepKernel>(forest, sources, pair_of_feature, numerical, squads);
  }

  LockstepKernel(const FlatForest& forest, const std::vector<Source>& sources, const std::vector<std::uint32_t>& pair_of_feature,
                 std::size_t numerical, const std::vector<Squad>& squads)
      : memory_(FrozenMemory::bytes_for<Node>(forest.nodes.size()) +
                2 * FrozenMemory::bytes_for<std::uint32_t>(forest.trees.size()) + FrozenMemory::bytes_for<Squad>(squads.size()) +
                FrozenMemory::bytes_for<Source>(sources.size()) + FrozenMemory::bytes_for<CategorySet>(forest.sets.size()) +
                FrozenMemory::bytes_for<std::uint32_t>(forest.set_words.size())),
        nodes_(memory_.take<Node>(forest.nodes.size())),
        roots_(memory_.take<std::uint32_t>(forest.trees.size())),
        outputs_(memory_.take<std::uint32_t>(forest.trees.size())),
        squads_(memory_.take<Squad>(squads.size())),
        sources_(memory_.take<Source>(sources.size())),
        sets_(memory_.take<CategorySet>(forest.sets.size())),
        set_words_(memory_.take<std::uint32_t>(forest.set_words.size())),
        numerical_(numerical),
        output_count_(forest.outputs),
        category_rule_(forest.category_rule) {
    std::ranges::copy(squads, squads_.begin());
    std::ranges::copy(sources, sources_.begin());
    std::ranges::copy(forest.sets, sets_.begin());
    std::ranges::copy(forest.set_words, set_words_.begin());
    for (std::size_t t = 0; t < forest.trees.size(); ++t) {
      const Squad& squad = squads[t / kSquadTrees];
      roots_[t] = forest.trees[t].root - squad.first_node;
      outputs_[t] = forest.trees[t].output;
      for (std::uint32_t i = 0; i < forest.trees[t].nodes; ++i) {
        const std::uint32_t at = forest.trees[t].root + i;
        const FlatNode& node = forest.nodes[at];
        if (node.is_leaf()) {
          nodes_[at] = {std::bit_cast<std::uint32_t>(forest.leaf_values[node.feature]),
                        static_cast<std::uint16_t>(2 * sources.size()), static_cast<std::uint16_t>(at - squad.first_node)};
          continue;
        }
        std::uint32_t pair = pair_of_feature[node.feature];
        std::uint32_t key = 1;
        if (node.is_categorical()) {
          pair = static_cast<std::uint32_t>(std::ranges::find(sources, Source{node.feature, node.set}) - sources.begin());
        } else {  // Nothing but a missing value is left of a NaN, and of -infinity.
          key = key_of(node.threshold != node.threshold ? -std::numeric_limits<float>::infinity() : node.threshold);
        }
        nodes_[at] = {key, static_cast<std::uint16_t>(2 * pair + (node.default_left ? 0U : 1U)),
                      static_cast<std::uint16_t>(node.left + 1 - squad.first_node)};
      }
    }
    memory_.freeze();
  }

  [[nodiscard]] const char* name() const noexcept override { return "lockstep"; }
  [[nodiscard]] std::size_t bytes() const noexcept override { return memory_.bytes(); }

  void add_trees(const float* features, std::size_t rows, std::size_t stride, float* margins) const noexcept override {
    const std::size_t slots = 2 * sources_.size() + 1;  // The last one is a leaf's.
    const std::size_t together = std::clamp<std::size_t>(kRowSlotsMax / slots, 1, kRowsMax);
    alignas(64) std::array<std::uint32_t, kRowSlotsMax> keys;  // Not initialised: filled as far as it is read.
    for (std::size_t first = 0; first < rows; first += together) {
      const std::size_t count = std::min(together, rows - first);
      for (std::size_t r = 0; r < count; ++r) fill_keys(features + (first + r) * stride, keys.data() + r * slots);
      // Squads outside, rows inside: a squad's nodes stay in the first cache for all rows.
      for (const Squad& squad : squads_) {
        for (std::size_t r = 0; r < count; ++r) add_squad(squad, keys.data() + r * slots, margins + (first + r) * output_count_);
      }
    }
  }

 private:
  void fill_keys(const float* row, std::uint32_t* keys) const noexcept {
    for (std::size_t i = 0; i < numerical_; ++i) {
      const float value = row[sources_[i].feature];
      const std::uint32_t key = key_of(value);
      keys[2 * i] = value != value ? 0 : key;
      keys[2 * i + 1] = value != value ? ~std::uint32_t{0} : key;
    }
    for (std::size_t i = numerical_; i < sources_.size(); ++i) {
      const Branch branch = branch_of(row[sources_[i].feature], sets_[sources_[i].set], set_words_.data(), category_rule_);
      keys[2 * i] = branch == Branch::kRight ? 1 : 0;
      keys[2 * i + 1] = branch == Branch::kLeft ? 0 : 1;
    }
    keys[2 * sources_.size()] = ~std::uint32_t{0};  // Above every key, a leaf's value too.
  }

  void add_squad(const Squad& squad, const std::uint32_t* keys, float* margins) const noexcept {
    const Node* nodes = nodes_.data() + squad.first_node;
    std::uint32_t at[kSquadTrees];
    for (std::uint32_t i = 0; i < squad.count; ++i) at[i] = roots_[squad.first_tree + i];
    const auto leaf = [&](std::uint32_t i) { return std::bit_cast<float>(nodes[at[i]].key); };
    if (squad.count == kSquadTrees) {
      descend(nodes, keys, squad.depth, at, std::make_index_sequence<kSquadTrees>());
    } else {
      for (std::uint32_t i = 0; i < squad.count; ++i) descend(nodes, keys, squad.depth, at + i, std::index_sequence<0>());
    }
    if (output_count_ == 1) {
      float sum = margins[0];
      for (std::uint32_t i = 0; i < squad.count; ++i) sum += leaf(i);
      margins[0] = sum;
    } else {
      for (std::uint32_t i = 0; i < squad.count; ++i) margins[outputs_[squad.first_tree + i]] += leaf(i);
    }
  }

  FrozenMemory memory_;
  std::span<Node> nodes_;
  std::span<std::uint32_t> roots_, outputs_;  // By tree.
  std::span<Squad> squads_;
  std::span<Source> sources_;  // Numerical ones first.
  std::span<CategorySet> sets_;
  std::span<std::uint32_t> set_words_;
  std::size_t numerical_, output_count_;
  CategoryRule category_rule_;
};

}  // namespace

std::unique_ptr<TreeKernel> make_lockstep_kernel(const FlatForest& forest) { return LockstepKernel::make(forest); }

}  // namespace ringside::engine
