// Goal: an answer says what the engine sent, row by row and in every bit; and nothing where there is nothing.
// Method: results as schemas/wire/result.h lays them out, made by an independent writer, read through the public accessors.
#include <ringside/prediction.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>

#include "client_lib/answers/answer.h"
#include "tests/support/fake_channel.h"

namespace ringside {
namespace {

using detail::Answer;
using detail::AnswerAccess;
using test::FakeReply;
using test::OkRow;
using test::reply_of;
using testing::HasSubstr;

std::shared_ptr<VersionInfo> version(std::size_t fields = 3) {
  auto info = std::make_shared<VersionInfo>();
  info->name = "m_v1";
  info->kind = ModelKind::kBinary;
  for (std::size_t i = 0; i < fields; ++i)
    info->fields.push_back({.name = "f" + std::to_string(i), .dtype = Dtype::kInt, .required = false});
  info->classes = {{.is_text = false, .number = 0, .text = ""}, {.is_text = true, .number = 0, .text = "yes"}};
  return info;
}

BatchResult result_of(const FakeReply& reply, std::uint32_t rows, std::shared_ptr<const VersionInfo> info) {
  BatchResult result;
  Answer& answer = AnswerAccess::answer(result);
  std::copy(reply.result.begin(), reply.result.end(), answer.room(reply.result.size()));
  wire::ResponseGeometry geometry = reply.geometry;
  geometry.result_bytes = static_cast<std::uint32_t>(reply.result.size());
  answer.believe(geometry, rows, info);
  return result;
}

std::vector<std::string> names(const FieldNames& set) { return {set.begin(), set.end()}; }

TEST(Prediction, OneBinaryRowFitsALineAndReadsBack) {
  const FakeReply reply =
      reply_of({.fields = 3,
                .rows = {{.score = 0.16465956F, .margin = -1.6239F, .label = 1, .filled = 0b101, .unknown = 0b010}},
                .errors = {},
                .features = {}});
  EXPECT_LE(reply.result.size(), wire::kInlineBytes);
  const BatchResult result = result_of(reply, 1, version());
  ASSERT_EQ(result.rows(), 1u);
  const RowAnswer row = result.row(0);
  EXPECT_TRUE(row.ok());
  EXPECT_TRUE(row.said_by_engine());
  EXPECT_EQ(std::bit_cast<std::uint32_t>(static_cast<float>(row.score())), std::bit_cast<std::uint32_t>(0.16465956F));
  EXPECT_EQ(row.margin(), static_cast<double>(-1.6239F));
  EXPECT_EQ(row.probabilities(), 2u);
  EXPECT_EQ(row.probability(0), static_cast<double>(1.0F - 0.16465956F)) << "in float32, as predict_proba does";
  EXPECT_EQ(row.probability(1), row.score());
  EXPECT_EQ(row.label().kind, Label::Kind::kText);
  EXPECT_EQ(row.label().text, "yes");
  EXPECT_EQ(names(row.filled()), (std::vector<std::string>{"f0", "f2"}));
  EXPECT_EQ(names(row.unknown()), std::vector<std::string>{"f1"});
  EXPECT_TRUE(row.clamped().empty());
  EXPECT_EQ(row.version(), "m_v1");
  EXPECT_EQ(row.arm(), Arm::kCurrent);
  EXPECT_EQ(row.request_id(), "01010101-0101-0101-0101-010101010101");
  EXPECT_EQ(row.timings().total, std::chrono::nanoseconds(1'000));
}

TEST(Prediction, RowsHaveTheirOwnStatusAndErrors) {
  const auto error = [](std::uint16_t row, wire::FieldCode code, std::uint16_t field) {
    wire::FieldError e{};
    e.code = static_cast<std::uint8_t>(code);
    e.expected = static_cast<std::uint8_t>(wire::Dtype::kInt);
    e.got = static_cast<std::uint8_t>(wire::Tag::kText);
    e.field = field;
    e.row = row;
    return e;
  };
  const std::string long_name(64, 'z');
  const FakeReply reply = reply_of({.fields = 3,
                                    .rows = {{.status = wire::Status::kInvalid},
                                             {.score = 0.5F},
                                             {.status = wire::Status::kInvalid},
                                             {.status = wire::Status::kTimeout}},
                                    .errors = {{error(0, wire::FieldCode::kTypeMismatch, 1), ""},
                                               {error(0, wire::FieldCode::kExtraField, wire::kNoField), long_name},
                                               {error(2, wire::FieldCode::kExtraField, wire::kNoField), ""}},
                                    .features = {}});
  const BatchResult result = result_of(reply, 4, version());
  const auto first = result.row(0).errors();
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].field, "f1");
  EXPECT_EQ(first[0].code, FieldCode::kTypeMismatch);
  EXPECT_EQ(first[0].message, "expected int, got string");
  EXPECT_EQ(first[1].field, long_name);
  EXPECT_EQ(first[1].message, "not a field of this version");
  EXPECT_EQ(result.row(0).explanation(), "not valid: f1: expected int, got string (and 1 more: see its errors)");
  EXPECT_EQ(result.row(2).explanation(), "not valid: " + result.row(2).errors()[0].message);
  EXPECT_TRUE(std::isnan(result.row(0).score()));
  EXPECT_TRUE(result.row(1).ok());
  EXPECT_TRUE(result.row(1).errors().empty());
  ASSERT_EQ(result.row(2).errors().size(), 1u);
  EXPECT_EQ(result.row(2).errors()[0].field, "");
  EXPECT_THAT(result.row(2).errors()[0].message, HasSubstr("handle")) << "a nameless value is what a handle of no field sends";
  EXPECT_EQ(result.row(3).status(), Status::kTimeout);
  EXPECT_EQ(result.row(3).values(), 0u);
  EXPECT_EQ(result.status(), Status::kOk) << "of the call";
}

TEST(Prediction, BitmapsOfMoreThanSixtyFourFieldsAreReadRowByRow) {
  const FakeReply reply = reply_of(
      {.fields = 130, .rows = {{.filled = 1, .clamped = std::uint64_t{1} << 63}, {.filled = 2}}, .errors = {}, .features = {}});
  const BatchResult result = result_of(reply, 2, version(130));
  EXPECT_EQ(names(result.row(0).filled()), std::vector<std::string>{"f0"});
  EXPECT_EQ(names(result.row(0).clamped()), std::vector<std::string>{"f63"});
  EXPECT_EQ(names(result.row(1).filled()), std::vector<std::string>{"f1"});
  EXPECT_EQ(result.row(1).filled().size(), 1u);
}

TEST(Prediction, FeaturesAreThereWhenTheyWereAskedFor) {
  const FakeReply reply = reply_of(
      {.fields = 3, .rows = {{}, {}}, .errors = {}, .features = {1.5F, -0.0F, 2.5F, std::numeric_limits<float>::quiet_NaN()}});
  const BatchResult result = result_of(reply, 2, version());
  ASSERT_EQ(result.row(1).features(), 2u);
  EXPECT_EQ(result.row(1).feature(0), 2.5F);
  EXPECT_TRUE(std::signbit(result.row(0).feature(1)));
  EXPECT_TRUE(std::isnan(result.row(1).feature(1)));
}

TEST(Prediction, Float64OutputsAndFeaturesKeepEveryBit) {
  const std::vector<double> values{0.1, 1.0 / 3.0}, margins{-2.25, 1e300}, features{0.1, -1e-320, 1e300, 1.0 / 3.0};
  const FakeReply reply =
      reply_of(test::Float64Parts{.fields = 3, .rows = 2, .values = values, .margins = margins, .features = features});
  const BatchResult result = result_of(reply, 2, version());
  for (std::size_t r = 0; r < 2; ++r) {
    const RowAnswer row = result.row(r);
    EXPECT_TRUE(row.is_float64());
    EXPECT_TRUE(row.features_float64());
    EXPECT_EQ(row.score(), values[r]);
    EXPECT_EQ(row.margin(), margins[r]);
    EXPECT_EQ(row.probability(0), 1.0 - values[r]) << "in float64, as predict_proba does";
    ASSERT_EQ(row.features(), 2u);
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_EQ(row.feature64(i), features[r * 2 + i]);
      EXPECT_EQ(row.feature(i), static_cast<float>(features[r * 2 + i]));
    }
    EXPECT_TRUE(std::isnan(row.feature64(2)));
  }
}

TEST(Prediction, Float32FeaturesAreWidenedBitForBit) {
  const FakeReply reply = reply_of({.fields = 3, .rows = {{}}, .errors = {}, .features = {0.1F}});
  const BatchResult result = result_of(reply, 1, version());
  EXPECT_FALSE(result.row(0).features_float64());
  EXPECT_EQ(result.row(0).feature64(0), static_cast<double>(0.1F));
}

TEST(Prediction, LabelOutsideTheClassesIsNone) {
  for (const std::int32_t label : {-1, 2, 1'000'000}) {
    const BatchResult result =
        result_of(reply_of({.fields = 3, .rows = {{.label = label}}, .errors = {}, .features = {}}), 1, version());
    EXPECT_EQ(result.row(0).label().kind, Label::Kind::kNone) << label;
  }
}

TEST(Prediction, WholeCallRefusedHasOneErrorWithoutAField) {
  FakeReply reply = test::refusal(wire::Status::kInvalid, static_cast<std::uint8_t>(wire::FieldCode::kBatchSize));
  BatchResult result = result_of(reply, 513, nullptr);
  AnswerAccess::answer(result).rows_max = 512;
  EXPECT_EQ(result.status(), Status::kInvalid);
  ASSERT_EQ(result.call().errors().size(), 1u);
  EXPECT_EQ(result.call().errors()[0].field, "");
  EXPECT_EQ(result.call().errors()[0].code, FieldCode::kBatchSize);
  EXPECT_NE(result.call().errors()[0].message.find("512"), std::string::npos);
  EXPECT_EQ(result.rows(), 513u);
  EXPECT_EQ(result.row(512).status(), Status::kInvalid);
  EXPECT_EQ(result.row(0).version(), "");
}

TEST(Prediction, StatusesThatThisLibraryDoesNotKnowAreFail) {
  FakeReply reply = reply_of({.fields = 3, .rows = {{.status = static_cast<wire::Status>(200)}}, .errors = {}, .features = {}});
  EXPECT_EQ(result_of(reply, 1, version()).row(0).status(), Status::kFail);
  reply.geometry.call_status = 200;
  EXPECT_EQ(result_of(reply, 1, version()).status(), Status::kFail);
}

TEST(Prediction, ErrorUnitsThatRunOutOfTheResultAreNotRead) {
  wire::FieldError error{};
  error.code = static_cast<std::uint8_t>(wire::FieldCode::kExtraField);
  error.field = wire::kNoField;
  FakeReply reply =
      reply_of({.fields = 3, .rows = {{.status = wire::Status::kInvalid}}, .errors = {{error, "abc"}}, .features = {}});
  const std::uint64_t at = reply.result.size() - 2 * sizeof error + offsetof(wire::FieldError, name_bytes);
  const std::uint16_t huge = 0xFFFF;
  std::memcpy(reply.result.data() + at, &huge, sizeof huge);
  EXPECT_TRUE(result_of(reply, 1, version()).row(0).errors().empty());
}

TEST(Prediction, EmptyOneIsAFailureWithoutAnything) {
  const Prediction none;
  EXPECT_EQ(none.status(), Status::kFail);
  EXPECT_TRUE(std::isnan(none.score()));
  EXPECT_EQ(none.request_id(), "");
  EXPECT_EQ(none.version_info(), nullptr);
  EXPECT_TRUE(none.filled().empty());
  EXPECT_TRUE(none.errors().empty());
  EXPECT_EQ(none.explanation(), "no call was made");
  EXPECT_EQ(BatchResult().rows(), 0u);
}

TEST(Prediction, MovedFromOneIsEmptyAndTheNewOneWhole) {
  Prediction first;
  AnswerAccess::answer(first).say(Status::kLost, Reason::kNone, FieldCode::kNone, 1);
  Prediction second = std::move(first);
  EXPECT_EQ(second.status(), Status::kLost);
  EXPECT_EQ(first.status(), Status::kFail);  // NOLINT(bugprone-use-after-move): that it is harmless is the point
  first = std::move(second);
  EXPECT_EQ(first.status(), Status::kLost);
}

}  // namespace
}  // namespace ringside
