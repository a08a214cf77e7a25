// Goal: whatever a model file says, reading it takes at most eight times its size and 16 MB of memory; no depth of a tree ends in a deep
//   stack, and a tree that is too deep is refused. Nor does the kernel for every processor grow with the width that a file claims.
// Method: this program's operator new counts what lives at once, while the files of hostile_models.h, of some megabytes each, are read. (Not
//   in sanitizer builds, which have their own.)

#include <gtest/gtest.h>
#include <malloc.h>

#include <cmath>
#include <cstdlib>
#include <new>

#include "engine/forest/kernels/lockstep.h"
#include "engine/forest/plain_walker.h"
#include "tests/engine/forest/hostile_models.h"
#include "tests/engine/forest/model_files.h"

namespace {

std::size_t living = 0;
std::size_t most = 0;

void* counted(std::size_t bytes) {
  void* memory = std::malloc(bytes);
  if (memory == nullptr) throw std::bad_alloc();
  living += malloc_usable_size(memory);
  if (living > most) most = living;
  return memory;
}

void release(void* memory) noexcept {
  if (memory != nullptr) living -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes); }
void* operator new[](std::size_t bytes) { return counted(bytes); }
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }

namespace ringside::engine::test {
namespace {

constexpr std::size_t kBytes = std::size_t{6} << 20;  // Of each file, about.
constexpr std::size_t kAllowedBeside = std::size_t{16} << 20;

class HostileModel : public testing::TestWithParam<HostileFile> {};

TEST_P(HostileModel, TakesNoMoreMemoryThanItMay) {
  const std::string file = GetParam().make(kBytes);
  most = living;
  const std::size_t before = living;
  (void)read_model(as_bytes(file));  // Refused, or small after all.
  EXPECT_LE(most - before, 8 * file.size() + kAllowedBeside);
  EXPECT_EQ(living, before);
}

INSTANTIATE_TEST_SUITE_P(Files, HostileModel, testing::ValuesIn(hostile_models()),
                         [](const auto& hostile) { return hostile.param.name; });

TEST(ModelMemory, CountingWorks) {
  most = living;
  const std::size_t before = living;
  { const std::vector<char> memory(12'345); }
  EXPECT_GE(most - before, 12'345U);
  EXPECT_EQ(living, before);
}

// Split 2i has the leaf 2i + 1 on its left, for x < i + 1.
BoosterTree chain(std::int32_t splits) {
  BoosterTree tree;
  for (std::int32_t i = 0; i <= 2 * splits; ++i) {
    const bool leaf = i % 2 == 1 || i == 2 * splits;
    tree.left_children.push_back(leaf ? -1 : i + 1);
    tree.right_children.push_back(leaf ? -1 : i + 2);
    tree.split_indices.push_back(0);
    tree.split_conditions.push_back(static_cast<float>(i / 2 + (leaf ? 0 : 1)));
    tree.default_left.push_back(0);
  }
  return tree;
}

std::string file_of_chain(std::int32_t splits) {
  BoosterModel model = empty_model("reg:squarederror", 1);
  model.base_scores = {0};
  model.base_score_text = "0E0";
  add_tree(model, chain(splits));
  return write_json(model);
}

TEST(ModelMemory, DeepestTreeIsReadInWhatItMayTakeAndWalked) {
  const std::string file = file_of_chain(kMaxTreeDepth);
  most = living;
  const std::size_t before = living;
  const auto model = read_model(as_bytes(file));
  ASSERT_TRUE(model.ok()) << model.error().text();
  EXPECT_LE(most - before, 8 * file.size() + kAllowedBeside);
  const auto walker = PlainWalker::of(*model);
  ASSERT_TRUE(walker.ok()) << walker.error().text();
  float margin = 0;
  for (const float x : {-1.0F, 1234.5F, 4095.5F, 2e6F}) {
    walker->predict_margins(&x, nullptr, &margin);
    EXPECT_EQ(margin, x < 0 ? 0.0F : x > kMaxTreeDepth ? static_cast<float>(kMaxTreeDepth) : std::floor(x));
  }
}

TEST(ModelMemory, DeeperTreeIsRefusedInWhatItMayTake) {
  for (const std::int32_t splits : {static_cast<std::int32_t>(kMaxTreeDepth) + 1, 10'000, 200'000}) {
    const std::string file = file_of_chain(splits);
    most = living;
    const std::size_t before = living;
    {
      const auto model = read_model(as_bytes(file));
      ASSERT_FALSE(model.ok()) << splits;
      EXPECT_EQ(model.error().text(),
                "learner.gradient_booster.model.trees[0].left_children: expected 4096 splits in a row at most, found more");
    }
    EXPECT_LE(most - before, 8 * file.size() + kAllowedBeside);
    EXPECT_EQ(living, before);
  }
}

TEST(ModelMemory, LockstepIsAsLargeAsItsSplitsNotAsTheRowIsWide) {
  BoosterModel model = empty_model("reg:squarederror", 2'147'483'647);
  add_tree(model, stump(2'147'483'646, 0.5F, true, 1, 2));
  const FlatForest forest = flatten(model, {0, 1});
  most = living;
  const std::size_t before = living;
  EXPECT_NE(make_lockstep_kernel(forest, nullptr), nullptr);
  EXPECT_LE(most - before, 4096U);
}

}  // namespace
}  // namespace ringside::engine::test
