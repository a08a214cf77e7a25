#include "engine/forest/kernels/lockstep.h"

#include <algorithm>
#include <bit>
#include <compare>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include "engine/forest/kernels/formation.h"
#include "engine/forest/kernels/frozen_memory.h"

namespace ringside::engine {
namespace {

constexpr std::size_t kSquadTrees = Formation::kSquadTrees;
constexpr std::size_t kRowSlotsMax = 4096;  // Of one row; also of all rows that are walked together: 32 KiB of stack.
constexpr std::size_t kLeavesMax = 4096;    // That wait to be added, of all rows that are walked together: 16 KiB of stack.
constexpr std::size_t kRowsMax = 64;        // Walked together.
constexpr std::size_t kSetsMax = 512;
constexpr std::uint32_t kStretch = 24;  // Levels; then, in deeper squads, it is asked whether anybody still walks.

// Unsigned order of the keys = order of the floats. Not for NaN.
std::uint32_t key_of(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return bits ^ ((0U - (bits >> 31)) | 0x80000000U);
}

// -0 and 0 are one threshold: no zero is below the key of -0. Nothing but a missing value is left of a NaN, and of -infinity.
std::uint32_t key_of_threshold(float threshold) noexcept {
  if (threshold != threshold) return key_of(-std::numeric_limits<float>::infinity());
  return key_of(threshold == 0.0F ? -0.0F : threshold);
}

// What a slot pair holds of a split's feature: its key; of a set: 1 where the category goes right, and 0.
struct Source {
  std::uint32_t feature;
  std::uint32_t set = FlatNode::kNoSet;
  friend auto operator<=>(const Source&, const Source&) = default;
};

struct Squad {
  std::uint32_t first_node;  // That its nodes count from.
  std::uint32_t depth;
};

// A node is one word: its key above, then its right child, and its slot below. The child is a number in the block; or, where there are
// more nodes than numbers, how far it is from its parent, and a slot makes do with the 12 bits it needs.
template <bool kDistances>
constexpr unsigned kSlotBits = kDistances ? 12 : 16;
static_assert(kRowSlotsMax <= std::size_t{1} << kSlotBits<true>);
static_assert(Formation::kNumbersMax <= std::size_t{1} << (32 - kSlotBits<false>));
static_assert(Formation::kDistancesMax <= std::size_t{1} << (32 - kSlotBits<true>));

template <bool kDistances>
constexpr std::uint64_t slot_of(std::uint64_t node) noexcept {
  return node & (0xFFFFU >> (16 - kSlotBits<kDistances>));
}

template <bool kDistances>
constexpr std::uint32_t right_of(std::uint64_t node, std::uint32_t from) noexcept {
  return (kDistances ? from : 0U) + (static_cast<std::uint32_t>(node) >> kSlotBits<kDistances>);
}

// As one word: not less than a node of the same key, whatever that node's other half.
struct Slot {
  std::uint32_t below;  // All ones.
  std::uint32_t key;

  [[nodiscard]] std::uint64_t word() const noexcept { return std::bit_cast<std::uint64_t>(*this); }
};
static_assert(std::endian::native == std::endian::little);

// Down `depth` levels in all lanes, spelt out lane by lane. Inlined, so that the roots are loaded into the registers they walk in.
template <bool kDistances, std::size_t... kLane>
[[gnu::always_inline]] inline void descend(const std::uint64_t* nodes, const Slot* slots, std::uint32_t depth,
                                           const std::uint32_t* starts, std::uint32_t* ends,
                                           std::index_sequence<kLane...>) noexcept {
  std::uint32_t at[] = {starts[kLane]...};
  for (std::uint32_t level = 0; level < depth; ++level) {
    const auto next = [&](std::uint32_t from) {
      const std::uint64_t node = nodes[from];
      return right_of<kDistances>(node, from) - (slots[slot_of<kDistances>(node)].word() < node ? 1U : 0U);
    };
    ((at[kLane] = next(at[kLane])), ...);
  }
  ((ends[kLane] = at[kLane]), ...);
}

// Calls descend_some<kLanes>(first lane) for 16 lanes, or for fewer in fours and ones.
template <class DescendSome>
void in_packs(std::size_t lanes, const DescendSome& descend_some) noexcept {
  if (lanes == kSquadTrees) return descend_some.template operator()<kSquadTrees>(0);
  std::size_t i = 0;
  for (; i + 4 <= lanes; i += 4) descend_some.template operator()<4>(i);
  for (; i < lanes; ++i) descend_some.template operator()<1>(i);
}

// What the slots of a row are filled from.
struct Sources {
  std::vector<Source> all;  // Numerical features in the order of the row; then sets.
  std::size_t numerical = 0;
  bool whole_row = false;  // Where most features are asked, all of them are there, so that they are read in one go.

