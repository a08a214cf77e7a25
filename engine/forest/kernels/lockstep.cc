#include "engine/forest/kernels/lockstep.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>
#include <span>
#include <utility>

#include "engine/forest/kernels/frozen_memory.h"

namespace ringside::engine {
namespace {

constexpr std::size_t kSquadTrees = 16;
constexpr std::size_t kBlockSquadsMax = 16;
constexpr std::size_t kBlockNodesMax = std::size_t{1} << 16;
constexpr std::size_t kRowSlotsMax = 4096;  // Of one row; also of all rows that are walked together: 32 KiB of stack.
constexpr std::size_t kLeavesMax = 4096;    // That wait to be added, of all rows that are walked together: 16 KiB of stack.
constexpr std::size_t kRowsMax = 64;        // Walked together.
constexpr std::size_t kSetsMax = 512;

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
  friend bool operator==(const Source&, const Source&) = default;
};

struct Squad {
  std::uint32_t first_node;  // Of its block.
  std::uint32_t depth;
};

// A node is one word: its key above, then the number of its right child in the block, and its slot below.
constexpr std::uint64_t node_of(std::uint32_t key, std::uint32_t right, std::size_t slot) noexcept {
  return std::uint64_t{key} << 32 | right << 16 | slot;
}

// As one word: not less than a node of the same key, whatever that node's other half.
struct Slot {
  std::uint32_t below;  // All ones.
  std::uint32_t key;

  [[nodiscard]] std::uint64_t word() const noexcept { return std::bit_cast<std::uint64_t>(*this); }
};
static_assert(std::endian::native == std::endian::little);

// A tree's place in the walk.
struct Lane {
  std::uint16_t root;   // In its block.
  std::uint16_t place;  // Among the trees of its block: the order in which leaves are added.
};

// Which trees walk side by side. Squads of a forest whose depths differ are made of trees of about the same depth, from `squads` times
// as many consecutive trees.
struct Formation {
  std::size_t squads = 1;            // A block.
  std::vector<std::uint32_t> order;  // Trees as they walk; those of a block stay in it.
  std::size_t steps = 0;             // Of all squads.

  Formation(const FlatForest& forest, std::size_t squads_a_block) : squads(squads_a_block), order(forest.trees.size()) {
    std::iota(order.begin(), order.end(), 0U);
    const auto depth = [&](std::uint32_t tree) { return forest.trees[tree].depth; };
    for (std::size_t t = 0; t < order.size(); t += squads * kSquadTrees) {
      const auto block = std::span(order).subspan(t, std::min(squads * kSquadTrees, order.size() - t));
      if (squads > 1) std::ranges::stable_sort(block, std::greater<>(), depth);
      for (std::size_t i = 0; i < block.size(); i += kSquadTrees) {
        const auto squad = block.subspan(i, std::min(kSquadTrees, block.size() - i));
        steps += depth(std::ranges::max(squad, {}, depth));
      }
    }
  }

  // Of all squads; the last one may be filled up.
  [[nodiscard]] std::size_t lanes() const { return (order.size() + kSquadTrees - 1) / kSquadTrees * kSquadTrees; }

  [[nodiscard]] bool fits(const FlatForest& forest) const {
    for (std::size_t t = 0; t < order.size(); t += squads * kSquadTrees) {
      const FlatTree& last = forest.trees[std::min(t + squads * kSquadTrees, order.size()) - 1];
      if (last.root + last.nodes - forest.trees[t].root > kBlockNodesMax) return false;
    }
    return true;
  }

