// Goal: what a client reads through schemas/wire/result.h is what was written, for every shape; nothing is written outside the
//   out-region; no byte of another call travels in an answer.
// Method: tiles and scores made by hand go in, tests/support/answer.h reads them back. Slot and region are full of 0xA5 before
//   each call, and the region has guards on both sides.
#include "engine/respond/result_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/schema/input_schema.h"
#include "tests/support/answer.h"
#include "tests/support/made_bundle.h"

namespace ringside::engine {
namespace {

using test::Answer;
using test::float_field;
using test::read_answer;
using enum test::Answer::Bitmap;

constexpr std::byte kStale{0xA5};
constexpr std::uint64_t kTicket = 41;

InputSchema schema_of(std::uint32_t fields) {
  std::vector<Field> list;
  for (std::uint32_t i = 0; i < fields; ++i) list.push_back(float_field("f" + std::to_string(i)));
  return {list, true};
}

// One call's slot, region and writer.
class Desk {
 public:
  explicit Desk(std::uint32_t fields, std::uint32_t region_bytes = 64 << 10)
      : tile(schema_of(fields)), region_bytes_(region_bytes) {
    soil();
  }

  void soil() {
    memory_.assign(kGuard + region_bytes_ + kGuard, kStale);
    std::memset(static_cast<void*>(slot.inline_result), 0xA5, sizeof slot.inline_result);
    std::memset(static_cast<void*>(&slot.geometry), 0xA5, sizeof slot.geometry);
  }

  bool begin(std::uint16_t rows, ResultShape shape) {
    shape_ = shape;
    wire::RequestGeometry geometry{};
    geometry.rows = rows;
    geometry.out_offset = kGuard;
    geometry.out_bytes = region_bytes_;
    return writer.begin(slot, memory_.data(), geometry, shape);
  }

  // Scores that tell from which row, column and kind they come. The tile has been filled before.
  void write_rows(std::uint32_t first_row) {
    std::vector<float> values, margins, features;
    std::vector<std::int32_t> labels;
    for (std::uint32_t r = 0; r < tile.rows(); ++r) {
      for (std::uint32_t i = 0; i < shape_.values; ++i) values.push_back(value(first_row + r, i));
      for (std::uint32_t i = 0; i < shape_.margins; ++i) margins.push_back(-value(first_row + r, i));
      for (std::uint32_t i = 0; i < stride(); ++i) features.push_back(value(first_row + r, i) + 0.5F);
      labels.push_back(static_cast<std::int32_t>(first_row + r));
    }
    writer.rows(first_row, tile, {values.data(), margins.data(), features.data(), stride(), labels.data()}, ids);
  }
  static float value(std::uint32_t row, std::uint32_t index) { return static_cast<float>(row * 100 + index + 1); }
  [[nodiscard]] std::size_t stride() const { return shape_.features + 3u; }  // as a workspace's: wider than the features

  Answer release(const CallSummary& summary = {.version_ordinal = 3, .arm = wire::Arm::kCurrent}) {
    writer.release(kTicket, summary);
    return read();
  }
  Answer read() {
    EXPECT_EQ(slot.seq.load(), kTicket + 1);
    for (std::size_t i = 0; i < kGuard; ++i) {
      EXPECT_EQ(memory_[i], kStale);
      EXPECT_EQ(memory_[kGuard + region_bytes_ + i], kStale);
    }
    return read_answer(slot, memory_.data() + kGuard);
  }
  [[nodiscard]] bool region_untouched() const {
    return std::ranges::all_of(memory_, [](std::byte b) { return b == kStale; });
  }

  wire::ResponseSlot slot{};
  Tile tile;
  ResultWriter writer;
  RequestIdMaker ids{{1, 2, 3, 4}};

