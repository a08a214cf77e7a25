// Goal: every text of the list is found at its place, and nothing else is. Method: the edges by hand (empty text, empty list,
// zero bytes, texts that only bytes tell apart), then lists of many sizes against a linear search.

#include "engine/schema/text_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace ringside::engine {
namespace {

using std::string_literals::operator""s;

TEST(TextIndex, EmptyIndexFindsNothing) {
  EXPECT_EQ(TextIndex().find(""), TextIndex::kAbsent);
  EXPECT_EQ(TextIndex(std::vector<std::string>{}).find("a"), TextIndex::kAbsent);
}

TEST(TextIndex, EmptyTextIsATextLikeAnyOther) {
  const std::vector<std::string> texts{"a", "", "b"};
  EXPECT_EQ(TextIndex(texts).find(""), 1);
  EXPECT_EQ(TextIndex(texts).find(std::string_view()), 1);
  EXPECT_EQ(TextIndex(std::vector<std::string>{"a"}).find(""), TextIndex::kAbsent);
}

TEST(TextIndex, TextsCompareByBytes) {
  const std::vector<std::string> texts{"caf\u00e9", "cafe\u0301", "Cafe", "cafe", "cafe "};
  const TextIndex index(texts);
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(index.find(texts[i]), static_cast<std::int32_t>(i)) << texts[i];
}

TEST(TextIndex, ZeroBytesCount) {
  const TextIndex index(std::vector<std::string>{"a\0b"s, "a"s});
  EXPECT_EQ(index.find("a\0b"s), 0);
  EXPECT_EQ(index.find("a\0c"s), TextIndex::kAbsent);
  EXPECT_EQ(index.find("a"s), 1);
}

TEST(TextIndex, RepeatedTextIsFoundWhereItStandsFirst) {
  EXPECT_EQ(TextIndex(std::vector<std::string>{"x", "y", "x"}).find("x"), 0);
}

TEST(TextIndex, AgreesWithALinearSearchForListsOfManySizes) {
  for (const std::size_t size : {1, 2, 3, 7, 8, 9, 100, 1'000}) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < size; ++i) texts.push_back(std::to_string(i * 7'919) + std::string(i % 40, 'x'));
    const TextIndex index(texts);
    for (std::size_t i = 0; i < size; ++i) {
      ASSERT_EQ(index.find(texts[i]), static_cast<std::int32_t>(i));
      ASSERT_EQ(index.find(texts[i] + "y"), TextIndex::kAbsent);
    }
  }
}

}  // namespace
}  // namespace ringside::engine
