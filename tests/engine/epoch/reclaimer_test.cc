// Goal: what was retired is freed once, after its grace period and its pins, on the reclaimer's thread and not under its lock.
// Method: readers and pins by hand. "Not freed" is shown without waiting for time: a probe that never goes counts how often the
//   reclaimer has looked since.
#include "engine/epoch/reclaimer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/support/watchdog.h"

namespace ringside::engine {
namespace {

using test::wait_until;
using test::Watchdog;

// An item that is ready but for its pin; its pin counts the looks.
class Probe {
 public:
  explicit Probe(Reclaimer& reclaimer) {
    reclaimer.retire([] {},
                     [this] {
                       looks_.fetch_add(1);
                       return released_.load();
                     });
  }
  void wait_for_looks(int count) {
    const int before = looks_.load();
    wait_until([&] { return looks_.load() >= before + count; });
  }
  void release() { released_.store(true); }

 private:
  std::atomic<int> looks_{0};
  std::atomic<bool> released_{false};
};

TEST(Reclaimer, RetiredObjectIsFreedWhenNobodyReads) {
  const Watchdog watchdog;
  Quiescence quiescence(1);
  Reclaimer reclaimer(quiescence);
  std::atomic<int> freed{0};
  reclaimer.retire([&] { freed.fetch_add(1); });
  wait_until([&] { return freed.load() == 1; });
  wait_until([&] { return reclaimer.waiting() == 0; });
}

TEST(Reclaimer, ObjectWaitsForTheWorkerThatMayStillReadIt) {
  const Watchdog watchdog;
  Quiescence quiescence(1);
  auto reader = quiescence.reader(0);
  Reclaimer reclaimer(quiescence);
  Probe probe(reclaimer);
  reader.online();
  std::atomic<int> freed{0};
  reclaimer.retire([&] { freed.fetch_add(1); });
  reader.quiet();  // lets the probe's own grace pass, and the object's
  wait_until([&] { return freed.load() == 1; });
  reclaimer.retire([&] { freed.fetch_add(1); });
  probe.wait_for_looks(5);
  EXPECT_EQ(freed.load(), 1);
  EXPECT_EQ(reclaimer.waiting(), 2u);
  reader.quiet();
  wait_until([&] { return freed.load() == 2; });
  probe.release();
  wait_until([&] { return reclaimer.waiting() == 0; });
}

TEST(Reclaimer, StatusNamesTheWorkerThatHoldsUpTheOldest) {
  const Watchdog watchdog;
  Quiescence quiescence(3);
  auto passing = quiescence.reader(0), stuck = quiescence.reader(2);
  Reclaimer reclaimer(quiescence);
  EXPECT_EQ(reclaimer.status().waiting, 0u);
  passing.online();
  stuck.online();
  reclaimer.retire([] {});
  passing.quiet();
  const GraceStatus held = reclaimer.status();
  EXPECT_EQ(held.waiting, 1u);
  EXPECT_EQ(held.held_by_workers, std::vector<std::uint32_t>{2});
  EXPECT_GT(held.oldest_ns, 0u);
  EXPECT_GE(reclaimer.status().oldest_ns, held.oldest_ns);
  stuck.quiet();
  wait_until([&] { return reclaimer.status().waiting == 0; });
  EXPECT_TRUE(reclaimer.status().held_by_workers.empty());
}

TEST(Reclaimer, PinIsNotAskedBeforeTheGracePeriodIsOver) {
  const Watchdog watchdog;
  Quiescence quiescence(1);
  auto reader = quiescence.reader(0);
  Reclaimer reclaimer(quiescence);
  Probe probe(reclaimer);
  probe.wait_for_looks(1);
  reader.online();
  std::atomic<int> asked{0}, freed{0};
  reclaimer.retire([&] { freed.fetch_add(1); },
                   [&] {
                     asked.fetch_add(1);
                     return true;
                   });
  probe.wait_for_looks(5);
  EXPECT_EQ(asked.load(), 0);
  reader.offline();
  wait_until([&] { return freed.load() == 1; });
  EXPECT_EQ(asked.load(), 1);
  probe.release();
}

TEST(Reclaimer, PinnedObjectWaitsUntilItsPinGoes) {
  const Watchdog watchdog;
  Quiescence quiescence(1);
  Reclaimer reclaimer(quiescence);
  Probe probe(reclaimer);
  std::atomic<bool> pinned{true};
  std::atomic<int> freed{0};
  reclaimer.retire([&] { freed.fetch_add(1); }, [&] { return !pinned.load(); });
  probe.wait_for_looks(5);
  EXPECT_EQ(freed.load(), 0);
  pinned.store(false);
  wait_until([&] { return freed.load() == 1; });
  probe.release();
}

TEST(Reclaimer, OneThatMustWaitDoesNotHoldUpTheOthers) {
  const Watchdog watchdog;
  Quiescence quiescence(1);
  Reclaimer reclaimer(quiescence);
  Probe stuck(reclaimer);
  std::atomic<int> freed{0};
  for (int i = 0; i < 100; ++i) reclaimer.retire([&] { freed.fetch_add(1); });
  wait_until([&] { return freed.load() == 100; });
  wait_until([&] { return reclaimer.waiting() == 1; });  // all but the stuck one
  stuck.release();
}

TEST(Reclaimer, FreesOnItsOwnThreadAndNotUnderItsLock) {
  const Watchdog watchdog;
  Quiescence quiescence(1);
  Reclaimer reclaimer(quiescence);
  std::atomic<bool> freed{false};
  std::thread::id where;
  reclaimer.retire([&] {
    static_cast<void>(reclaimer.waiting());  // would wait for ever under the lock
    reclaimer.retire([] {});
    where = std::this_thread::get_id();
    freed.store(true);
  });
  wait_until([&] { return freed.load(); });
  EXPECT_NE(where, std::this_thread::get_id());
}

TEST(Reclaimer, ObjectBeingFreedStillCounts) {
  const Watchdog watchdog;
  Quiescence quiescence(1);
  Reclaimer reclaimer(quiescence);
  std::atomic<bool> freeing{false}, go{false};
  reclaimer.retire([&] {
    freeing.store(true);
    wait_until([&] { return go.load(); });
  });
  wait_until([&] { return freeing.load(); });
  EXPECT_EQ(reclaimer.waiting(), 1u);
  go.store(true);
  wait_until([&] { return reclaimer.waiting() == 0; });
}

TEST(Reclaimer, DestructorFreesWhatIsLeftOnce) {
  const Watchdog watchdog;
  Quiescence quiescence(1);
  auto reader = quiescence.reader(0);
  reader.online();
  std::atomic<int> freed{0};
  {
    Reclaimer reclaimer(quiescence);
    for (int i = 0; i < 10; ++i) reclaimer.retire([&] { freed.fetch_add(1); });
    reclaimer.retire([&] { freed.fetch_add(1); }, [] { return false; });
    EXPECT_EQ(freed.load(), 0);
    reader.offline();
  }
  EXPECT_EQ(freed.load(), 11);
}

}  // namespace
}  // namespace ringside::engine
