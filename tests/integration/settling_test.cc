// Goal: a caller who waits adaptively and calls in a closed loop settles at spinning, with an engine that does the same, whatever came before.
// Method: sleeps are counted, by the engine for both sides (its parks, and the clients that it woke), not timed. On a machine where others take
// the processors any window of calls may meet a sleep or two, so windows are tried until one has next to none; two sides that put each other to
// sleep never have one, and the watchdog ends the test.
#include <gtest/gtest.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "client_lib/base/processors.h"
#include "tests/integration/demo_rows.h"
#include "tests/integration/engine_process.h"

namespace ringside::testing {
namespace {

constexpr int kCalls = 2'000, kSleepsAllowed = kCalls / 50;

class SettlesAtSpinning : public ::testing::Test {
 protected:
  void SetUp() override {
    if (base::count_processors().usable < 2) GTEST_SKIP() << "one processor: two sides cannot both spin";
    fill(row_, demo_rows().front());
  }

  // Of both sides, since the engine's start.
  [[nodiscard]] std::uint64_t sleeps() const {
    std::string text;
    EXPECT_EQ(engine_.cli({"status", "--json"}, &text), 0);
    const auto counters = nlohmann::json::parse(text).at("counters");
    return counters.at("parks").get<std::uint64_t>() + counters.at("wakes").get<std::uint64_t>();
  }

  void call() {
    client_.predict(row_, {.deadline = Deadline::none()}, answer_);
    ASSERT_TRUE(answer_.ok()) << answer_.explanation();
  }

  void expect_to_settle() {
    std::uint64_t slept = 0;
    do {
      const std::uint64_t before = sleeps();
      for (int i = 0; i < kCalls; ++i) ASSERT_NO_FATAL_FAILURE(call());
      slept = sleeps() - before;
    } while (slept > kSleepsAllowed);
  }

  EngineProcess engine_;
  Client client_ = engine_.connect({.wait = Wait::kAdaptive});
  Schema schema_ = *client_.resolve(demo_fields());
  Row row_{schema_};
  Prediction answer_;
};

// To ask the engine for its counters takes milliseconds: each window begins after a pause, with the worker asleep.
TEST_F(SettlesAtSpinning, AfterEachPauseOfTheCaller) {
  for (int i = 0; i < 10; ++i) ASSERT_NO_FATAL_FAILURE(expect_to_settle());
}

TEST_F(SettlesAtSpinning, AfterAFrozenEngine) {
  expect_to_settle();
  for (int i = 0; i < 5; ++i) {
    engine_.freeze();
    const Ticket ticket = client_.channel().submit(row_, {.deadline = Deadline::none()});
    engine_.thaw();
    client_.channel().wait(ticket, answer_);
    ASSERT_TRUE(answer_.ok());
  }
  expect_to_settle();
}

TEST_F(SettlesAtSpinning, AfterCallsThatTakeLongerThanAnySpin) {
  Batch batch(schema_, 512);
  for (std::size_t row = 0; row < 512; ++row) fill(batch, row, demo_rows()[row % demo_rows().size()]);
  for (int i = 0; i < 200; ++i) ASSERT_EQ(client_.predict_batch(batch).status(), Status::kOk);
  expect_to_settle();
}

}  // namespace
}  // namespace ringside::testing
