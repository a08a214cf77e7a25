#include "tests/engine/forest/random_models.h"

#include <bit>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

namespace ringside::engine::test {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

}  // namespace

BoosterTree random_tree(std::mt19937_64& random, std::uint32_t features, std::uint32_t depth) {
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  struct Node {
    std::int32_t left = -1;
    float condition = kNaN;  // Of a leftover that nothing leads to.
  };
  std::vector<Node> nodes(1);
  std::vector<std::pair<std::size_t, std::uint32_t>> open{{0, 0}};  // Node and level; taken in any order, so that ids are, too.
  while (!open.empty()) {
    std::swap(open[random() % open.size()], open.back());
    const auto [node, level] = open.back();
    open.pop_back();
    nodes[node].condition = awkward_float(random);
    if (level == depth || (level > 0 && chance(random, 15))) continue;
    if (chance(random, 2)) nodes[node].condition = kNaN;
    if (chance(random, 2)) nodes[node].condition = chance(random, 50) ? kInfinity : -kInfinity;
    if (chance(random, 10)) nodes.resize(nodes.size() + 1 + random() % 2);
    nodes[node].left = static_cast<std::int32_t>(nodes.size());
    open.emplace_back(nodes.size(), level + 1);
    open.emplace_back(nodes.size() + 1, level + 1);
    nodes.resize(nodes.size() + 2);
  }
  BoosterTree tree;
  for (const Node& node : nodes) {
    tree.left_children.push_back(node.left);
    tree.right_children.push_back(node.left < 0 ? -1 : node.left + 1);
    tree.split_indices.push_back(static_cast<std::int32_t>(random() % features));
    tree.split_conditions.push_back(node.condition);
    tree.default_left.push_back(static_cast<std::uint8_t>(random() & 1));
  }
  return tree;
}

void make_categorical(std::mt19937_64& random, BoosterTree& tree) {
  constexpr std::int32_t kCategories[] = {0, 1, 2, 3, 30, 31, 32, 33, 63, 64, 65, 100, 1023, 1024};
  tree.is_categorical.assign(tree.nodes(), 0);
  tree.category_begins.assign(1, 0);
  for (std::size_t node = 0; node < tree.nodes(); ++node) {
    if (!tree.is_leaf(node) && chance(random, 50)) {
      tree.is_categorical[node] = 1;
      std::size_t at = random() % std::size(kCategories);
      for (std::uint64_t listed = 1 + random() % 4; listed > 0 && at < std::size(kCategories); --listed) {
        tree.categories.push_back(kCategories[at]);
        at += 1 + random() % 3;
      }
    }
    tree.category_begins.push_back(static_cast<std::uint32_t>(tree.categories.size()));
  }
  if (tree.categories.empty()) tree.is_categorical.clear(), tree.category_begins.clear();
}

float awkward_float(std::mt19937_64& random) {
  constexpr float kSpecial[] = {0.0F, -0.0F,  1.0F,    -1.0F,           0.5F,   1e6F,    -1e6F, 1e-6F,
                                3.0F, 1e-45F, -1e-45F, 1.17549435e-38F, 1e-39F, -1e-39F, 1e30F, 1e-30F};
  const auto uniform = [&] { return static_cast<float>(static_cast<double>(random() >> 11) * 0x1p-53 * 4 - 2); };
  switch (random() % 4) {
    case 0:
      return kSpecial[random() % std::size(kSpecial)];
    case 1:
      return std::floor(uniform() * 10);
    default:
      return uniform();
  }
}

std::vector<float> trap_rows(std::mt19937_64& random, const BoosterModel& model, std::size_t rows, bool infinities) {
  std::vector<std::pair<std::size_t, float>> splits;
  for (const BoosterTree& tree : model.trees) {
    for (std::size_t i = 0; i < tree.nodes(); ++i) {
      if (tree.left_children[i] < 0) continue;
      float at = tree.split_conditions[i];
      if (tree.has_categorical() && tree.is_categorical[i] != 0) {
        const auto categories = tree.categories_of(i);
        at = static_cast<float>(categories[random() % categories.size()]);
      }
      splits.emplace_back(static_cast<std::size_t>(tree.split_indices[i]), at);
    }
  }
  const std::size_t features = model.num_feature;
  const float missing[] = {std::numeric_limits<float>::quiet_NaN(), std::bit_cast<float>(0xFFFFFFFFU),
                           std::bit_cast<float>(0x7F800001U)};
  std::vector<float> cells(rows * features);
  for (std::size_t r = 0; r < rows; ++r) {
    float* row = cells.data() + r * features;
    const unsigned missing_percent = r == 0 ? 100 : static_cast<unsigned>(random() % 3 * 20);
    for (std::size_t f = 0; f < features; ++f) row[f] = awkward_float(random);
    for (std::size_t i = 0; i < features && !splits.empty(); ++i) {
      const auto [feature, threshold] = splits[random() % splits.size()];
      const float beside[] = {threshold, std::nextafter(threshold, kInfinity), std::nextafter(threshold, -kInfinity), -threshold};
      row[feature] = beside[random() % 4];
    }
    for (std::size_t f = 0; f < features; ++f) {
      if (infinities && chance(random, 3)) row[f] = chance(random, 50) ? kInfinity : -kInfinity;
      if (!infinities && std::isinf(row[f])) row[f] = 1;
      if (chance(random, missing_percent)) row[f] = missing[random() % 3];
    }
  }
  return cells;
}

}  // namespace ringside::engine::test