  // Large blocks only where they save a 32nd of the steps: leaves that wait take cache, and rows of a batch take turns less often.
  static Formation of(const FlatForest& forest) {
    Formation best(forest, 1);
    for (std::size_t squads = 2; squads <= kBlockSquadsMax; squads *= 2) {
      Formation larger(forest, squads);
      if (!larger.fits(forest)) break;
      if (larger.steps + best.steps / 32 < best.steps) best = std::move(larger);
    }
    return best;
  }
};

// Down `depth` levels in all lanes, spelt out lane by lane.
template <std::size_t... kLane>
void descend(const std::uint64_t* nodes, const Slot* slots, std::uint32_t depth, std::uint32_t* lanes,
             std::index_sequence<kLane...>) noexcept {
  std::uint32_t at[] = {lanes[kLane]...};
  for (std::uint32_t level = 0; level < depth; ++level) {
    const auto next = [&](std::uint32_t from) {
      const std::uint64_t node = nodes[from];
      return (static_cast<std::uint32_t>(node) >> 16) - (slots[node & 0xFFFFU].word() < node ? 1U : 0U);
    };
    ((at[kLane] = next(at[kLane])), ...);
  }
  ((lanes[kLane] = at[kLane]), ...);
}

// Numerical features in the order of the row, all of them where most are asked, so that they are read in one go; then sets.
std::vector<Source> sources_of(const FlatForest& forest, bool& whole_row) {
  std::vector<bool> used(forest.features);
  for (const FlatNode& node : forest.nodes) {
    if (!node.is_leaf() && !node.is_categorical()) used[node.feature] = true;
  }
  whole_row =
      static_cast<std::size_t>(std::ranges::count(used, true)) * 2 >= forest.features && 4 * forest.features <= kRowSlotsMax;
  std::vector<Source> sources;
  for (std::uint32_t feature = 0; feature < forest.features; ++feature) {
    if (used[feature] || whole_row) sources.push_back({feature});
  }
  return sources;
}

class LockstepKernel final : public TreeKernel {
 public:
  static std::unique_ptr<LockstepKernel> make(const FlatForest& forest) {
    if (forest.leaf_size != 1) return nullptr;
    bool whole_row = false;
    std::vector<Source> sources = sources_of(forest, whole_row);
    const std::size_t numerical = sources.size();
    for (const FlatNode& node : forest.nodes) {
      if (node.is_leaf() || !node.is_categorical()) continue;
      const Source source{node.feature, node.set};
      if (std::find(sources.begin() + static_cast<std::ptrdiff_t>(numerical), sources.end(), source) == sources.end())
        sources.push_back(source);
      if (sources.size() - numerical > kSetsMax) return nullptr;  // So many sets are better looked up where the walk meets them.
    }
    if (2 * (sources.size() + 1) > kRowSlotsMax) return nullptr;
    const Formation formation = Formation::of(forest);
    if (!formation.fits(forest)) return nullptr;
    return std::make_unique<LockstepKernel>(forest, formation, sources, numerical, whole_row);
  }

  LockstepKernel(const FlatForest& forest, const Formation& formation, const std::vector<Source>& sources, std::size_t numerical,
                 bool whole_row)
      : memory_(FrozenMemory::bytes_for<std::uint64_t>(forest.nodes.size()) + FrozenMemory::bytes_for<Lane>(formation.lanes()) +
                FrozenMemory::bytes_for<Squad>(formation.lanes() / kSquadTrees) +
                FrozenMemory::bytes_for<std::uint32_t>(forest.trees.size()) + FrozenMemory::bytes_for<Source>(sources.size()) +
                FrozenMemory::bytes_for<CategorySet>(forest.sets.size()) +
                FrozenMemory::bytes_for<std::uint32_t>(forest.set_words.size())),
        nodes_(memory_.take<std::uint64_t>(forest.nodes.size())),
        lanes_(memory_.take<Lane>(formation.lanes())),
        squads_(memory_.take<Squad>(formation.lanes() / kSquadTrees)),
        outputs_(memory_.take<std::uint32_t>(forest.trees.size())),
        sources_(memory_.take<Source>(sources.size())),
        sets_(memory_.take<CategorySet>(forest.sets.size())),
        set_words_(memory_.take<std::uint32_t>(forest.set_words.size())),
        block_squads_(formation.squads),
        numerical_(numerical),
        whole_row_(whole_row),
        output_count_(forest.outputs),
        category_rule_(forest.category_rule) {
    std::ranges::copy(sources, sources_.begin());
    std::ranges::copy(forest.sets, sets_.begin());
    std::ranges::copy(forest.set_words, set_words_.begin());
    std::ranges::transform(forest.trees, outputs_.begin(), [](const FlatTree& tree) { return tree.output; });
    const std::size_t block_trees = formation.squads * kSquadTrees;
    for (std::size_t first = 0; first < forest.trees.size(); first += block_trees) pack_block(forest, formation, first);
    memory_.freeze();
  }

  [[nodiscard]] const char* name() const noexcept override { return "lockstep"; }
  [[nodiscard]] std::size_t bytes() const noexcept override { return memory_.bytes(); }

