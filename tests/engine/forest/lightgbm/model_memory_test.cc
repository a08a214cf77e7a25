// Goal: whatever a text model says, reading it takes at most eight times its size and 16 MB of memory; no depth of a tree ends in a deep
//   stack, and a tree that is too deep is refused.
// Method: this program's operator new counts what lives at once, while the files of hostile_texts.h, of some megabytes each, are read. (Not
//   in sanitizer builds, which have their own.)

#include <gtest/gtest.h>
#include <malloc.h>

#include <cmath>
#include <cstdlib>
#include <new>

#include "engine/forest/lightgbm/plain_walker.h"
#include "tests/engine/forest/lightgbm/hostile_texts.h"
#include "tests/engine/forest/lightgbm/text_models.h"

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

constexpr std::size_t kBytes = std::size_t{9} << 20;  // Of each file, about.
constexpr std::size_t kAllowedBeside = std::size_t{16} << 20;

class HostileText : public testing::TestWithParam<HostileFile> {};

TEST_P(HostileText, TakesNoMoreMemoryThanItMay) {
  const std::string file = GetParam().make(kBytes);
  most = living;
  const std::size_t before = living;
  (void)read_lightgbm_model(as_bytes(file));  // Refused, or small after all.
  EXPECT_LE(most - before, 8 * file.size() + kAllowedBeside);
  EXPECT_EQ(living, before);
}

INSTANTIATE_TEST_SUITE_P(Files, HostileText, testing::ValuesIn(hostile_texts()),
                         [](const auto& hostile) { return hostile.param.name; });

TEST(LightgbmModelMemory, CountingWorks) {
  most = living;
  const std::size_t before = living;
  { const std::vector<char> memory(12'345); }
  EXPECT_GE(most - before, 12'345U);
  EXPECT_EQ(living, before);
}

// Split i has the leaf i on its left, for x <= i.
std::string file_of_chain(std::int32_t splits) {
  LightgbmModel model{.objective = {}, .outputs = 1, .num_feature = 1, .feature_names = {}, .trees = {}};
  LightgbmTree& tree = model.trees.emplace_back();
  for (std::int32_t i = 0; i < splits; ++i) {
    tree.left_children.push_back(~i);
    tree.right_children.push_back(i + 1 < splits ? i + 1 : ~splits);
    tree.split_features.push_back(0);
    tree.thresholds.push_back(i);
    tree.decision_types.push_back(0);
    tree.leaf_values.push_back(i);
  }
  tree.leaf_values.push_back(splits);
  return write_text(model, "regression");
}

TEST(LightgbmModelMemory, DeepestTreeIsReadInWhatItMayTakeAndWalked) {
  const std::string file = file_of_chain(kMaxTreeDepth);
  most = living;
  const std::size_t before = living;
  const auto model = read_lightgbm_model(as_bytes(file));
  ASSERT_TRUE(model.ok()) << model.error().text();
  EXPECT_LE(most - before, 8 * file.size() + kAllowedBeside);
  const auto walker = LightgbmWalker::of(*model);
  ASSERT_TRUE(walker.ok()) << walker.error().text();
  for (const double x : {-1.0, 1234.5, 4095.0, 2e6}) {
    double score = 0;
    walker->predict_scores(&x, &score);
    EXPECT_EQ(score, x < 0 ? 0.0 : x > kMaxTreeDepth ? static_cast<double>(kMaxTreeDepth) : std::ceil(x));
  }
}

TEST(LightgbmModelMemory, DeeperTreeIsRefusedInWhatItMayTake) {
  for (const std::int32_t splits : {static_cast<std::int32_t>(kMaxTreeDepth) + 1, 10'000, 200'000}) {
    const std::string file = file_of_chain(splits);
    most = living;
    const std::size_t before = living;
    {
      const auto model = read_lightgbm_model(as_bytes(file));
      ASSERT_FALSE(model.ok()) << splits;
      EXPECT_EQ(model.error().text(), "trees[0].left_child: expected 4096 splits in a row at most, found more");
    }
    EXPECT_LE(most - before, 8 * file.size() + kAllowedBeside);
    EXPECT_EQ(living, before);
  }
}

}  // namespace
}  // namespace ringside::engine::test
