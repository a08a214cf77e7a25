// Goal: packed cells are judged as the same numbers in tagged cells are, in both widths, for one row and for many; NaN says nothing.
// Method: the same rows sent both ways must look the same; what only packed calls can be is written by hand.
#include <gtest/gtest.h>

#include <cmath>
#include <initializer_list>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/engine/decode/sent_call.h"

namespace ringside::engine::test {
namespace {

using wire::Cell;
using wire::Encoding;

class Packed : public ::testing::TestWithParam<Encoding> {
 protected:
  void start(wire::CallBody& body, std::uint16_t columns, std::uint16_t rows) { body.start_packed(columns, rows, GetParam()); }
  void put(wire::CallBody& body, std::uint16_t column, std::uint16_t row, double value) {
    if (GetParam() == Encoding::kPackedF32) {
      body.packed_f32(column)[row] = static_cast<float>(value);
    } else {
      body.packed_f64(column)[row] = value;
    }
  }
};

InputSchema schema_of_all() {
  return InputSchema({{.name = "age", .dtype = Dtype::kInt, .on_out_of_range = OnOutOfRange::kClamp, .low = 0, .high = 120},
                      {.name = "income", .dtype = Dtype::kFloat, .on_missing = OnMissing::kPass, .low = -50, .high = 120},
                      {.name = "own", .dtype = Dtype::kBool},
                      {.name = "zip", .dtype = Dtype::kInt, .required = true}},
                     true);
}

TEST_P(Packed, RowsAreWhatTheSameNumbersWithTagsAre) {
  const InputSchema schema = schema_of_all();
  std::mt19937_64 random(4);
  const double values[] = {0, -0.0, 1, 2.5, -60, 121, 1e30, kNaN, std::numeric_limits<double>::infinity(), 16'777'216, 0.125};
  for (const std::uint16_t rows : std::initializer_list<std::uint16_t>{1, 2, 63, 64, 65, 200}) {
    for (int time = 0; time < (rows == 1 ? 300 : 5); ++time) {
      wire::CallBody packed, tagged;
      start(packed, 4, rows);
      tagged.start(4, rows);
      for (std::uint16_t column = 0; column < 4; ++column) {
        for (std::uint16_t row = 0; row < rows; ++row) {
          const double value = values[random() % std::size(values)];
          const double sent = GetParam() == Encoding::kPackedF32 ? static_cast<double>(static_cast<float>(value)) : value;
          put(packed, column, row, value);
          tagged.set(column, row, std::isnan(sent) ? Cell::absent() : Cell::real(sent));
        }
      }
      const Gathered expected = gather_all(SentCall(tagged), identity_adapter(schema), schema);
      const Gathered found = gather_all(SentCall(packed), identity_adapter(schema), schema);
      ASSERT_FALSE(found.malformed);
      ASSERT_EQ(found.rows, expected.rows) << rows << " rows";
    }
  }
}

TEST_P(Packed, AValueForAllRowsIsEachRowsOwn) {
  const InputSchema schema = schema_of_all();
  for (const std::uint16_t rows : std::initializer_list<std::uint16_t>{1, 2, 63, 65, 200}) {
    for (const double value : {0.0, 1.0, 2.5, 121.0, kNaN}) {
      wire::CallBody once, each;
      start(once, 4, rows);
      start(each, 4, rows);
      for (std::uint16_t column = 0; column < 4; ++column) {
        const bool for_all = column % 2 == 0;
        for (std::uint16_t row = 0; row < rows; ++row) {
          put(each, column, row, for_all ? value : row);
          if (!for_all || row == 0) put(once, column, row, for_all ? value : row);
        }
        if (for_all) once.broadcast_packed(column);
      }
      const Gathered expected = gather_all(SentCall(each), identity_adapter(schema), schema);
      const Gathered found = gather_all(SentCall(once), identity_adapter(schema), schema);
      ASSERT_FALSE(found.malformed);
      ASSERT_EQ(found.rows, expected.rows) << rows << " rows of " << value;
    }
  }
}

TEST_P(Packed, ACellThatSaysNothingLeavesTheFieldToANamedValue) {
  const InputSchema schema({int_field("age"), str_field("home")}, true);
  wire::CallBody body;
  start(body, 2, 2);
  put(body, 0, 0, 27);
  body.add_named(0, "age", Cell::integer(28));
  body.add_named_text(0, "home", "rent");
  body.add_named(1, "age", Cell::integer(29));
  const Gathered found = gather_all(SentCall(body), identity_adapter(schema), schema);
  EXPECT_EQ(found.rows, (std::vector<std::string>{"age DUPLICATE_FIELD", "age=29 home=''*"}));
}

TEST_P(Packed, ANumberForATextFieldIsOfTheWrongKind) {
  const InputSchema schema({str_field("home")}, true);
  wire::CallBody body;
  start(body, 1, 1);
  put(body, 0, 0, 1);
  EXPECT_EQ(gather_row(body, schema), "home TYPE_MISMATCH 3<-4");
}

TEST_P(Packed, ColumnsThatTheBundleLacksAreExtraOrDroppedWhereTheySaySomething) {
  const InputSchema schema({int_field("age")}, true);
  Adapter adapter;
  adapter.field_of_column = {0, Adapter::kExtra, Adapter::kDropped};
  adapter.extra_names = {"", "zip", ""};
  for (const std::uint16_t rows : std::initializer_list<std::uint16_t>{1, 2}) {
    wire::CallBody body;
    start(body, 3, rows);
    for (std::uint16_t row = 0; row < rows; ++row) put(body, 0, row, 1);
    put(body, 1, 0, 5);
    put(body, 2, static_cast<std::uint16_t>(rows - 1), 6);
    const Gathered found = gather_all(SentCall(body), adapter, schema);
    EXPECT_EQ(found.rows[0], "<zip> EXTRA_FIELD");
    EXPECT_EQ(found.rows.back(), rows == 1 ? "<zip> EXTRA_FIELD" : "age=1");
    EXPECT_EQ(found.dropped, 1U);
  }
}

TEST_P(Packed, ABodyThatIsTooShortForItsCellsIsMalformed) {
  wire::CallBody body;
  start(body, 7, 9);
  wire::RequestGeometry geometry = body.geometry(1);
  wire::BodyLayout layout;
  const CallLimits limits{.in_arena_bytes = 1 << 20, .out_arena_bytes = 1 << 20};
  EXPECT_EQ(check_geometry(geometry, limits, layout), CallShape::kGood);
  EXPECT_EQ(geometry.body_bytes, wire::padded8(7 * 9 * (GetParam() == Encoding::kPackedF32 ? 4 : 8)));
  geometry.body_bytes -= 8;
  EXPECT_EQ(check_geometry(geometry, limits, layout), CallShape::kMalformed);
}

INSTANTIATE_TEST_SUITE_P(Widths, Packed, ::testing::Values(Encoding::kPackedF32, Encoding::kPackedF64),
                         [](const auto& tested) { return tested.param == Encoding::kPackedF32 ? "F32" : "F64"; });

}  // namespace
}  // namespace ringside::engine::test
