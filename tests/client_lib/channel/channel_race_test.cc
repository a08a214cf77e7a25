// Goal: under two threads no answer is torn, lost, swapped or overwritten while quarantined, and nobody sleeps through a wake-up.
// Method: both halves as threads on one mapping (ThreadSanitizer cannot follow two), each answer computed from its request; the
// engine answers out of order, parks on a futex when idle, and the client waits in each mode, leaving every eleventh call to
// quarantine.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "client_lib/base/unique_fd.h"
#include "client_lib/channel/channel_end.h"
#include "client_lib/waiting/waiter.h"
#include "tests/support/fake_channel.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

namespace ringside {
namespace {

constexpr int kCalls = 20'000;

float expected_score(std::int64_t value) { return static_cast<float>(value * 3 + 1); }

class EngineThread {
 public:
  explicit EngineThread(const wire::ChannelView& view, int doorbell)
      : channel_(view), doorbell_(doorbell), thread_([this] { run(); }) {}
  ~EngineThread() {
    stop_.store(true, std::memory_order_seq_cst);
    const std::uint64_t one = 1;
    EXPECT_EQ(write(doorbell_, &one, sizeof one), 8);
    thread_.join();
  }

 private:
  void run() {
    std::mt19937 random(7);
    std::vector<test::SeenCall> waiting;
    while (!stop_.load(std::memory_order_seq_cst)) {
      while (auto call = channel_.next()) waiting.push_back(*std::move(call));
      if (waiting.empty()) {
        channel_.park();
        if (!channel_.has_next_after_announcing()) {
          pollfd entry{doorbell_, POLLIN, 0};
          poll(&entry, 1, -1);
        }
        std::uint64_t rung = 0;
        [[maybe_unused]] const auto drained = read(doorbell_, &rung, sizeof rung);
        channel_.unpark();
        continue;
      }
      std::swap(waiting[random() % waiting.size()], waiting.back());
      const test::SeenCall call = std::move(waiting.back());
      waiting.pop_back();
      test::FakeReply reply = test::reply_of(
          {.fields = 0, .rows = {{.score = expected_score(call.cell(0, 0).as_int())}}, .errors = {}, .features = {}});
      reply.geometry.version_ordinal = wire::kNoVersion;
      channel_.answer(call, reply);
    }
  }

  test::FakeChannel channel_;
  int doorbell_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

void race(const WaitPolicy& policy) {
  test::ScratchChannel memory;
  const base::UniqueFd doorbell(eventfd(0, EFD_NONBLOCK));
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
  const base::UniqueFd ours(pair[0]), theirs(pair[1]);
  EngineThread engine(memory.view(), doorbell.get());
  ChannelEnd<> client(memory.view());
  alignas(8) wire::DirectoryHeader header{};
  Directory directory(reinterpret_cast<const std::byte*>(&header), sizeof header);
  VersionCache versions;
  detail::Answer answer;
  wire::CallBody body;

  struct Sent {
    std::uint16_t slot;
    std::int64_t value;
  };
  std::vector<Sent> sent;
  std::mt19937 random(11);
  int answered = 0;
  const auto finish_one = [&] {
    std::swap(sent[random() % sent.size()], sent.back());
    const Sent call = sent.back();
    sent.pop_back();
    if (call.value % 11 == 0) return client.leave(call.slot);
    const WaitEnd end = wait_for_answer(client.view().responses[call.slot].seq, client.call(call.slot).ticket,
                                        client.view().control->waiting, ours.get(), policy, 0);
    ASSERT_EQ(end.how, Waited::kAnswered);
    client.take(call.slot, 1, directory, versions, answer);
    float score = 0;
    std::memcpy(&score, answer.at(answer.layout.values_offset), sizeof score);
    ASSERT_EQ(answer.status, Status::kOk);
    ASSERT_EQ(score, expected_score(call.value));
    ++answered;
  };
  for (int i = 0; i < kCalls; ++i) {
    const std::uint16_t columns = static_cast<std::uint16_t>(1 + random() % 40);  // some in the entry, some in the arena
    body.start(columns, 1);
    for (std::uint16_t c = 0; c < columns; ++c) body.set(c, 0, wire::Cell::integer(i));
    wire::RequestGeometry geometry = body.geometry(1);
    geometry.out_bytes = 256;
    std::uint16_t slot = 0;
    while (client.post(body, geometry, 256, slot) != Posted::kPosted) {
      if (sent.empty()) {
        std::this_thread::yield();  // all quarantined: the engine has yet to answer
      } else {
        ASSERT_NO_FATAL_FAILURE(finish_one());
      }
    }
    if (client.engine_sleeps()) {
      const std::uint64_t one = 1;
      ASSERT_EQ(write(doorbell.get(), &one, sizeof one), 8);
    }
    sent.push_back({slot, i});
    while (sent.size() > random() % 60) ASSERT_NO_FATAL_FAILURE(finish_one());
  }
  while (!sent.empty()) ASSERT_NO_FATAL_FAILURE(finish_one());
  EXPECT_EQ(answered, kCalls - (kCalls + 10) / 11);
}

TEST(ChannelRace, SpinningClientGetsEveryAnswerOnce) { race({.may_sleep = false, .spin_ns = 0}); }
TEST(ChannelRace, ParkingClientGetsEveryAnswerOnce) { race({.may_sleep = true, .spin_ns = 0}); }
TEST(ChannelRace, AdaptiveClientGetsEveryAnswerOnce) { race({.may_sleep = true, .spin_ns = 5'000}); }

}  // namespace
}  // namespace ringside