 private:
  static constexpr std::uint32_t kGuard = 64;
  std::uint32_t region_bytes_;
  std::vector<std::byte> memory_;
  ResultShape shape_;
};

constexpr ResultShape kBinary{.fields = 4, .values = 1, .margins = 1, .features = 7};

TEST(ResultWriter, OneRowOfABinaryModelTravelsInsideTheSlot) {
  Desk desk(4);
  ASSERT_TRUE(desk.begin(1, kBinary));
  desk.tile.start(1);
  desk.write_rows(0);
  const Answer answer = desk.release();
  EXPECT_TRUE(answer.is_inline());
  EXPECT_TRUE(desk.region_untouched());
  EXPECT_EQ(answer.geometry.rows, 1);
  EXPECT_EQ(answer.geometry.fields, 4);
  EXPECT_EQ(answer.geometry.version_ordinal, 3u);
  EXPECT_EQ(answer.geometry.arm, static_cast<std::uint8_t>(wire::Arm::kCurrent));
  EXPECT_EQ(answer.status(0), wire::Status::kOk);
  EXPECT_EQ(answer.value(0), Desk::value(0, 0));
  EXPECT_EQ(answer.margin(0), -Desk::value(0, 0));
  EXPECT_EQ(answer.row(0).label_index, 0);
}

TEST(ResultWriter, SlotIsNotVisibleBeforeItsRelease) {
  Desk desk(4);
  ASSERT_TRUE(desk.begin(1, kBinary));
  desk.tile.start(1);
  desk.write_rows(0);
  EXPECT_EQ(desk.slot.seq.load(), 0u);
}

TEST(ResultWriter, ManyRowsAndOutputsReadBackAsWritten) {
  for (const auto rows : {std::uint16_t{2}, std::uint16_t{63}, std::uint16_t{64}}) {
    Desk desk(70);
    ASSERT_TRUE(
        desk.begin(rows, {.fields = 70, .values = 3, .margins = 3, .features = 9, .make_ids = true, .return_features = true}));
    desk.tile.start(rows);
    desk.write_rows(0);
    const Answer answer = desk.release();
    EXPECT_FALSE(answer.is_inline());
    for (std::uint32_t row = 0; row < rows; ++row) {
      ASSERT_EQ(answer.status(row), wire::Status::kOk);
      ASSERT_EQ(answer.row(row).label_index, static_cast<std::int32_t>(row));
      for (std::uint32_t i = 0; i < 3; ++i) {
        ASSERT_EQ(answer.value(row, i), Desk::value(row, i));
        ASSERT_EQ(answer.margin(row, i), -Desk::value(row, i));
      }
      for (std::uint32_t i = 0; i < 9; ++i) ASSERT_EQ(answer.feature(row, i), Desk::value(row, i) + 0.5F);
    }
  }
}

TEST(ResultWriter, TilesOfOneCallStandOneAfterTheOther) {
  Desk desk(4, 128 << 10);
  ASSERT_TRUE(desk.begin(512, {.fields = 4, .values = 1, .margins = 1, .features = 7, .make_ids = true}));
  std::uint32_t row = 0;
  for (const std::uint32_t rows : {64, 1, 63, 64, 64, 64, 64, 64, 64}) {  // a full text piece makes short tiles
    desk.tile.start(rows);
    desk.write_rows(row);
    row += rows;
  }
  ASSERT_EQ(row, 512u);
  const Answer answer = desk.release();
  std::set<std::array<std::uint8_t, 16>> ids;
  for (row = 0; row < 512; ++row) {
    ASSERT_EQ(answer.value(row), Desk::value(row, 0)) << row;
    ASSERT_EQ(answer.margin(row), -Desk::value(row, 0)) << row;
    ASSERT_EQ(answer.id(row)[6] >> 4, 7) << row;
    ASSERT_TRUE(ids.insert(answer.id(row)).second) << row;
  }
}

TEST(ResultWriter, BitmapsNameTheFieldOfTheRowAcrossWords) {
  Desk desk(130);
  ASSERT_TRUE(desk.begin(64, {.fields = 130, .values = 1, .margins = 1, .features = 1}));
  desk.tile.start(64);
  const std::vector<std::pair<std::uint32_t, std::uint32_t>> set{{0, 0}, {5, 63}, {5, 64}, {63, 129}, {17, 127}, {17, 128}};
  for (const auto& [row, field] : set) {
    desk.tile.filled(field) |= RowMask{1} << row;
    desk.tile.unknown(129 - field) |= RowMask{1} << row;
    desk.tile.clamped(field) |= RowMask{1} << (63 - row);
  }
  desk.write_rows(0);
  const Answer answer = desk.release();
  const auto has = [&](std::uint32_t row, std::uint32_t field) {
    return std::ranges::find(set, std::pair{row, field}) != set.end();
  };
  for (std::uint32_t row = 0; row < 64; ++row) {
    for (std::uint32_t field = 0; field < 130; ++field) {
      ASSERT_EQ(answer.has(kFilled, row, field), has(row, field)) << row << ' ' << field;
      ASSERT_EQ(answer.has(kUnknown, row, field), has(row, 129 - field)) << row << ' ' << field;
      ASSERT_EQ(answer.has(kClamped, row, field), has(63 - row, field)) << row << ' ' << field;
    }
  }
}

TEST(ResultWriter, ErrorsOfRowsReadBackWithNamesAndBounds) {
  Desk desk(4);
  ASSERT_TRUE(desk.begin(3, kBinary));
  desk.tile.start(3);
  const std::string long_name(64, 'n');
  desk.tile.add_error(0, {.code = wire::FieldCode::kOutOfRange, .field = 2, .low = -1.5, .high = 9.0});
  desk.tile.add_error(
      2, {.code = wire::FieldCode::kTypeMismatch, .expected = wire::Dtype::kInt, .got = wire::Tag::kText, .field = 1});
  desk.tile.add_error(2, {.code = wire::FieldCode::kExtraField, .name = "zip"});
  desk.tile.add_error(2, {.code = wire::FieldCode::kExtraField, .name = long_name});
  desk.tile.add_error(2, {.code = wire::FieldCode::kDuplicateField, .field = 3});
  desk.write_rows(0);
  const Answer answer = desk.release();
  EXPECT_EQ(answer.status(0), wire::Status::kInvalid);
  EXPECT_EQ(answer.status(1), wire::Status::kOk);
  EXPECT_EQ(answer.status(2), wire::Status::kInvalid);
  EXPECT_EQ(answer.value(1), Desk::value(1, 0));
  EXPECT_EQ(answer.row(0).errors, 1);
  EXPECT_EQ(answer.row(2).errors, 4);
  const auto first = answer.errors(0), last = answer.errors(2);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].code, wire::FieldCode::kOutOfRange);
  EXPECT_EQ(first[0].low, -1.5);
  EXPECT_EQ(first[0].high, 9.0);
  ASSERT_EQ(last.size(), 4u);
  EXPECT_EQ(last[0].got, wire::Tag::kText);
  EXPECT_EQ(last[0].expected, wire::Dtype::kInt);
  EXPECT_TRUE(std::isnan(last[0].low));
  EXPECT_EQ(last[1].name, "zip");
  EXPECT_EQ(last[2].name, long_name);
  EXPECT_EQ(last[3].field, 3);
  EXPECT_EQ(last[3].name, "");
}

