// Goal: an answer is written with the documented fields in their order, its floats read back to the same bits, and any text is
// valid JSON.
// Method: answers made by hand as the client library holds them; the lines compared as text and read by another JSON library.
#include "tools/json_rows/result_writer.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <random>

#include <nlohmann/json.hpp>

#include "client_lib/answers/answer.h"

namespace ringside {
namespace {

std::shared_ptr<VersionInfo> version(ModelKind kind, std::size_t classes) {
  auto info = std::make_shared<VersionInfo>();
  info->name = "loan_v1";
  info->fields = {{"age", Dtype::kInt, false}, {"home", Dtype::kStr, false}, {"income", Dtype::kFloat, true}};
  for (std::size_t i = 0; i < classes; ++i) info->classes.push_back({false, static_cast<std::int64_t>(i), ""});
  info->kind = kind;
  info->values_per_row = info->margins_per_row = static_cast<std::uint16_t>(kind == ModelKind::kMulticlass ? classes : 1);
  return info;
}

// One row as the engine would have answered it, in float32 or float64.
struct Made {
  template <class Number = float>
  Made(const std::shared_ptr<VersionInfo>& info, std::vector<Number> values, std::vector<Number> margins, std::int32_t label,
       std::vector<Number> features = {}) {
    constexpr bool kWide = sizeof(Number) == 8;
    auto& g = answer.geometry;
    g.rows = 1;
    g.fields = static_cast<std::uint16_t>(info->fields.size());
    g.values = static_cast<std::uint16_t>(values.size());
    g.margins = static_cast<std::uint16_t>(margins.size());
    g.features = static_cast<std::uint16_t>(features.size());
    g.flags = static_cast<std::uint8_t>(features.empty() ? 0 : wire::kHasFeatures | (kWide ? wire::kFeaturesFloat64 : 0));
    g.output_type = static_cast<std::uint8_t>(kWide ? wire::OutputType::kFloat64 : wire::OutputType::kFloat32);
    g.arm = static_cast<std::uint8_t>(wire::Arm::kCurrent);
    answer.layout = wire::result_layout(g);
    g.result_bytes = static_cast<std::uint32_t>(answer.layout.total_bytes);
    answer.status = Status::kOk;
    answer.said_by_engine = true;
    answer.rows = 1;
    answer.version = info;
    std::byte* bytes = answer.room(answer.layout.total_bytes);
    std::memset(bytes, 0, answer.layout.total_bytes);
    const wire::RowResult row{.status = 0, .errors = 0, .reserved = 0, .label_index = label};
    std::memcpy(bytes + answer.layout.rows_offset, &row, sizeof row);
    std::memcpy(bytes + answer.layout.values_offset, values.data(), values.size() * sizeof(Number));
    std::memcpy(bytes + answer.layout.margins_offset, margins.data(), margins.size() * sizeof(Number));
    if (!features.empty()) std::memcpy(bytes + answer.layout.features_offset, features.data(), features.size() * sizeof(Number));
  }
  void fill(std::size_t field) {
    std::uint64_t word = std::uint64_t{1} << field;
    std::memcpy(reinterpret_cast<std::byte*>(answer.bytes.data()), &word, 8);
  }
  [[nodiscard]] RowAnswer row() const { return detail::AnswerAccess::row(&answer, 0); }
  detail::Answer answer;
};

std::string line_of(const RowAnswer& answer, const RowContext& context) {
  std::string out;
  write_row(out, answer, context);
  EXPECT_TRUE(out.ends_with("}\n"));
  EXPECT_TRUE(nlohmann::json::accept(out)) << out;
  return out;
}

TEST(ResultWriter, BinaryRowHasTheDocumentedFieldsInOrder) {
  Made made(version(ModelKind::kBinary, 2), {0.16465956f}, {-1.6239f}, 0);
  made.fill(0);
  made.answer.geometry.total_ns = 1'400;
  EXPECT_EQ(
      line_of(made.row(), {.row = 17, .request_id = "5c8a"}),
      R"({"request_id":"5c8a","row":17,"status":"ok","version":"loan_v1","arm":"current","score":0.16465956,"margin":-1.6239,)"
      R"("label":0,)"
      R"("probabilities":[0.83534044,0.16465956],"filled":["age"],"unknown":[],"clamped":[],"engine_us":1.4})"
      "\n");
}

TEST(ResultWriter, MulticlassRowHasProbabilitiesAndMarginsButNoScore) {
  Made made(version(ModelKind::kMulticlass, 3), {0.2f, 0.3f, 0.5f}, {1.0f, 2.0f, 3.0f}, 2);
  const auto json = nlohmann::json::parse(line_of(made.row(), {.row = 0, .request_id = "a"}));
  EXPECT_FALSE(json.contains("score"));
  EXPECT_EQ(json["margin"].size(), 3u);
  EXPECT_EQ(json["probabilities"].size(), 3u);
  EXPECT_EQ(json["label"], 2);
}

TEST(ResultWriter, RegressionRowHasScoreAndMarginAlone) {
  Made made(version(ModelKind::kOther, 0), {12.5f}, {12.5f}, -1);
  const auto json = nlohmann::json::parse(line_of(made.row(), {.row = 0, .request_id = "a"}));
  EXPECT_EQ(json["score"], 12.5);
  EXPECT_EQ(json["margin"], 12.5);
  EXPECT_FALSE(json.contains("label"));
  EXPECT_FALSE(json.contains("probabilities"));
}

TEST(ResultWriter, TextLabelsAreTexts) {
  auto info = version(ModelKind::kBinary, 0);
  info->classes = {{true, 0, "good"}, {true, 0, "b\"ad"}};
  Made made(info, {0.5f}, {0.0f}, 1);
  EXPECT_EQ(nlohmann::json::parse(line_of(made.row(), {.request_id = "a"}))["label"], "b\"ad");
}

TEST(ResultWriter, FeaturesComeWhenAskedForAndMissingIsNull) {
  Made made(version(ModelKind::kBinary, 2), {0.5f}, {0.0f}, 1, {1.0f, NAN, 0.1f});
  EXPECT_NE(line_of(made.row(), {.request_id = "a", .with_features = true}).find(R"("features":[1,null,0.1])"),
            std::string::npos);
  EXPECT_EQ(line_of(made.row(), {.request_id = "a"}).find("features"), std::string::npos);
}

TEST(ResultWriter, Float64NumbersAreTheShortestTextThatReadsBackToThem) {
  Made made(version(ModelKind::kBinary, 2), std::vector{1.0 / 3.0}, std::vector{-0.1}, 0, std::vector{0.1 + 0.2, 1e300});
  const std::string line = line_of(made.row(), {.row = 0, .request_id = "a", .with_features = true});
  EXPECT_NE(line.find(R"("score":0.3333333333333333,"margin":-0.1,)"), std::string::npos) << line;
  EXPECT_NE(line.find(R"("probabilities":[0.6666666666666667,0.3333333333333333])"), std::string::npos) << line;
  EXPECT_NE(line.find(R"("features":[0.30000000000000004,1e+300])"), std::string::npos) << line;
}

TEST(ResultWriter, ClientsVerdictNamesWhoSaidItAndWhatToDo) {
  detail::Answer answer;
  answer.say(Status::kTimeout, Reason::kNone, FieldCode::kNone, 1);
  const auto json = nlohmann::json::parse(line_of(detail::AnswerAccess::row(&answer, 0), {.row = 3, .request_id = "a"}));
  EXPECT_EQ(json["status"], "timeout");
  EXPECT_EQ(json["said_by"], "client");
  EXPECT_EQ(json["row"], 3);
  EXPECT_EQ(json["trace_id"], "a");
  EXPECT_NE(json["message"], "");
  EXPECT_FALSE(json.contains("version"));
}

TEST(ResultWriter, UnavailableRowSaysTheReason) {
  detail::Answer answer;
  answer.say(Status::kUnavailable, Reason::kUnreachable, FieldCode::kNone, 1);
  const auto json = nlohmann::json::parse(line_of(detail::AnswerAccess::row(&answer, 0), {.row = 0, .trace_id = "t1"}));
  EXPECT_EQ(json["reason"], "unreachable");
  EXPECT_EQ(json["trace_id"], "t1");
  EXPECT_TRUE(json["request_id"].is_null());
}

TEST(ResultWriter, RowThatNobodyNamedHasNullForIds) {
  detail::Answer answer;
  answer.say(Status::kLost, Reason::kNone, FieldCode::kNone, 1);
  const auto json = nlohmann::json::parse(line_of(detail::AnswerAccess::row(&answer, 0), {.row = 0}));
  EXPECT_TRUE(json["request_id"].is_null());
  EXPECT_TRUE(json["trace_id"].is_null());
}

TEST(ResultWriter, CallErrorHasNullRowAndField) {
  std::string out;
  write_call_error(out, FieldCode::kMalformed, "line 3: expected ':' at byte 4");
  const auto json = nlohmann::json::parse(out);
  EXPECT_TRUE(json["row"].is_null());
  EXPECT_EQ(json["status"], "invalid");
  EXPECT_TRUE(json["errors"][0]["field"].is_null());
  EXPECT_EQ(json["errors"][0]["code"], "MALFORMED");
}

TEST(JsonFloat, EveryFloatReadsBackToItsBits) {
  std::mt19937 random(20261122);
  for (int i = 0; i < 200'000; ++i) {
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (std::isnan(value)) continue;
    std::string text;
    append_json_float(text, static_cast<double>(value), false);
    ASSERT_EQ(std::bit_cast<std::uint32_t>(std::strtof(text.c_str(), nullptr)), std::bit_cast<std::uint32_t>(value)) << text;
  }
}

TEST(JsonFloat, EveryDoubleReadsBackToItsBits) {
  std::mt19937_64 random(20261122);
  for (int i = 0; i < 200'000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (std::isnan(value)) continue;
    std::string text;
    append_json_float(text, value, true);
    ASSERT_EQ(std::bit_cast<std::uint64_t>(std::strtod(text.c_str(), nullptr)), std::bit_cast<std::uint64_t>(value)) << text;
  }
}

TEST(JsonFloat, SpecialValuesAreValidJson) {
  const auto text = [](double value) {
    std::string out;
    append_json_float(out, value, false);
    return out;
  };
  EXPECT_EQ(text(INFINITY), "1e999");
  EXPECT_EQ(text(-INFINITY), "-1e999");
  EXPECT_EQ(text(NAN), "null");
  EXPECT_EQ(text(-0.0), "-0.0");
}

TEST(JsonText, AnyBytesAreValidJson) {
  for (const std::string& bytes :
       {std::string("a\"b\\c\n\x01"), std::string("\0x", 2), std::string("\xFF\xC3\xA9\xED\xA0\x80")}) {
    std::string out;
    append_json_text(out, bytes);
    EXPECT_TRUE(nlohmann::json::accept(out)) << out;
  }
}

TEST(JsonText, ValidTextIsKept) {
  std::string out;
  append_json_text(out, "q\"\\\t\xC3\xA9");
  EXPECT_EQ(nlohmann::json::parse(out), "q\"\\\t\xC3\xA9");
}

}  // namespace
}  // namespace ringside
