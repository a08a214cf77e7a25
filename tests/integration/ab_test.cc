// Goal: one call to several versions gives each one's bits, through the library and from a real engine, whatever is wrong with one of them.
// Method: ringsided on the committed bundles, whose fields differ, and the committed rows with Python's bits for both.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <thread>
#include <vector>

#include <ringside/ringside.h>

#include "tests/integration/demo_rows.h"
#include "tests/integration/engine_process.h"

namespace ringside::testing {
namespace {

using namespace std::chrono_literals;

constexpr const char* kFirst = "loan_default_v1.0.0";
constexpr const char* kSecond = "loan_default_v1.1.0";

class Ab : public ::testing::Test {
 protected:
  std::vector<BatchResult> ask(const Batch& batch, const std::vector<Target>& targets, const CallOptions& options = {}) {
    std::vector<BatchResult> answers(targets.size());
    client_.predict_ab(batch, targets, options, answers);
    return answers;
  }
  Batch demo_batch(std::size_t rows) {
    Batch batch(schema_, rows);
    for (std::size_t i = 0; i < rows; ++i) fill(batch, i, demo_rows()[i % demo_rows().size()]);
    return batch;
  }

  EngineProcess engine_;
  Client client_ = engine_.connect();
  Schema schema_ = *client_.resolve(demo_fields());
};

TEST_F(Ab, BothAnswersHavePythonsBits) {
  Row row(schema_);
  const std::array targets{Target::version(kFirst), Target::version(kSecond)};
  std::array<BatchResult, 2> answers;
  for (const DemoRow& from : demo_rows()) {
    fill(row, from);
    client_.predict_ab(row, targets, {.return_features = true}, answers);
    for (std::size_t t = 0; t < 2; ++t) {
      ASSERT_EQ(answers[t].rows(), 1u);
      EXPECT_EQ(answers[t].row(0).version(), targets[t].name);
      EXPECT_EQ(answers[t].row(0).arm(), Arm::kVersion);
      EXPECT_EQ(difference(answers[t].row(0), from), "");
    }
    EXPECT_EQ(answers[0].row(0).request_id(), answers[1].row(0).request_id());
    EXPECT_EQ(answers[0].row(0).request_id().size(), 36u);
  }
}

TEST_F(Ab, LargestBatchToEightTargetsHasPythonsBits) {
  const Batch batch = demo_batch(512);
  std::vector<Target> targets;
  for (int i = 0; i < 3; ++i) targets.insert(targets.end(), {Target::version(kFirst), Target::version(kSecond)});
  targets.insert(targets.end(), {Target::routed(), Target::version(kSecond)});
  const auto answers = ask(batch, targets, {.deadline = 10s, .return_features = true});
  for (const BatchResult& answer : answers) {
    ASSERT_EQ(answer.rows(), 512u);
    for (std::size_t i = 0; i < 512; ++i) ASSERT_EQ(difference(answer.row(i), demo_rows()[i % demo_rows().size()]), "") << i;
  }
  EXPECT_EQ(answers[6].row(0).arm(), Arm::kCurrent);
}

TEST_F(Ab, UnknownVersionIsItsOwnTrouble) {
  for (const std::string& unknown : {std::string("nobody"), std::string(), std::string(300, 'v')}) {
    const auto answers = ask(demo_batch(3), {Target::version(unknown), Target::version(kSecond), Target::label("nothing")});
    EXPECT_EQ(answers[0].status(), Status::kUnknownVersion);
    EXPECT_EQ(answers[0].row(2).version(), "");
    EXPECT_EQ(answers[2].status(), Status::kUnknownVersion);
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(difference(answers[1].row(i), demo_rows()[i]), "");
      EXPECT_EQ(answers[0].row(i).request_id(), answers[1].row(i).request_id());
    }
  }
}

TEST_F(Ab, OneTargetIsAnOrdinaryCall) {
  const auto answers = ask(demo_batch(2), {Target::version(kSecond)});
  EXPECT_EQ(difference(answers[0].row(1), demo_rows()[1]), "");
}

TEST_F(Ab, RowsFailForEachVersionThatMinds) {
  Batch batch = demo_batch(100);
  batch.set(7, "no such field", 1);
  batch.set_request_id(7, "seven");
  const auto answers = ask(batch, {Target::version(kFirst), Target::version(kSecond)});
  for (const BatchResult& answer : answers) {
    EXPECT_EQ(answer.row(7).status(), Status::kInvalid);
    ASSERT_EQ(answer.row(7).errors().size(), 1u);
    EXPECT_EQ(answer.row(7).errors()[0].field, "no such field");
    EXPECT_EQ(answer.row(7).request_id(), "seven");
    EXPECT_EQ(difference(answer.row(8), demo_rows()[8]), "");
  }
}

TEST_F(Ab, WhatConcernsTheCallIsSaidForEach) {
  for (const BatchResult& answer : ask(demo_batch(2), {Target::version(kFirst), Target::version(kSecond)}, {.deadline = -1ns})) {
    EXPECT_EQ(answer.status(), Status::kTimeout);
    EXPECT_EQ(answer.rows(), 2u);
    EXPECT_EQ(answer.row(0).request_id().size(), 36u);
  }
  for (const BatchResult& answer : ask(Batch(schema_, 0), {Target::version(kFirst), Target::version(kSecond)})) {
    EXPECT_EQ(answer.call().errors().at(0).code, FieldCode::kBatchSize);
  }
}

TEST_F(Ab, TicketsMayBeWaitedForInAnyOrder) {
  const Batch batch = demo_batch(2);
  const std::array targets{Target::version(kFirst), Target::version(kSecond)};
  const Ticket one = client_.channel().submit(batch, targets, {}), plain = client_.channel().submit(batch),
               two = client_.channel().submit(batch, targets, {});
  std::array<BatchResult, 2> answers;
  client_.channel().wait(two, answers);
  EXPECT_EQ(difference(answers[1].row(1), demo_rows()[1]), "");
  BatchResult alone;
  client_.channel().wait(plain, alone);
  EXPECT_EQ(difference(alone.row(1), demo_rows()[1]), "");
  client_.channel().wait(one, alone);
  EXPECT_EQ(alone.status(), Status::kFail) << "several answers have no place in one";
  client_.channel().wait(one, answers);
  EXPECT_EQ(answers[0].status(), Status::kFail) << "waited for before";
}

TEST_F(Ab, EachAnswerIsOfTheVersionThatItNamesWhileVersionsAreSwitched) {
  std::atomic<bool> stop{false};
  std::thread operators([&] {
    for (int i = 0; i < 20; ++i) EXPECT_EQ(engine_.cli({"switch", i % 2 == 0 ? kSecond : kFirst}), 0);
    stop = true;
  });
  const Batch batch = demo_batch(100);
  while (!stop) {
    const auto answers = ask(batch, {Target::routed(), Target::version(kSecond), Target::routed()}, {.return_features = true});
    for (const BatchResult& answer : answers) {
      for (std::size_t i = 0; i < 100; ++i) ASSERT_EQ(difference(answer.row(i), demo_rows()[i]), "");
    }
    EXPECT_EQ(answers[0].row(0).version(), answers[2].row(0).version()) << "one table for the whole call";
  }
  operators.join();
}

TEST_F(Ab, CInterfaceGivesEachResult) {
  ringside_options options{};
  options.run_dir = engine_.run_dir().c_str();
  ringside_client* client = nullptr;
  ASSERT_EQ(ringside_connect(&options, &client, nullptr, 0), RINGSIDE_CONNECTED);
  const ringside_field fields[] = {{"no such field", RINGSIDE_DTYPE_INT}};
  ringside_schema* schema = ringside_resolve(client, fields, 1, nullptr, 0);
  ringside_batch* batch = ringside_batch_new(schema, 1);
  const ringside_target targets[] = {
      {RINGSIDE_TARGET_VERSION, "nobody"}, {RINGSIDE_TARGET_VERSION, kSecond}, {RINGSIDE_TARGET_ROUTED, nullptr}};
  ringside_result* results[] = {ringside_result_new(), ringside_result_new(), ringside_result_new()};
  EXPECT_EQ(ringside_predict_ab(ringside_client_channel(client), batch, targets, 3, nullptr, results), RINGSIDE_OK);
  EXPECT_EQ(ringside_result_status(results[0], 0), RINGSIDE_UNKNOWN_VERSION);
  EXPECT_EQ(ringside_result_version(results[1]).bytes, std::string(kSecond).size());
  EXPECT_EQ(std::string(ringside_result_arm(results[2]).data), "current");
  EXPECT_EQ(ringside_predict_ab(ringside_client_channel(client), batch, targets, 1, nullptr, results), RINGSIDE_UNKNOWN_VERSION);
  for (ringside_result* result : results) ringside_result_free(result);
  ringside_batch_free(batch);
  ringside_schema_free(schema);
  ringside_client_free(client);
}

}  // namespace
}  // namespace ringside::testing