  // None where the slots or the sets are too many. Whatever the width of a row: a file of a few bytes may say that it has 2^31 features.
  static std::optional<Sources> of(const FlatForest& forest) {
    std::vector<Source> numerical, sets;  // Sorted.
    for (const FlatNode& node : forest.nodes) {
      if (node.is_leaf()) continue;
      std::vector<Source>& known = node.is_categorical() ? sets : numerical;
      const Source source{node.feature, node.set};
      const auto at = std::ranges::lower_bound(known, source);
      if (at == known.end() || *at != source) known.insert(at, source);
      // So many sets are better looked up where the walk meets them.
      if (2 * (numerical.size() + sets.size() + 1) > kRowSlotsMax || sets.size() > kSetsMax) return std::nullopt;
    }
    Sources sources;
    sources.whole_row = numerical.size() * 2 >= forest.features && 4 * forest.features <= kRowSlotsMax;
    if (sources.whole_row) {
      numerical.clear();
      for (std::uint32_t feature = 0; feature < forest.features; ++feature) numerical.push_back({feature});
    }
    sources.numerical = numerical.size();
    sources.all = std::move(numerical);
    sources.all.insert(sources.all.end(), sets.begin(), sets.end());
    if (2 * (sources.all.size() + 1) > kRowSlotsMax) return std::nullopt;
    return sources;
  }
};

class LockstepKernel final : public TreeKernel {
 public:
  static std::unique_ptr<LockstepKernel> make(const FlatForest& forest, Region* region) {
    if (forest.leaf_size != 1) return nullptr;
    if (std::ranges::any_of(forest.trees, [](const FlatTree& tree) { return tree.nodes > Formation::kDistancesMax; }))
      return nullptr;
    const auto sources = Sources::of(forest);
    if (!sources) return nullptr;
    return std::make_unique<LockstepKernel>(forest, Formation::of(forest), *sources, region);
  }

  LockstepKernel(const FlatForest& forest, const Formation& formation, const Sources& sources, Region* region)
      : memory_(FrozenMemory::bytes_for<std::uint64_t>(forest.nodes.size()) +
                    FrozenMemory::bytes_for<std::uint32_t>(formation.lanes()) +
                    FrozenMemory::bytes_for<std::uint8_t>(formation.lanes()) +
                    FrozenMemory::bytes_for<Squad>(formation.lanes() / kSquadTrees) +
                    FrozenMemory::bytes_for<std::uint32_t>(forest.trees.size()) +
                    FrozenMemory::bytes_for<Source>(sources.all.size()) +
                    FrozenMemory::bytes_for<CategorySet>(forest.sets.size()) +
                    FrozenMemory::bytes_for<std::uint32_t>(forest.set_words.size()),
                region),
        nodes_(memory_.take<std::uint64_t>(forest.nodes.size())),
        roots_(memory_.take<std::uint32_t>(formation.lanes())),
        places_(memory_.take<std::uint8_t>(formation.lanes())),
        squads_(memory_.take<Squad>(formation.lanes() / kSquadTrees)),
        outputs_(memory_.take<std::uint32_t>(forest.trees.size())),
        sources_(memory_.take<Source>(sources.all.size())),
        sets_(memory_.take<CategorySet>(forest.sets.size())),
        set_words_(memory_.take<std::uint32_t>(forest.set_words.size())),
        block_squads_(formation.squads),
        numerical_(sources.numerical),
        distances_(formation.distances),
        whole_row_(sources.whole_row),
        output_count_(forest.outputs),
        category_rule_(forest.category_rule) {
    std::ranges::copy(sources.all, sources_.begin());
    std::ranges::copy(forest.sets, sets_.begin());
    std::ranges::copy(forest.set_words, set_words_.begin());
    std::ranges::transform(forest.trees, outputs_.begin(), [](const FlatTree& tree) { return tree.output; });
    const std::size_t together = distances_ ? 1 : formation.block_trees();
    for (std::size_t first = 0; first < forest.trees.size(); first += together) pack(forest, formation, first, together);
    memory_.freeze();
  }

