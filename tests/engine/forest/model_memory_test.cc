// Goal: whatever a model file says, reading it takes at most eight times its size and 16 MB of memory, and work that grows as the file
//   does; and no depth of a tree ends in a deep stack. Nor does the kernel for every processor grow with the width that a file claims.
// Method: this program's operator new counts what lives at once. Files of some megabytes, each made to be as cheap to write and as
//   dear to hold as a part of the format allows. (Not in sanitizer builds, which have their own.)

#include <gtest/gtest.h>
#include <malloc.h>

#include <cmath>
#include <cstdlib>
#include <new>

#include "engine/forest/kernels/lockstep.h"
#include "engine/forest/plain_walker.h"
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

std::string times(const std::string& part, std::size_t bytes = kBytes) {
  std::string text;
  while (text.size() < bytes) text += part;
  return text;
}

std::string without_comma(std::string list) {
  list.pop_back();
  return list;
}

// A model of 3.2 in JSON, its parts replaceable.
struct Parts {
  std::string attributes = "";
  std::string names = "";
  std::string types = "";
  std::string model = R"("gbtree_model_param":{"num_trees":"0","num_parallel_tree":"1"},"tree_info":[],"trees":[])";
  std::string base_score = "5E-1";
  std::string outputs = "0";
  std::string features = "2147483647";
  std::string objective = R"("name":"reg:squarederror")";
  std::string booster = "gbtree";
};

std::string json_of(const Parts& parts) {
  return R"({"learner":{"attributes":{)" + parts.attributes + R"(},"feature_names":[)" + parts.names + R"(],"feature_types":[)" +
         parts.types + R"(],"gradient_booster":{"model":{)" + parts.model + R"(},"name":")" + parts.booster +
         R"("},"learner_model_param":{"base_score":")" + parts.base_score + R"(","num_class":"0","num_feature":")" +
         parts.features + R"(","num_target":")" + parts.outputs + R"("},"objective":{)" + parts.objective +
         R"(}},"version":[3,2,0]})";
}

std::string trees_of(const std::string& trees) {
  return R"("gbtree_model_param":{"num_trees":"9"},"tree_info":[],"trees":[)" + trees + "]";
}

std::string small_tree(const std::string& id) {
  return R"({"id":)" + id + R"(,"left_children":[-1],"right_children":[0],"split_indices":[0],"split_conditions":[0],)" +
         R"("default_left":[0],"tree_param":{"num_nodes":"1"}},)";
}

struct Hostile {
  const char* name;
  std::string (*file)();
};

void PrintTo(const Hostile& hostile, std::ostream* to) { *to << hostile.name; }

std::string many_trees() {
  std::string trees;
  for (std::size_t id = 0; trees.size() < kBytes; ++id) trees += small_tree(std::to_string(id));
  return json_of({.model = trees_of(without_comma(std::move(trees)))});
}
std::string empty_trees() { return json_of({.model = trees_of(without_comma(times("{},")))}); }
std::string empty_names() { return json_of({.names = without_comma(times(R"("",)"))}); }
std::string types() { return json_of({.types = without_comma(times(R"("q",)"))}); }
std::string tree_info() { return json_of({.model = R"("tree_info":[)" + without_comma(times("0,")) + "]"}); }
std::string rounds() { return json_of({.model = R"("iteration_indptr":[)" + without_comma(times("0,")) + "]"}); }
std::string linear_weights() {
  return json_of({.model = R"("weights":[)" + without_comma(times("0,")) + "]", .booster = "gblinear"});
}
std::string base_scores() { return json_of({.base_score = without_comma(times("0,")), .outputs = "65536"}); }
std::string attributes() { return json_of({.attributes = without_comma(times(R"("":"",)"))}); }
std::string objective_params() {
  return json_of({.objective = R"("name":"reg:squarederror","p":{)" + without_comma(times(R"("":"",)")) + "}"});
}
std::string objective_groups() { return json_of({.objective = without_comma(times(R"("":{},)"))}); }
std::string unknown_arrays() { return json_of({.model = R"("x":[)" + without_comma(times("[[{}]],")) + "]"}); }
std::string deep_unknown() { return json_of({.model = R"("x":)" + times("[")}); }
std::string unclosed_text() { return R"({"learner":")" + times("a"); }
std::string outputs_without_trees() { return json_of({.outputs = "65536"}) + std::string(kBytes, ' '); }

