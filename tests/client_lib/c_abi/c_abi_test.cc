// Goal: the C interface says what the C++ library says, through the shared library that bindings load, and lets nothing fall
// through. Method: a C99 caller and direct calls, both linked to libringside.so, against the fake engine.
#include <ringside/ringside.h>

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <string>

#include "tests/client_lib/c_abi/c_caller.h"
#include "tests/support/fake_engine.h"
#include "tests/support/temporary_folder.h"

namespace ringside::test {
namespace {

std::string text(ringside_text_view view) { return {view.data, view.bytes}; }

class CAbi : public testing::Test {
 protected:
  CAbi() {
    engine_.add_version({.name = "m_v1.0.0", .fields = {{"age", wire::Dtype::kInt, false}, {"home", wire::Dtype::kStr, false}}});
    answer({.score = 0.25F, .margin = -1.5F, .label = 1, .filled = 0b10});
    ringside_options options = RINGSIDE_OPTIONS_DEFAULT;
    options.socket = engine_.socket_path().c_str();
    EXPECT_EQ(ringside_connect(&options, &client_, nullptr, 0), RINGSIDE_CONNECTED);
    const ringside_field fields[] = {{"age", RINGSIDE_DTYPE_INT}, {"home", RINGSIDE_DTYPE_STR}};
    schema_ = ringside_resolve(client_, fields, 2, nullptr, 0);
    row_ = ringside_row_new(schema_);
  }
  ~CAbi() override {
    ringside_result_free(result_);
    ringside_row_free(row_);
    ringside_schema_free(schema_);
    ringside_client_free(client_);
  }
  void answer(const OkRow& row) {
    engine_.answer_with([row](const SeenCall& call) {
      return reply_of(
          {.version = 0, .fields = 2, .rows = std::vector<OkRow>(call.geometry.rows, row), .errors = {}, .features = {}});
    });
  }
  ringside_status predict() { return ringside_predict(ringside_client_channel(client_), row_, nullptr, result_); }

