// Goal: the strict rules, every code against every dtype.
// Method: one table a kind of cell: what an int, a float, a bool and a str field make of it, through gather() as traffic goes.
#include "engine/decode/strict.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "tests/engine/decode/sent_call.h"

namespace ringside::engine::test {
namespace {

using wire::Cell;
using wire::FieldCode;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::int64_t k2To53 = std::int64_t{1} << 53;

// A field of each dtype, missing values passed, so that "missing" is seen as such.
InputSchema one_field(Dtype dtype) {
  Field field{.name = "x", .dtype = dtype, .on_missing = OnMissing::kPass};
  return InputSchema({field}, true);
}

// What a field of `dtype` makes of a cell: its value, "missing", a code, or "MALFORMED call".
std::string judged(Dtype dtype, Cell cell) {
  const InputSchema schema = one_field(dtype);
  wire::CallBody body;
  body.start(1, 1);
  body.set_text(0, 0, "some text that a reference could reach");
  body.set(0, 0, cell);
  std::string seen = gather_row(body, schema);
  return seen == "MALFORMED" ? "MALFORMED call" : seen.substr(2);  // without "x=" or "x "
}

struct Case {
  Cell cell;
  std::string as_int, as_float, as_bool, as_str;
};

void expect_all(const std::vector<Case>& cases) {
  for (std::size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE("case " + std::to_string(i));
    EXPECT_EQ(judged(Dtype::kInt, cases[i].cell), cases[i].as_int);
    EXPECT_EQ(judged(Dtype::kFloat, cases[i].cell), cases[i].as_float);
    EXPECT_EQ(judged(Dtype::kBool, cases[i].cell), cases[i].as_bool);
    EXPECT_EQ(judged(Dtype::kStr, cases[i].cell), cases[i].as_str);
  }
}

// "TYPE_MISMATCH expected<-got" by the numbers of wire::Dtype and wire::Tag.
std::string mismatch(Dtype expected, wire::Tag got) {
  return "TYPE_MISMATCH " + std::to_string(static_cast<int>(expected)) + "<-" + std::to_string(static_cast<int>(got));
}
const std::string kStrGotInt = mismatch(Dtype::kStr, wire::Tag::kInt);
const std::string kStrGotReal = mismatch(Dtype::kStr, wire::Tag::kReal);
const std::string kBoolGotInt = mismatch(Dtype::kBool, wire::Tag::kInt);
const std::string kBoolGotReal = mismatch(Dtype::kBool, wire::Tag::kReal);

TEST(StrictRules, IntegerCells) {
  expect_all({
      {Cell::integer(0), "0", "0", "0", kStrGotInt},
      {Cell::integer(1), "1", "1", "1", kStrGotInt},
      {Cell::integer(27), "27", "27", kBoolGotInt, kStrGotInt},
      {Cell::integer(-1), "-1", "-1", kBoolGotInt, kStrGotInt},
      {Cell::integer(k2To53), "9007199254740992", "9007199254740992", kBoolGotInt, kStrGotInt},
      {Cell::integer(-k2To53), "-9007199254740992", "-9007199254740992", kBoolGotInt, kStrGotInt},
      // A float field takes what Python's float() makes of it: to nearest, ties to even.
      {Cell::integer(k2To53 + 1), "INT_RANGE", "9007199254740992", kBoolGotInt, kStrGotInt},
      {Cell::integer(k2To53 + 3), "INT_RANGE", "9007199254740996", kBoolGotInt, kStrGotInt},
      {Cell::integer(std::numeric_limits<std::int64_t>::max()), "INT_RANGE", "9.2233720368547758e+18", kBoolGotInt, kStrGotInt},
      {Cell::integer(std::numeric_limits<std::int64_t>::min()), "INT_RANGE", "-9.2233720368547758e+18", kBoolGotInt, kStrGotInt},
  });
}

TEST(StrictRules, RealCells) {
  expect_all({
      {Cell::real(27.0), "27", "27", kBoolGotReal, kStrGotReal},
      {Cell::real(35.5), "INT_FRACTION", "35.5", kBoolGotReal, kStrGotReal},
      {Cell::real(-0.5), "INT_FRACTION", "-0.5", kBoolGotReal, kStrGotReal},
      {Cell::real(1.0), "1", "1", "1", kStrGotReal},
      {Cell::real(0.0), "0", "0", "0", kStrGotReal},
      {Cell::real(-0.0), "0", "-0", "0", kStrGotReal},
      {Cell::real(9'007'199'254'740'992.0), "9007199254740992", "9007199254740992", kBoolGotReal, kStrGotReal},
      {Cell::real(9'007'199'254'740'994.0), "INT_RANGE", "9007199254740994", kBoolGotReal, kStrGotReal},
      {Cell::real(-1e300), "INT_RANGE", "-1.0000000000000001e+300", kBoolGotReal, kStrGotReal},
      {Cell::real(5e-324), "INT_FRACTION", "4.9406564584124654e-324", kBoolGotReal, kStrGotReal},
      {Cell::real(std::nextafter(1.0, 2.0)), "INT_FRACTION", "1.0000000000000002", kBoolGotReal, kStrGotReal},
  });
}

TEST(StrictRules, WhatIsNotFinite) {
  expect_all({
      {Cell::real(kInfinity), "NOT_FINITE", "NOT_FINITE", kBoolGotReal, kStrGotReal},
      {Cell::real(-kInfinity), "NOT_FINITE", "NOT_FINITE", kBoolGotReal, kStrGotReal},
  });
}

TEST(StrictRules, NullNaNAndAbsenceAreMissingEverywhere) {
  for (const Cell cell : {Cell::null(), Cell::absent(), Cell::real(kNaN), Cell::real(-kNaN),
                          Cell{0x7FF0'0000'0000'0001, wire::Tag::kReal},  // a signalling NaN
                          Cell{~std::uint64_t{0}, wire::Tag::kNull}}) {   // what stands beside null is not looked at
    expect_all({{cell, "missing", "missing", "missing", "missing"}});
  }
}

TEST(StrictRules, BooleansAreForBoolFieldsAlone) {
  const auto refused = [](Dtype dtype) { return mismatch(dtype, wire::Tag::kBool); };
  expect_all({
      {Cell::boolean(true), refused(Dtype::kInt), refused(Dtype::kFloat), "1", refused(Dtype::kStr)},
      {Cell::boolean(false), refused(Dtype::kInt), refused(Dtype::kFloat), "0", refused(Dtype::kStr)},
  });
}

TEST(StrictRules, TextIsForStrFieldsAlone) {
  const auto refused = [](Dtype dtype) { return mismatch(dtype, wire::Tag::kText); };
  expect_all({{Cell::text(0, 4), refused(Dtype::kInt), refused(Dtype::kFloat), refused(Dtype::kBool), "'some'"},
              {Cell::text(5, 0), refused(Dtype::kInt), refused(Dtype::kFloat), refused(Dtype::kBool), "''"}});
}

TEST(StrictRules, RefusedCellsReportTheCodeThatTheyCarry) {
  for (const FieldCode code :
       {FieldCode::kIntRange, FieldCode::kTooLong, FieldCode::kBadUtf8, FieldCode::kNotFinite, FieldCode::kMalformed}) {
    const std::string word(wire::name(code));
    expect_all({{Cell::refused(code), word, word, word, word}});
  }
  const auto nested = [](Dtype dtype) { return mismatch(dtype, wire::Tag::kRefused); };
  expect_all({{Cell::refused(FieldCode::kTypeMismatch), nested(Dtype::kInt), nested(Dtype::kFloat), nested(Dtype::kBool),
               nested(Dtype::kStr)}});
}

TEST(StrictRules, RefusedCellsWithAnyOtherCodeAreMalformed) {
  const std::string malformed = "MALFORMED call";
  for (const FieldCode code :
       {FieldCode::kNone, FieldCode::kMissingRequired, FieldCode::kNullNotAllowed, FieldCode::kIntFraction,
        FieldCode::kOutOfRange, FieldCode::kUnknownCategory, FieldCode::kDuplicateField, FieldCode::kExtraField,
        FieldCode::kSchemaMismatch, FieldCode::kBatchSize, static_cast<FieldCode>(16), static_cast<FieldCode>(255)}) {
    expect_all({{Cell::refused(code), malformed, malformed, malformed, malformed}});
  }
  const Cell wide{std::uint64_t{1} << 40 | static_cast<std::uint64_t>(FieldCode::kTooLong), wire::Tag::kRefused};
  expect_all({{wide, malformed, malformed, malformed, malformed}});
}

TEST(StrictRules, TagsAndBoolsThatDoNotExistAreMalformed) {
  const std::string malformed = "MALFORMED call";
  for (const int tag : {7, 8, 128, 255})
    expect_all({{{0, static_cast<wire::Tag>(tag)}, malformed, malformed, malformed, malformed}});
  expect_all({{{2, wire::Tag::kBool}, malformed, malformed, malformed, malformed}});
  expect_all({{{std::uint64_t{1} << 63, wire::Tag::kBool}, malformed, malformed, malformed, malformed}});
}

}  // namespace
}  // namespace ringside::engine::test
