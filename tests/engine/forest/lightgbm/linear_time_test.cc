// Goal: reading a text model takes time that grows as the file does, whatever it says: well-formed or made to be dear.
// Method: ../counted_reading.h. (Not in sanitizer builds, which use the same hooks.)

#include <gtest/gtest.h>

#include "engine/forest/lightgbm/model.h"
#include "tests/engine/forest/counted_reading.h"
#include "tests/engine/forest/lightgbm/hostile_texts.h"
#include "tests/engine/forest/lightgbm/text_models.h"

namespace ringside::engine::test {
namespace {

class HostileTextTime : public testing::TestWithParam<HostileFile> {};
TEST_P(HostileTextTime, GrowsAsTheFile) {
  expect_linear(counted_reading(GetParam().make(kSmallFile), read_lightgbm_model),
                counted_reading(GetParam().make(kTimesLarger * kSmallFile), read_lightgbm_model));
}
INSTANTIATE_TEST_SUITE_P(Files, HostileTextTime, testing::ValuesIn(hostile_texts()),
                         [](const auto& hostile) { return hostile.param.name; });

std::string text_of_trees(std::size_t trees) {
  TextParts parts;
  parts.trees.assign(trees, tree_of_three_leaves());
  return write_text(parts);
}

TEST(GoodTextTime, GrowsAsTheFile) {
  const Reading small = counted_reading(text_of_trees(500), read_lightgbm_model),
                large = counted_reading(text_of_trees(4000), read_lightgbm_model);
  EXPECT_FALSE(small.refused || large.refused);
  expect_linear(small, large);
}

}  // namespace
}  // namespace ringside::engine::test