  [[nodiscard]] const char* name() const noexcept override { return "lockstep"; }
  [[nodiscard]] std::size_t bytes() const noexcept override { return memory_.bytes(); }

  void add_trees(const float* features, std::size_t rows, std::size_t stride, float* margins) const noexcept override {
    const std::size_t row_slots = leaf_slot() + 2;
    const std::size_t waiting = 2 * block_squads_ * kSquadTrees;
    const std::size_t together = std::clamp<std::size_t>(std::min(kRowSlotsMax / row_slots, kLeavesMax / waiting), 1, kRowsMax);
    alignas(64) Slot slots[kRowSlotsMax];  // Not initialised: filled as far as they are read.
    alignas(64) float leaves[kLeavesMax];
    for (std::size_t first = 0; first < rows; first += together) {
      const std::size_t count = std::min(together, rows - first);
      for (std::size_t r = 0; r < count; ++r) fill_slots(features + (first + r) * stride, slots + r * row_slots);
      // Squads outside, rows inside: a squad's nodes stay in the first cache for all rows. A squad's leaves are added a block later.
      const std::size_t last = squads_.size() + (block_squads_ == 1 ? 0 : block_squads_);
      std::size_t in_block = 0, half = 0, other_half = waiting / 2;
      for (std::size_t s = 0; s < last; ++s) {
        for (std::size_t r = 0; r < count; ++r) {
          float* waiting_leaves = leaves + r * waiting;
          float* row_margins = margins + (first + r) * output_count_;
          if (block_squads_ != 1 && s >= block_squads_) {
            add_leaves(s - block_squads_, waiting_leaves + other_half + in_block * kSquadTrees, row_margins);
          }
          if (s < squads_.size()) walk(s, slots + r * row_slots, waiting_leaves + half, row_margins);
        }
        if (++in_block == block_squads_) {
          in_block = 0;
          std::swap(half, other_half);
        }
      }
    }
  }

 private:
  // Trees whose nodes are numbered together: a block; or one tree, where nodes know distances and numbers are the forest's.
  void pack(const FlatForest& forest, const Formation& formation, std::size_t first, std::size_t most) {
    const auto trees = std::span(formation.order).subspan(first, std::min(most, forest.trees.size() - first));
    const std::uint32_t first_node = forest.trees[std::ranges::min(trees)].root;
    std::vector<std::uint32_t> order;  // Of the nodes: node order[n] gets number n.
    for (std::size_t i = 0; i < trees.size(); i += kSquadTrees) {
      lay_out(forest, trees.subspan(i, std::min(kSquadTrees, trees.size() - i)), order);
    }
    std::vector<std::uint32_t> number(order.size());
    for (std::size_t n = 0; n < order.size(); ++n) number[order[n] - first_node] = static_cast<std::uint32_t>(n);
    for (std::size_t n = 0; n < order.size(); ++n) {
      const FlatNode& node = forest.nodes[order[n]];
      const std::size_t right = node.is_leaf() ? n : number[node.left + 1 - first_node];
      nodes_[first_node + n] = word_of(forest, node, distances_ ? right - n : right);
    }
    const std::uint32_t counted_from = distances_ ? 0 : first_node;
    for (std::size_t i = 0; i < trees.size(); ++i) {
      const FlatTree& tree = forest.trees[trees[i]];
      Squad& squad = squads_[(first + i) / kSquadTrees];
      squad = {counted_from, std::max(squad.depth, tree.depth)};
      roots_[first + i] = first_node - counted_from + number[tree.root - first_node];
      places_[first + i] = static_cast<std::uint8_t>(trees[i] % formation.block_trees());
    }
  }

