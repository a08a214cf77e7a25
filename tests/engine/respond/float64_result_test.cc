// Goal: float64 values, margins and features are written whole, in the slot where they fit and in the region where they do not;
//   what has no score carries zeros of that width. Method: as result_writer_test.cc: hand-made tiles in, tests/support/answer.h
//   reads back.
#include <gtest/gtest.h>

#include <vector>

#include "engine/respond/result_writer.h"
#include "tests/support/answer.h"
#include "tests/support/made_bundle.h"

namespace ringside::engine {
namespace {

using test::Answer;

constexpr std::size_t kStride = 16;

class Float64Result : public ::testing::Test {
 protected:
  static double number(std::uint32_t row, std::uint32_t index) { return (row * 100 + index + 1) / 3.0; }

  bool begin(std::uint16_t rows, std::uint32_t out_bytes, bool make_ids, bool features) {
    wire::RequestGeometry geometry{};
    geometry.rows = rows;
    geometry.out_bytes = out_bytes;
    return writer_.begin(slot_, memory_.data(), geometry,
                         {.fields = 2,
                          .values = 1,
                          .margins = 1,
                          .features = 3,
                          .output_type = FloatType::kFloat64,
                          .feature_type = FloatType::kFloat64,
                          .make_ids = make_ids,
                          .return_features = features});
  }

  Answer write(std::uint32_t rows) {
    std::vector<double> values, margins, features;
    const std::vector<std::int32_t> labels(rows, 1);
    for (std::uint32_t r = 0; r < rows; ++r) {
      values.push_back(number(r, 0));
      margins.push_back(-number(r, 0));
      for (std::uint32_t i = 0; i < kStride; ++i) features.push_back(number(r, i) + 0.5);
    }
    writer_.rows(0, tile_, {values.data(), margins.data(), features.data(), kStride, labels.data()}, ids_);
    writer_.release(7, {});
    return test::read_answer(slot_, memory_.data());
  }

  wire::ResponseSlot slot_{};
  std::vector<std::byte> memory_{64 << 10, std::byte{0xA5}};
  Tile tile_{InputSchema({test::float_field("x"), test::float_field("y")}, true)};
  RequestIdMaker ids_{{1, 2, 3, 4}};
  ResultWriter writer_;
};

TEST_F(Float64Result, OneRowWithItsIdFillsTheSlotExactly) {
  ASSERT_TRUE(begin(1, 0, true, false));
  tile_.start(1);
  const Answer answer = write(1);
  EXPECT_TRUE(answer.is_inline());
  EXPECT_EQ(answer.geometry.result_bytes, wire::kInlineBytes);
  EXPECT_EQ(answer.geometry.output_type, static_cast<std::uint8_t>(wire::OutputType::kFloat64));
  EXPECT_EQ(answer.value64(0), number(0, 0));
  EXPECT_EQ(answer.margin64(0), -number(0, 0));
}

TEST_F(Float64Result, RowsReadBackAsWrittenAndInvalidOnesAreZeros) {
  ASSERT_TRUE(begin(64, 64 << 10, false, true));
  tile_.start(64);
  tile_.add_error(3, {.code = wire::FieldCode::kMissingRequired, .field = 0});
  const Answer answer = write(64);
  EXPECT_FALSE(answer.is_inline());
  for (std::uint32_t row = 0; row < 64; ++row) {
    const bool valid = row != 3;
    EXPECT_EQ(answer.value64(row), valid ? number(row, 0) : 0.0);
    EXPECT_EQ(answer.margin64(row), valid ? -number(row, 0) : 0.0);
    for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(answer.feature64(row, i), valid ? number(row, i) + 0.5 : 0.0) << row;
  }
}

TEST_F(Float64Result, RoomIsAskedForEightBytesANumber) {
  wire::ResponseGeometry wide{};
  wide.rows = 10, wide.fields = 2, wide.values = 1, wide.margins = 1, wide.features = 3;
  wide.output_type = static_cast<std::uint8_t>(wire::OutputType::kFloat64);
  wide.flags = wire::kHasFeatures | wire::kFeaturesFloat64;
  const auto bytes = static_cast<std::uint32_t>(wire::result_layout(wide).total_bytes);
  EXPECT_EQ(bytes, 10u * (24 + 8 + 5 * 8));
  EXPECT_TRUE(begin(10, bytes, false, true));
  EXPECT_FALSE(begin(10, bytes - 1, false, true));
}

}  // namespace
}  // namespace ringside::engine
