// Goal: a kernel gives the bits of the plain walker, whatever the forest, the number of rows, where they stand and how many threads ask;
//   a forest that a kernel does not take is left to another, never bent.
// Method: random forests of the shapes at which kernels change their ways (levels of a stage, columns of a table, trees of a group), on
//   rows that sit on their thresholds; every kernel that takes a forest is compared with PlainWalker, which the vectors of every release hold.

#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <random>
#include <string>
#include <thread>

#include "engine/forest/forest.h"
#include "engine/forest/kernels/choose.h"
#include "engine/forest/plain_walker.h"
#include "tests/engine/forest/model_files.h"
#include "tests/engine/forest/random_models.h"

namespace ringside::engine::test {
namespace {

struct Shape {
  const char* name;
  std::uint32_t trees, depth, features;
  std::uint32_t classes = 0;
  unsigned categorical_percent = 0;  // Of trees.
};

void PrintTo(const Shape& shape, std::ostream* to) { *to << shape.name; }

BoosterModel random_model(std::mt19937_64& random, const Shape& shape) {
  BoosterModel model = empty_model(shape.classes == 0 ? "reg:squarederror" : "multi:softprob", shape.features, shape.classes);
  for (std::uint32_t t = 0; t < shape.trees * model.outputs(); ++t) {
    BoosterTree tree = random_tree(random, shape.features, shape.depth);
    if (chance(random, shape.categorical_percent)) make_categorical(random, tree);
    add_tree(model, std::move(tree), static_cast<std::uint32_t>(random() % model.outputs()));
  }
  return model;
}

std::vector<std::uint32_t> bits(const std::vector<float>& values) {
  std::vector<std::uint32_t> bits;
  for (const float value : values) bits.push_back(std::bit_cast<std::uint32_t>(value));
  return bits;
}

std::vector<float> plain_margins(const BoosterModel& model, const std::vector<float>& rows) {
  auto walker = PlainWalker::of(model);
  if (!walker) throw std::runtime_error(walker.error().text());
  const std::size_t count = rows.size() / model.num_feature, outputs = walker->margins_per_row();
  std::vector<float> margins(count * outputs);
  for (std::size_t r = 0; r < count; ++r)
    walker->predict_margins(rows.data() + r * model.num_feature, nullptr, margins.data() + r * outputs);
  return margins;
}

// Of `rows` rows at a time, standing `gap` floats apart.
std::vector<float> margins_in_calls(const Forest& forest, const std::vector<float>& cells, std::size_t rows, std::size_t gap) {
  const std::size_t features = forest.features(), count = cells.size() / features, stride = features + gap;
  std::vector<float> spread(count * stride, 12345.0F), margins(count * forest.margins_per_row());
  for (std::size_t r = 0; r < count; ++r) std::copy_n(cells.data() + r * features, features, spread.data() + r * stride);
  for (std::size_t r = 0; r < count; r += rows) {
    forest.predict_margins(spread.data() + r * stride, std::min(rows, count - r), stride, nullptr,
                           margins.data() + r * forest.margins_per_row());
  }
  return margins;
}

class Kernels : public testing::TestWithParam<Shape> {};

TEST_P(Kernels, EqualThePlainWalkerInEveryBitWhateverTheNumberOfRows) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    std::mt19937_64 random(seed);
    const BoosterModel model = random_model(random, GetParam());
    const std::vector<float> cells = trap_rows(random, model, 150, true);
    const std::vector<std::uint32_t> truth = bits(plain_margins(model, cells));
    for (const KernelKind kind : kKernelKinds) {
      const auto forest = Forest::build(model, {.kernel = kind});
      if (!forest) continue;  // Which kernel takes what: the tests below.
      for (const std::size_t rows : {1, 2, 7, 64, 65, 150}) {
        for (const std::size_t gap : {0, 3}) {
          ASSERT_EQ(bits(margins_in_calls(*forest, cells, rows, gap)), truth)
              << "seed " << seed << ", kernel " << forest->kernel() << ", " << rows << " rows, " << gap << " floats between them";
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, Kernels,
    testing::Values(Shape{"no_trees", 0, 3, 3}, Shape{"root_only", 5, 0, 2}, Shape{"stumps", 40, 1, 9},
                    Shape{"three_levels", 33, 3, 20}, Shape{"four_levels", 50, 4, 30}, Shape{"five_levels", 16, 5, 31},
                    Shape{"six_levels", 100, 6, 30}, Shape{"two_slots_of_33_columns", 15, 6, 33},
                    Shape{"two_slots_of_60_columns", 17, 5, 60}, Shape{"one_slot_of_65_columns", 31, 6, 65},
                    Shape{"one_slot_of_128_columns", 20, 4, 120}, Shape{"many_thresholds_a_feature", 90, 6, 3},
                    Shape{"seven_levels", 32, 7, 12}, Shape{"eight_levels", 40, 8, 40}, Shape{"nine_levels", 8, 9, 10},
                    Shape{"ten_levels", 18, 10, 100}, Shape{"twelve_levels", 3, 12, 30}, Shape{"fourteen_levels", 2, 14, 30},
                    Shape{"wide", 60, 6, 700}, Shape{"classes", 20, 5, 12, 4}, Shape{"deep_classes", 9, 8, 12, 3},
                    Shape{"categories", 30, 4, 9, 0, 50}, Shape{"deep_categories", 12, 8, 9, 0, 30},
                    Shape{"all_categories", 20, 5, 5, 2, 100}, Shape{"categories_by_the_hundred", 300, 6, 40, 0, 100}),
    [](const auto& param) { return param.param.name; });

bool takes(KernelKind kind, const BoosterModel& model) {
  return make_kernel(kind, flatten(model, {0, model.trees.size()})) != nullptr;
}

// Without the processor a kernel takes nothing, and the tests of what it takes say nothing.
bool has_avx512() {
  std::mt19937_64 random(1);
  return takes(KernelKind::kBitTrees, random_model(random, {"", 16, 6, 8}));
}

TEST(ChooseKernel, EveryKernelIsTestedOnThisProcessor) {
  if (!has_avx512()) GTEST_SKIP() << "bit trees and clusters are not tested: this processor has no AVX-512 with VBMI";
  std::mt19937_64 random(2);
  for (const KernelKind kind : kKernelKinds) EXPECT_TRUE(takes(kind, random_model(random, {"", 32, 6, 12})));
}

TEST(ChooseKernel, OneTreeTakesWhateverAModelHolds) {
  std::mt19937_64 random(1);
  EXPECT_TRUE(takes(KernelKind::kOneTree, random_model(random, {"", 3, 12, 500, 3, 50})));
}

// Every leaf `depth` levels down; its ids breadth first.
BoosterTree full_tree(std::mt19937_64& random, std::uint32_t features, std::uint32_t depth) {
  BoosterTree tree;
  const std::int32_t splits = (1 << depth) - 1;
  for (std::int32_t i = 0; i < 2 * splits + 1; ++i) {
    tree.left_children.push_back(i < splits ? 2 * i + 1 : -1);
    tree.right_children.push_back(i < splits ? 2 * i + 2 : -1);
    tree.split_indices.push_back(static_cast<std::int32_t>(random() % features));
    tree.split_conditions.push_back(awkward_float(random));
    tree.default_left.push_back(static_cast<std::uint8_t>(random() & 1));
  }
  return tree;
}

// One split a level, of feature 0: a row of -x is x levels deep, or at the end. A leaf's value is its id.
BoosterTree chain_tree(std::int32_t splits) {
  BoosterTree tree;
  for (std::int32_t i = 0; i < 2 * splits + 1; ++i) {
    const bool is_split = i < 2 * splits - 1 && (i == 0 || i % 2 == 1);  // The root, then the left one of each pair.
    const std::int32_t level = (i + 1) / 2;
    tree.left_children.push_back(is_split ? 2 * level + 1 : -1);
    tree.right_children.push_back(is_split ? 2 * level + 2 : -1);
    tree.split_indices.push_back(0);
    tree.split_conditions.push_back(static_cast<float>(is_split ? -level : i));
    tree.default_left.push_back(1);
  }
  return tree;
}

void expect_lockstep_equals_plain_walker(const BoosterModel& model, const std::vector<float>& cells) {
  const auto forest = Forest::build(model, {.kernel = KernelKind::kLockstep});
  ASSERT_TRUE(forest.ok()) << forest.error().text();
  const std::vector<std::uint32_t> truth = bits(plain_margins(model, cells));
  for (const std::size_t rows : {1, 7, 64}) ASSERT_EQ(bits(margins_in_calls(*forest, cells, rows, 1)), truth) << rows << " rows";
}

TEST(Lockstep, SixteenTreesMayHaveMoreNodesThanThereAreNumbersOfSixteenBits) {
  std::mt19937_64 random(8);
  for (const bool alike : {true, false}) {  // Of one depth; of two, so that squads are made of trees of about the same depth.
    BoosterModel model = empty_model("reg:squarederror", 20);
    for (std::uint32_t t = 0; t < 39; ++t) {
      BoosterTree tree = alike ? full_tree(random, 20, 12) : t % 2 == 0 ? full_tree(random, 20, 13) : random_tree(random, 20, 2);
      if (!alike && t % 2 == 1) make_categorical(random, tree);
      add_tree(model, std::move(tree));
    }
    expect_lockstep_equals_plain_walker(model, trap_rows(random, model, 100, true));
  }
}

TEST(Lockstep, ADeepTreeAmongShallowOnesIsWalkedToItsEnd) {
  std::mt19937_64 random(9);
  for (const bool large : {false, true}) {
    for (const std::int32_t depth : {23, 24, 25, 47, 48, 49, 4'096}) {
      BoosterModel model = empty_model("reg:squarederror", 3);
      for (std::uint32_t t = 0; t < 22; ++t) {  // A squad, four and two.
        if (t == 3 || t == 17 || t == 21) {
          add_tree(model, chain_tree(depth));
        } else {
          add_tree(model, large && t < 16 ? full_tree(random, 3, 12) : random_tree(random, 3, 1));
        }
      }
      std::vector<float> cells = trap_rows(random, model, 130, true);
      for (std::size_t r = 0; r < 60; ++r) cells[3 * r] = 0.5F - static_cast<float>(r);
      for (std::size_t r = 60; r < 70; ++r) cells[3 * r] = -static_cast<float>(depth) + 65.5F - static_cast<float>(r);
      expect_lockstep_equals_plain_walker(model, cells);
    }
  }
}

TEST(Lockstep, LeavesATreeOfMoreNodesThanItCanTellApart) {
  constexpr std::int32_t kSplits = (1 << 19) - 1;
  std::mt19937_64 random(10);
  BoosterModel largest = empty_model("reg:squarederror", 1);
  BoosterTree tree = chain_tree(kSplits - 2);
  // Two more splits on the root's right side. The leaves of the lower one are laid out last, all but a whole tree away from it.
  for (const std::int32_t parent : {2, kSplits * 2 - 3}) {
    const auto child = static_cast<std::int32_t>(tree.left_children.size());
    tree.left_children[static_cast<std::size_t>(parent)] = child;
    tree.right_children[static_cast<std::size_t>(parent)] = child + 1;
    for (std::int32_t side = 0; side < 2; ++side) {
      tree.left_children.push_back(-1);
      tree.right_children.push_back(-1);
      tree.split_indices.push_back(0);
      tree.split_conditions.push_back(static_cast<float>(child + side));
      tree.default_left.push_back(1);
    }
  }
  ASSERT_EQ(tree.nodes(), (1U << 20) - 1);
  add_tree(largest, tree);
  // No reader lets so deep a tree in: kernels are asked without one.
  const FlatForest flat = flatten(largest, {0, 1});
  const auto lockstep = make_kernel(KernelKind::kLockstep, flat), one_tree = make_kernel(KernelKind::kOneTree, flat);
  ASSERT_NE(lockstep, nullptr);
  for (const float row : {-1e6F, 1.0F, 3.0F, 2e6F, -0.5F, -1000.5F}) {
    float found = 0, truth = 0;
    lockstep->add_trees(&row, 1, 1, &found);
    one_tree->add_trees(&row, 1, 1, &truth);
    EXPECT_EQ(found, truth) << row;
  }

  BoosterModel larger = empty_model("reg:squarederror", 1);
  add_tree(larger, full_tree(random, 1, 20));
  EXPECT_FALSE(takes(KernelKind::kLockstep, larger));
  const auto forest = Forest::build(larger);
  ASSERT_TRUE(forest.ok()) << forest.error().text();
  const float row = -1e6F;
  float margin = 0;
  forest->predict_margins(&row, 1, 1, nullptr, &margin);
  EXPECT_EQ(margin, plain_margins(larger, {row})[0]);
}

TEST(ChooseKernel, FullTreesTakeNoMoreThanTwelveBytesANode) {
  if (!has_avx512()) GTEST_SKIP() << "this processor has no AVX-512 with VBMI";
  BoosterModel sparse = empty_model("reg:squarederror", 4);
  std::mt19937_64 random(3);
  for (int t = 0; t < 2000; ++t) {  // Eight levels deep, nine leaves a tree.
    BoosterTree tree;
    for (std::int32_t i = 0; i < 8; ++i) {
      for (int side = 0; side < (i == 0 ? 1 : 2); ++side) {
        tree.left_children.push_back(side == 1 ? -1 : 2 * i + 1);
        tree.right_children.push_back(side == 1 ? -1 : 2 * i + 2);
        tree.split_indices.push_back(static_cast<std::int32_t>(random() % 4));
        tree.split_conditions.push_back(static_cast<float>(random() % 100));
        tree.default_left.push_back(0);
      }
    }
    for (int side = 0; side < 2; ++side) {
      tree.left_children.push_back(-1);
      tree.right_children.push_back(-1);
      tree.split_indices.push_back(0);
      tree.split_conditions.push_back(1);
      tree.default_left.push_back(0);
    }
    add_tree(sparse, tree);
  }
  EXPECT_FALSE(takes(KernelKind::kClusters, sparse));
  EXPECT_TRUE(takes(KernelKind::kLockstep, sparse));
  const auto forest = Forest::build(sparse, {.kernel = KernelKind::kLockstep});
  ASSERT_TRUE(forest.ok());
  EXPECT_LE(forest->bytes(), 12 * forest->nodes());
}

TEST(ChooseKernel, BitTreesEndAtSixLevelsAndClustersBeginAtFive) {
  if (!has_avx512()) GTEST_SKIP() << "this processor has no AVX-512 with VBMI";
  std::mt19937_64 random(4);
  EXPECT_TRUE(takes(KernelKind::kBitTrees, random_model(random, {"", 10, 6, 9})));
  EXPECT_FALSE(takes(KernelKind::kBitTrees, random_model(random, {"", 10, 7, 9})));
  EXPECT_FALSE(takes(KernelKind::kClusters, random_model(random, {"", 10, 4, 9})));
  EXPECT_TRUE(takes(KernelKind::kClusters, random_model(random, {"", 10, 5, 9})));
  EXPECT_FALSE(takes(KernelKind::kBitTrees, random_model(random, {"", 40, 6, 300})));  // More than 128 columns.
}

TEST(ChooseKernel, WhatIsPackedGrowsWithTheModelAndNotWithItsNumbers) {
  BoosterModel wide = empty_model("reg:squarederror", 1'000'000'000);  // Of features, one of which is asked.
  add_tree(wide, stump(999'999'999, 0.5F, true, 1, 2));
  const auto forest = Forest::build(wide);
  ASSERT_TRUE(forest.ok()) << forest.error().text();
  EXPECT_LT(forest->bytes(), 10'000U);

  BoosterModel ids = empty_model("reg:squarederror", 3);
  for (std::int32_t i = 0; i < 500; ++i) {
    BoosterTree tree = stump(i % 3, 0, i % 2 == 0, 1, 2);
    tree.is_categorical = {1, 0, 0};
    tree.category_begins = {0, 2, 2, 2};
    tree.categories = {i, 16'777'215};
    add_tree(ids, tree);
  }
  const auto by_id = Forest::build(ids);
  ASSERT_TRUE(by_id.ok()) << by_id.error().text();
  EXPECT_LT(by_id->bytes(), 500'000U);
  std::mt19937_64 random(8);
  const std::vector<float> cells = trap_rows(random, ids, 200, true);
  EXPECT_EQ(bits(margins_in_calls(*by_id, cells, 7, 0)), bits(plain_margins(ids, cells)));
}

TEST(ChooseKernel, VectorLeavesAreWalkedOneTreeAtATime) {
  BoosterModel model = empty_model("reg:squarederror", 2);
  model.num_target = 2;
  BoosterTree tree = stump(0, 0.5F, true, 0, 0);
  tree.leaf_size = 2;
  tree.leaf_vectors = {1, 2, 3, 4};
  tree.right_children[1] = 0;
  tree.right_children[2] = 1;
  model.version = {2, 1, 4};
  add_tree(model, tree);
  EXPECT_FALSE(takes(KernelKind::kLockstep, model));
  EXPECT_FALSE(takes(KernelKind::kBitTrees, model));
  const auto forest = Forest::build(model);
  ASSERT_TRUE(forest.ok()) << forest.error().text();
  const std::vector<float> row{1.0F, 0.0F};
  std::vector<float> margins(2);
  forest->predict_margins(row.data(), 1, 2, nullptr, margins.data());
  EXPECT_EQ(bits(margins), bits(plain_margins(model, row)));
}

TEST(Forest, ManyThreadsOnOneForestGiveTheSameBits) {
  std::mt19937_64 random(5);
  const BoosterModel model = random_model(random, {"", 100, 6, 30});
  const auto forest = Forest::build(model);
  ASSERT_TRUE(forest.ok());
  const std::vector<float> cells = trap_rows(random, model, 300, true);
  const std::vector<std::uint32_t> truth = bits(plain_margins(model, cells));
  std::vector<std::thread> threads;
  std::vector<std::vector<std::uint32_t>> found(4);
  for (std::size_t t = 0; t < found.size(); ++t)
    threads.emplace_back([&, t] { found[t] = bits(margins_in_calls(*forest, cells, t + 1, 0)); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& one : found) EXPECT_EQ(one, truth);
}

TEST(Forest, AMissingValueOfTheModelsOwnIsMissing) {
  std::mt19937_64 random(6);
  BoosterModel model = random_model(random, {"", 30, 5, 10});
  model.missing = -999.0F;
  std::vector<float> cells = trap_rows(random, model, 100, true);
  for (float& cell : cells) {
    if (chance(random, 20)) cell = -999.0F;
  }
  const std::vector<std::uint32_t> truth = bits(plain_margins(model, cells));
  const auto forest = Forest::build(model);
  ASSERT_TRUE(forest.ok());
  for (const std::size_t rows : {1, 64, 100}) EXPECT_EQ(bits(margins_in_calls(*forest, cells, rows, 2)), truth);
}

TEST(Forest, ARangeOfRoundsIsAForestOfItsOwn) {
  std::mt19937_64 random(7);
  const BoosterModel model = random_model(random, {"", 40, 5, 10});
  const std::vector<float> cells = trap_rows(random, model, 20, true);
  for (const auto& [begin, end] : {std::pair<std::size_t, std::size_t>{0, 1}, {3, 20}, {39, 40}, {7, 0}}) {
    const auto forest = Forest::build(model, {.iteration_begin = begin, .iteration_end = end});
    const auto walker = PlainWalker::of(model, {.iteration_begin = begin, .iteration_end = end});
    ASSERT_TRUE(forest.ok() && walker.ok());
    for (std::size_t r = 0; r < 20; ++r) {
      float ours = 0, plain = 0;
      forest->predict_margins(cells.data() + r * 10, 1, 10, nullptr, &ours);
      walker->predict_margins(cells.data() + r * 10, nullptr, &plain);
      EXPECT_EQ(std::bit_cast<std::uint32_t>(ours), std::bit_cast<std::uint32_t>(plain));
    }
  }
  EXPECT_FALSE(Forest::build(model, {.iteration_begin = 3, .iteration_end = 41}).ok());
}

}  // namespace
}  // namespace ringside::engine::test
