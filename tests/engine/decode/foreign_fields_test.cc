// Goal: what a client sends beside the bundle's fields is judged once and in one wording: adapters, extras, duplicates, refused rows.
// Method: small client schemas against small bundles; the same cell as a column and as an extra must give the same verdict.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/decode/gather.h"
#include "tests/engine/decode/sent_call.h"

namespace ringside::engine::test {
namespace {

using wire::Cell;
using wire::FieldCode;
using Rows = std::vector<std::string>;

InputSchema bundle(bool rejects_extra_fields = true) {
  return InputSchema({{.name = "age", .dtype = Dtype::kInt},
                      {.name = "home", .dtype = Dtype::kStr, .fill_text = "unknown"},
                      {.name = "own", .dtype = Dtype::kBool, .on_missing = OnMissing::kPass},
                      {.name = "income", .dtype = Dtype::kFloat, .required = true}},
                     rejects_extra_fields);
}

Adapter adapter_for(const std::vector<std::string>& columns, const InputSchema& schema, const std::string& known_elsewhere = "") {
  ClientSchema client;
  for (const std::string& name : columns) client.columns.push_back({name, Dtype::kAny});
  return make_adapter(client, schema, [&](const std::string& name) { return name == known_elsewhere; });
}

TEST(Adapter, ColumnsInAnyOrderReachTheirFields) {
  const InputSchema schema = bundle();
  wire::CallBody body;
  body.start(3, 1);
  body.set(0, 0, Cell::real(8500));
  body.set_text(1, 0, "rent");
  body.set(2, 0, Cell::integer(27));
  EXPECT_EQ(gather_all(SentCall(body), adapter_for({"income", "home", "age"}, schema), schema).rows,
            (Rows{"age=27 home='rent' own=missing income=8500"}));
}

TEST(Adapter, FieldsThatTheClientDoesNotKnowAreMissing) {
  const InputSchema schema = bundle();
  wire::CallBody body;
  body.start(1, 2);
  body.set(0, 0, Cell::integer(1));
  body.set(0, 1, Cell::integer(2));
  EXPECT_EQ(gather_all(SentCall(body), adapter_for({"age"}, schema), schema).rows,
            (Rows{"income MISSING_REQUIRED", "income MISSING_REQUIRED"}));
  EXPECT_EQ(gather_all(SentCall(body), adapter_for({"income"}, schema), schema).rows,
            (Rows{"age=0* home='unknown'* own=missing income=1", "age=0* home='unknown'* own=missing income=2"}));
}

TEST(Adapter, AColumnThatNoBundleKnowsIsAnExtraFieldWhereItHasACell) {
  wire::CallBody body;
  body.start(2, 3);
  for (std::uint16_t row = 0; row < 3; ++row) body.set(0, row, Cell::integer(row));
  body.set(1, 0, Cell::integer(9));
  body.set(1, 2, Cell::null());
  const InputSchema strict = bundle(), lenient = bundle(false);
  EXPECT_EQ(gather_all(SentCall(body), adapter_for({"income", "zip"}, strict), strict).rows,
            (Rows{"<zip> EXTRA_FIELD", "age=0* home='unknown'* own=missing income=1", "<zip> EXTRA_FIELD"}));
  EXPECT_EQ(gather_all(SentCall(body), adapter_for({"income", "zip"}, lenient), lenient).rows[0],
            "age=0* home='unknown'* own=missing income=0");
}

TEST(Adapter, AColumnThatAnotherBundleKnowsIsDroppedAndItsValuesCounted) {
  const InputSchema schema = bundle();
  wire::CallBody body;
  body.start(2, 3);
  for (std::uint16_t row = 0; row < 3; ++row) body.set(0, row, Cell::integer(row));
  body.set(1, 0, Cell::integer(9));
  body.set(1, 2, Cell::refused(FieldCode::kTooLong));
  const Gathered gathered = gather_all(SentCall(body), adapter_for({"income", "segment"}, schema, "segment"), schema);
  EXPECT_EQ(gathered.dropped, 2u);
  EXPECT_EQ(gathered.rows[0], "age=0* home='unknown'* own=missing income=0");

  body.set_broadcast(1, Cell::integer(9));
  EXPECT_EQ(gather_all(SentCall(body), adapter_for({"income", "segment"}, schema, "segment"), schema).dropped, 3u);
}

TEST(Adapter, TagsOfForeignColumnsAreCheckedToo) {
  for (const char* known_elsewhere : {"", "zip"}) {
    for (const bool rejects : {true, false}) {
      const InputSchema schema = bundle(rejects);
      wire::CallBody body;
      body.start(1, 1);
      body.set(0, 0, {0, static_cast<wire::Tag>(7)});
      EXPECT_TRUE(gather_all(SentCall(body), adapter_for({"zip"}, schema, known_elsewhere), schema).malformed);
    }
  }
}

TEST(Adapter, TwoColumnsOfOneFieldHarmNobody) {
  const InputSchema schema = bundle();
  Adapter adapter;
  adapter.field_of_column = {1, 1, 3};
  wire::CallBody body;
  body.start(3, 2);
  for (std::uint16_t row = 0; row < 2; ++row) {
    body.set_text(0, row, std::string(2'048, 'a'));
    body.set_text(1, row, "second");
    body.set(2, row, Cell::integer(1));
  }
  EXPECT_EQ(gather_all(SentCall(body), adapter, schema).rows[1], "age=0* home='second' own=missing income=1");
}

// The verdict on one cell, sent as a column or as an extra beside a call without columns.
struct Spoken {
  const char* field;
  Cell cell;
  const char* text = nullptr;
};

TEST(Extras, ACellIsJudgedAlikeAsAColumnAndUnderItsName) {
  const InputSchema schema({{.name = "age", .dtype = Dtype::kInt, .low = 0, .high = 99},
                            {.name = "home", .fill_text = "unknown", .allowed = {"rent", "own"}},
                            {.name = "own", .dtype = Dtype::kBool, .on_missing = OnMissing::kReject},
                            {.name = "income", .dtype = Dtype::kFloat, .on_missing = OnMissing::kPass}},
                           true);
  const Spoken cells[] = {{"age", Cell::integer(5)},
                          {"age", Cell::integer(100)},
                          {"age", Cell::real(0.5)},
                          {"age", Cell::null()},
                          {"age", Cell::refused(FieldCode::kIntRange)},
                          {"own", Cell::boolean(true)},
                          {"own", Cell::null()},
                          {"own", Cell::integer(3)},
                          {"income", Cell::null()},
                          {"income", Cell::real(-0.0)},
                          {"home", {}, "rent"},
                          {"home", {}, "elsewhere"},
                          {"home", {}, "\xC3"},
                          {"age", {}, "7"}};
  for (const Spoken& spoken : cells) {
    const auto column = static_cast<std::uint16_t>(schema.find(spoken.field));
    wire::CallBody by_column, by_name;
    by_column.start(4, 1);
    by_name.start(0, 1);
    if (spoken.text != nullptr) {
      by_column.set_text(column, 0, spoken.text);
      by_name.add_named_text(0, spoken.field, spoken.text);
    } else {
      by_column.set(column, 0, spoken.cell);
      by_name.add_named(0, spoken.field, spoken.cell);
    }
    const Adapter identity = identity_adapter(schema);
    EXPECT_EQ(gather_all(SentCall(by_name), Adapter{}, schema).rows, gather_all(SentCall(by_column), identity, schema).rows)
        << spoken.field;
  }
}

TEST(Extras, ASecondValueIsADuplicateWhateverTheFirstWas) {
  const InputSchema schema = bundle();
  const auto row = [&](Cell first, Cell second) {
    wire::CallBody body;
    body.start(4, 1);
    body.set(3, 0, Cell::integer(1));
    body.set(0, 0, first);
    body.add_named(0, "age", second);
    return gather_row(body, schema);
  };
  EXPECT_EQ(row(Cell::integer(1), Cell::integer(1)), "age DUPLICATE_FIELD");
  EXPECT_EQ(row(Cell::null(), Cell::integer(1)), "age DUPLICATE_FIELD");
  EXPECT_EQ(row(Cell::integer(1), Cell::null()), "age DUPLICATE_FIELD");
  EXPECT_EQ(row(Cell::real(0.5), Cell::integer(1)), "age INT_FRACTION; age DUPLICATE_FIELD");
  EXPECT_EQ(row(Cell::absent(), Cell::integer(1)), "age=1 home='unknown'* own=missing income=1");
  EXPECT_EQ(row(Cell::integer(1), Cell::absent()), "age=1 home='unknown'* own=missing income=1") << "absent says nothing";
}

TEST(Extras, TheSecondExtraOfAFieldIsADuplicate) {
  const InputSchema schema = bundle();
  wire::CallBody body;
  body.start(0, 1);
  body.add_named(0, "income", Cell::integer(1));
  body.add_named_text(0, "home", "a");
  body.add_named_text(0, "home", "b");
  body.add_named_text(0, "home", "c");
  EXPECT_EQ(gather_all(SentCall(body), Adapter{}, schema).rows, (Rows{"home DUPLICATE_FIELD; home DUPLICATE_FIELD"}));
}

TEST(Extras, ABroadcastFieldCannotBeSaidAgain) {
  const InputSchema schema = bundle();
  wire::CallBody body;
  body.start(1, 2);
  body.set_broadcast(0, Cell::integer(1));
  body.add_named(1, "income", Cell::integer(2));
  EXPECT_EQ(gather_all(SentCall(body), adapter_for({"income"}, schema), schema).rows,
            (Rows{"age=0* home='unknown'* own=missing income=1", "income DUPLICATE_FIELD"}));
}

TEST(Extras, UnknownNamesAreErrorsOrIgnoredAndCutBetweenCharacters) {
  const std::string long_name = std::string(63, 'n') + "\xC3\xBC" + "rest";
  const std::string longer = std::string(70'000, 'm');
  wire::CallBody body;
  body.start(0, 1);
  body.add_named(0, "income", Cell::integer(1));
  body.add_named(0, long_name, Cell::integer(1));
  body.add_named(0, "bad\xFFname", Cell::integer(1));
  body.add_named(0, "", Cell::integer(1));
  body.add_named(0, longer, Cell::integer(1));
  body.add_named(0, "nothing said", Cell::absent());
  const InputSchema strict = bundle(), lenient = bundle(false);
  EXPECT_EQ(gather_all(SentCall(body), Adapter{}, strict).rows,
            (Rows{"<" + std::string(63, 'n') + "> EXTRA_FIELD; <> EXTRA_FIELD; <> EXTRA_FIELD; <" + std::string(64, 'm') +
                  "> EXTRA_FIELD"}));
  EXPECT_EQ(gather_all(SentCall(body), Adapter{}, lenient).rows, (Rows{"age=0* home='unknown'* own=missing income=1"}));
}

TEST(Extras, ANameThatOnlyBeginsLikeAFieldIsUnknown) {
  const InputSchema schema = bundle();
  wire::CallBody body;
  body.start(0, 1);
  body.add_named(0, "income", Cell::integer(1));
  body.add_named(0, "ag", Cell::integer(1));
  body.add_named(0, "ages", Cell::integer(1));
  body.add_named(0, std::string("age\0", 4), Cell::integer(1));
  EXPECT_EQ(gather_all(SentCall(body), Adapter{}, schema).rows,
            (Rows{"<ag> EXTRA_FIELD; <ages> EXTRA_FIELD; <" + std::string("age\0", 4) + "> EXTRA_FIELD"}));
}

TEST(Extras, BelongToTheirRowAcrossTiles) {
  const InputSchema schema = bundle();
  wire::CallBody body;
  body.start(0, 130);
  for (std::uint16_t row = 0; row < 130; ++row) {
    body.add_named(row, "income", Cell::integer(row));
    if (row % 63 == 1) body.add_named(row, "zip", Cell::integer(row));
  }
  const Gathered gathered = gather_all(SentCall(body), Adapter{}, schema);
  ASSERT_EQ(gathered.rows.size(), 130u);
  for (std::uint16_t row = 0; row < 130; ++row) {
    const std::string good = "age=0* home='unknown'* own=missing income=" + std::to_string(row);
    EXPECT_EQ(gathered.rows[row], row % 63 == 1 ? "<zip> EXTRA_FIELD" : good);
  }
}

TEST(RefusedRow, HasItsOneErrorAndNoFieldIsHeldAgainstIt) {
  wire::CallBody body;
  body.start(1, 3);
  body.set(0, 0, Cell::integer(1));
  body.set(0, 2, Cell::integer(3));
  body.add_named(1, "", Cell::refused(FieldCode::kMalformed));
  for (const bool rejects : {true, false}) {
    const InputSchema schema = bundle(rejects);
    EXPECT_EQ(
        gather_all(SentCall(body), adapter_for({"income"}, schema), schema).rows,
        (Rows{"age=0* home='unknown'* own=missing income=1", "<> MALFORMED", "age=0* home='unknown'* own=missing income=3"}));
  }
}

// What no client library writes: one change to the bytes of a good call.
struct Lie {
  const char* what;
  void (*tell)(wire::ExtraCell* extras);
};

class ExtrasLies : public testing::TestWithParam<Lie> {};

TEST_P(ExtrasLies, AreMalformed) {
  const InputSchema schema = bundle(false);
  wire::CallBody body;
  body.start(0, 3);
  for (std::uint16_t row = 0; row < 3; ++row) body.add_named(row, "income", Cell::integer(row));
  SentCall sent(body);
  ASSERT_FALSE(gather_all(sent, Adapter{}, schema).malformed);
  GetParam().tell(reinterpret_cast<wire::ExtraCell*>(sent.bytes()));
  EXPECT_TRUE(gather_all(sent, Adapter{}, schema).malformed);
  EXPECT_TRUE(gather_all(sent, Adapter{}, schema, 1).malformed) << "a row a tile";
}

INSTANTIATE_TEST_SUITE_P(All, ExtrasLies,
                         testing::Values(Lie{"row_beyond_the_call", [](wire::ExtraCell* extras) { extras[2].row = 3; }},
                                         Lie{"rows_not_in_order", [](wire::ExtraCell* extras) { extras[2].row = 0; }},
                                         Lie{"name_beyond_the_text", [](wire::ExtraCell* extras) { extras[1].name_offset = 13; }},
                                         Lie{"name_offset_near_the_top",
                                             [](wire::ExtraCell* extras) { extras[1].name_offset = 0xFFFF'FFFF; }},
                                         Lie{"name_too_long", [](wire::ExtraCell* extras) { extras[1].name_bytes = 0xFFFF; }},
                                         Lie{"tag", [](wire::ExtraCell* extras) { extras[1].tag = 7; }},
                                         Lie{"first_reserved_byte", [](wire::ExtraCell* extras) { extras[1].reserved[0] = 1; }},
                                         Lie{"last_reserved_byte", [](wire::ExtraCell* extras) { extras[1].reserved[6] = 1; }},
                                         Lie{"bool_that_is_neither",
                                             [](wire::ExtraCell* extras) {
                                               extras[1].tag = static_cast<std::uint8_t>(wire::Tag::kBool);
                                               extras[1].bits = 2;
                                             }},
                                         Lie{"refused_with_a_code_that_is_not_the_clients",
                                             [](wire::ExtraCell* extras) {
                                               extras[1].tag = static_cast<std::uint8_t>(wire::Tag::kRefused);
                                               extras[1].bits = static_cast<std::uint64_t>(FieldCode::kMissingRequired);
                                             }},
                                         Lie{"row_refused_with_such_a_code",
                                             [](wire::ExtraCell* extras) {
                                               extras[1].name_bytes = 0;
                                               extras[1].tag = static_cast<std::uint8_t>(wire::Tag::kRefused);
                                               extras[1].bits = 0;
                                             }}),
                         [](const auto& lie) { return std::string(lie.param.what); });

}  // namespace
}  // namespace ringside::engine::test