TEST(ResultWriter, OneRowWithErrorsMovesFromTheSlotToTheRegion) {
  Desk desk(4);
  ASSERT_TRUE(desk.begin(1, kBinary));
  desk.tile.start(1);
  desk.tile.filled(3) = 1;
  desk.tile.add_error(0, {.code = wire::FieldCode::kMissingRequired, .field = 0});
  desk.write_rows(0);
  const Answer answer = desk.release();
  EXPECT_FALSE(answer.is_inline());
  EXPECT_EQ(answer.status(0), wire::Status::kInvalid);
  EXPECT_TRUE(answer.has(kFilled, 0, 3)) << "what was staged before the error came must have moved, too";
  ASSERT_EQ(answer.errors().size(), 1u);
  EXPECT_EQ(answer.errors()[0].code, wire::FieldCode::kMissingRequired);
}

// Each region size from nothing to all: the fixed part is whole or the call does not begin; errors are cut between two, never
// within one.
TEST(ResultWriter, SmallRegionCutsErrorsAndNeverTheFixedPart) {
  const std::string name(40, 'n');  // three units with its error
  std::uint32_t begun = 0, cut = 0, whole = 0;
  for (std::uint32_t bytes = 0; bytes <= 360; bytes += 8) {
    Desk desk(4, bytes);
    if (!desk.begin(2, kBinary)) {
      EXPECT_TRUE(desk.region_untouched());
      continue;
    }
    ++begun;
    desk.tile.start(2);
    desk.tile.add_error(0, {.code = wire::FieldCode::kMissingRequired, .field = 0});
    desk.tile.add_error(0, {.code = wire::FieldCode::kExtraField, .name = name});
    desk.tile.add_error(1, {.code = wire::FieldCode::kMissingRequired, .field = 1});
    desk.write_rows(0);
    const Answer answer = desk.release();
    EXPECT_LE(answer.geometry.result_bytes, std::max<std::uint32_t>(bytes, answer.is_inline() ? 64 : 0));
    EXPECT_EQ(answer.status(0), wire::Status::kInvalid);
    EXPECT_EQ(answer.status(1), wire::Status::kInvalid);
    EXPECT_EQ(answer.row(0).errors, answer.errors(0).size());
    EXPECT_EQ(answer.row(1).errors, answer.errors(1).size());
    (answer.errors().size() == 3 ? whole : cut) += 1;
  }
  EXPECT_GT(begun, 0u);
  EXPECT_GT(cut, 0u);
  EXPECT_GT(whole, 0u);
}

