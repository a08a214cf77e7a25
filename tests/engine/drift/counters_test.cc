// Goal: what a tile shows is counted once, in its place: scored rows in the histograms, oddities of fields, refused rows for their errors only.
// Method: tiles made by hand, every count compared.
#include "engine/drift/counters.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace ringside::engine {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// age is filled, income passes, city is a text that passes, zip is required.
InputSchema schema() {
  std::vector<Field> fields(4);
  fields[0].name = "age";
  fields[0].dtype = Dtype::kInt;
  fields[1].name = "income";
  fields[1].dtype = Dtype::kFloat;
  fields[1].on_missing = OnMissing::kPass;
  fields[2].name = "city";
  fields[2].on_missing = OnMissing::kPass;
  fields[3].name = "zip";
  fields[3].required = true;
  return {fields, true};
}

Baseline baseline() {
  Baseline made;
  made.features = {{.name = "age", .edges = {18, 30}, .counts = {0, 1, 1}}, {.name = "income", .edges = {0}, .counts = {1, 1}}};
  made.scores = {{.name = "score", .edges = {0.5}, .counts = {1, 1}}};
  made.fields.resize(4);
  return made;
}

class DriftCounting : public ::testing::Test {
 protected:
  // A tile of so many rows with an income and a city each.
  void start(std::uint32_t rows) {
    tile_.start(rows);
    for (std::uint32_t row = 0; row < kTileRows; ++row) {  // beyond the tile's rows, too: rubbish that must not be counted
      tile_.numbers(1)[row] = row < rows ? 1.0 : std::nan("");
      tile_.texts(2)[row] = row < rows ? Text{"ams", 3} : Text{};
    }
  }
  [[nodiscard]] std::uint32_t count(std::size_t cell) const { return counters_.sum()[cell]; }
  [[nodiscard]] std::uint32_t field(std::uint32_t number, FieldCount kind) const {
    return count(counters_.layout().field(number) + static_cast<std::size_t>(kind));
  }
  [[nodiscard]] std::vector<std::uint32_t> histogram(std::size_t first) const {
    const auto all = counters_.sum();
    return {all.begin() + static_cast<std::ptrdiff_t>(first), all.begin() + static_cast<std::ptrdiff_t>(first + kHistogramCells)};
  }
  static std::vector<std::uint32_t> cells(std::uint32_t bin0, std::uint32_t bin1, std::uint32_t bin2, std::uint32_t missing) {
    std::vector<std::uint32_t> all(kHistogramCells);
    all[0] = bin0, all[1] = bin1, all[2] = bin2, all[kBinsMax] = missing;
    return all;
  }

  InputSchema schema_{schema()};
  Baseline baseline_{baseline()};
  DriftCounters counters_{schema_, &baseline_, 2};
  Tile tile_{schema_};
};

TEST_F(DriftCounting, ScoredRowsAreInOneBinOfEachHistogram) {
  start(3);
  const std::vector<float> features{20, -1, 0, 40, kNan, 0, 17, 5, 0};  // a stride of 3
  const std::vector<float> values{0.1F, 0.5F, 0.9F};
  counters_.add(0, tile_, features.data(), 3, values.data());
  EXPECT_EQ(histogram(counters_.layout().feature(0)), cells(1, 1, 1, 0));
  EXPECT_EQ(histogram(counters_.layout().feature(1)), cells(1, 1, 0, 1));
  EXPECT_EQ(histogram(counters_.layout().score(0)), cells(1, 2, 0, 0));
  EXPECT_EQ(count(DriftLayout::kScored), 3u);
  EXPECT_EQ(count(DriftLayout::kRefused), 0u);
  for (std::uint32_t number = 0; number < 4; ++number) {
    for (std::uint8_t kind = 0; kind < kFieldCounts; ++kind) EXPECT_EQ(field(number, static_cast<FieldCount>(kind)), 0u);
  }
}

TEST_F(DriftCounting, WiderNumbersFindTheSameBins) {
  start(1);
  const std::vector<double> features{30, 0}, values{0.7};
  counters_.add(0, tile_, features.data(), 2, values.data());
  const std::vector<float> narrow{30, 0};
  counters_.add(0, tile_, narrow.data(), 2, values.data());
  EXPECT_EQ(histogram(counters_.layout().feature(0)), cells(0, 0, 2, 0));
  EXPECT_EQ(histogram(counters_.layout().score(0)), cells(0, 2, 0, 0));
}

TEST_F(DriftCounting, MarksOfTheTileAreCountedByField) {
  start(64);
  tile_.filled(0) = 0xFFFF'0000'0000'0001;
  tile_.unknown(2) = 0b110;
  tile_.clamped(0) = 0b1;
  const std::vector<float> features(64 * 2), values(64);
  counters_.add(0, tile_, features.data(), 2, values.data());
  EXPECT_EQ(field(0, FieldCount::kMissing), 17u);
  EXPECT_EQ(field(0, FieldCount::kFilled), 17u);
  EXPECT_EQ(field(0, FieldCount::kOutOfRange), 1u);
  EXPECT_EQ(field(2, FieldCount::kUnknown), 2u);
  EXPECT_EQ(field(2, FieldCount::kMissing), 0u);
}

