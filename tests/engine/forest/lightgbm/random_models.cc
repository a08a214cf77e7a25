#include "tests/engine/forest/lightgbm/random_models.h"

#include <bit>
#include <cmath>
#include <limits>

namespace ringside::engine::test {
namespace {

constexpr double kZero = 1e-35F;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
const double kOdd[] = {0.0,
                       -0.0,
                       kZero,
                       -kZero,
                       1e-300,
                       -1e-300,
                       5e-324,
                       -5e-324,
                       1e-40,
                       -1e-40,
                       1e-45,
                       -1e-45,
                       3.4e38,
                       3.5e38,
                       -3.5e38,
                       1.7e308,
                       -1.7e308,
                       kInfinity,
                       -kInfinity,
                       0.1,
                       1.0,
                       16777217.0,
                       std::nextafter(1.0, 2.0)};

std::size_t below(std::mt19937_64& rng, std::size_t end) { return rng() % end; }
double uniform(std::mt19937_64& rng) { return static_cast<double>(rng() >> 11) * 0x1p-53; }

double threshold(std::mt19937_64& rng) {
  if (below(rng, 4) == 0) return kOdd[below(rng, std::size(kOdd))];
  const double normal = 4 * uniform(rng) - 2;
  return below(rng, 2) == 0 ? normal : static_cast<double>(static_cast<float>(normal));
}

void add_set(LightgbmTree& tree, std::mt19937_64& rng) {
  if (tree.set_begins.empty()) tree.set_begins.push_back(0);
  tree.thresholds.push_back(static_cast<double>(tree.set_begins.size() - 1));
  // Few different ones, so that some are equal; an empty one may be among them.
  for (std::size_t word = below(rng, 4); word > 0; --word)
    tree.category_words.push_back(below(rng, 2) == 0 ? 0x8000'0005U : 0x0001'0002U);
  tree.set_begins.push_back(static_cast<std::uint32_t>(tree.category_words.size()));
}

// As LightGBM grows: a leaf becomes a split, which keeps the leaf on its left and gets the next one on its right.
LightgbmTree random_tree(const RandomShape& shape, std::mt19937_64& rng) {
  LightgbmTree tree;
  const std::size_t leaves = 1 + below(rng, shape.leaves);
  struct Parent {
    std::size_t split;
    bool left;
  };
  std::vector<Parent> parents(1);
  for (std::size_t split = 0; split + 1 < leaves; ++split) {
    const std::size_t leaf = below(rng, 3) == 0 ? parents.size() - 1 : below(rng, parents.size());
    if (split > 0) {
      auto& children = parents[leaf].left ? tree.left_children : tree.right_children;
      children[parents[leaf].split] = static_cast<std::int32_t>(split);
    }
    tree.left_children.push_back(~static_cast<std::int32_t>(leaf));
    tree.right_children.push_back(~static_cast<std::int32_t>(parents.size()));
    parents[leaf] = {split, true};
    parents.push_back({split, false});
    tree.split_features.push_back(static_cast<std::int32_t>(below(rng, shape.features)));
    const bool categorical = uniform(rng) < shape.categorical;
    tree.decision_types.push_back(static_cast<std::uint8_t>(below(rng, 6) * 2 + (categorical ? 1 : 0)));
    if (categorical) {
      add_set(tree, rng);
    } else {
      tree.thresholds.push_back(threshold(rng));
    }
  }
  for (std::size_t leaf = 0; leaf < leaves; ++leaf)
    tree.leaf_values.push_back((uniform(rng) - 0.5) * (below(rng, 9) == 0 ? 1e9 : 1.0));
  if (uniform(rng) >= shape.linear) return tree;
  tree.coefficient_begins.push_back(0);
  for (std::size_t leaf = 0; leaf < leaves; ++leaf) {
    tree.leaf_constants.push_back(uniform(rng) - 0.5);
    for (std::size_t c = below(rng, 4); c > 0; --c) {
      tree.coefficient_features.push_back(static_cast<std::int32_t>(below(rng, shape.features)));
      tree.coefficients.push_back(uniform(rng) - 0.5);
    }
    tree.coefficient_begins.push_back(static_cast<std::uint32_t>(tree.coefficients.size()));
  }
  return tree;
}

}  // namespace

LightgbmModel random_model(const RandomShape& shape, std::uint64_t seed) {
  std::mt19937_64 rng(seed);
  LightgbmModel model;
  model.outputs = shape.outputs;
  model.objective.num_class = shape.outputs;
  model.num_feature = shape.features;
  model.average_output = shape.average_output;
  for (std::size_t t = 0; t < shape.rounds * shape.outputs; ++t) model.trees.push_back(random_tree(shape, rng));
  return model;
}

std::vector<double> aimed_row(const LightgbmModel& model, std::mt19937_64& rng) {
  std::vector<double> row(model.num_feature);
  for (double& x : row) {
    const std::size_t kind = below(rng, 8);
    x = kind == 0   ? std::numeric_limits<double>::quiet_NaN()
        : kind == 1 ? std::bit_cast<double>(std::uint64_t{0xFFF8'0000'0000'0123})
        : kind == 2 ? kOdd[below(rng, std::size(kOdd))]
        : kind == 3 ? static_cast<double>(below(rng, 100)) - 2 + uniform(rng)  // A category, or none.
                    : 4 * uniform(rng) - 2;
  }
  for (std::size_t i = 0; i < row.size(); ++i) {  // On the thresholds of splits somewhere.
    const LightgbmTree& tree = model.trees[below(rng, model.trees.size())];
    if (tree.splits() == 0 || below(rng, 2) == 0) continue;
    const std::size_t split = below(rng, tree.splits());
    if (tree.is_categorical(split)) continue;
    const double t = tree.thresholds[split];
    const double moves[] = {t, std::nextafter(t, kInfinity), std::nextafter(t, -kInfinity),
                            static_cast<double>(static_cast<float>(t)),
                            static_cast<double>(std::nextafterf(static_cast<float>(t), INFINITY))};
    row[static_cast<std::size_t>(tree.split_features[split])] = moves[below(rng, std::size(moves))];
  }
  return row;
}

}  // namespace ringside::engine::test