TEST(ResultWriter, OneRowFitsTheSlotThoughTheRegionIsEmpty) {
  Desk desk(4, 0);
  ASSERT_TRUE(desk.begin(1, kBinary));
  desk.tile.start(1);
  desk.tile.add_error(0, {.code = wire::FieldCode::kMissingRequired, .field = 0});
  desk.write_rows(0);
  const Answer answer = desk.release();
  EXPECT_TRUE(answer.is_inline());
  EXPECT_EQ(answer.status(0), wire::Status::kInvalid);
  EXPECT_EQ(answer.row(0).errors, 0);
}

TEST(ResultWriter, RegionOneByteTooSmallForTheFixedPartIsRefused) {
  const ResultShape shape{.fields = 4, .values = 1, .margins = 1, .features = 7};
  wire::ResponseGeometry geometry{};
  geometry.rows = 10, geometry.fields = 4, geometry.values = 1, geometry.margins = 1;
  const auto bytes = static_cast<std::uint32_t>(wire::result_layout(geometry).total_bytes);
  Desk exact(4, bytes);
  EXPECT_TRUE(exact.begin(10, shape));
  Desk small(4, bytes - 1);
  EXPECT_FALSE(small.begin(10, shape));
}

TEST(ResultWriter, InvalidRowsCarryZerosWhereAScoreWouldStand) {
  Desk desk(4);
  ASSERT_TRUE(desk.begin(2, {.fields = 4, .values = 2, .margins = 2, .features = 7, .return_features = true}));
  desk.tile.start(2);
  desk.tile.add_error(1, {.code = wire::FieldCode::kMissingRequired, .field = 0});
  desk.write_rows(0);  // scores of row 1 stand in the worker's memory, but are nobody's
  const Answer answer = desk.release();
  EXPECT_EQ(answer.feature(0, 6), Desk::value(0, 6) + 0.5F);
  EXPECT_EQ(answer.row(1).label_index, -1);
  for (std::uint32_t i = 0; i < 2; ++i) {
    EXPECT_EQ(answer.value(1, i), 0.0F);
    EXPECT_EQ(answer.margin(1, i), 0.0F);
  }
  for (std::uint32_t i = 0; i < 7; ++i) EXPECT_EQ(answer.feature(1, i), 0.0F);
}

