// Ends a test that hangs: aborts, with the name of the running test, when it is not destroyed in time.
//
//   TEST(SlotRingRace, …) {
//     const Watchdog watchdog;   // a stuck ring fails, it does not hang
//
// A guard against hanging, not a bound on speed: the time is far beyond what a loaded machine under a sanitizer needs.
// Thread safety: none needed. It has a thread of its own, so make it after anything that counts threads.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace ringside::test {

class Watchdog {
 public:
  explicit Watchdog(std::chrono::seconds patience = std::chrono::seconds(240));
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;
};

// Looks until `condition` holds; the CPU goes to others meanwhile. Only under a Watchdog.
template <class Condition>
void wait_until(const Condition& condition) {
  while (!condition()) std::this_thread::yield();
}

}  // namespace ringside::test
