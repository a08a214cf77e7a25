// Goal: what ClientOptions::retry, ClientOptions::breaker and CallOptions::fallback promise, and that none of it happens unasked.
// Method: the public library against a fake engine that refuses as often as a test says; its calls are counted.
#include <atomic>
#include <chrono>
#include <string>

#include "tests/client_lib/client_fixture.h"

namespace ringside {
namespace {

using namespace std::chrono_literals;

class ProtectedCall : public ClientTest {
 protected:
  // The next `times` calls are refused so.
  void refuse(int times, wire::Status status, wire::Reason reason, std::uint32_t retry_after_us = 0) {
    left_ = times;
    engine_->answer_with([this, status, reason, retry_after_us](const test::SeenCall& call) -> std::optional<test::FakeReply> {
      calls_.fetch_add(1);
      if (left_-- <= 0) return age_as_score(call);
      test::FakeReply reply = test::refusal(status, static_cast<std::uint8_t>(reason));
      reply.geometry.retry_after_us = retry_after_us;
      return reply;
    });
  }
  void refuse_always(wire::Status status, wire::Reason reason) { refuse(1'000'000, status, reason); }

  std::atomic<int> left_{0};
  std::atomic<int> calls_{0};
};

TEST_P(ProtectedCall, NothingIsTriedAgainUnasked) {
  Client client = connect();
  const Schema schema = schema_of(client);
  refuse(1, wire::Status::kRejected, wire::Reason::kRateLimit, 1'500);
  const Prediction answer = client.predict(row_of(schema, 27));
  EXPECT_EQ(answer.status(), Status::kRejected);
  EXPECT_EQ(answer.reason(), Reason::kRateLimit);
  EXPECT_EQ(answer.retry_after(), 1'500us);
  EXPECT_NE(answer.explanation(), "");
  EXPECT_FALSE(answer.is_fallback());
  EXPECT_EQ(calls_.load(), 1);
}

TEST_P(ProtectedCall, WithABudgetARejectedCallIsMadeAgain) {
  Client client = connect({.retry = {.budget = 0.5}});
  const Schema schema = schema_of(client);
  refuse(2, wire::Status::kRejected, wire::Reason::kOverload, 10);
  EXPECT_TRUE(client.predict(row_of(schema, 27), {.deadline = 60s}).ok());
  EXPECT_EQ(calls_.load(), 3);
}

TEST_P(ProtectedCall, AttemptsAreBounded) {
  Client client = connect({.retry = {.budget = 1, .attempts = 2}});
  const Schema schema = schema_of(client);
  refuse_always(wire::Status::kUnavailable, wire::Reason::kStopping);
  EXPECT_EQ(client.predict(row_of(schema, 27), {.deadline = 60s}).status(), Status::kUnavailable);
  EXPECT_EQ(calls_.load(), 2);
}

TEST_P(ProtectedCall, WhenEverythingFailsTheLoadGrowsByTheBudget) {
  Client client = connect({.retry = {.budget = 0.1, .attempts = 10}});
  const Schema schema = schema_of(client);
  refuse_always(wire::Status::kRejected, wire::Reason::kOverload);
  for (int i = 0; i < 200; ++i) static_cast<void>(client.predict(row_of(schema, 27), {.deadline = 60s}));
  EXPECT_LE(calls_.load(), 200 + 20 + 10);
  EXPECT_GE(calls_.load(), 200 + 20);
}

TEST_P(ProtectedCall, ACallThatWouldWaitBeyondItsDeadlineIsNotMadeAgain) {
  Client client = connect({.retry = {.budget = 1}});
  const Schema schema = schema_of(client);
  refuse(1, wire::Status::kRejected, wire::Reason::kRateLimit, 3'600'000'000);
  EXPECT_EQ(client.predict(row_of(schema, 27), {.deadline = 60s}).status(), Status::kRejected);
  EXPECT_EQ(calls_.load(), 1);
}

TEST_P(ProtectedCall, AnInvalidCallIsNotMadeAgain) {
  Client client = connect({.retry = {.budget = 1}});
  const Schema schema = schema_of(client);
  left_ = 0;
  engine_->answer_with([this](const test::SeenCall&) {
    calls_.fetch_add(1);
    return test::refusal(wire::Status::kInvalid, static_cast<std::uint8_t>(wire::FieldCode::kMalformed));
  });
  EXPECT_EQ(client.predict(row_of(schema, 27)).status(), Status::kInvalid);
  EXPECT_EQ(calls_.load(), 1);
}

TEST_P(ProtectedCall, AfterFailuresTheBreakerSendsNothing) {
  Client client = connect({.breaker = {.failures = 3, .open_for = std::chrono::hours(1)}});
  const Schema schema = schema_of(client);
  refuse_always(wire::Status::kUnavailable, wire::Reason::kJournalDown);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.predict(row_of(schema, 27)).reason(), Reason::kJournalDown);
  const Prediction answer = client.predict(row_of(schema, 27));
  EXPECT_EQ(answer.status(), Status::kUnavailable);
  EXPECT_EQ(answer.reason(), Reason::kBreakerOpen);
  EXPECT_FALSE(answer.said_by_engine());
  EXPECT_EQ(calls_.load(), 3);
}

TEST_P(ProtectedCall, TheBreakerIsSharedByChannels) {
  Client client = connect({.breaker = {.failures = 1, .open_for = std::chrono::hours(1)}});
  const Schema schema = schema_of(client);
  auto channel = client.open_channel();
  ASSERT_TRUE(channel);
  refuse_always(wire::Status::kUnavailable, wire::Reason::kJournalDown);
  static_cast<void>(client.predict(row_of(schema, 27)));
  EXPECT_EQ(channel->predict(row_of(schema, 27)).reason(), Reason::kBreakerOpen);
}

TEST_P(ProtectedCall, HalfOpenOneAnswerClosesIt) {
  Client client = connect({.breaker = {.failures = 1, .open_for = 0ms}});
  const Schema schema = schema_of(client);
  refuse(1, wire::Status::kUnavailable, wire::Reason::kJournalDown);
  EXPECT_EQ(client.predict(row_of(schema, 27)).status(), Status::kUnavailable);
  EXPECT_TRUE(client.predict(row_of(schema, 27)).ok());
  EXPECT_TRUE(client.predict(row_of(schema, 27)).ok());
}

TEST_P(ProtectedCall, ARateLimitOpensNoBreaker) {
  Client client = connect({.breaker = {.failures = 1, .open_for = std::chrono::hours(1)}});
  const Schema schema = schema_of(client);
  refuse(3, wire::Status::kRejected, wire::Reason::kRateLimit);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.predict(row_of(schema, 27)).status(), Status::kRejected);
  EXPECT_TRUE(client.predict(row_of(schema, 27)).ok());
}

TEST_P(ProtectedCall, ALimitIsAnAnswerAndBeginsTheRowAnew) {
  for (const auto limit : {wire::Reason::kRateLimit, wire::Reason::kConcurrencyLimit}) {
    Client client = connect({.breaker = {.failures = 2, .open_for = std::chrono::hours(1)}});
    const Schema schema = schema_of(client);
    for (int i = 0; i < 3; ++i) {
      refuse(1, wire::Status::kUnavailable, wire::Reason::kJournalDown);
      EXPECT_EQ(client.predict(row_of(schema, 27)).reason(), Reason::kJournalDown);
      refuse(1, wire::Status::kRejected, limit);
      EXPECT_EQ(client.predict(row_of(schema, 27)).status(), Status::kRejected);
    }
  }
}

TEST_P(ProtectedCall, WhatIsRefusedUnsentDoesNotAskTheBreaker) {
  Client client = connect({.breaker = {.failures = 1, .open_for = std::chrono::hours(1)}});
  const Schema schema = schema_of(client);
  refuse_always(wire::Status::kUnavailable, wire::Reason::kJournalDown);
  static_cast<void>(client.predict(row_of(schema, 27)));
  EXPECT_EQ(client.predict(row_of(schema, 27)).reason(), Reason::kBreakerOpen);
  Row row = row_of(schema, 27);
  for (std::uint32_t i = 0; i <= wire::kExtrasMax; ++i) row.set("more" + std::to_string(i), 1);
  EXPECT_EQ(client.predict(row).status(), Status::kInvalid);
}

TEST_P(ProtectedCall, AFallbackIsFlaggedAndNeverOk) {
  Client client = connect();
  const Schema schema = schema_of(client);
  refuse(1, wire::Status::kRejected, wire::Reason::kOverload);
  Prediction answer;
  client.predict(row_of(schema, 27), {.fallback = 0.25}, answer);
  EXPECT_FALSE(answer.ok());
  EXPECT_EQ(answer.status(), Status::kRejected);
  EXPECT_TRUE(answer.is_fallback());
  EXPECT_EQ(answer.score(), 0.25);
  EXPECT_EQ(answer.values(), 0U);
  EXPECT_EQ(answer.version(), "");
  client.predict(row_of(schema, 27), {.fallback = 0.25}, answer);
  EXPECT_TRUE(answer.ok());
  EXPECT_FALSE(answer.is_fallback());
  EXPECT_NE(answer.score(), 0.25);
}

TEST_P(ProtectedCall, AFallbackIsOfOneCall) {
  Client client = connect();
  const Schema schema = schema_of(client);
  refuse_always(wire::Status::kRejected, wire::Reason::kOverload);
  Prediction answer;
  client.predict(row_of(schema, 27), {.fallback = 0.25}, answer);
  client.predict(row_of(schema, 27), {}, answer);
  EXPECT_FALSE(answer.is_fallback());
  EXPECT_NE(answer.score(), answer.score()) << "NaN";
}

TEST_P(ProtectedCall, AnInvalidRowHasNoFallback) {
  Client client = connect();
  const Schema schema = schema_of(client);
  engine_->answer_with([](const test::SeenCall&) {
    return test::refusal(wire::Status::kInvalid, static_cast<std::uint8_t>(wire::FieldCode::kMalformed));
  });
  const Prediction answer = client.predict(row_of(schema, 27), {.fallback = 0.25});
  EXPECT_FALSE(answer.is_fallback());
}

TEST_P(ProtectedCall, AFallbackComesThroughSubmitAndWaitToo) {
  Client client = connect();
  const Schema schema = schema_of(client);
  refuse(1, wire::Status::kRejected, wire::Reason::kOverload);
  const Ticket ticket = client.channel().submit(row_of(schema, 27), {.fallback = 0.5});
  Prediction answer;
  client.channel().wait(ticket, answer);
  EXPECT_TRUE(answer.is_fallback());
  EXPECT_EQ(answer.score(), 0.5);
}

TEST_P(ProtectedCall, NonsenseIsRefusedAtConnect) {
  ClientOptions options{.socket = folder_.path() + "/data.sock", .retry = {.budget = 1.5}};
  EXPECT_FALSE(Client::connect(options));
}

INSTANTIATE_TEST_SUITE_P(, ProtectedCall, testing::Values(Wait::kAdaptive, Wait::kPark),
                         [](const auto& mode) { return mode.param == Wait::kPark ? "Park" : "Adaptive"; });

}  // namespace
}  // namespace ringside