// One tree of `node`s, each array two bytes an element.
std::string wide_tree() {
  const std::string zeros = without_comma(times("0,", kBytes / 6));
  return json_of({.model = trees_of(R"({"id":0,"left_children":[)" + zeros + R"(],"right_children":[)" + zeros +
                                    R"(],"split_indices":[)" + zeros + R"(],"split_conditions":[)" + zeros +
                                    R"(],"default_left":[)" + zeros + R"(],"categories":[)" + zeros + "]}")});
}
std::string leaf_weights() {
  return json_of({.model = trees_of(R"({"leaf_weights":[)" + without_comma(times("0,")) + "]}"), .outputs = "2"});
}
std::string categories() {
  return json_of(
      {.model = trees_of(R"({"id":0,"left_children":[-1],"right_children":[-1],"split_indices":[0],)"
                         R"("split_conditions":[0],"default_left":[0],"split_type":[1],"tree_param":{"num_nodes":"1"},)"
                         R"("categories_nodes":[0],"categories_segments":[0],"categories_sizes":[1],"categories":[)" +
                         without_comma(times("16777215,")) + "]}")});
}

// An array of UBJSON, typed: a byte an element.
std::string ubj_bytes() {
  constexpr char kVersion[] = "{L\0\0\0\0\0\0\0\x07version[$U#l";
  const std::string key(kVersion, sizeof kVersion - 1);
  const auto bytes = static_cast<std::uint32_t>(kBytes);
  std::string count;
  for (int shift = 24; shift >= 0; shift -= 8) count += static_cast<char>(bytes >> shift & 0xFF);
  return key + count + std::string(kBytes, '\0');
}

class HostileModel : public testing::TestWithParam<Hostile> {};

TEST_P(HostileModel, TakesNoMoreMemoryThanItMay) {
  const std::string file = GetParam().file();
  most = living;
  const std::size_t before = living;
  (void)read_model(as_bytes(file));  // Refused, or small after all.
  EXPECT_LE(most - before, 8 * file.size() + kAllowedBeside);
  EXPECT_EQ(living, before);
}

INSTANTIATE_TEST_SUITE_P(Files, HostileModel,
                         testing::Values(Hostile{"many_trees", many_trees}, Hostile{"empty_trees", empty_trees},
                                         Hostile{"empty_names", empty_names}, Hostile{"types", types},
                                         Hostile{"tree_info", tree_info}, Hostile{"rounds", rounds},
                                         Hostile{"linear_weights", linear_weights}, Hostile{"base_scores", base_scores},
                                         Hostile{"attributes", attributes}, Hostile{"objective_params", objective_params},
                                         Hostile{"objective_groups", objective_groups}, Hostile{"unknown_arrays", unknown_arrays},
                                         Hostile{"deep_unknown", deep_unknown}, Hostile{"unclosed_text", unclosed_text},
                                         Hostile{"outputs_without_trees", outputs_without_trees}, Hostile{"wide_tree", wide_tree},
                                         Hostile{"leaf_weights", leaf_weights}, Hostile{"categories", categories},
                                         Hostile{"ubj_bytes", ubj_bytes}),
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

TEST(ModelMemory, ChainOfTwoHundredThousandSplitsIsReadAndWalkedInWhatItMayTake) {
  constexpr std::int32_t kSplits = 200'000;
  std::string file;
  {
    BoosterModel model = empty_model("reg:squarederror", 1);
    model.base_scores = {0};
    model.base_score_text = "0E0";
    add_tree(model, chain(kSplits));
    file = write_json(model);
  }
  most = living;
  const std::size_t before = living;
  const auto model = read_model(as_bytes(file));
  ASSERT_TRUE(model.ok()) << model.error().text();
  EXPECT_LE(most - before, 8 * file.size() + kAllowedBeside);
  const auto walker = PlainWalker::of(*model);
  ASSERT_TRUE(walker.ok()) << walker.error().text();
  float margin = 0;
  for (const float x : {-1.0F, 4321.5F, 199'999.5F, 2e6F}) {
    walker->predict_margins(&x, nullptr, &margin);
    EXPECT_EQ(margin, x < 0 ? 0.0F : x > kSplits ? static_cast<float>(kSplits) : std::floor(x));
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
