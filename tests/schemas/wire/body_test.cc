// Goal: both sides compute the same offsets from a request's geometry, and no geometry makes them compute a wrong one.
// Method: layouts by hand; then every bound, one step inside and one step outside.
#include "schemas/wire/body.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

namespace ringside::wire {
namespace {

RequestGeometry shape(std::uint16_t rows, std::uint16_t columns, std::uint32_t body_bytes) {
  RequestGeometry g{};
  g.rows = rows;
  g.columns = columns;
  g.body_bytes = body_bytes;
  return g;
}

TEST(BodyLayout, OneRowPutsTagsBehindCellsAndPadsThem) {
  const auto layout = body_layout(shape(1, 3, 100));
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->cell_count, 3u);
  EXPECT_EQ(layout->cells_offset, 0u);
  EXPECT_EQ(layout->tags_offset, 24u);
  EXPECT_EQ(layout->extras_offset, 32u);  // 27, padded
  EXPECT_EQ(layout->meta_offset, 32u);
  EXPECT_EQ(layout->text_offset, 32u);
  EXPECT_EQ(layout->text_bytes, 68u);
}

TEST(BodyLayout, SixNumbersOfOneRowFitInline) {
  EXPECT_TRUE(body_layout(shape(1, 6, kInlineBytes)));
  EXPECT_FALSE(body_layout(shape(1, 8, kInlineBytes)));
}

TEST(BodyLayout, BroadcastColumnsTakeOneCellAndABitmapWordPer64Columns) {
  RequestGeometry g = shape(10, 65, 10'000);
  g.broadcast_columns = 60;
  const auto layout = body_layout(g);
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->cell_count, 60u + 5u * 10u);
  EXPECT_EQ(layout->broadcast_offset, 0u);
  EXPECT_EQ(layout->cells_offset, 16u);
  EXPECT_EQ(layout->tags_offset, 16u + 110u * 8u);
  EXPECT_EQ(layout->extras_offset, 16u + 110u * 8u + 112u);
}

TEST(BodyLayout, ExtrasAndMetaStandBetweenTagsAndText) {
  RequestGeometry g = shape(2, 1, 1'000);
  g.extras = 3;
  g.meta_bytes = 24;
  const auto layout = body_layout(g);
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->extras_offset, 24u);
  EXPECT_EQ(layout->meta_offset, 24u + 72u);
  EXPECT_EQ(layout->text_offset, 24u + 72u + 24u);
  EXPECT_EQ(layout->text_bytes, 1'000u - 120u);
}

TEST(BodyLayout, ABodyIsGoodAtItsExactSizeAndRefusedOneByteBelow) {
  RequestGeometry g = shape(64, 22, 0);
  g.extras = 2;
  g.meta_bytes = 8;
  const std::uint32_t exact = 64 * 22 * 9 + 2 * 24 + 8;
  g.body_bytes = exact;
  ASSERT_TRUE(body_layout(g));
  EXPECT_EQ(body_layout(g)->text_bytes, 0u);
  g.body_bytes = exact - 1;
  EXPECT_FALSE(body_layout(g));
}

struct Bound {
  const char* what;
  void (*set)(RequestGeometry&, std::uint32_t over);
};

class BodyBounds : public testing::TestWithParam<Bound> {};

TEST_P(BodyBounds, HoldsAtTheLimitAndRefusesOneBeyond) {
  for (const std::uint32_t over : {0u, 1u}) {
    RequestGeometry g = shape(1, 4, std::numeric_limits<std::uint32_t>::max());
    GetParam().set(g, over);
    EXPECT_EQ(body_layout(g).has_value(), over == 0) << over;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, BodyBounds,
    testing::Values(Bound{"rows", [](RequestGeometry& g,
                                     std::uint32_t over) { g.rows = static_cast<std::uint16_t>(kCallRowsMax + over); }},
                    Bound{"columns", [](RequestGeometry& g,
                                        std::uint32_t over) { g.columns = static_cast<std::uint16_t>(kColumnsMax + over); }},
                    Bound{"broadcast", [](RequestGeometry& g,
                                          std::uint32_t over) { g.broadcast_columns = static_cast<std::uint16_t>(4 + over); }},
                    Bound{"extras", [](RequestGeometry& g, std::uint32_t over) { g.extras = kExtrasMax + over; }},
                    Bound{"meta", [](RequestGeometry& g, std::uint32_t over) { g.meta_bytes = kMetaBytesMax + over * 8; }},
                    Bound{"meta_padding", [](RequestGeometry& g, std::uint32_t over) { g.meta_bytes = 16 + over; }}),
    [](const auto& bound) { return std::string(bound.param.what); });

TEST(BodyLayout, TheLargestGeometryDoesNotWrap) {
  RequestGeometry g = shape(kCallRowsMax, kColumnsMax, std::numeric_limits<std::uint32_t>::max());
  g.extras = kExtrasMax;
  g.meta_bytes = kMetaBytesMax;
  const auto layout = body_layout(g);
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->text_offset, std::uint64_t{4'096} * 4'096 * 9 + std::uint64_t{kExtrasMax} * 24 + kMetaBytesMax);
  EXPECT_EQ(std::uint64_t{layout->text_offset} + layout->text_bytes, g.body_bytes);
  g.body_bytes = 0;
  EXPECT_FALSE(body_layout(g));
}

TEST(Cell, TextKeepsOffsetAndLengthApart) {
  const Cell cell = Cell::text(0xFFFF'FFFE, 0x8000'0001);
  EXPECT_EQ(cell.text_offset(), 0xFFFF'FFFEu);
  EXPECT_EQ(cell.text_bytes(), 0x8000'0001u);
}

TEST(Cell, AZeroedCellIsAbsent) {
  EXPECT_EQ(static_cast<std::uint8_t>(Cell::absent().tag), 0);
  EXPECT_EQ(Cell::absent().bits, 0u);
}

TEST(Cell, ANegativeIntegerComesBack) {
  EXPECT_EQ(Cell::integer(std::numeric_limits<std::int64_t>::min()).as_int(), std::numeric_limits<std::int64_t>::min());
}

}  // namespace
}  // namespace ringside::wire
