// Goal: workers that take from one bucket at once take no more than it gives, and nothing is lost.
// Method: threads take at one frozen moment; the sum is exact whatever their order.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "engine/limits/rate_bucket.h"

namespace ringside::engine {
namespace {

TEST(RateBucketRace, TakersAtOnceTakeWhatThereIs) {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  for (int round = 0; round < 50; ++round) {
    RateBucket bucket(1'000, kSecond);
    std::atomic<int> taken{0};
    std::vector<std::thread> takers;
    for (int taker = 0; taker < 4; ++taker) {
      takers.emplace_back([&] {
        for (int i = 0; i < 1'000; ++i) {
          if (bucket.take(100 * kSecond, 1) == 0) taken.fetch_add(1);
        }
      });
    }
    for (std::thread& taker : takers) taker.join();
    ASSERT_EQ(taken.load(), 1'001);
  }
}

}  // namespace
}  // namespace ringside::engine
