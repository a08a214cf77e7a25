// Goal: a breaker opens after failures in a row, lets one call at a time find out, and closes when one is answered.
// Method: a clock that the test turns.
#include "client_lib/protection/circuit_breaker.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace ringside::detail {
namespace {

TEST(CircuitBreaker, OffNeverOpens) {
  CircuitBreaker breaker(0, 100);
  for (int i = 0; i < 100; ++i) breaker.failed(5);
  EXPECT_TRUE(breaker.may_go(5));
}

TEST(CircuitBreaker, OpensAfterFailuresInARow) {
  CircuitBreaker breaker(3, 100);
  breaker.failed(5);
  breaker.failed(5);
  EXPECT_TRUE(breaker.may_go(5));
  breaker.failed(5);
  EXPECT_FALSE(breaker.may_go(5));
}

TEST(CircuitBreaker, ASuccessBeginsTheRowAnew) {
  CircuitBreaker breaker(2, 100);
  breaker.failed(5);
  breaker.succeeded();
  breaker.failed(5);
  EXPECT_TRUE(breaker.may_go(5));
}

TEST(CircuitBreaker, HalfOpenLetsOneCallGo) {
  CircuitBreaker breaker(1, 100);
  breaker.failed(1'000);
  EXPECT_FALSE(breaker.may_go(1'099));
  EXPECT_TRUE(breaker.may_go(1'100));
  EXPECT_FALSE(breaker.may_go(1'100));
}

TEST(CircuitBreaker, AFailedTrialOpensItAgain) {
  CircuitBreaker breaker(1, 100);
  breaker.failed(1'000);
  ASSERT_TRUE(breaker.may_go(1'100));
  breaker.failed(1'150);
  EXPECT_FALSE(breaker.may_go(1'249));
  EXPECT_TRUE(breaker.may_go(1'250));
}

TEST(CircuitBreaker, AnAnsweredTrialClosesIt) {
  CircuitBreaker breaker(1, 100);
  breaker.failed(1'000);
  ASSERT_TRUE(breaker.may_go(1'100));
  breaker.succeeded();
  EXPECT_TRUE(breaker.may_go(1'100));
  EXPECT_TRUE(breaker.may_go(1'100));
}

TEST(CircuitBreaker, ATrialThatNobodyTellsOfIsFollowedByAnother) {
  CircuitBreaker breaker(1, 100);
  breaker.failed(1'000);
  ASSERT_TRUE(breaker.may_go(1'100));
  EXPECT_FALSE(breaker.may_go(1'199));
  EXPECT_TRUE(breaker.may_go(1'200));
}

TEST(CircuitBreaker, ATrialThatWasNotSentIsNone) {
  CircuitBreaker breaker(1, 100);
  breaker.failed(1'000);
  ASSERT_TRUE(breaker.may_go(1'100));
  breaker.not_sent(1'100);
  EXPECT_TRUE(breaker.may_go(1'101));
  EXPECT_FALSE(breaker.may_go(1'102));
  breaker.not_sent(1'102);
  EXPECT_FALSE(breaker.may_go(1'103)) << "that call had no trial to give back";
}

TEST(CircuitBreaker, OfThreadsAtOnceOneTries) {
  for (int round = 0; round < 200; ++round) {
    CircuitBreaker breaker(1, 100);
    breaker.failed(1'000);
    std::atomic<int> went{0};
    std::vector<std::thread> callers;
    for (int i = 0; i < 4; ++i) callers.emplace_back([&] { went.fetch_add(breaker.may_go(1'100) ? 1 : 0); });
    for (std::thread& caller : callers) caller.join();
    ASSERT_EQ(went.load(), 1);
  }
}

}  // namespace
}  // namespace ringside::detail
