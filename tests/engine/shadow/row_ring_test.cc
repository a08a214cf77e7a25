// Goal: rows leave the ring whole and in order, whatever their lengths; one that finds no room changes nothing.
// Method: a model queue beside it, lengths from a fixed sequence, so that rows meet the end of the block at every offset.
#include "engine/shadow/row_ring.h"

#include <gtest/gtest.h>

#include <cstring>
#include <deque>
#include <string>

namespace ringside::engine {
namespace {

bool push(RowRing& ring, const std::string& row) {
  std::byte* to = ring.reserve(row.size());
  if (to == nullptr) return false;
  std::memcpy(to, row.data(), row.size());
  ring.commit();
  return true;
}

std::string pop(RowRing& ring, std::size_t bytes) {
  const auto* from = reinterpret_cast<const char*>(ring.front());
  std::string row(from, bytes);
  ring.pop();
  return row;
}

TEST(RowRing, EmptyAtFirstAndAfterTheLastRow) {
  RowRing ring(64);
  EXPECT_EQ(ring.front(), nullptr);
  ASSERT_TRUE(push(ring, "row"));
  EXPECT_EQ(pop(ring, 3), "row");
  EXPECT_TRUE(ring.empty());
  EXPECT_EQ(ring.front(), nullptr);
}

TEST(RowRing, FullRefusesAndKeepsTheOldest) {
  RowRing ring(64);  // 8 words: four rows of one word and its length
  for (const char* row : {"a", "b", "c", "d"}) ASSERT_TRUE(push(ring, row));
  EXPECT_FALSE(push(ring, "e"));
  EXPECT_EQ(pop(ring, 1), "a");
  ASSERT_TRUE(push(ring, "e"));
  for (const char* row : {"b", "c", "d", "e"}) EXPECT_EQ(pop(ring, 1), row);
}

TEST(RowRing, RowLongerThanTheBlockIsRefused) {
  RowRing ring(64);
  EXPECT_EQ(ring.reserve(57), nullptr);
  EXPECT_NE(ring.reserve(56), nullptr);
}

TEST(RowRing, ReservedAndNotCommittedIsNoRow) {
  RowRing ring(64);
  ASSERT_NE(ring.reserve(8), nullptr);
  EXPECT_TRUE(ring.empty());
  ASSERT_TRUE(push(ring, "row"));
  EXPECT_EQ(pop(ring, 3), "row");
}

TEST(RowRing, RowsOfAnyLengthStayWholeAndInOrder) {
  RowRing ring(1'000);
  std::deque<std::string> expected;
  std::uint32_t random = 1, refused = 0;
  for (int step = 0; step < 20'000; ++step) {
    random = random * 1'664'525 + 1'013'904'223;
    const bool pushes = (random >> 16 & 3) != 0 || expected.empty();
    if (pushes) {
      const std::string row(random >> 24 & 127, static_cast<char>('a' + step % 26));
      if (push(ring, row)) {
        expected.push_back(row);
      } else {
        ++refused;
      }
    }
    if (!pushes || expected.size() > 12) {
      ASSERT_EQ(pop(ring, expected.front().size()), expected.front()) << step;
      expected.pop_front();
    }
    ASSERT_EQ(ring.empty(), expected.empty());
  }
  EXPECT_GT(refused, 0u);
}

}  // namespace
}  // namespace ringside::engine
