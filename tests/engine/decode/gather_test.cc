// Goal: cells become a tile by the schema's rules: missing values, bounds, texts, every error of a row at once.
// Method: rows written with CallBody, read through read_call and gather, and compared as text (sent_call.h says how it reads).
#include "engine/decode/gather.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/engine/decode/sent_call.h"

namespace ringside::engine::test {
namespace {

using wire::Cell;
using Rows = std::vector<std::string>;

// A call of one row and one field.
std::string one(const Field& field, Cell cell) {
  const InputSchema schema({field}, true);
  wire::CallBody body;
  body.start(1, 1);
  body.set(0, 0, cell);
  return gather_row(body, schema);
}
std::string one_text(const Field& field, std::string_view text) {
  const InputSchema schema({field}, true);
  wire::CallBody body;
  body.start(1, 1);
  body.set_text(0, 0, text);
  return gather_row(body, schema);
}

TEST(Missing, FollowsOnMissingAndRequired) {
  const auto number = [](bool required, OnMissing on_missing) {
    return Field{.name = "n", .dtype = Dtype::kFloat, .required = required, .on_missing = on_missing, .fill_number = -7.5};
  };
  const auto text = [](bool required, OnMissing on_missing) {
    return Field{.name = "t", .dtype = Dtype::kStr, .required = required, .on_missing = on_missing, .fill_text = "unknown"};
  };
  for (const Cell cell : {Cell::absent(), Cell::null(), Cell::real(kNaN)}) {
    EXPECT_EQ(one(number(false, OnMissing::kFill), cell), "n=-7.5*");
    EXPECT_EQ(one(number(false, OnMissing::kPass), cell), "n=missing");
    EXPECT_EQ(one(number(false, OnMissing::kReject), cell), "n NULL_NOT_ALLOWED");
    EXPECT_EQ(one(text(false, OnMissing::kFill), cell), "t='unknown'*");
    EXPECT_EQ(one(text(false, OnMissing::kPass), cell), "t=missing");
    EXPECT_EQ(one(text(false, OnMissing::kReject), cell), "t NULL_NOT_ALLOWED");
    for (const OnMissing on_missing : {OnMissing::kFill, OnMissing::kPass, OnMissing::kReject}) {
      EXPECT_EQ(one(number(true, on_missing), cell), "n MISSING_REQUIRED");
      EXPECT_EQ(one(text(true, on_missing), cell), "t MISSING_REQUIRED");
    }
  }
}

TEST(Missing, AnEmptyTextIsAValueAndAnEmptyFillIsAFill) {
  EXPECT_EQ(one_text({.name = "t", .required = true}, ""), "t=''");
  EXPECT_EQ(one({.name = "t"}, Cell::null()), "t=''*");
}

TEST(Missing, AFillIsNotHeldAgainstTheBounds) {
  EXPECT_EQ(one({.name = "n", .dtype = Dtype::kInt, .fill_number = -1, .low = 0, .high = 9}, Cell::null()), "n=-1*");
  EXPECT_EQ(one({.name = "t", .fill_text = "none", .allowed = {"a", "b"}}, Cell::null()), "t='none'*");
  EXPECT_EQ(one({.name = "n", .dtype = Dtype::kInt, .on_missing = OnMissing::kPass, .low = 0, .high = 9}, Cell::null()),
            "n=missing");
}

TEST(Bounds, AreInclusiveAndFollowOnOutOfRange) {
  const auto age = [](OnOutOfRange rule) {
    return Field{.name = "n", .dtype = Dtype::kInt, .on_out_of_range = rule, .low = 0, .high = 120};
  };
  for (const OnOutOfRange rule : {OnOutOfRange::kReject, OnOutOfRange::kClamp, OnOutOfRange::kFlag}) {
    EXPECT_EQ(one(age(rule), Cell::integer(0)), "n=0");
    EXPECT_EQ(one(age(rule), Cell::integer(120)), "n=120");
  }
  EXPECT_EQ(one(age(OnOutOfRange::kReject), Cell::integer(121)), "n OUT_OF_RANGE [0, 120]");
  EXPECT_EQ(one(age(OnOutOfRange::kReject), Cell::real(-1)), "n OUT_OF_RANGE [0, 120]");
  EXPECT_EQ(one(age(OnOutOfRange::kClamp), Cell::integer(121)), "n=120!");
  EXPECT_EQ(one(age(OnOutOfRange::kClamp), Cell::integer(-1)), "n=0!");
  EXPECT_EQ(one(age(OnOutOfRange::kFlag), Cell::integer(121)), "n=121!");
}

TEST(Bounds, AnErrorShowsNoBoundWhereNoneIsDeclared) {
  EXPECT_EQ(one({.name = "n", .dtype = Dtype::kFloat, .low = 0.5}, Cell::real(0.25)), "n OUT_OF_RANGE [0.5, missing]");
  EXPECT_EQ(one({.name = "n", .dtype = Dtype::kFloat, .high = 0.5}, Cell::real(0.75)), "n OUT_OF_RANGE [missing, 0.5]");
}

TEST(Bounds, ComeAfterTheType) {
  EXPECT_EQ(one({.name = "n", .dtype = Dtype::kInt, .low = 0, .high = 9}, Cell::real(10.5)), "n INT_FRACTION");
  EXPECT_EQ(one({.name = "n", .dtype = Dtype::kInt, .on_out_of_range = OnOutOfRange::kClamp, .low = 0, .high = 9},
                Cell::real(std::numeric_limits<double>::infinity())),
            "n NOT_FINITE");
}

TEST(Bounds, AllowedTextsAreComparedByBytes) {
  const auto home = [](OnOutOfRange rule) { return Field{.name = "t", .on_out_of_range = rule, .allowed = {"rent", "own"}}; };
  EXPECT_EQ(one_text(home(OnOutOfRange::kReject), "own"), "t='own'");
  EXPECT_EQ(one_text(home(OnOutOfRange::kReject), "Own"), "t OUT_OF_RANGE [missing, missing]");
  EXPECT_EQ(one_text(home(OnOutOfRange::kReject), "own "), "t OUT_OF_RANGE [missing, missing]");
  EXPECT_EQ(one_text(home(OnOutOfRange::kReject), ""), "t OUT_OF_RANGE [missing, missing]");
  EXPECT_EQ(one_text(home(OnOutOfRange::kFlag), "Own"), "t='Own'!");
  EXPECT_EQ(one_text(home(OnOutOfRange::kClamp), "Own"), "t OUT_OF_RANGE [missing, missing]") << "no bound to move to";
}

TEST(Texts, AreUtf8OfAtMost4096Bytes) {
  const Field text{.name = "t"};
  const std::string longest(wire::kTextBytesMax, 'x');
  EXPECT_EQ(one_text(text, longest), "t='" + longest + "'");
  EXPECT_EQ(one_text(text, longest + "x"), "t TOO_LONG") << "as the library sends it: refused";
  EXPECT_EQ(one_text(text, "caf\xC3\xA9"), "t='caf\xC3\xA9'");
  EXPECT_EQ(one_text(text, "caf\xC3"), "t BAD_UTF8");
  EXPECT_EQ(one_text(text, "\xC0\xAF"), "t BAD_UTF8");
  EXPECT_EQ(one_text(text, "\xED\xA0\x80"), "t BAD_UTF8");
  EXPECT_EQ(one_text(text, std::string("a\0b", 3)), "t='" + std::string("a\0b", 3) + "'");
}

TEST(Texts, AReferenceToMoreThan4096BytesIsTooLong) {
  const InputSchema schema({str_field("a"), str_field("b")}, true);
  wire::CallBody body;
  body.start(2, 1);
  body.set_text(0, 0, std::string(4'096, 'x'));
  body.set_text(1, 0, "y");
  body.set(0, 0, Cell::text(0, 4'097));  // both texts together
  EXPECT_EQ(gather_row(body, schema), "a TOO_LONG");
}

TEST(Texts, AReferenceBeyondTheBodyIsMalformed) {
  const InputSchema schema({str_field("t")}, true);
  for (const Cell cell :
       {Cell::text(0, 9), Cell::text(8, 1), Cell::text(9, 0), Cell::text(0xFFFF'FFFF, 1), Cell::text(1, 0xFFFF'FFFF)}) {
    wire::CallBody body;
    body.start(1, 1);
    body.set_text(0, 0, "12345678");
    body.set(0, 0, cell);
    EXPECT_EQ(gather_row(body, schema), "MALFORMED") << cell.text_offset() << "+" << cell.text_bytes();
  }
  wire::CallBody body;
  body.start(1, 1);
  body.set_text(0, 0, "12345678");
  body.set(0, 0, Cell::text(8, 0));
  EXPECT_EQ(gather_row(body, schema), "t=''") << "nothing, at the very end";
}

TEST(Errors, AllOfARowAtOnceInSchemaOrderWithUnknownNamesLast) {
  const InputSchema schema({{.name = "age", .dtype = Dtype::kInt, .low = 0, .high = 120},
                            {.name = "home", .required = true},
                            {.name = "income", .dtype = Dtype::kFloat},
                            {.name = "own", .dtype = Dtype::kBool},
                            {.name = "zip", .on_missing = OnMissing::kReject},
                            {.name = "note"}},
                           true);
  wire::CallBody body;
  body.start(6, 1);
  body.set(0, 0, Cell::integer(500));
  body.set_text(2, 0, "much");
  body.set(3, 0, Cell::integer(2));
  body.set_text(5, 0, "\xFF");
  body.add_named(0, "zebra", Cell::integer(1));
  body.add_named(0, "age", Cell::integer(5));
  body.add_named_text(0, "ant", "x");
  EXPECT_EQ(
      gather_row(body, schema),
      "age OUT_OF_RANGE [0, 120]; age DUPLICATE_FIELD; home MISSING_REQUIRED; income TYPE_MISMATCH 2<-5; own TYPE_MISMATCH 4<-3; "
      "zip NULL_NOT_ALLOWED; note BAD_UTF8; <zebra> EXTRA_FIELD; <ant> EXTRA_FIELD");
}

TEST(Errors, The33rdOfARowIsNotKept) {
  std::vector<Field> fields;
  for (int i = 0; i < 40; ++i) fields.push_back({.name = "f" + std::to_string(i), .dtype = Dtype::kInt});
  const InputSchema schema(fields, true);
  wire::CallBody body;
  body.start(40, 2);
  for (std::uint16_t c = 0; c < 40; ++c) body.set(c, 0, Cell::real(0.5));
  for (std::uint16_t c = 0; c < 40; ++c) body.set(c, 1, Cell::integer(c));
  body.add_named(0, "f0", Cell::integer(1));
  body.add_named(0, "extra", Cell::integer(1));
  Call call;
  CallMeta meta;
  const SentCall sent(body);
  ASSERT_EQ(sent.read(call, meta), CallShape::kGood);
  Tile tile(schema);
  GatherCursor cursor;
  ASSERT_FALSE(gather(call, identity_adapter(schema), schema, kTileRows, cursor, tile).malformed);
  EXPECT_EQ(tile.errors().count(0), 32u);
  EXPECT_EQ(tile.errors().at(0, 31).field, 31);
  EXPECT_EQ(tile.errors().count(1), 0u);
  EXPECT_EQ(tile.invalid(), 1u);
}

TEST(Errors, OneRowsErrorsAreNotItsNeighbours) {
  const InputSchema schema({int_field("a"), str_field("b")}, true);
  wire::CallBody body;
  body.start(2, 3);
  for (std::uint16_t row = 0; row < 3; ++row) body.set(0, row, Cell::integer(row)), body.set_text(1, row, "t");
  body.set(0, 1, Cell::real(1.5));
  EXPECT_EQ(gather_all(SentCall(body), identity_adapter(schema), schema).rows,
            (Rows{"a=0 b='t'", "a INT_FRACTION", "a=2 b='t'"}));
}

}  // namespace
}  // namespace ringside::engine::test
