// Goal: of several calls under way, the first that ended is told, whether it was answered, ran out of time, or lost its engine; no wake is lost.
// Method: client_fixture.h; the engine's thread answers while this one sleeps.
#include <ringside/client.h>

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <thread>
#include <vector>

#include "tests/client_lib/client_fixture.h"

namespace ringside {
namespace {

using namespace std::chrono_literals;

class WaitAny : public ClientTest {
 protected:
  static std::optional<test::FakeReply> hold_odd_ages(const test::SeenCall& call) {
    if (call.cell(0, 0).as_int() % 2 != 0) return std::nullopt;
    return age_as_score(call);
  }
};

TEST_P(WaitAny, TellsThePlaceOfTheFirstThatEnded) {
  Client client = connect();
  const Schema schema = schema_of(client);
  engine_->answer_with(hold_odd_ages);
  Channel& channel = client.channel();
  std::vector<Ticket> tickets;
  for (const int age : {1, 3, 4, 5}) tickets.push_back(channel.submit(row_of(schema, age)));
  EXPECT_EQ(channel.wait_any(tickets), 2u);
  Prediction answer;
  channel.wait(tickets[2], answer);
  EXPECT_EQ(answer.score(), static_cast<double>(0.004F));
  EXPECT_EQ(channel.wait_any(tickets), 2u) << "it was waited for: it counts as ended";
}

TEST_P(WaitAny, EveryAnswerIsFound) {
  Client client = connect();
  const Schema schema = schema_of(client);
  Channel& channel = client.channel();
  constexpr int kCalls = 2'000, kAtOnce = 20;
  int sent = 0, taken = 0;
  std::vector<Ticket> tickets;
  std::vector<int> ages;
  Prediction answer;
  while (taken < kCalls) {
    for (; sent < kCalls && tickets.size() < kAtOnce; ++sent) {
      tickets.push_back(channel.submit(row_of(schema, sent), {.deadline = Deadline::none()}));
      ages.push_back(sent);
    }
    const auto ended = static_cast<std::ptrdiff_t>(channel.wait_any(tickets));
    channel.wait(tickets[static_cast<std::size_t>(ended)], answer);
    ASSERT_TRUE(answer.ok());
    ASSERT_EQ(answer.score(), static_cast<double>(static_cast<float>(ages[static_cast<std::size_t>(ended)]) / 1'000.0F));
    tickets.erase(tickets.begin() + ended);
    ages.erase(ages.begin() + ended);
    ++taken;
  }
}

TEST_P(WaitAny, AnAnswerThatComesWhileItSleepsWakesIt) {
  Client client = connect();
  const Schema schema = schema_of(client);
  engine_->answer_with(hold_odd_ages);
  Channel& channel = client.channel();
  std::vector<Ticket> tickets;
  for (const int age : {1, 3, 5}) tickets.push_back(channel.submit(row_of(schema, age), {.deadline = Deadline::none()}));
  while (engine_->held() < 3) std::this_thread::yield();
  std::thread answering([this] { engine_->answer_held([](const test::SeenCall& call) { return *age_as_score(call); }); });
  EXPECT_LT(channel.wait_any(tickets), 3u);
  answering.join();
  Prediction answer;
  for (const Ticket& ticket : tickets) {
    channel.wait(ticket, answer);
    EXPECT_TRUE(answer.ok());
  }
}

TEST_P(WaitAny, ADeadlineEndsACallAndTheOthersGoOn) {
  Client client = connect();
  const Schema schema = schema_of(client);
  engine_->answer_with(hold_odd_ages);
  Channel& channel = client.channel();
  const std::vector<Ticket> tickets{channel.submit(row_of(schema, 1), {.deadline = Deadline::none()}),
                                    channel.submit(row_of(schema, 3), {.deadline = 1ms})};
  EXPECT_EQ(channel.wait_any(tickets), 1u);
  Prediction answer;
  channel.wait(tickets[1], answer);
  EXPECT_EQ(answer.status(), Status::kTimeout);
  EXPECT_FALSE(channel.poll(tickets[0]));
}

TEST_P(WaitAny, AnEngineThatDiesEndsThemAll) {
  Client client = connect();
  const Schema schema = schema_of(client);
  engine_->answer_with(hold_odd_ages);
  Channel& channel = client.channel();
  std::vector<Ticket> tickets;
  for (const int age : {1, 3}) tickets.push_back(channel.submit(row_of(schema, age), {.deadline = Deadline::none()}));
  while (engine_->held() < 2) std::this_thread::yield();
  std::thread dying([this] { engine_.reset(); });
  EXPECT_LT(channel.wait_any(tickets), 2u);
  dying.join();
  Prediction answer;
  for (const Ticket& ticket : tickets) {
    channel.wait(ticket, answer);
    EXPECT_EQ(answer.status(), Status::kLost);
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, WaitAny, testing::Values(Wait::kSpin, Wait::kAdaptive, Wait::kPark), [](const auto& mode) {
  return std::string(mode.param == Wait::kSpin ? "Spin" : mode.param == Wait::kPark ? "Park" : "Adaptive");
});

}  // namespace
}  // namespace ringside
