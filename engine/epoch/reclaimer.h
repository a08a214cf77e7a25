// Frees what was published once, when no worker can still read it. A thread of its own, so that a load which takes seconds does not keep a
// dead client's memory, and a worker never frees anything.
//
//   old = pointer.exchange(fresh, seq_cst);
//   reclaimer.retire([old] { delete old; }, [old] { return !old->pinned(); });
//
// Thread safety: retire() from any thread; it never waits. `free` and `unpinned` run on the reclaimer's thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/epoch/quiescence.h"

namespace ringside::engine {

class Reclaimer {
 public:
  explicit Reclaimer(Quiescence& quiescence);
  // REQUIRES: workers have stopped. Frees what is left.
  ~Reclaimer();

  // REQUIRES: the object is no longer reachable for a worker that begins a pass now.
  // `unpinned`, if given, must also hold: it is asked after the grace period, when no new pin can appear.
  void retire(std::function<void()> free, std::function<bool()> unpinned = {});

  // What was retired and is not freed yet, for status.
  [[nodiscard]] std::size_t waiting() const;

 private:
  struct Item {
    std::uint64_t grace;
    std::function<void()> free;
    std::function<bool()> unpinned;
  };
  void run();
  [[nodiscard]] bool ready(const Item& item) const { return quiescence_.passed(item.grace) && (!item.unpinned || item.unpinned()); }

  Quiescence& quiescence_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Item> items_;
  std::size_t freeing_ = 0;  // taken out of items_, being freed outside the lock
  bool stopping_ = false;
  std::thread thread_;  // last: starts when everything else stands
};

}  // namespace ringside::engine
