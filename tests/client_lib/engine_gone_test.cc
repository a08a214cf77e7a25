// Goal: an engine that dies, comes back, was never there, or belongs to the parent process: every call has an answer that says so.
// Method: client_fixture.h.
#include <ringside/client.h>

#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/client_lib/client_fixture.h"

namespace ringside {
namespace {

using namespace std::chrono_literals;
using test::FakeReply;
using test::SeenCall;

std::optional<FakeReply> hold_call(const SeenCall&) { return std::nullopt; }

class EngineGone : public ClientTest {};

TEST_P(EngineGone, DeadEngineEndsAPendingCallWithLostAndTheNextOneReconnects) {
  Client client = connect();
  const Schema schema = schema_of(client);
  engine_->answer_with(hold_call);
  const Ticket pending = client.channel().submit(row_of(schema, 1), {.deadline = Deadline::none()});
  while (engine_->held() < 1) std::this_thread::yield();
  engine_.reset();
  Prediction answer;
  client.channel().wait(pending, answer);
  EXPECT_EQ(answer.status(), Status::kLost);
  EXPECT_FALSE(answer.said_by_engine());
  EXPECT_FALSE(client.connected());
  start();
  EXPECT_EQ(client.predict(row_of(schema, 750)).score(), 0.75);
  EXPECT_THAT(engine_->declared(), testing::ElementsAre(schema.hash())) << "declared again on the new connection";
}

TEST_P(EngineGone, RowsOfACallThatFailedAsAWholeHaveIdsAllTheSame) {
  Client client = connect();
  const Schema schema = schema_of(client);
  engine_->answer_with([](const auto&) { return test::refusal(wire::Status::kUnknownVersion); });
  Batch batch(schema, 2);
  const BatchResult unnamed = client.predict_batch(batch);
  EXPECT_EQ(unnamed.row(0).status(), Status::kUnknownVersion);
  EXPECT_EQ(unnamed.row(0).request_id().size(), 36u);
  EXPECT_EQ(unnamed.row(1).request_id().size(), 36u);
  EXPECT_NE(unnamed.row(0).request_id(), unnamed.row(1).request_id());
  batch.reset(2);
  batch.set_request_id(1, "mine");
  const BatchResult named = client.predict_batch(batch);
  EXPECT_EQ(named.row(0).request_id().size(), 36u);
  EXPECT_EQ(named.row(1).request_id(), "mine");
  engine_.reset();
  const Prediction gone = client.predict(row_of(schema, 1), {.deadline = 1ns});
  EXPECT_FALSE(gone.said_by_engine());
  EXPECT_EQ(gone.request_id().size(), 36u);
}

TEST_P(EngineGone, EngineRestartedWhileIdleIsNotNoticed) {
  Client client = connect();
  const Schema schema = schema_of(client);
  EXPECT_TRUE(client.predict(row_of(schema, 1)).ok());
  engine_.reset();
  start();
  const auto idle_until =
      std::chrono::steady_clock::now() + 2ms;  // the channel looks at its socket after a millisecond without answers
  while (std::chrono::steady_clock::now() < idle_until) {
  }
  EXPECT_EQ(client.predict(row_of(schema, 500)).score(), 0.5);
}

TEST_P(EngineGone, TicketsOfADeadConnectionAreLostAfterTheReconnect) {
  Client client = connect();
  const Schema schema = schema_of(client);
  engine_->answer_with(hold_call);
  const Ticket first = client.channel().submit(row_of(schema, 1));
  const Ticket second = client.channel().submit(row_of(schema, 2));
  while (engine_->held() < 2) std::this_thread::yield();
  engine_.reset();
  start();
  Prediction answer;
  client.channel().wait(first, answer);
  EXPECT_EQ(answer.status(), Status::kLost);
  EXPECT_TRUE(client.predict(row_of(schema, 3)).ok());
  EXPECT_TRUE(client.channel().poll(second));
  client.channel().wait(second, answer);
  EXPECT_EQ(answer.status(), Status::kLost);
}

TEST_P(EngineGone, AbsentEngineIsUnavailableWithinTheDeadline) {
  Client client = connect();
  const Schema schema = schema_of(client);
  engine_.reset();
  (void)client.predict(row_of(schema, 1), {.deadline = 5ms});
  const Prediction answer = client.predict(row_of(schema, 1), {.deadline = 5ms});
  EXPECT_EQ(answer.status(), Status::kUnavailable);
  EXPECT_EQ(answer.reason(), Reason::kUnreachable);
  EXPECT_FALSE(answer.said_by_engine());
  EXPECT_EQ(client.resolve({{"other"}}).error().code, SchemaErrorCode::kUnreachable);
  EXPECT_EQ(client.current_version(), nullptr);
}

TEST_P(EngineGone, AnswersOutliveTheClientAndTheEngine) {
  std::optional<Client> client = connect();
  const Prediction answer = client->predict(row_of(schema_of(*client), 1));
  client.reset();
  engine_.reset();
  EXPECT_EQ(answer.version(), "m_v1.0.0");
  EXPECT_EQ(answer.label().text, "1");
}

TEST_P(EngineGone, ForkedChildIsToldToConnectAgain) {
  Client client = connect();
  const Schema schema = schema_of(client);
  Row row = row_of(schema, 1);
  EXPECT_TRUE(client.predict(row).ok());
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {  // no gtest here: the exit status tells
    {
      const Client inherited = std::move(client);
      const Prediction answer = const_cast<Client&>(inherited).predict(row);
      if (answer.status() != Status::kUnavailable || answer.reason() != Reason::kForked) _exit(1);
      if (const_cast<Client&>(inherited).resolve({{"x"}}) || inherited.connected()) _exit(2);
    }
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_TRUE(client.predict(row).ok()) << "the parent goes on";
}

INSTANTIATE_TEST_SUITE_P(Modes, EngineGone, testing::Values(Wait::kSpin, Wait::kAdaptive, Wait::kPark), [](const auto& mode) {
  return std::string(mode.param == Wait::kSpin ? "Spin" : mode.param == Wait::kPark ? "Park" : "Adaptive");
});

}  // namespace
}  // namespace ringside