  [[nodiscard]] std::uint64_t word_of(const FlatForest& forest, const FlatNode& node, std::uint64_t right) const {
    std::uint64_t key = 0, slot = leaf_slot();
    if (node.is_leaf()) {
      key = std::bit_cast<std::uint32_t>(forest.leaf_values[node.feature]);
    } else {
      key = node.is_categorical() ? 1 : key_of_threshold(node.threshold);
      slot = 2 * pair_of(node) + (node.default_left ? 0U : 1U);
    }
    return key << 32 | right << (distances_ ? kSlotBits<true> : kSlotBits<false>) | slot;
  }

  [[nodiscard]] std::size_t pair_of(const FlatNode& node) const {
    const auto known = node.is_categorical() ? sources_.subspan(numerical_) : sources_.first(numerical_);
    return static_cast<std::size_t>(&*std::ranges::lower_bound(known, Source{node.feature, node.set}) - sources_.data());
  }

  [[nodiscard]] std::size_t leaf_slot() const noexcept { return 2 * sources_.size(); }

  // Roots side by side; then, tree by tree, pairs of siblings with the pairs below them, so that two levels of a path share a cache line.
  static void lay_out(const FlatForest& forest, std::span<const std::uint32_t> trees, std::vector<std::uint32_t>& order) {
    for (const std::uint32_t t : trees) order.push_back(forest.trees[t].root);
    std::vector<std::uint32_t> pairs;  // Left nodes of those that wait, and of those below one.
    const auto put = [&](std::uint32_t left) {
      order.push_back(left);
      order.push_back(left + 1);
    };
    const auto below = [&](std::uint32_t node, auto&& visit) {
      if (!forest.nodes[node].is_leaf()) visit(forest.nodes[node].left);
    };
    for (const std::uint32_t t : trees) {
      below(forest.trees[t].root, [&](std::uint32_t left) { pairs.push_back(left); });
      while (!pairs.empty()) {
        const std::uint32_t pair = pairs.back();
        pairs.pop_back();
        put(pair);
        for (const std::uint32_t node : {pair, pair + 1}) below(node, put);
        for (const std::uint32_t node : {pair + 1, pair}) {  // The last one put is the next one taken.
          below(node, [&](std::uint32_t left) {
            for (const std::uint32_t child : {left + 1, left})
              below(child, [&](std::uint32_t grandchild) { pairs.push_back(grandchild); });
          });
        }
      }
    }
  }

  void fill_slots(const float* row, Slot* slots) const noexcept {
    constexpr std::uint32_t kOnes = ~std::uint32_t{0};
    const auto fill = [slots](std::size_t i, float value) {
      const std::uint32_t key = key_of(value);
      slots[2 * i] = {kOnes, value != value ? 0 : key};
      slots[2 * i + 1] = {kOnes, value != value ? kOnes : key};
    };
    if (whole_row_) {
      for (std::size_t i = 0; i < numerical_; ++i) fill(i, row[i]);
    } else {
      for (std::size_t i = 0; i < numerical_; ++i) fill(i, row[sources_[i].feature]);
    }
    for (std::size_t i = numerical_; i < sources_.size(); ++i) {
      const Branch branch = branch_of(row[sources_[i].feature], sets_[sources_[i].set], set_words_.data(), category_rule_);
      slots[2 * i] = {kOnes, branch == Branch::kRight ? 1U : 0U};
      slots[2 * i + 1] = {kOnes, branch == Branch::kLeft ? 0U : 1U};
    }
    slots[leaf_slot()] = {kOnes, kOnes};  // Below no node.
  }

