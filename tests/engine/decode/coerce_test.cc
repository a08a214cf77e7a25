// Goal: `coerce: pandas` gives what pandas gives, to the last bit, for every kind of cell and every dtype.
// Method: texts and numbers as pandas 1.5.3 read and wrote them (tests/golden/pandas); a table of cells through gather(), as traffic goes.
// (A million more texts against pandas itself: coerce_long_test.py.)
#include "engine/decode/coerce.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include "engine/decode/pandas_number.h"
#include "tests/engine/decode/sent_call.h"

namespace ringside::engine::test {
namespace {

using wire::Cell;
using wire::FieldCode;

std::string bytes_of(const std::string& hex) {
  std::string text;
  for (std::size_t i = 0; hex != "-" && i + 1 < hex.size(); i += 2) text += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return text;
}

std::ifstream readings() {
  const char* source = std::getenv("RINGSIDE_SOURCE");
  return std::ifstream(std::string(source != nullptr ? source : ".") + "/tests/golden/pandas/readings.txt");
}

TEST(Coerce, ReadsAndWritesNumbersAsPandasDid) {
  std::ifstream file = readings();
  std::string line, kind, input, expected;
  std::size_t numbers = 0, reals = 0, not_nearest = 0;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    words >> kind >> input >> expected;
    if (kind == "number") {
      ++numbers;
      const std::string text = bytes_of(input);
      const double found = pandas_number(text);
      if (expected == "nan") {
        EXPECT_TRUE(std::isnan(found)) << "'" << text << "' read as " << found;
        continue;
      }
      const auto bits = static_cast<std::uint64_t>(std::stoull(expected, nullptr, 16));
      EXPECT_EQ(std::bit_cast<std::uint64_t>(found), bits) << "'" << text << "'";
      not_nearest += std::bit_cast<std::uint64_t>(std::strtod(text.c_str(), nullptr)) != bits ? 1 : 0;
    } else if (kind == "real") {
      ++reals;
      char text[kCoercedTextBytesMax];
      const double value = std::bit_cast<double>(static_cast<std::uint64_t>(std::stoull(input, nullptr, 16)));
      EXPECT_EQ(std::string_view(text, coerce_to_text(Cell::real(value), text)), expected);
    }
  }
  EXPECT_GT(numbers, 2'000U);
  EXPECT_GT(reals, 500U);
  EXPECT_GT(not_nearest, 100U) << "a correctly rounding reader would do: the file shows nothing";
}

// "value", "missing" or a code, of a lone field x.
std::string seen(Field field, Cell cell, std::string_view text) {
  field.on_missing = OnMissing::kPass;
  const InputSchema schema({field}, true, Coercion::kPandas);
  wire::CallBody body;
  body.start(1, 1);
  if (cell.tag == wire::Tag::kText) {
    body.set_text(0, 0, text);
  } else {
    body.set(0, 0, cell);
  }
  const std::string row = gather_row(body, schema);
  return row == "MALFORMED" ? row : row.substr(2);
}

struct Case {
  Cell cell;
  std::string_view text;
  std::string as_int, as_float, as_bool, as_str;
};
Case text(std::string_view value, std::string as_int, std::string as_float, std::string as_bool) {
  return {Cell::text(0, 0), value, std::move(as_int), std::move(as_float), std::move(as_bool), "'" + std::string(value) + "'"};
}
Case cell(Cell value, std::string as_int, std::string as_float, std::string as_bool, std::string as_str) {
  return {value, {}, std::move(as_int), std::move(as_float), std::move(as_bool), std::move(as_str)};
}

void expect_all(const std::vector<Case>& cases) {
  for (std::size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE("case " + std::to_string(i));
    const auto& [value, bytes, as_int, as_float, as_bool, as_str] = cases[i];
    EXPECT_EQ(seen({.name = "x", .dtype = Dtype::kInt}, value, bytes), as_int);
    EXPECT_EQ(seen({.name = "x", .dtype = Dtype::kFloat}, value, bytes), as_float);
    EXPECT_EQ(seen({.name = "x", .dtype = Dtype::kBool}, value, bytes), as_bool);
    EXPECT_EQ(seen({.name = "x", .dtype = Dtype::kStr}, value, bytes), as_str);
  }
}

TEST(Coerce, Texts) {
  expect_all({
      text("3.9", "3", "3.8999999999999999", "1"),
      text("-3.9", "-3", "-3.8999999999999999", "1"),
      text(" 27 ", "27", "27", "1"),
      text("-0.5", "0", "-0.5", "1"),
      text("x", "missing", "missing", "1"),
      text("", "missing", "missing", "0"),
      text("nan", "missing", "missing", "1"),
      text("True", "missing", "missing", "1"),
      text("False", "missing", "missing", "1"),
      text("1e400", "missing", "missing", "1"),
      text("inf", "NOT_FINITE", "NOT_FINITE", "1"),
      text("9007199254740992", "9007199254740992", "9007199254740992", "1"),
      text("9007199254740994", "INT_RANGE", "9007199254740994", "1"),
      text("1e300", "INT_RANGE", "1.0000000000000001e+300", "1"),
  });
}

TEST(Coerce, OtherCells) {
  const double infinity = std::numeric_limits<double>::infinity();
  expect_all({
      cell(Cell::boolean(true), "1", "1", "1", "'True'"),
      cell(Cell::boolean(false), "0", "0", "0", "'False'"),
      cell(Cell::integer(1), "1", "1", "1", "'1'"),
      cell(Cell::integer(-27), "-27", "-27", "1", "'-27'"),
      cell(Cell::integer(std::numeric_limits<std::int64_t>::min()), "INT_RANGE", "-9.2233720368547758e+18", "1",
           "'-9223372036854775808'"),
      cell(Cell::real(3.9), "3", "3.8999999999999999", "1", "'3.9'"),
      cell(Cell::real(-0.9), "0", "-0.90000000000000002", "1", "'-0.9'"),
      cell(Cell::real(27.0), "27", "27", "1", "'27.0'"),
      cell(Cell::real(-0.0), "0", "-0", "0", "'-0.0'"),
      cell(Cell::real(1e16), "INT_RANGE", "10000000000000000", "1", "'1e+16'"),
      cell(Cell::real(infinity), "NOT_FINITE", "NOT_FINITE", "1", "'inf'"),
      cell(Cell::real(-infinity), "NOT_FINITE", "NOT_FINITE", "1", "'-inf'"),
      cell(Cell::real(kNaN), "missing", "missing", "missing", "missing"),
      cell(Cell::null(), "missing", "missing", "missing", "missing"),
      cell(Cell::absent(), "missing", "missing", "missing", "missing"),
      cell(Cell::refused(FieldCode::kIntRange), "INT_RANGE", "INT_RANGE", "INT_RANGE", "INT_RANGE"),
      cell(Cell{2, wire::Tag::kBool}, "MALFORMED", "MALFORMED", "MALFORMED", "MALFORMED"),
      cell(Cell{0, static_cast<wire::Tag>(7)}, "MALFORMED", "MALFORMED", "MALFORMED", "MALFORMED"),
  });
}

TEST(Coerce, NestedValuesAreRefusedAsEver) {
  EXPECT_EQ(seen({.name = "x", .dtype = Dtype::kInt}, Cell::refused(FieldCode::kTypeMismatch), {}), "TYPE_MISMATCH 1<-6");
  EXPECT_EQ(seen({.name = "x", .dtype = Dtype::kStr}, Cell::refused(FieldCode::kTypeMismatch), {}), "TYPE_MISMATCH 3<-6");
}

TEST(Coerce, TextThatIsNotUtf8IsRefusedInNumberFieldsToo) {
  for (const Dtype dtype : {Dtype::kInt, Dtype::kFloat, Dtype::kBool, Dtype::kStr}) {
    EXPECT_EQ(seen({.name = "x", .dtype = dtype}, Cell::text(0, 0), "5\xff"), "BAD_UTF8");
  }
}

TEST(Coerce, RangesAndListsAreAskedOfWhatCameOut) {
  EXPECT_EQ(seen({.name = "x", .dtype = Dtype::kInt, .low = 0, .high = 3}, Cell::text(0, 0), "3.9"), "3");
  EXPECT_EQ(seen({.name = "x", .dtype = Dtype::kInt, .low = 0, .high = 2}, Cell::text(0, 0), "3.9"), "OUT_OF_RANGE [0, 2]");
  EXPECT_EQ(seen({.name = "x", .dtype = Dtype::kInt, .on_out_of_range = OnOutOfRange::kClamp, .low = 0, .high = 2}, Cell::text(0, 0), "3.9"), "2!");
  EXPECT_EQ(seen({.name = "x", .allowed = {"1", "2"}}, Cell::integer(1), {}), "'1'");
  EXPECT_EQ(seen({.name = "x", .allowed = {"1", "2"}}, Cell::real(1), {}), "OUT_OF_RANGE [missing, missing]");
}

TEST(Coerce, WhatIsNoNumberFollowsTheRulesOfAMissingValue) {
  const auto row = [](Field field) {
    const InputSchema schema({field}, true, Coercion::kPandas);
    wire::CallBody body;
    body.start(1, 1);
    body.set_text(0, 0, "x");
    return gather_row(body, schema);
  };
  EXPECT_EQ(row({.name = "x", .dtype = Dtype::kInt, .fill_number = 7}), "x=7*");
  EXPECT_EQ(row({.name = "x", .dtype = Dtype::kInt, .required = true}), "x MISSING_REQUIRED");
  EXPECT_EQ(row({.name = "x", .dtype = Dtype::kInt, .on_missing = OnMissing::kReject}), "x NULL_NOT_ALLOWED");
}

// More text than a piece holds: the tile ends before the row whose number's text finds no room, as before any other text.
TEST(Coerce, NumbersMadeTextEndATileThatIsFull) {
  const InputSchema schema({str_field("a")}, true, Coercion::kPandas);
  wire::CallBody body;
  body.start(1, 3);
  body.set_text(0, 0, std::string(Tile::kPieceBytes - 3, 'x'));
  body.set(0, 1, Cell::integer(1));
  body.set(0, 2, Cell::boolean(true));
  const Gathered gathered = gather_all(SentCall(body), identity_adapter(schema), schema);
  EXPECT_EQ(gathered.tiles, (std::vector<std::uint32_t>{1, 2}));
  EXPECT_EQ(gathered.rows.at(1), "a='1'");
  EXPECT_EQ(gathered.rows.at(2), "a='True'");
}

TEST(Coerce, BroadcastAndNamedCellsAreCoercedToo) {
  const InputSchema schema({int_field("age"), str_field("home")}, true, Coercion::kPandas);
  wire::CallBody body;
  body.start(1, 2);
  body.set_broadcast_text(0, "3.9");
  body.add_named(0, "home", Cell::integer(7));
  body.add_named_text(1, "home", "x");
  Adapter adapter;
  adapter.field_of_column = {0};
  adapter.extra_names = {""};
  const Gathered gathered = gather_all(SentCall(body), adapter, schema);
  ASSERT_EQ(gathered.rows.size(), 2U);
  EXPECT_EQ(gathered.rows[0], "age=3 home='7'");
  EXPECT_EQ(gathered.rows[1], "age=3 home='x'");
}

}  // namespace
}  // namespace ringside::engine::test
