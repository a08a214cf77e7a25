// Goal: what client.h promises while the engine lives: an answer whatever happens, deadlines, pipelines, threads.
// Method: client_fixture.h.
#include <ringside/client.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "schemas/wire/meta.h"
#include "tests/client_lib/client_fixture.h"

namespace ringside {
namespace {

using namespace std::chrono_literals;
using test::FakeReply;
using test::ok_reply;
using test::SeenCall;
using testing::HasSubstr;

std::optional<FakeReply> hold(const SeenCall&) { return std::nullopt; }

TEST_P(ClientTest, PredictsOneRow) {
  Client client = connect();
  const Prediction answer = client.predict(row_of(schema_of(client), 270));
  EXPECT_EQ(answer.status(), Status::kOk);
  EXPECT_EQ(answer.score(), static_cast<double>(0.27F));
  EXPECT_EQ(answer.version(), "m_v1.0.0");
  EXPECT_EQ(answer.label().text, "1");
  EXPECT_EQ(answer.request_id(), "01010101-0101-0101-0101-010101010101");
  EXPECT_TRUE(answer.said_by_engine());
}

TEST_P(ClientTest, WakesAnEngineThatSleeps) {
  Client client = connect();
  const Schema schema = schema_of(client);
  for (int i = 0; i < 50; ++i) {
    engine_->wait_until_parked();
    ASSERT_EQ(client.predict(row_of(schema, i)).status(), Status::kOk);
  }
}

TEST_P(ClientTest, PredictsABatchWithItsIds) {
  Client client = connect();
  Batch batch(schema_of(client), 100);
  for (std::size_t r = 0; r < 100; ++r) {
    batch.set(r, "age", r);
    batch.set_request_id(r, "id-" + std::to_string(r));
  }
  engine_->answer_with([](const SeenCall& call) {
    auto reply = age_as_score(call);
    EXPECT_EQ(call.meta(static_cast<std::uint16_t>(wire::MetaKind::kRequestId), 99), "id-99");
    test::ReplyParts parts{.version = 0, .fields = 1, .rows = {}, .errors = {}, .features = {}, .make_ids = false};
    for (std::uint16_t r = 0; r < call.geometry.rows; ++r) parts.rows.push_back({.score = static_cast<float>(r)});
    return test::reply_of(parts);
  });
  const BatchResult result = client.predict_batch(batch);
  ASSERT_EQ(result.rows(), 100u);
  for (std::size_t r = 0; r < 100; ++r) {
    EXPECT_EQ(result.row(r).score(), static_cast<double>(r));
    EXPECT_EQ(result.row(r).request_id(), "id-" + std::to_string(r));
  }
}

TEST_P(ClientTest, EmptyBatchAndTooManyRowsGoToTheEngineForItsVerdict) {
  Client client = connect();
  std::atomic<std::uint16_t> seen{9'999};
  engine_->answer_with([&seen](const SeenCall& call) {
    seen = call.geometry.rows;
    return test::refusal(wire::Status::kInvalid, static_cast<std::uint8_t>(wire::FieldCode::kBatchSize));
  });
  const Schema schema = schema_of(client);
  for (const std::uint16_t rows : {std::uint16_t{0}, std::uint16_t{513}, std::uint16_t{4'096}}) {
    const BatchResult result = client.predict_batch(Batch(schema, rows));
    EXPECT_EQ(seen, rows);
    EXPECT_EQ(result.status(), Status::kInvalid);
    ASSERT_EQ(result.call().errors().size(), 1u);
    EXPECT_EQ(result.call().errors()[0].code, FieldCode::kBatchSize);
    EXPECT_TRUE(result.call().said_by_engine());
  }
}

TEST_P(ClientTest, MoreRowsThanTheWireCarriesGetTheSameVerdictHere) {
  Client client = connect();
  const BatchResult result = client.predict_batch(Batch(schema_of(client), 4'097));
  EXPECT_EQ(result.status(), Status::kInvalid);
  EXPECT_EQ(result.call().errors()[0].code, FieldCode::kBatchSize);
  EXPECT_FALSE(result.call().said_by_engine());
}

TEST_P(ClientTest, BodyBeyondTheArenaIsRefusedAndTheNextCallWorks) {
  Client client = connect({.arena_bytes = 4'096});
  const Schema schema = schema_of(client);
  Row row(schema);
  for (int i = 0; i < 3; ++i) row.set("text", std::string(4'000, 'x'));
  const Prediction refused = client.predict(row);
  EXPECT_EQ(refused.status(), Status::kInvalid);
  EXPECT_EQ(refused.errors()[0].code, FieldCode::kBatchSize);
  EXPECT_TRUE(client.predict(row_of(schema, 1)).ok());
}

TEST_P(ClientTest, RefusedCallStillTellsTheIdItWasGiven) {
  Client client = connect({.arena_bytes = 4'096});
  Row row(schema_of(client));
  row.set_request_id("mine");
  row.set("a", std::string(4'000, 'x'));
  row.set("b", std::string(4'000, 'x'));
  EXPECT_EQ(client.predict(row).request_id(), "mine");
}

TEST_P(ClientTest, VerdictOfTheEngineOnAPastDeadlineIsHeard) {
  Client client = connect();
  engine_->answer_with([](const SeenCall& call) {
    EXPECT_NE(call.geometry.deadline_ns, 0u);
    return test::refusal(wire::Status::kTimeout);
  });
  const Row row = row_of(schema_of(client), 1);
  for (const Deadline deadline :
       {Deadline(-5ms), Deadline(std::chrono::steady_clock::now() - 1s), Deadline(std::chrono::nanoseconds::min())}) {
    // On a busy machine the engine may not get its turn within the client's grace: then the client has spoken, and we ask again. An engine
    // that is never heard hangs the test, which its watchdog ends.
    Prediction answer = client.predict(row, {.deadline = deadline});
    while (!answer.said_by_engine()) {
      ASSERT_EQ(answer.status(), Status::kTimeout);
      answer = client.predict(row, {.deadline = deadline});
    }
    EXPECT_EQ(answer.status(), Status::kTimeout);
  }
}

TEST_P(ClientTest, NoDeadlineIsSentAsNone) {
  Client client = connect();
  std::atomic<std::uint64_t> seen{1};
  engine_->answer_with([&seen](const SeenCall& call) {
    seen = call.geometry.deadline_ns;
    return ok_reply(call);
  });
  EXPECT_TRUE(client.predict(row_of(schema_of(client), 1), {.deadline = Deadline::none()}).ok());
  EXPECT_EQ(seen, 0u);
}

TEST_P(ClientTest, SilentEngineMakesATimeoutThatTheClientSays) {
  Client client = connect();
  const Schema schema = schema_of(client);
  engine_->answer_with(hold);
  const auto before = std::chrono::steady_clock::now();
  Row row = row_of(schema, 1);
  row.set_request_id("late");
  const Prediction answer = client.predict(row, {.deadline = 20ms});
  EXPECT_GE(std::chrono::steady_clock::now() - before, 20ms);
  EXPECT_EQ(answer.status(), Status::kTimeout);
  EXPECT_FALSE(answer.said_by_engine());
  EXPECT_EQ(answer.request_id(), "late");
  EXPECT_THAT(answer.explanation(), HasSubstr("may have been scored"));
  engine_->answer_with(age_as_score);
  EXPECT_EQ(client.predict(row_of(schema, 500)).score(), 0.5) << "the slot of the late call is not this one's";
  engine_->answer_held([](const SeenCall& call) { return ok_reply(call, {.score = 0.9F}); });
  EXPECT_EQ(client.predict(row_of(schema, 250)).score(), 0.25) << "a late answer reaches nobody";
}

TEST_P(ClientTest, QuarantinedSlotsComeBackWhenTheEngineAnswers) {
  Client client = connect();
  const Schema schema = schema_of(client);
  engine_->answer_with(hold);
  const Row row = row_of(schema, 1);
  std::vector<Ticket> tickets;
  for (int i = 0; i < 63; ++i) tickets.push_back(client.channel().submit(row, {.deadline = -1ms}));
  Prediction answer;
  for (const Ticket& ticket : tickets) {
    client.channel().wait(ticket, answer);
    EXPECT_EQ(answer.status(), Status::kTimeout);
  }
  EXPECT_EQ(client.predict(row).status(), Status::kRejected);
  while (engine_->held() < 63) std::this_thread::yield();
  engine_->answer_held([](const SeenCall& call) { return ok_reply(call); });
  engine_->answer_with(age_as_score);
  EXPECT_TRUE(client.predict(row).ok());
}

TEST_P(ClientTest, PipelinedCallsAreTakenInAnyOrder) {
  Client client = connect();
  const Schema schema = schema_of(client);
  engine_->answer_with(hold);
  Channel& channel = client.channel();
  std::vector<Ticket> tickets;
  for (int i = 0; i < 20; ++i) tickets.push_back(channel.submit(row_of(schema, i)));
  while (engine_->held() < 20) std::this_thread::yield();
  EXPECT_FALSE(channel.poll(tickets[0]));
  engine_->answer_held([](const SeenCall& call) { return *age_as_score(call); }, true);
  EXPECT_TRUE(channel.poll(tickets[0]));
  Prediction answer;
  for (const std::size_t i : {7u, 0u, 19u, 3u}) {
    channel.wait(tickets[i], answer);
    EXPECT_EQ(answer.score(), static_cast<double>(static_cast<float>(i) / 1'000.0F));
  }
  channel.wait(tickets[7], answer);
  EXPECT_EQ(answer.status(), Status::kFail) << "a ticket is used up by waiting for it";
}

TEST_P(ClientTest, FullChannelRejectsAndSaysWhatToDo) {
  Client client = connect();
  engine_->answer_with(hold);
  const Row row = row_of(schema_of(client), 1);
  std::vector<Ticket> tickets;
  for (int i = 0; i < 63; ++i) tickets.push_back(client.channel().submit(row));
  for (const Ticket& ticket : tickets) EXPECT_TRUE(ticket.sent);
  const Prediction answer = client.predict(row);
  EXPECT_EQ(answer.status(), Status::kRejected);
  EXPECT_THAT(answer.explanation(), HasSubstr("wait for calls under way"));
  client.channel().forget(tickets[0]);
  while (engine_->held() < 63) std::this_thread::yield();
  engine_->answer_held([](const SeenCall& call) { return ok_reply(call); });
  engine_->answer_with(age_as_score);
  EXPECT_TRUE(client.predict(row).ok()) << "in the forgotten call's slot";
}

TEST_P(ClientTest, ResultSpaceIsAskedForOnceMoreUnseen) {
  Client client = connect();
  std::atomic<int> calls{0};  // ThreadSanitizer does not see that shared memory orders the two threads
  engine_->answer_with([&calls](const SeenCall& call) -> std::optional<FakeReply> {
    if (++calls == 1) return test::refusal(wire::Status::kUnavailable, static_cast<std::uint8_t>(wire::Reason::kResultSpace));
    return age_as_score(call);
  });
  EXPECT_EQ(client.predict(row_of(schema_of(client), 125)).score(), 0.125);
  EXPECT_EQ(calls, 2);
}

TEST_P(ClientTest, VersionAddedLaterIsNamed) {
  Client client = connect();
  const Schema schema = schema_of(client);
  EXPECT_EQ(client.predict(row_of(schema, 1)).version(), "m_v1.0.0");
  const std::uint32_t ordinal =
      engine_->add_version({.name = "m_v1.1.0", .fields = {{"age", wire::Dtype::kInt, true}, {"zip", wire::Dtype::kStr, false}}});
  engine_->answer_with([ordinal](const SeenCall&) {
    return test::reply_of({.version = ordinal, .fields = 2, .rows = {{.filled = 0b10}}, .errors = {}, .features = {}});
  });
  const Prediction answer = client.predict(row_of(schema, 1));
  EXPECT_EQ(answer.version(), "m_v1.1.0");
  ASSERT_EQ(answer.filled().size(), 1u);
  EXPECT_EQ(*answer.filled().begin(), "zip");
  ASSERT_EQ(client.fields().size(), 2u);
  EXPECT_TRUE(client.fields()[0].required);
  EXPECT_EQ(client.current_version()->name, "m_v1.1.0");
  ASSERT_NE(client.version("m_v1.1.0"), nullptr);
  EXPECT_EQ(client.version("m_v1.1.0")->ordinal, client.current_version()->ordinal);
  EXPECT_EQ(client.version("m_v9.9.9"), nullptr);
}

TEST_P(ClientTest, PositionalRowsTravelUnderTheVersionsOwnHash) {
  Client client = connect();
  const auto version = client.current_version();
  const Schema schema = *Schema::positional(version->declarations());
  EXPECT_EQ(schema.hash(), version->schema_hash);
  std::atomic<std::uint8_t> encoding{0};
  engine_->answer_with([&encoding](const SeenCall& call) {
    encoding = call.geometry.encoding;
    return ok_reply(call);
  });
  EXPECT_TRUE(client.predict(row_of(schema, 1)).ok());
  EXPECT_EQ(encoding, static_cast<std::uint8_t>(wire::Encoding::kPositional));
}

TEST_P(ClientTest, SameListIsDeclaredOnce) {
  Client client = connect();
  const Schema first = schema_of(client), second = schema_of(client);
  EXPECT_EQ(engine_->declared().size(), 1u);
  EXPECT_EQ(first.hash(), second.hash());
}

TEST_P(ClientTest, SchemaThatTheEngineRefusesKeepsTheEnginesWords) {
  Client client = connect();
  engine_->refuse_schemas(true);
  const auto schema = client.resolve({{"age", Dtype::kInt}});
  ASSERT_FALSE(schema);
  EXPECT_EQ(schema.error().code, SchemaErrorCode::kBadSchema);
  EXPECT_EQ(schema.error().message, "too many schemas: at most 0");
  EXPECT_TRUE(client.connected()) << "the connection goes on";
}

TEST_P(ClientTest, EachThreadHasItsChannel) {
  Client client = connect({.channels = 3});
  const Schema schema = schema_of(client);
  std::vector<std::thread> threads;
  std::vector<Channel> channels;
  for (int t = 0; t < 2; ++t) channels.push_back(*client.open_channel());
  EXPECT_EQ(client.open_channel().error().code, ConnectErrorCode::kTooMany);
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&schema, channel = std::move(channels[static_cast<std::size_t>(t)]), t]() mutable {
      for (int i = 0; i < 300; ++i) {
        const int age = t * 1'000 + i;
        EXPECT_EQ(channel.predict(row_of(schema, age)).score(), static_cast<double>(static_cast<float>(age) / 1'000.0F));
      }
    });
  }
  for (int i = 0; i < 300; ++i)
    EXPECT_EQ(client.predict(row_of(schema, i)).score(), static_cast<double>(static_cast<float>(i) / 1'000.0F));
  for (std::thread& thread : threads) thread.join();
  channels.clear();
  EXPECT_TRUE(client.open_channel()) << "given back";
}

TEST_P(ClientTest, ChannelOpenedAgainGoesOnWhereTheLastOneStopped) {
  Client client = connect({.channels = 2});
  const Schema schema = schema_of(client);
  for (int i = 0; i < 5; ++i) {
    auto channel = client.open_channel();
    ASSERT_TRUE(channel);
    engine_->answer_with(hold);
    (void)channel->submit(row_of(schema, 900));  // left behind
    while (engine_->held() < 1) std::this_thread::yield();
    engine_->answer_with(age_as_score);
    EXPECT_EQ(channel->predict(row_of(schema, 125)).score(), 0.125);
    engine_->answer_held([](const SeenCall& call) { return ok_reply(call); });
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, ClientTest, testing::Values(Wait::kSpin, Wait::kAdaptive, Wait::kPark), [](const auto& mode) {
  return std::string(mode.param == Wait::kSpin ? "Spin" : mode.param == Wait::kPark ? "Park" : "Adaptive");
});

}  // namespace
}  // namespace ringside
