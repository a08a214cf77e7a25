// Goal: no reader ever meets a freed object, however publications, passes and sleeps fall together.
// Method: readers follow one pointer, pass after pass; a writer replaces the object thousands of times. "Freed" objects are
//   poisoned with plain stores instead of being given back: a reader that meets one reads the poison, and ThreadSanitizer sees
//   the unordered access as well.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "engine/epoch/quiescence.h"
#include "engine/epoch/reclaimer.h"
#include "tests/support/watchdog.h"

namespace ringside::engine {
namespace {

using test::wait_until;
using test::Watchdog;

constexpr std::uint64_t kPoison = 0xDEAD'DEAD'DEAD'DEAD;

// Two words that always agree while it lives.
struct Published {
  std::uint64_t number = 0;
  std::uint64_t copy = 0;
  std::atomic<std::int64_t> pins{0};

  explicit Published(std::uint64_t n) : number(n), copy(n) {}
  void poison() noexcept { number = kPoison, copy = ~kPoison; }
};

struct Readers {
  enum class Rest : std::uint8_t { kNever, kSometimes, kEveryPass };

  Quiescence& quiescence;
  std::atomic<Published*>& pointer;
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> broken{0}, passes{0};
  std::vector<std::thread> threads{};

  void start(std::uint32_t count, Rest rest) {
    for (std::uint32_t i = 0; i < count; ++i) threads.emplace_back([this, i, rest] { read(i, rest); });
  }
  void join() {
    stop.store(true, std::memory_order_relaxed);
    for (auto& thread : threads) thread.join();
  }

 private:
  void read(std::uint32_t index, Rest rest) {
    auto reader = quiescence.reader(index);
    std::minstd_rand random(index + 1);
    std::uint64_t newest = 0;
    reader.online();
    while (!stop.load(std::memory_order_relaxed)) {
      const Published* object = pointer.load(std::memory_order_seq_cst);
      for (std::uint32_t look = random() % 8; look-- > 0;) {
        if (object->number != object->copy || object->number < newest) broken.fetch_add(1, std::memory_order_relaxed);
        newest = object->number;
      }
      if (passes.fetch_add(1, std::memory_order_relaxed) % 64 == 0) std::this_thread::yield();  // fewer cores than threads
      if (rest == Rest::kEveryPass || (rest == Rest::kSometimes && random() % 4 == 0)) {
        reader.offline();
        if (random() % 256 == 0) std::this_thread::yield();
        reader.online();
      } else {
        reader.quiet();
      }
    }
    reader.offline();
  }
};

void race(Readers::Rest rest) {
  const Watchdog watchdog;
  // Until both sides have done enough: whichever thread has the cores, many passes meet many replacements.
  constexpr std::uint64_t kReplacements = 2'000, kPasses = 200'000;
  Quiescence quiescence(2);
  std::vector<std::unique_ptr<Published>> all;  // poisoned ones stay, so that a late look finds poison and not another's memory
  all.push_back(std::make_unique<Published>(1));
  std::atomic<Published*> pointer{all.back().get()};
  Readers readers{.quiescence = quiescence, .pointer = pointer};
  readers.start(2, rest);
  wait_until([&] { return readers.passes.load(std::memory_order_relaxed) > 100; });
  for (std::uint64_t number = 2; number < kReplacements || readers.passes.load(std::memory_order_relaxed) < kPasses; ++number) {
    all.push_back(std::make_unique<Published>(number));
    Published* old = pointer.exchange(all.back().get(), std::memory_order_seq_cst);
    const std::uint64_t grace = quiescence.begin_grace_period();
    wait_until([&] { return quiescence.passed(grace); });
    old->poison();
  }
  readers.join();
  EXPECT_EQ(readers.broken.load(), 0u);
}

TEST(QuiescenceRace, SpinningReadersNeverMeetAFreedObject) { race(Readers::Rest::kNever); }
TEST(QuiescenceRace, ReadersThatSleepNowAndThenNeverMeetAFreedObject) { race(Readers::Rest::kSometimes); }
// Offline and online between all passes: the store-buffering pair [ONLINE] alone protects them.
TEST(QuiescenceRace, ReadersThatSleepAfterEveryPassNeverMeetAFreedObject) { race(Readers::Rest::kEveryPass); }

TEST(ReclaimerRace, ManyRetirersAndPinsFreeEachObjectOnceAndNeverUnderAReader) {
  const Watchdog watchdog;
  constexpr std::uint64_t kReplacements = 3'000;
  Quiescence quiescence(3);
  std::vector<std::unique_ptr<Published>> all;
  for (std::uint64_t number = 0; number < kReplacements; ++number) all.push_back(std::make_unique<Published>(number));
  std::atomic<Published*> pointer{all[0].get()};
  std::atomic<std::uint64_t> freed{0};
  Readers readers{.quiescence = quiescence, .pointer = pointer};
  std::atomic<bool> stop_pinning{false};
  std::atomic<std::uint64_t> broken{0}, pinned{0};
  {
    Reclaimer reclaimer(quiescence);
    readers.start(2, Readers::Rest::kSometimes);
    // Keeps objects over many passes, as a large call does: pinned while the grace period still protects them.
    std::thread pinner([&] {
      auto reader = quiescence.reader(2);
      reader.online();
      while (!stop_pinning.load(std::memory_order_relaxed)) {
        Published* object = pointer.load(std::memory_order_seq_cst);
        const std::uint64_t number = object->number;
        object->pins.store(1, std::memory_order_release);  // [PIN], one writer
        for (int pass = 0; pass < 20; ++pass) {
          reader.quiet();
          if (object->number != number || object->copy != number) broken.fetch_add(1, std::memory_order_relaxed);
        }
        object->pins.store(0, std::memory_order_release);
        reader.quiet();
        pinned.fetch_add(1, std::memory_order_relaxed);
      }
      reader.offline();
    });
    wait_until([&] { return pinned.load(std::memory_order_relaxed) > 10; });
    for (std::uint64_t number = 1; number < kReplacements; ++number) {
      Published* old = pointer.exchange(all[number].get(), std::memory_order_seq_cst);
      reclaimer.retire(
          [old, &freed] {
            old->poison();
            freed.fetch_add(1, std::memory_order_relaxed);
          },
          [old] { return old->pins.load(std::memory_order_acquire) == 0; });
      if (number % 64 == 0) wait_until([&] { return reclaimer.waiting() < 32; });
    }
    stop_pinning.store(true, std::memory_order_relaxed);
    pinner.join();
    readers.join();
  }
  EXPECT_EQ(freed.load(), kReplacements - 1);
  EXPECT_EQ(readers.broken.load(), 0u);
  EXPECT_EQ(broken.load(), 0u);
}

}  // namespace
}  // namespace ringside::engine
