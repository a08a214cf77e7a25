// Goal: whatever a caller sends, it gets its code or status from formats.md, all errors of a row at once, and the connection goes on.
// Method: a real engine, one client; after each bad call a good one must be answered with Python's bits.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "tests/integration/demo_rows.h"
#include "tests/integration/engine_process.h"

namespace ringside::testing {
namespace {

using namespace std::chrono_literals;

class BadInput : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { engine_ = new EngineProcess; }
  static void TearDownTestSuite() {
    delete engine_;
    engine_ = nullptr;
  }
  void TearDown() override {
    Row row(schema_);
    fill(row, demo_rows()[11]);
    EXPECT_EQ(difference(client_.predict(row), demo_rows()[11]), "") << "the connection must go on";
  }

  // field:CODE of every error, in order, of a good row with changes made to it.
  std::vector<std::string> errors_of(const std::function<void(Row&)>& change) {
    Row row(schema_);
    fill(row, demo_rows()[0]);
    change(row);
    const Prediction answer = client_.predict(row);
    std::vector<std::string> found;
    if (answer.status() != Status::kInvalid) found.emplace_back(name(answer.status()));
    for (const FieldError& error : answer.errors()) found.push_back(error.field + ":" + std::string(name(error.code)));
    return found;
  }
  // A row with everything but one field, which is given apart.
  std::vector<std::string> errors_with(const std::string& field, const Value& value) {
    Row row(schema_);
    for (const auto& [name, cell] : demo_rows()[0].cells) {
      if (name == field) continue;
      std::visit([&, &key = name](const auto& held) { row.set(key, held); }, cell);
    }
    row.set(field, value);
    const Prediction answer = client_.predict(row);
    std::vector<std::string> found;
    if (answer.status() != Status::kInvalid) found.emplace_back(name(answer.status()));
    for (const FieldError& error : answer.errors()) found.push_back(error.field + ":" + std::string(name(error.code)));
    return found;
  }

