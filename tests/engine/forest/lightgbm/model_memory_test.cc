// Goal: whatever a text model says, reading it takes at most eight times its size and 16 MB of memory; no depth of a tree ends in a deep
//   stack.
// Method: this program's operator new counts what lives at once. Files of some megabytes, each made to be as cheap to write and as
//   dear to hold as a part of the format allows. (Not in sanitizer builds, which have their own.)

#include <gtest/gtest.h>
#include <malloc.h>

#include <cmath>
#include <cstdlib>
#include <new>

#include "engine/forest/lightgbm/plain_walker.h"
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

std::string times(const std::string& part, std::size_t bytes = kBytes) {
  std::string text;
  while (text.size() < bytes) text += part;
  return text;
}

struct Hostile {
  const char* name;
  std::string (*file)();
};
void PrintTo(const Hostile& hostile, std::ostream* to) { *to << hostile.name; }

std::string header_of(const std::string& features, const std::string& names) {
  return "version=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=" + features +
         "\nfeature_names=" + names + "\nfeature_infos=" + names + "\n";
}

std::string many_trees(const std::string& tree) {
  TextParts parts;
  parts.trees.assign(kBytes / tree.size(), tree);
  return write_text(parts);
}
std::string smallest_trees() {
  return many_trees(
      "num_leaves=1\nnum_cat=0\nsplit_feature=\nthreshold=\ndecision_type=\nleft_child=\nright_child=\nleaf_value=0");
}
std::string stumps() {
  return many_trees(
      "num_leaves=2\nnum_cat=1\nsplit_feature=0\nthreshold=0\ndecision_type=1\nleft_child=-1\nright_child=-2\nleaf_value=0 0\n"
      "cat_boundaries=0 1\ncat_threshold=0\nis_linear=1\nleaf_const=0 0\nnum_features=0 1\nleaf_features=0\nleaf_coeff=0");
}
std::string wide_tree() {
  const std::string zeros = times("0 ", kBytes / 6);
  return write_text({.trees = {"num_leaves=" + std::to_string(zeros.size() / 2 + 1) + "\nnum_cat=0\nsplit_feature=" + zeros +
                               "\nthreshold=" + zeros + "\ndecision_type=" + zeros + "\nleft_child=" + zeros +
                               "\nright_child=" + zeros + "\nleaf_value=0 " + zeros}});
}
std::string coefficients() {
  const std::string zeros = times("0 ", kBytes / 2);
  return write_text({.trees = {"num_leaves=1\nnum_cat=0\nsplit_feature=\nthreshold=\ndecision_type=\nleft_child=\nright_child=\n"
                               "leaf_value=0\nis_linear=1\nleaf_const=0\nnum_features=" +
                               std::to_string(zeros.size() / 2) + "\nleaf_features=" + zeros + "\nleaf_coeff=" + zeros}});
}
std::string names() {
  const std::string all = times("a ", kBytes / 2);
  return write_text({.header = header_of(std::to_string(all.size() / 2 - 1), all)});
}
std::string promised_names() { return write_text({.header = header_of("2147483646", times("a "))}); }
std::string sizes() { return "tree\n" + TextParts().header + "tree_sizes=" + times("0 ") + "\n\nend of trees\n"; }
std::string sizes_and_a_tree() {
  return "tree\n" + TextParts().header + "tree_sizes=" + times("0 ") + "\n\nTree=0\n" + tree_of_three_leaves() +
         "\n\nend of trees\n";
}
std::string one_line() { return times("tree"); }
std::string empty_lines() { return "tree\n" + times("\n"); }
std::string unknown_key() { return "tree\n" + times("colour") + "=1\n"; }
std::string objective() { return write_text({.header = "objective=" + times("binary ") + "\n" + TextParts().header}); }
std::string tail() { return write_text({.tail = times("x\n")}); }

class HostileText : public testing::TestWithParam<Hostile> {};

TEST_P(HostileText, TakesNoMoreMemoryThanItMay) {
  const std::string file = GetParam().file();
  most = living;
  const std::size_t before = living;
  (void)read_lightgbm_model(as_bytes(file));  // Refused, or small after all.
  EXPECT_LE(most - before, 8 * file.size() + kAllowedBeside);
  EXPECT_EQ(living, before);
}

INSTANTIATE_TEST_SUITE_P(Files, HostileText,
                         testing::Values(Hostile{"smallest_trees", smallest_trees}, Hostile{"stumps", stumps},
                                         Hostile{"wide_tree", wide_tree}, Hostile{"coefficients", coefficients},
                                         Hostile{"names", names}, Hostile{"promised_names", promised_names},
                                         Hostile{"sizes", sizes}, Hostile{"sizes_and_a_tree", sizes_and_a_tree},
                                         Hostile{"one_line", one_line}, Hostile{"empty_lines", empty_lines},
                                         Hostile{"unknown_key", unknown_key}, Hostile{"objective", objective},
                                         Hostile{"tail", tail}),
                         [](const auto& hostile) { return hostile.param.name; });

TEST(LightgbmModelMemory, CountingWorks) {
  most = living;
  const std::size_t before = living;
  { const std::vector<char> memory(12'345); }
  EXPECT_GE(most - before, 12'345U);
  EXPECT_EQ(living, before);
}

// Split i has the leaf i on its left, for x <= i.
TEST(LightgbmModelMemory, ChainOfTwoHundredThousandSplitsIsReadAndWalkedInWhatItMayTake) {
  constexpr std::int32_t kSplits = 200'000;
  std::string file;
  {
    LightgbmModel model{.objective = {}, .outputs = 1, .num_feature = 1, .feature_names = {}, .trees = {}};
    LightgbmTree& tree = model.trees.emplace_back();
    for (std::int32_t i = 0; i < kSplits; ++i) {
      tree.left_children.push_back(~i);
      tree.right_children.push_back(i + 1 < kSplits ? i + 1 : ~kSplits);
      tree.split_features.push_back(0);
      tree.thresholds.push_back(i);
      tree.decision_types.push_back(0);
      tree.leaf_values.push_back(i);
    }
    tree.leaf_values.push_back(kSplits);
    file = write_text(model, "regression");
  }
  most = living;
  const std::size_t before = living;
  const auto model = read_lightgbm_model(as_bytes(file));
  ASSERT_TRUE(model.ok()) << model.error().text();
  EXPECT_LE(most - before, 8 * file.size() + kAllowedBeside);
  const auto walker = LightgbmWalker::of(*model);
  ASSERT_TRUE(walker.ok()) << walker.error().text();
  for (const double x : {-1.0, 4321.5, 199'999.0, 2e6}) {
    double score = 0;
    walker->predict_scores(&x, &score);
    EXPECT_EQ(score, x < 0 ? 0.0 : x > kSplits ? static_cast<double>(kSplits) : std::ceil(x));
  }
}

}  // namespace
}  // namespace ringside::engine::test
