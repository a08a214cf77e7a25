// Goal: an array is cut into the texts of its elements, whatever stands inside them, and what is no array is refused with the place.
// Method: tables of good and bad bodies.
#include "tools/gateway/batch_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringside::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(SplitArray, ElementsAreCutWhereTheyEnd) {
  const std::string body = R"( [ {"a":[1,{"b":"],"}]} , 17,"x\"]", null,{} ] )";
  const auto parts = split_array(body, 10);
  ASSERT_TRUE(parts) << parts.error();
  EXPECT_THAT(parts->elements, ElementsAre("{\"a\":[1,{\"b\":\"],\"}]} ", "17", "\"x\\\"]\"", "null", "{} "));
  EXPECT_EQ(parts->count, 5u);
}

TEST(SplitArray, NothingIsNoElement) {
  const auto parts = split_array(" [ ] ", 10);
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->count, 0u);
}

TEST(SplitArray, WhatIsBeyondTheMostIsCountedAndNotKept) {
  const auto parts = split_array("[1,2,3,4]", 2);
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->elements.size(), 2u);
  EXPECT_EQ(parts->count, 4u);
}

TEST(SplitArray, WhatIsNoArrayIsRefusedWithThePlace) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "expected '['"},     {"{}", "expected '['"}, {"[1", "expected ',' or ']'"}, {"[1 2]", "at byte 3"},
      {"[1,]", "at byte 3"},    {"[1]x", "the end of the body"}, {"[{]", "a key"},    {"[nope]", "at byte 1"}};
  for (const auto& [body, words] : cases) {
    const auto parts = split_array(body, 10);
    ASSERT_FALSE(parts) << body;
    EXPECT_THAT(parts.error(), HasSubstr(words)) << body;
  }
}

TEST(SplitArray, DepthCostsNoStack) {
  const std::string deep(1'000'000, '[');
  EXPECT_FALSE(split_array(deep, 10));
}

}  // namespace
}  // namespace ringside::gateway
