// Goal: the client finds each part of a result where the engine put it.
// Method: layouts by hand, the ordinary one first: one row of a binary model must fit its cache line.
#include "schemas/wire/result.h"

#include <gtest/gtest.h>

namespace ringside::wire {
namespace {

ResponseGeometry binary(std::uint16_t rows, std::uint16_t fields) {
  ResponseGeometry g{};
  g.rows = rows;
  g.fields = fields;
  g.values = 1;
  g.margins = 1;
  return g;
}

TEST(ResultLayout, OneBinaryRowWithMadeIdFitsInline) {
  ResponseGeometry g = binary(1, 64);
  g.flags = kIdsMade;
  const ResultLayout layout = result_layout(g);
  EXPECT_EQ(layout.words, 1u);
  EXPECT_EQ(layout.ids_offset, 24u);
  EXPECT_EQ(layout.rows_offset, 40u);
  EXPECT_EQ(layout.values_offset, 48u);
  EXPECT_EQ(layout.margins_offset, 52u);
  EXPECT_EQ(layout.total_bytes, 56u);
  EXPECT_LE(layout.total_bytes, kInlineBytes);
}

TEST(ResultLayout, The65thFieldTakesAnotherWordInEachBitmap) {
  EXPECT_EQ(result_layout(binary(1, 64)).ids_offset, 24u);
  EXPECT_EQ(result_layout(binary(1, 65)).ids_offset, 48u);
  EXPECT_EQ(result_layout(binary(1, 0)).ids_offset, 0u);
}

TEST(ResultLayout, ErrorsAreAlignedAndCostPaddingOnlyWhenThereAreSome) {
  ResponseGeometry g = binary(1, 1);
  g.values = 2;  // 24 + 8 + 8 + 4 = 44
  EXPECT_EQ(result_layout(g).total_bytes, 44u);
  g.errors = 2;
  EXPECT_EQ(result_layout(g).errors_offset, 48u);
  EXPECT_EQ(result_layout(g).total_bytes, 48u + 64u);
}

TEST(ResultLayout, Float64OutputsAreTwiceAsWideAndFeaturesStayFloat32UnlessTheirFlagSaysSo) {
  ResponseGeometry g = binary(2, 1);
  g.values = 3;
  g.features = 5;
  g.flags = kHasFeatures;
  g.output_type = static_cast<std::uint8_t>(OutputType::kFloat64);
  const ResultLayout layout = result_layout(g);
  EXPECT_EQ(layout.rows_offset, 48u);
  EXPECT_EQ(layout.values_offset, 48u + 16u);
  EXPECT_EQ(layout.margins_offset, layout.values_offset + 2u * 3u * 8u);
  EXPECT_EQ(layout.features_offset, layout.margins_offset + 2u * 8u);
  EXPECT_EQ(layout.total_bytes, layout.features_offset + 2u * 5u * 4u);
  g.flags |= kFeaturesFloat64;
  EXPECT_EQ(result_layout(g).features_offset, layout.features_offset);
  EXPECT_EQ(result_layout(g).total_bytes, layout.features_offset + 2u * 5u * 8u);
}

TEST(ResultLayout, AnAnswerWithoutRowsIsEmpty) { EXPECT_EQ(result_layout(ResponseGeometry{}).total_bytes, 0u); }

TEST(ErrorUnits, ANameTakesWholeUnits) {
  EXPECT_EQ(error_units(0), 1u);
  EXPECT_EQ(error_units(1), 2u);
  EXPECT_EQ(error_units(32), 2u);
  EXPECT_EQ(error_units(33), 3u);
  EXPECT_EQ(kErrorUnitsMax, 3u);
}

}  // namespace
}  // namespace ringside::wire