  void add_trees(const float* features, std::size_t rows, std::size_t stride, float* margins) const noexcept override {
    const std::size_t row_slots = 2 * (sources_.size() + 1);  // The last pair is a leaf's.
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
  void pack_block(const FlatForest& forest, const Formation& formation, std::size_t first) {
    const std::size_t trees = std::min(formation.squads * kSquadTrees, forest.trees.size() - first);
    const std::uint32_t first_node = forest.trees[first].root;
    std::vector<std::uint32_t> order;  // Of the block's nodes: node order[n] gets number n.
    for (std::size_t i = 0; i < trees; i += kSquadTrees) {
      lay_out(forest, std::span(formation.order).subspan(first + i, std::min(kSquadTrees, trees - i)), order);
    }
    std::vector<std::uint16_t> number(order.size());
    for (std::size_t n = 0; n < order.size(); ++n) number[order[n] - first_node] = static_cast<std::uint16_t>(n);
    for (std::size_t n = 0; n < order.size(); ++n) {
      const FlatNode& node = forest.nodes[order[n]];
      if (node.is_leaf()) {
        nodes_[first_node + n] = node_of(std::bit_cast<std::uint32_t>(forest.leaf_values[node.feature]),
                                         static_cast<std::uint32_t>(n), 2 * sources_.size());
      } else {
        const std::size_t pair = pair_of(node);
        nodes_[first_node + n] = node_of(node.is_categorical() ? 1 : key_of_threshold(node.threshold),
                                         number[node.left + 1 - first_node], 2 * pair + (node.default_left ? 0U : 1U));
      }
    }
    for (std::size_t i = 0; i < trees; ++i) {
      Squad& squad = squads_[(first + i) / kSquadTrees];
      const std::uint32_t t = formation.order[first + i];
      squad.first_node = first_node;
      squad.depth = std::max(squad.depth, forest.trees[t].depth);
      lanes_[first + i] = {number[forest.trees[t].root - first_node], static_cast<std::uint16_t>(t - first)};
    }
  }

  [[nodiscard]] std::size_t pair_of(const FlatNode& node) const {
    const auto found = node.is_categorical()
                           ? std::ranges::find(sources_.subspan(numerical_), Source{node.feature, node.set})
                           : std::ranges::lower_bound(sources_.first(numerical_), node.feature, {}, &Source::feature);
    return static_cast<std::size_t>(&*found - sources_.data());
  }

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
    slots[2 * sources_.size()] = {kOnes, kOnes};  // Below no node.
  }

  void walk(std::size_t s, const Slot* slots, float* leaves, float* margins) const noexcept {
    const Squad& squad = squads_[s];
    const std::uint64_t* nodes = nodes_.data() + squad.first_node;
    const std::size_t first = s * kSquadTrees;
    const Lane* lanes = lanes_.data() + first;
    const std::size_t count = std::min(kSquadTrees, outputs_.size() - first);
    std::uint32_t at[kSquadTrees];
    if (count == kSquadTrees) {
      for (std::size_t i = 0; i < kSquadTrees; ++i) at[i] = lanes[i].root;
      descend(nodes, slots, squad.depth, at, std::make_index_sequence<kSquadTrees>());
    } else {
      for (std::size_t i = 0; i < count; ++i) at[i] = lanes[i].root;
      std::size_t i = 0;
      for (; i + 4 <= count; i += 4) descend(nodes, slots, squad.depth, at + i, std::make_index_sequence<4>());
      for (; i < count; ++i) descend(nodes, slots, squad.depth, at + i, std::index_sequence<0>());
    }
    const auto leaf = [&](std::size_t i) { return std::bit_cast<float>(static_cast<std::uint32_t>(nodes[at[i]] >> 32)); };
    if (block_squads_ != 1) {
      for (std::size_t i = 0; i < count; ++i) leaves[lanes[i].place] = leaf(i);
    } else if (output_count_ == 1) {
      float sum = margins[0];
      for (std::size_t i = 0; i < count; ++i) sum += leaf(i);
      margins[0] = sum;
    } else {
      for (std::size_t i = 0; i < count; ++i) margins[outputs_[first + i]] += leaf(i);
    }
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
  std::span<Lane> lanes_;  // 16 a squad.
  std::span<Squad> squads_;
  std::span<std::uint32_t> outputs_;  // By tree.
  std::span<Source> sources_;         // Numerical ones first.
  std::span<CategorySet> sets_;
  std::span<std::uint32_t> set_words_;
  std::size_t block_squads_, numerical_;
  bool whole_row_;
  std::size_t output_count_;
  CategoryRule category_rule_;
};

}  // namespace

std::unique_ptr<TreeKernel> make_lockstep_kernel(const FlatForest& forest) { return LockstepKernel::make(forest); }

}  // namespace ringside::engine
