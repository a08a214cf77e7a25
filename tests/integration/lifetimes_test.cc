// Goal: whoever dies, the other side goes on. A client killed at any moment leaves nothing behind and hurts nobody; an engine that dies
// ends pending calls at once, and the next call finds its successor.
// Method: real processes and real signals. Moments come from a seeded generator; nothing here bounds a time.
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <thread>

#include "tests/integration/demo_rows.h"
#include "tests/integration/engine_process.h"

namespace ringside::testing {
namespace {

using namespace std::chrono_literals;

class Lifetimes : public ::testing::Test {
 protected:
  // A call that must be answered with Python's bits.
  void expect_served(Client& client, const Schema& schema) {
    Row row(schema);
    DemoRow known = demo_rows()[7];
    // Only fields of the starting version: after a restart the other one is still being loaded.
    std::erase_if(known.cells, [](const auto& cell) { return cell.first == "total_il_high_credit_limit"; });
    fill(row, known);
    EXPECT_EQ(difference(client.predict(row, {.deadline = 20s}), demo_rows()[7]), "");
  }

  EngineProcess engine_;
};

// Connects and calls for ever; killed by its parent.
[[noreturn]] void call_for_ever(const EngineProcess& engine) {
  Client client = engine.connect({.channels = 2});
  const Schema schema = *client.resolve(demo_fields());
  Row row(schema);
  Batch batch(schema, 300);
  for (std::size_t i = 0;; ++i) {
    fill(row, demo_rows()[i % demo_rows().size()]);
    client.predict(row);
    if (i % 8 == 0) client.channel().submit(batch);  // vanishes with a batch under way, sooner or later
  }
}

TEST_F(Lifetimes, ClientsKilledAtAnyMomentLeaveNothingBehind) {
  Client survivor = engine_.connect();
  const Schema schema = *survivor.resolve(demo_fields());
  expect_served(survivor, schema);
  const std::size_t before = engine_.open_descriptors();
  std::mt19937 random(20261122);
  std::uniform_int_distribution<int> pause_ms(0, 30);
  for (int round = 0; round < 40; ++round) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) call_for_ever(engine_);
    poll(nullptr, 0, pause_ms(random));  // some time in its life: connecting, resolving, calling
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    expect_served(survivor, schema);
  }
  while (engine_.open_descriptors() > before) std::this_thread::yield();  // ctest's watchdog ends a leak
  expect_served(survivor, schema);
}

TEST_F(Lifetimes, PendingCallEndsLostWhenTheEngineDiesAndTheNextOneFindsItsSuccessor) {
  Client client = engine_.connect();
  const Schema schema = *client.resolve(demo_fields());
  expect_served(client, schema);
  Row row(schema);
  fill(row, demo_rows()[3]);
  engine_.freeze();
  const Ticket ticket = client.channel().submit(row, {.deadline = Deadline::none()});
  EXPECT_FALSE(client.channel().poll(ticket));
  engine_.kill();
  Prediction answer;
  client.channel().wait(ticket, answer);
  EXPECT_EQ(answer.status(), Status::kLost);
  EXPECT_FALSE(answer.said_by_engine());
  engine_.start();
  expect_served(client, schema);  // the handles are those of before
}

TEST_F(Lifetimes, CallWithoutAnEngineSaysUnreachable) {
  Client client = engine_.connect();
  const Schema schema = *client.resolve(demo_fields());
  EXPECT_EQ(engine_.stop(), 0);
  Row row(schema);
  fill(row, demo_rows()[0]);
  Prediction answer = client.predict(row, {.deadline = 300ms});
  if (answer.status() == Status::kLost) answer = client.predict(row, {.deadline = 300ms});
  EXPECT_EQ(answer.status(), Status::kUnavailable);
  EXPECT_EQ(answer.reason(), Reason::kUnreachable);
}

TEST_F(Lifetimes, EngineThatWasKilledStartsAgainOverItsOldSockets) {
  for (int round = 0; round < 3; ++round) {
    engine_.kill();
    engine_.start();
    Client client = engine_.connect();
    const Schema schema = *client.resolve(demo_fields());
    expect_served(client, schema);
  }
}

TEST_F(Lifetimes, FrozenEngineMakesCallsTimeOutAndThenGoesOn) {
  Client client = engine_.connect();
  const Schema schema = *client.resolve(demo_fields());
  Row row(schema);
  fill(row, demo_rows()[5]);
  engine_.freeze();
  const Prediction answer = client.predict(row, {.deadline = 20ms});
  EXPECT_EQ(answer.status(), Status::kTimeout);
  EXPECT_FALSE(answer.said_by_engine());
  engine_.thaw();
  expect_served(client, schema);
}

TEST_F(Lifetimes, SecondEngineForTheSameTaskIsRefused) {
  EXPECT_THROW(EngineProcess({"--run-dir", engine_.run_dir()}), std::runtime_error);
  Client client = engine_.connect();
  const Schema schema = *client.resolve(demo_fields());
  expect_served(client, schema);
}

}  // namespace
}  // namespace ringside::testing
