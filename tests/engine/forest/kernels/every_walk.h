// Models that between them take every way through predicting: each kernel and its variants, sums and transforms of every kind, a missing value of
// the model's own. For what must hold wherever a row goes.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/engine/forest/model_files.h"
#include "tests/engine/forest/random_models.h"

namespace ringside::engine::test {

struct WalkedModel {
  std::string name;
  BoosterModel model;
};

struct WalkShape {
  std::uint32_t trees, depth, features, classes = 0;
  bool categorical = false;
};

[[nodiscard]] inline BoosterModel walked_model(const WalkShape& shape, const char* objective) {
  std::mt19937_64 random(shape.depth);
  BoosterModel model = empty_model(objective, shape.features, shape.classes);
  for (std::uint32_t t = 0; t < shape.trees * model.outputs(); ++t) {
    BoosterTree tree = random_tree(random, shape.features, shape.depth);
    if (shape.categorical) make_categorical(random, tree);
    add_tree(model, std::move(tree), t % model.outputs());
  }
  return model;
}

// Each tree's leaves are vectors of two.
[[nodiscard]] inline BoosterModel walked_vectors() {
  BoosterModel model = walked_model({.trees = 9, .depth = 4, .features = 7}, "reg:squarederror");
  model.version = {2, 1, 4};
  model.num_target = 2;
  for (BoosterTree& tree : model.trees) {
    tree.leaf_size = 2;
    std::int32_t leaves = 0;
    for (std::size_t node = 0; node < tree.nodes(); ++node) {
      if (tree.is_leaf(node)) tree.right_children[node] = leaves++;
    }
    tree.leaf_vectors.assign(static_cast<std::size_t>(leaves) * 2, 0.25F);
  }
  model.round_begins = {0, 9};
  return model;
}

[[nodiscard]] inline std::vector<WalkedModel> every_walk() {
  std::vector<WalkedModel> all;
  all.push_back({"four levels", walked_model({.trees = 40, .depth = 4, .features = 30}, "binary:logistic")});
  all.push_back({"six levels", walked_model({.trees = 40, .depth = 6, .features = 100}, "count:poisson")});
  all.push_back({"eight levels", walked_model({.trees = 30, .depth = 8, .features = 40, .classes = 3}, "multi:softprob")});
  all.push_back({"classes", walked_model({.trees = 11, .depth = 5, .features = 12, .classes = 4}, "multi:softmax")});
  all.push_back({"sets", walked_model({.trees = 30, .depth = 5, .features = 12, .categorical = true}, "survival:aft")});
  all.push_back({"wide", walked_model({.trees = 30, .depth = 5, .features = 600}, "binary:hinge")});
  all.push_back({"wider than any key", walked_model({.trees = 200, .depth = 5, .features = 9000}, "reg:squarederror")});
  all.push_back({"deep", walked_model({.trees = 3, .depth = 14, .features = 20}, "reg:gamma")});
  all.push_back({"vectors", walked_vectors()});
  BoosterModel missing = walked_model({.trees = 20, .depth = 5, .features = 20}, "binary:logistic");
  missing.missing = 1.0F;
  all.push_back({"a missing value of its own", std::move(missing)});
  BoosterModel leaves_first = walked_model({.trees = 20, .depth = 5, .features = 20}, "reg:logistic");
  leaves_first.version = {1, 2, 0};
  all.push_back({"leaves summed first", std::move(leaves_first)});
  BoosterModel dart = empty_model("reg:tweedie", 9);
  dart.booster = BoosterKind::kDart;
  for (int t = 0; t < 20; ++t) add_tree(dart, stump(t % 9, 0.5F, t % 2 == 0, 1, 2), 0, 0.5F);
  all.push_back({"dart", std::move(dart)});
  BoosterModel linear = empty_model("reg:squarederror", 9);
  linear.booster = BoosterKind::kGblinear;
  linear.linear_rounds = 2;
  linear.linear_weights.assign(10, 0.5F);
  all.push_back({"linear", std::move(linear)});
  return all;
}

}  // namespace ringside::engine::test