TEST_F(DriftCounting, MissingValuesThatPassAreMissingAndNotFilled) {
  start(5);
  for (const std::uint32_t row : {0u, 3u, 4u}) tile_.numbers(1)[row] = std::nan("");
  tile_.texts(2)[1] = {};
  const std::vector<float> features(5 * 2), values(5);
  counters_.add(0, tile_, features.data(), 2, values.data());
  EXPECT_EQ(field(1, FieldCount::kMissing), 3u);
  EXPECT_EQ(field(1, FieldCount::kFilled), 0u);
  EXPECT_EQ(field(2, FieldCount::kMissing), 1u);
}

TEST_F(DriftCounting, RefusedRowsCountForWhatTheyWereRefusedForAndNothingElse) {
  start(4);
  tile_.filled(0) = 0b1111;
  tile_.numbers(1)[1] = std::nan("");  // what an error leaves behind
  tile_.add_error(1, {.code = wire::FieldCode::kOutOfRange, .field = 0});
  tile_.add_error(1, {.code = wire::FieldCode::kTypeMismatch, .field = 1});
  tile_.add_error(2, {.code = wire::FieldCode::kUnknownCategory, .field = 2});
  tile_.add_error(2, {.code = wire::FieldCode::kDuplicateField, .field = 2});  // a field twice is one refusal for it
  tile_.add_error(2, {.code = wire::FieldCode::kExtraField, .name = "more"});
  tile_.add_error(3, {.code = wire::FieldCode::kMissingRequired, .field = 3});
  const std::vector<float> features(4 * 2), values(4);
  counters_.add(0, tile_, features.data(), 2, values.data());
  EXPECT_EQ(count(DriftLayout::kScored), 1u);
  EXPECT_EQ(count(DriftLayout::kRefused), 3u);
  EXPECT_EQ(histogram(counters_.layout().feature(0)), cells(1, 0, 0, 0));
  EXPECT_EQ(field(0, FieldCount::kFilled), 1u);
  EXPECT_EQ(field(0, FieldCount::kOutOfRange), 1u);
  EXPECT_EQ(field(0, FieldCount::kRefused), 1u);
  EXPECT_EQ(field(1, FieldCount::kMissing), 0u);
  EXPECT_EQ(field(1, FieldCount::kRefused), 1u);
  EXPECT_EQ(field(2, FieldCount::kUnknown), 1u);
  EXPECT_EQ(field(2, FieldCount::kRefused), 1u);
  EXPECT_EQ(field(3, FieldCount::kMissing), 1u);
  EXPECT_EQ(field(3, FieldCount::kRefused), 1u);
}

TEST_F(DriftCounting, WorkersAreAddedUp) {
  start(1);
  const std::vector<float> features{20, 0}, values{0};
  counters_.add(0, tile_, features.data(), 2, values.data());
  counters_.add(1, tile_, features.data(), 2, values.data());
  EXPECT_EQ(count(DriftLayout::kScored), 2u);
  EXPECT_EQ(histogram(counters_.layout().feature(0)), cells(0, 2, 0, 0));
}

TEST_F(DriftCounting, WithoutABaselineFieldsAndRowsAreCountedAlone) {
  DriftCounters counters(schema_, nullptr, 1);
  EXPECT_EQ(counters.layout().size(), 2 + 4 * kFieldCounts);
  start(2);
  tile_.filled(0) = 0b10;
  const std::vector<float> features(4), values(2);
  counters.add(0, tile_, features.data(), 2, values.data());
  EXPECT_EQ(counters.sum()[DriftLayout::kScored], 2u);
  EXPECT_EQ(counters.sum()[counters.layout().field(0)], 1u);
}

// The marked fields are a bit each, of words of 64.
TEST(DriftCountingOfManyFields, EachIsCountedInItsPlace) {
  std::vector<Field> fields(130);
  for (std::size_t i = 0; i < fields.size(); ++i) fields[i].name = std::to_string(i);
  const InputSchema schema(fields, true);
  DriftCounters counters(schema, nullptr, 1);
  Tile tile(schema);
  for (std::uint32_t field = 0; field < 130; ++field) {
    tile.start(2);
    tile.filled(field) = 0b11;
    tile.unknown(field) = 0b10;
    counters.add(0, tile, static_cast<const float*>(nullptr), 0, static_cast<const float*>(nullptr));
    for (std::uint32_t i = 0; i < 130; ++i) {
      EXPECT_EQ(counters.sum()[counters.layout().field(i) + static_cast<std::size_t>(FieldCount::kFilled)], i <= field ? 2u : 0u);
      EXPECT_EQ(counters.sum()[counters.layout().field(i) + static_cast<std::size_t>(FieldCount::kUnknown)], i <= field ? 1u : 0u);
    }
  }
}

TEST(DriftCountingOfManyFeatures, EveryBlockOfThemIsCounted) {
  const InputSchema none;
  Baseline wide;
  for (int i = 0; i < 150; ++i)
    wide.features.push_back({.name = std::to_string(i), .edges = {static_cast<double>(i)}, .counts = {0, 0}});
  DriftCounters counters(none, &wide, 1);
  Tile tile(none);
  tile.start(3);
  std::vector<float> features;
  for (int row = 0; row < 3; ++row) {
    for (int i = 0; i < 150; ++i) features.push_back(static_cast<float>(i) - (row == 1 ? 0.5F : 0.0F));
  }
  counters.add(0, tile, features.data(), 150, features.data());
  for (std::size_t i = 0; i < 150; ++i) {
    EXPECT_EQ(counters.sum()[counters.layout().feature(i)], 1u) << i;
    EXPECT_EQ(counters.sum()[counters.layout().feature(i) + 1], 2u) << i;
  }
}

}  // namespace
}  // namespace ringside::engine