TEST(ResultWriter, RowsWithoutScoreCarryTheirStatusAndNothingElse) {
  Desk desk(70, 128 << 10);
  ASSERT_TRUE(
      desk.begin(100, {.fields = 70, .values = 1, .margins = 1, .features = 7, .make_ids = true, .return_features = true}));
  desk.tile.start(64);
  for (std::uint32_t field = 0; field < 70; ++field) desk.tile.filled(field) = ~RowMask{0};
  desk.write_rows(0);
  desk.writer.rows_without_score(64, 36, wire::Status::kTimeout, desk.ids);
  const Answer answer = desk.release();
  EXPECT_EQ(answer.status(63), wire::Status::kOk);
  EXPECT_TRUE(answer.has(kFilled, 63, 69));
  for (std::uint32_t row = 64; row < 100; ++row) {
    ASSERT_EQ(answer.status(row), wire::Status::kTimeout);
    ASSERT_EQ(answer.row(row).label_index, -1);
    ASSERT_EQ(answer.value(row), 0.0F);
    ASSERT_EQ(answer.feature(row, 6), 0.0F);
    for (std::uint32_t field = 0; field < 70; ++field) ASSERT_FALSE(answer.has(kFilled, row, field));
    ASSERT_EQ(answer.id(row)[6] >> 4, 7);
  }
}

// Two calls with the same writer and tile, the first rich, the second all invalid: the second's whole result, byte by byte, is
// what a writer that never saw the first would have written, on memory of another colour.
TEST(ResultWriter, NoByteOfAnEarlierCallTravels) {
  const ResultShape shape{.fields = 4, .values = 2, .margins = 2, .features = 7, .return_features = true};
  const auto second_call = [&](Desk& desk) {
    EXPECT_TRUE(desk.begin(3, shape));
    desk.tile.start(3);
    for (std::uint32_t row = 0; row < 3; ++row) desk.tile.add_error(row, {.code = wire::FieldCode::kExtraField, .name = "x"});
    desk.write_rows(0);
    return desk.release();
  };
  Desk fresh(4);
  const Answer expected = second_call(fresh);
  Desk used(4);
  ASSERT_TRUE(used.begin(64, shape));
  used.tile.start(64);
  for (std::uint32_t field = 0; field < 4; ++field) used.tile.unknown(field) = ~RowMask{0};
  used.tile.add_error(0, {.code = wire::FieldCode::kExtraField, .name = std::string(64, 's')});
  used.write_rows(0);
  static_cast<void>(used.release());
  used.soil();
  const Answer answer = second_call(used);
  EXPECT_EQ(answer.bytes, expected.bytes);
  EXPECT_EQ(std::memcmp(&answer.geometry, &expected.geometry, sizeof answer.geometry), 0);
}

TEST(ResultWriter, EmptyReleaseSaysItsStatusAndHasNoRows) {
  Desk desk(4);
  ResultWriter::release_empty(
      desk.slot, kTicket, {.status = wire::Status::kUnavailable, .code = static_cast<std::uint8_t>(wire::Reason::kNoVersion)});
  const Answer answer = desk.read();
  EXPECT_EQ(answer.call_status(), wire::Status::kUnavailable);
  EXPECT_EQ(answer.reason(), wire::Reason::kNoVersion);
  EXPECT_EQ(answer.geometry.rows, 0);
  EXPECT_EQ(answer.geometry.result_bytes, 0u);
  EXPECT_EQ(answer.geometry.version_ordinal, wire::kNoVersion);
  EXPECT_TRUE(desk.region_untouched());
}

TEST(ResultWriter, TimingsOfTheSummaryTravel) {
  Desk desk(4);
  ASSERT_TRUE(desk.begin(1, kBinary));
  desk.tile.start(1);
  desk.write_rows(0);
  const Answer answer = desk.release({.queue_ns = 1, .decode_ns = 2, .preprocess_ns = 3, .forest_ns = 4, .total_ns = 5});
  EXPECT_EQ(answer.geometry.queue_ns, 1u);
  EXPECT_EQ(answer.geometry.decode_ns, 2u);
  EXPECT_EQ(answer.geometry.preprocess_ns, 3u);
  EXPECT_EQ(answer.geometry.forest_ns, 4u);
  EXPECT_EQ(answer.geometry.total_ns, 5u);
}

}  // namespace
}  // namespace ringside::engine
