// Goal: the errors of a row come out complete to the 32nd, in schema order, with names that outlive the caller's.
// Method: by hand, one rule a test.
#include "engine/decode/row_errors.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ringside::engine::test {
namespace {

RowError of_field(std::uint16_t field, wire::FieldCode code = wire::FieldCode::kTypeMismatch) {
  return {.code = code, .field = field};
}
RowError of_name(std::string_view name) { return {.code = wire::FieldCode::kExtraField, .name = name}; }

std::vector<std::uint16_t> fields(const RowErrors& errors, std::uint32_t row) {
  std::vector<std::uint16_t> seen;
  for (std::uint32_t i = 0; i < errors.count(row); ++i) seen.push_back(errors.at(row, i).field);
  return seen;
}

TEST(RowErrors, KeepWhatTheyWereGiven) {
  RowErrors errors;
  errors.add(63, {.code = wire::FieldCode::kOutOfRange, .field = 4, .low = 0.5, .high = 1.5});
  ASSERT_EQ(errors.count(63), 1u);
  EXPECT_EQ(errors.count(62), 0u);
  const RowError error = errors.at(63, 0);
  EXPECT_EQ(error.code, wire::FieldCode::kOutOfRange);
  EXPECT_EQ(error.field, 4);
  EXPECT_EQ(error.low, 0.5);
  EXPECT_EQ(error.high, 1.5);
  EXPECT_EQ(error.name, "");
}

TEST(RowErrors, CopyTheNameCutBetweenCharacters) {
  RowErrors errors;
  std::string name = std::string(63, 'n') + "\xC3\xBC";
  errors.add(0, of_name(name));
  name.assign(name.size(), 'x');
  EXPECT_EQ(errors.at(0, 0).name, std::string(63, 'n'));
}

TEST(RowErrors, SortByFieldWithNamesLastAndTiesAsTheyCame) {
  RowErrors errors;
  errors.add(1, of_name("z"));
  errors.add(1, of_field(9));
  errors.add(1, of_field(2, wire::FieldCode::kIntFraction));
  errors.add(1, of_name("a"));
  errors.add(1, of_field(2, wire::FieldCode::kDuplicateField));
  errors.add(2, of_field(5));
  errors.add(2, of_field(4));
  errors.sort(0b010);
  EXPECT_EQ(fields(errors, 1), (std::vector<std::uint16_t>{2, 2, 9, wire::kNoField, wire::kNoField}));
  EXPECT_EQ(errors.at(1, 0).code, wire::FieldCode::kIntFraction);
  EXPECT_EQ(errors.at(1, 1).code, wire::FieldCode::kDuplicateField);
  EXPECT_EQ(errors.at(1, 3).name, "z");
  EXPECT_EQ(errors.at(1, 4).name, "a");
  EXPECT_EQ(fields(errors, 2), (std::vector<std::uint16_t>{5, 4})) << "not in the mask";
}

TEST(RowErrors, MayGrowAndBeSortedAgain) {
  RowErrors errors;
  errors.add(0, of_field(3));
  errors.add(0, of_field(1));
  errors.sort(1);
  errors.add(0, of_field(2));
  errors.sort(1);
  EXPECT_EQ(fields(errors, 0), (std::vector<std::uint16_t>{1, 2, 3}));
}

TEST(RowErrors, KeepTheFirst32OfARow) {
  RowErrors errors;
  for (std::uint16_t i = 0; i < 40; ++i) errors.add(0, of_field(static_cast<std::uint16_t>(39 - i)));
  EXPECT_EQ(errors.count(0), 32u);
  errors.sort(1);
  EXPECT_EQ(errors.at(0, 0).field, 8);
  EXPECT_EQ(errors.at(0, 31).field, 39);
}

TEST(RowErrors, ForgetRowsFromOneOn) {
  RowErrors errors;
  for (std::uint32_t row = 0; row < 64; ++row) errors.add(row, of_field(0));
  errors.forget_from(63);
  EXPECT_EQ(errors.count(62), 1u);
  EXPECT_EQ(errors.count(63), 0u);
  errors.forget_from(0);
  EXPECT_EQ(errors.count(0), 0u);
  errors.forget_from(64);
}

TEST(RowErrors, ClearForgetsAll) {
  RowErrors errors;
  errors.add(7, of_field(0));
  errors.clear();
  EXPECT_EQ(errors.count(7), 0u);
}

}  // namespace
}  // namespace ringside::engine::test
