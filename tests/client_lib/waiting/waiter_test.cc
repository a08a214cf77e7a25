// Goal: whoever waits sees the answer, the deadline or the engine's end, in each mode; and never takes one for another.
// Method: words made by hand; a thread for what has to happen while the waiter sleeps, after the waiter has said that it sleeps.
#include "client_lib/waiting/waiter.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>

#include "client_lib/base/unique_fd.h"
#include "schemas/wire/segment.h"

namespace ringside {
namespace {

constexpr WaitPolicy kSpin{.may_sleep = false, .spin_ns = 0}, kAdaptive{.may_sleep = true, .spin_ns = 5'000},
    kPark{.may_sleep = true, .spin_ns = 0};

class Waiter : public testing::TestWithParam<WaitPolicy> {
 protected:
  Waiter() {
    int pair[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    ours_.reset(pair[0]);
    theirs_.reset(pair[1]);
  }
  Waited wait(std::uint64_t until_ns) { return wait_for_answer(seq_, 41, control_.waiting, ours_.get(), GetParam(), until_ns).how; }
  void until_asleep() {
    while (GetParam().may_sleep && control_.waiting.load(std::memory_order_seq_cst) == 0) std::this_thread::yield();
  }

  std::atomic<std::uint64_t> seq_{0};
  wire::ChannelControl control_{};
  base::UniqueFd ours_, theirs_;
};

TEST_P(Waiter, AnswerThatIsThereIsSeenAtOnce) {
  wire::publish_seq(seq_, 41);
  EXPECT_EQ(wait(1), Waited::kAnswered) << "even after the deadline";
}

TEST_P(Waiter, AnswerOfAnotherTicketIsNotOurs) {
  wire::publish_seq(seq_, 40);
  EXPECT_EQ(wait(base::monotonic_ns() + 1'000'000), Waited::kDeadline);
}

TEST_P(Waiter, DeadlineEndsTheWait) {
  const std::uint64_t until = base::monotonic_ns() + 30'000'000;  // more than two slices
  EXPECT_EQ(wait(until), Waited::kDeadline);
  EXPECT_GE(base::monotonic_ns(), until);
  EXPECT_EQ(control_.waiting.load(), 0u);
}

TEST_P(Waiter, SleeperIsWoken) {
  std::thread engine([this] {
    until_asleep();
    wire::publish_seq(seq_, 41);
    if (wire::must_wake(control_.waiting)) futex_wake(control_.waiting);
  });
  EXPECT_EQ(wait(0), Waited::kAnswered);
  engine.join();
}

TEST_P(Waiter, WakeForAnotherTicketOfTheChannelPutsBackToSleep) {
  std::atomic<std::uint64_t> other{0};
  std::thread engine([&] {
    until_asleep();
    wire::publish_seq(other, 7);
    if (wire::must_wake(control_.waiting)) futex_wake(control_.waiting);
    until_asleep();
    wire::publish_seq(seq_, 41);
    if (wire::must_wake(control_.waiting)) futex_wake(control_.waiting);
  });
  EXPECT_EQ(wait(0), Waited::kAnswered);
  engine.join();
}

TEST_P(Waiter, DeadEngineIsNoticedWithoutADeadline) {
  std::thread engine([this] {
    until_asleep();
    theirs_.reset();
  });
  EXPECT_EQ(wait(0), Waited::kEngineGone);
  engine.join();
}

TEST_P(Waiter, AnswerThatTheEngineGaveBeforeItDiedCounts) {
  std::thread engine([this] {
    until_asleep();
    wire::publish_seq(seq_, 41);  // and no wake-up any more
    theirs_.reset();
  });
  EXPECT_EQ(wait(0), Waited::kAnswered);
  engine.join();
}

// Words that look unanswered to the first `blind_loads` loads: the moment between a look at the word and a look at the socket.
struct LateAtomics : wire::StdAtomics {
  static inline int blind_loads = 0;
  template <wire::Order O, wire::Step S, class W>
  static auto load(const W& word) noexcept {
    return blind_loads-- > 0 ? decltype(word.load()){0} : wire::StdAtomics::load<O, S>(word);
  }
};

TEST_P(Waiter, AnswerBetweenALookAtTheWordAndOneAtTheSocketCounts) {
  wire::publish_seq(seq_, 41);
  theirs_.reset();
  LateAtomics::blind_loads = 1;  // parking, the second load is the one after the hang-up was seen
  EXPECT_EQ(wait_for_answer<LateAtomics>(seq_, 41, control_.waiting, ours_.get(), GetParam(), 0).how, Waited::kAnswered);
}

INSTANTIATE_TEST_SUITE_P(Modes, Waiter, testing::Values(kSpin, kAdaptive, kPark), [](const auto& mode) {
  return std::string(!mode.param.may_sleep ? "Spin" : mode.param.spin_ns == 0 ? "Park" : "Adaptive");
});

TEST(HangUp, LiveSocketWithUnreadDataHasNotHungUp) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
  base::UniqueFd ours(pair[0]), theirs(pair[1]);
  EXPECT_FALSE(has_hung_up(ours.get()));
  ASSERT_EQ(send(theirs.get(), "x", 1, 0), 1);
  EXPECT_FALSE(has_hung_up(ours.get()));
  theirs.reset();
  EXPECT_TRUE(has_hung_up(ours.get()));
}

}  // namespace
}  // namespace ringside