  void walk(std::size_t s, const Slot* slots, float* leaves, float* margins) const noexcept {
    const Squad& squad = squads_[s];
    const std::uint64_t* nodes = nodes_.data() + squad.first_node;
    const std::size_t first = s * kSquadTrees;
    const std::size_t count = std::min(kSquadTrees, outputs_.size() - first);
    std::uint32_t at[kSquadTrees];
    const std::uint32_t* roots = roots_.data() + first;
    if (!distances_ && squad.depth <= kStretch) {
      in_packs(count, [&]<std::size_t kLanes>(std::size_t i) {
        descend<false>(nodes, slots, squad.depth, roots + i, at + i, std::make_index_sequence<kLanes>());
      });
    } else if (distances_) {
      walk_far<true>(squad, slots, roots, count, at);
    } else {
      walk_far<false>(squad, slots, roots, count, at);
    }
    const auto leaf = [&](std::size_t i) { return std::bit_cast<float>(static_cast<std::uint32_t>(nodes[at[i]] >> 32)); };
    if (block_squads_ != 1) {
      for (std::size_t i = 0; i < count; ++i) leaves[places_[first + i]] = leaf(i);
    } else if (output_count_ == 1) {
      float sum = margins[0];
      for (std::size_t i = 0; i < count; ++i) sum += leaf(i);
      margins[0] = sum;
    } else {
      for (std::size_t i = 0; i < count; ++i) margins[outputs_[first + i]] += leaf(i);
    }
  }

  // In stretches, so that one deep tree does not make the others step on the spot all the way down with it; or by distances. Not inlined:
  // the usual walk needs the registers.
  template <bool kDistances>
  [[gnu::noinline]] void walk_far(const Squad& squad, const Slot* slots, const std::uint32_t* roots, std::size_t count,
                                  std::uint32_t* at) const noexcept {
    const std::uint64_t* nodes = nodes_.data() + squad.first_node;
    const auto is_leaf = [&](std::uint32_t node) { return slot_of<kDistances>(nodes[node]) == leaf_slot(); };
    std::copy_n(roots, count, at);
    in_packs(count, [&]<std::size_t kLanes>(std::size_t i) {
      for (std::uint32_t left = squad.depth; left > 0 && !std::all_of(at + i, at + i + kLanes, is_leaf);
           left -= std::min(left, kStretch)) {
        descend<kDistances>(nodes, slots, std::min(left, kStretch), at + i, at + i, std::make_index_sequence<kLanes>());
      }
    });
  }

  void add_leaves(std::size_t s, const float* leaves, float* margins) const noexcept {
    const std::size_t first = s * kSquadTrees;
    const std::size_t trees = std::min(kSquadTrees, outputs_.size() - first);
    if (output_count_ != 1) {
      for (std::size_t i = 0; i < trees; ++i) margins[outputs_[first + i]] += leaves[i];
      return;
    }
    float sum = margins[0];
    if (trees == kSquadTrees) {
      for (std::size_t i = 0; i < kSquadTrees; ++i) sum += leaves[i];
    } else {
      for (std::size_t i = 0; i < trees; ++i) sum += leaves[i];
    }
    margins[0] = sum;
  }

  FrozenMemory memory_;
  std::span<std::uint64_t> nodes_;
  std::span<std::uint32_t> roots_;  // 16 a squad, from its first node.
  std::span<std::uint8_t> places_;  // Of them among the trees of their block: the order in which leaves are added.
  std::span<Squad> squads_;
  std::span<std::uint32_t> outputs_;  // By tree.
  std::span<Source> sources_;         // Numerical ones first.
  std::span<CategorySet> sets_;
  std::span<std::uint32_t> set_words_;
  std::size_t block_squads_, numerical_;
  bool distances_, whole_row_;
  std::size_t output_count_;
  CategoryRule category_rule_;
};

}  // namespace

std::unique_ptr<TreeKernel> make_lockstep_kernel(const FlatForest& forest, Region* region) {
  return LockstepKernel::make(forest, region);
}

}  // namespace ringside::engine