  TemporaryFolder folder_;
  FakeEngine engine_{folder_.path() + "/data.sock"};
  ringside_client* client_ = nullptr;
  ringside_schema* schema_ = nullptr;
  ringside_row* row_ = nullptr;
  ringside_result* result_ = ringside_result_new();
};

TEST_F(CAbi, CProgramPredicts) {
  double score = 0;
  char version[64];
  EXPECT_EQ(c_caller_predicts(engine_.socket_path().c_str(), &score, version, sizeof version), 0);
  EXPECT_EQ(score, 0.25);
  EXPECT_STREQ(version, "m_v1.0.0");
}

TEST_F(CAbi, GettersReadTheAnswer) {
  ringside_row_set(row_, 0, ringside_real(27.5));
  ASSERT_EQ(predict(), RINGSIDE_OK);
  EXPECT_EQ(ringside_result_rows(result_), 1u);
  EXPECT_EQ(ringside_result_margin(result_, 0, 0), -1.5);
  EXPECT_TRUE(std::isnan(ringside_result_margin(result_, 0, 1)));
  EXPECT_EQ(ringside_result_probability(result_, 0, 0), 0.75);
  ringside_text_view label{};
  EXPECT_EQ(ringside_result_label(result_, 0, nullptr, &label), 2);
  EXPECT_EQ(text(label), "1");
  EXPECT_EQ(text(ringside_result_arm(result_)), "current");
  ASSERT_EQ(ringside_result_field_count(result_, 0, RINGSIDE_FILLED), 1u);
  EXPECT_EQ(text(ringside_result_field(result_, 0, RINGSIDE_FILLED, 0)), "home");
  EXPECT_EQ(ringside_result_field(result_, 0, RINGSIDE_FILLED, 1).data, nullptr);
  EXPECT_EQ(text(ringside_result_request_id(result_, 0)).size(), 36u);
  EXPECT_EQ(ringside_result_timings(result_).total_ns, 1'000u);
  EXPECT_EQ(ringside_result_said_by_engine(result_), 1);
}

TEST_F(CAbi, Float64AnswersAreReadInFull) {
  engine_.answer_with([](const SeenCall&) {
    return reply_of(test::Float64Parts{.fields = 2, .values = {1.0 / 3.0}, .margins = {1e-300}, .features = {0.1, 1e300}});
  });
  ASSERT_EQ(predict(), RINGSIDE_OK);
  EXPECT_EQ(ringside_result_is_float64(result_), 1);
  EXPECT_EQ(ringside_result_features_float64(result_), 1);
  EXPECT_EQ(ringside_result_score(result_, 0), 1.0 / 3.0);
  EXPECT_EQ(ringside_result_margin(result_, 0, 0), 1e-300);
  EXPECT_EQ(ringside_result_feature64(result_, 0, 1), 1e300);
  EXPECT_EQ(ringside_result_feature(result_, 0, 0), 0.1F);
  EXPECT_TRUE(std::isnan(ringside_result_feature64(result_, 0, 2)));
}

TEST_F(CAbi, RowOutOfRangeIsAnEmptyRow) {
  ASSERT_EQ(predict(), RINGSIDE_OK);
  EXPECT_EQ(ringside_result_status(result_, 1), RINGSIDE_FAIL);
  EXPECT_TRUE(std::isnan(ringside_result_score(result_, 7)));
  EXPECT_EQ(ringside_result_error_count(result_, 7), 0u);
}

TEST_F(CAbi, ErrorsOfARowAreListed) {
  wire::FieldError error{};
  error.code = static_cast<std::uint8_t>(wire::FieldCode::kTypeMismatch);
  error.expected = static_cast<std::uint8_t>(wire::Dtype::kInt);
  error.got = static_cast<std::uint8_t>(wire::Tag::kText);
  engine_.answer_with([error](const SeenCall&) {
    return reply_of(
        {.version = 0, .fields = 2, .rows = {{.status = wire::Status::kInvalid}}, .errors = {{error, ""}}, .features = {}});
  });
  ringside_row_set_named(row_, "zip", ringside_null());
  EXPECT_EQ(predict(), RINGSIDE_INVALID);
  ASSERT_EQ(ringside_result_error_count(result_, 0), 1u);
  const ringside_error shown = ringside_result_error(result_, 0, 0);
  EXPECT_EQ(text(shown.field), "age");
  EXPECT_EQ(text(shown.code), "TYPE_MISMATCH");
  EXPECT_EQ(text(shown.message), "expected int, got string");
  EXPECT_EQ(ringside_result_error(result_, 0, 1).message.data, nullptr);
  answer({});
  ringside_row_reset(row_);
  EXPECT_EQ(predict(), RINGSIDE_OK);
  EXPECT_EQ(ringside_result_error_count(result_, 0), 0u) << "of the new answer, not of the last";
}

TEST_F(CAbi, BatchAndItsWholeCallError) {
  ringside_batch* batch = ringside_batch_new(schema_, 3);
  ringside_batch_set_all(batch, 1, ringside_text("rent", 4));
  for (size_t r = 0; r < 3; ++r) ringside_batch_set(batch, r, 0, ringside_int(static_cast<int64_t>(r)));
  ringside_channel* channel = ringside_channel_open(client_, nullptr, 0);
  ASSERT_NE(channel, nullptr);
  EXPECT_EQ(ringside_predict_batch(channel, batch, nullptr, result_), RINGSIDE_OK);
  EXPECT_EQ(ringside_result_rows(result_), 3u);
  EXPECT_EQ(ringside_result_score(result_, 2), 0.25);
  ringside_batch_reset(batch, 5'000);
  EXPECT_EQ(ringside_predict_batch(channel, batch, nullptr, result_), RINGSIDE_INVALID);
  ASSERT_EQ(ringside_result_error_count(result_, RINGSIDE_WHOLE_CALL), 1u);
  EXPECT_EQ(text(ringside_result_error(result_, RINGSIDE_WHOLE_CALL, 0).code), "BATCH_SIZE");
  ringside_channel_free(channel);
  ringside_batch_free(batch);
}

// Column 0 of a packed call of three rows is what was set, in that width, and nothing else was said.
template <class Float>
bool column_arrived(const SeenCall& call, wire::Encoding encoding) {
  const Float expected[] = {1, 2.5, -3};
  return call.geometry.encoding == static_cast<std::uint8_t>(encoding) && call.geometry.extras == 0 &&
         std::memcmp(call.body.data(), expected, sizeof expected) == 0;
}

TEST_F(CAbi, PackedBatchSendsBareFloatsOfEitherWidth) {
  std::atomic<bool> narrow_arrived = false, wide_arrived = false;  // the engine's thread says it
  engine_.answer_with([&](const SeenCall& call) {
    if (column_arrived<float>(call, wire::Encoding::kPackedF32)) narrow_arrived = true;
    if (column_arrived<double>(call, wire::Encoding::kPackedF64)) wide_arrived = true;
    return reply_of({.version = 0, .fields = 2, .rows = std::vector<OkRow>(call.geometry.rows), .errors = {}, .features = {}});
  });
  ringside_batch* narrow = ringside_batch_new_packed(schema_, 3, RINGSIDE_PACKED_FLOAT32);
  ringside_batch* wide = ringside_batch_new_packed(schema_, 3, RINGSIDE_PACKED_FLOAT64);
  const float floats[] = {1, 2.5F, -3};
  const double doubles[] = {1, 2.5, -3};
  ringside_batch_set_column_float32(narrow, 0, floats);
  ringside_batch_set_column_float64(wide, 0, doubles);
  ringside_channel* channel = ringside_client_channel(client_);
  EXPECT_EQ(ringside_predict_batch(channel, narrow, nullptr, result_), RINGSIDE_OK);
  EXPECT_TRUE(narrow_arrived);
  EXPECT_FALSE(wide_arrived);
  EXPECT_EQ(ringside_predict_batch(channel, wide, nullptr, result_), RINGSIDE_OK);
  EXPECT_TRUE(wide_arrived);
  ringside_batch_free(wide);
  ringside_batch_free(narrow);
}

TEST_F(CAbi, FailuresSayWhy) {
  ringside_options options = RINGSIDE_OPTIONS_DEFAULT;
  options.socket = "/nowhere/data.sock";
  ringside_client* none = client_;
  char why[16];
  EXPECT_EQ(ringside_connect(&options, &none, why, sizeof why), RINGSIDE_NOT_FOUND);
  EXPECT_EQ(none, nullptr);
  EXPECT_EQ(std::strlen(why), 15u) << "cut, and ended with a zero";
  const ringside_field twice[] = {{"a", RINGSIDE_DTYPE_ANY}, {"a", RINGSIDE_DTYPE_ANY}};
  EXPECT_EQ(ringside_resolve(client_, twice, 2, why, sizeof why), nullptr);
}

TEST_F(CAbi, StatusNamesEndWithAZero) {
  EXPECT_STREQ(ringside_status_name(RINGSIDE_UNKNOWN_VERSION), "unknown_version");
  EXPECT_STREQ(ringside_status_name(RINGSIDE_LOST), "lost");
  EXPECT_STREQ(ringside_version(), "0.1.0");
}

}  // namespace
}  // namespace ringside::test