  using Found = std::vector<std::string>;
  static EngineProcess* engine_;
  Client client_ = engine_->connect();
  Schema schema_ = *client_.resolve(demo_fields());
};
EngineProcess* BadInput::engine_ = nullptr;

TEST_F(BadInput, WrongTypesHaveTheirCodes) {
  EXPECT_EQ(errors_with("funded_amnt", "5500"), Found{"funded_amnt:TYPE_MISMATCH"});
  EXPECT_EQ(errors_with("funded_amnt", true), Found{"funded_amnt:TYPE_MISMATCH"});
  EXPECT_EQ(errors_with("addr_state", 7), Found{"addr_state:TYPE_MISMATCH"});
  EXPECT_EQ(errors_with("funded_amnt", 35.5), Found{"funded_amnt:INT_FRACTION"});
  EXPECT_EQ(errors_with("funded_amnt", std::int64_t{1} << 60), Found{"funded_amnt:INT_RANGE"});
  EXPECT_EQ(errors_with("funded_amnt", std::numeric_limits<std::uint64_t>::max()), Found{"funded_amnt:INT_RANGE"});
  EXPECT_EQ(errors_with("annual_inc", Value::refused(FieldCode::kTypeMismatch)), Found{"annual_inc:TYPE_MISMATCH"});
}

TEST_F(BadInput, NanIsMissingAndInfinityIsNot) {
  EXPECT_EQ(errors_with("annual_inc", std::nan("")), Found{"ok"});
  EXPECT_EQ(errors_with("annual_inc", std::numeric_limits<double>::infinity()), Found{"annual_inc:NOT_FINITE"});
  EXPECT_EQ(errors_with("funded_amnt", -std::numeric_limits<double>::infinity()), Found{"funded_amnt:NOT_FINITE"});
}

TEST_F(BadInput, RequiredAndRejectedMissingFieldsAreTold) {
  EXPECT_EQ(errors_with("funded_amnt", nullptr), Found{"funded_amnt:MISSING_REQUIRED"});
  EXPECT_EQ(errors_with("int_rate", nullptr), Found{"int_rate:NULL_NOT_ALLOWED"});
}

TEST_F(BadInput, TextsThatAreTooLongOrNoUtf8AreTold) {
  EXPECT_EQ(errors_with("addr_state", std::string(1 << 20, 'x')), Found{"addr_state:TOO_LONG"});
  EXPECT_EQ(errors_with("addr_state", std::string("\xC3\x28")), Found{"addr_state:BAD_UTF8"});
}

TEST_F(BadInput, IdsKeysAndTagsThatAreTooLongAreToldAndNotCut) {
  EXPECT_EQ(errors_of([](Row& row) { row.set_request_id(std::string(64, 'r')); }), Found{"ok"});
  EXPECT_EQ(errors_of([](Row& row) { row.set_request_id(std::string(65, 'r')); }), Found{"request_id:TOO_LONG"});
  const std::string longest(1 << 20, 'x');
  const std::string_view tags[] = {"segment=vip", longest};
  const std::vector<std::string_view> seventeen(17, "k=v");
  const std::pair<CallOptions, std::string> calls[] = {{{.user_id = longest}, "user_id"},
                                                       {{.route_key = longest}, "route_key"},
                                                       {{.route_tags = tags}, "route_tags"},
                                                       {{.route_tags = seventeen}, "route_tags"},
                                                       {{.trace_id = longest}, "trace_id"}};
  for (const auto& [options, field] : calls) {
    Batch batch(schema_, 2);
    for (std::size_t row = 0; row < 2; ++row) fill(batch, row, demo_rows()[row]);
    batch.set_request_id(0, longest);
    const BatchResult result = client_.predict_batch(batch, options);
    EXPECT_EQ(result.row(0).request_id(), longest) << "the answer bears the id that was given";
    ASSERT_EQ(result.row(0).errors().size(), 2u) << field;
    EXPECT_EQ(result.row(0).errors()[0].message, "longer than 64 bytes");
    ASSERT_EQ(result.row(1).errors().size(), 1u) << field;
    EXPECT_EQ(result.row(1).errors()[0].field, field);
    EXPECT_EQ(result.row(1).errors()[0].code, FieldCode::kTooLong);
  }
  Row row(schema_);
  fill(row, demo_rows()[0]);
  EXPECT_EQ(client_.predict(row, {.version = longest}).status(), Status::kUnknownVersion);
}

TEST_F(BadInput, UnknownAndDuplicateFieldsAreTold) {
  EXPECT_EQ(errors_of([](Row& row) { row.set("shoe_size", 43); }), Found{"shoe_size:EXTRA_FIELD"});
  EXPECT_EQ(errors_of([](Row& row) { row.set("int_rate", 9.75); }), Found{"int_rate:DUPLICATE_FIELD"});
}

TEST_F(BadInput, AllErrorsOfARowComeAtOnce) {
  const auto found = errors_of([](Row& row) {
    row.set("shoe_size", 43);
    row.set("shoe_colour", "red");
    row.set("int_rate", 1.0);
    row.set("delinq_amnt", "many");
  });
  EXPECT_EQ(std::set(found.begin(), found.end()),
            (std::set<std::string>{"shoe_size:EXTRA_FIELD", "shoe_colour:EXTRA_FIELD", "int_rate:DUPLICATE_FIELD",
                                   "delinq_amnt:TYPE_MISMATCH"}));
}

TEST_F(BadInput, MessageNamesTypesAndNeverTheValue) {
  Row row(schema_);
  fill(row, demo_rows()[0]);
  row.set("delinq_amnt", "4111-1111-1111-1111");
  for (const FieldError& error : client_.predict(row).errors()) {
    EXPECT_NE(error.message.find("expected"), std::string::npos);
    EXPECT_EQ(error.message.find("4111"), std::string::npos);
  }
}

TEST_F(BadInput, EmptyAndOversizeBatchesAreOneResultForTheCall) {
  for (const std::size_t rows : {std::size_t{0}, std::size_t{513}, std::size_t{70'000}}) {
    const BatchResult result = client_.predict_batch(Batch(schema_, rows));
    EXPECT_EQ(result.status(), Status::kInvalid) << rows;
    ASSERT_EQ(result.call().errors().size(), 1u) << rows;
    EXPECT_EQ(result.call().errors()[0].code, FieldCode::kBatchSize) << rows;
  }
}

TEST_F(BadInput, PositionalRowUnderAnotherHashIsRefused) {
  auto fields = client_.current_version()->declarations();
  std::swap(fields.front(), fields.back());
  Row row(*Schema::positional(fields));
  const Prediction answer = client_.predict(row);
  EXPECT_EQ(answer.status(), Status::kInvalid);
  ASSERT_EQ(answer.errors().size(), 1u);
  EXPECT_EQ(answer.errors()[0].code, FieldCode::kSchemaMismatch);
}

TEST_F(BadInput, PositionalRowUnderTheRightHashIsScored) {
  Row row(*Schema::positional(client_.current_version()->declarations()));
  DemoRow known = demo_rows()[2];
  std::erase_if(known.cells, [&](const auto& cell) { return !row.schema().handle(cell.first).valid(); });
  fill(row, known);
  EXPECT_EQ(difference(client_.predict(row), demo_rows()[2]), "");
}

TEST_F(BadInput, UnknownVersionAndLabelAreSaid) {
  Row row(schema_);
  fill(row, demo_rows()[0]);
  EXPECT_EQ(client_.predict(row, {.version = "loan_default_v9.9.9"}).status(), Status::kUnknownVersion);
  EXPECT_EQ(client_.predict(row, {.label = "nobody"}).status(), Status::kUnknownVersion);
}

TEST_F(BadInput, DeadlineInThePastIsNeverScored) {
  Row row(schema_);
  fill(row, demo_rows()[0]);
  Prediction answer = client_.predict(row, {.deadline = -1ms});
  while (!answer.said_by_engine()) {  // a busy machine: the client spoke first; ask again
    ASSERT_EQ(answer.status(), Status::kTimeout);
    answer = client_.predict(row, {.deadline = -1ms});
  }
  EXPECT_EQ(answer.status(), Status::kTimeout);
}

TEST_F(BadInput, OneBadRowLeavesTheOthersOfItsBatchAlone) {
  Batch batch(schema_, 100);
  for (std::size_t i = 0; i < 100; ++i) fill(batch, i, demo_rows()[i]);
  batch.set(70, "shoe_size", 43);
  const BatchResult result = client_.predict_batch(batch);
  for (std::size_t i = 0; i < 100; ++i) {
    if (i == 70) {
      EXPECT_EQ(result.row(i).status(), Status::kInvalid);
    } else {
      EXPECT_EQ(difference(result.row(i), demo_rows()[i]), "") << i;
    }
  }
}

}  // namespace
}  // namespace ringside::testing
