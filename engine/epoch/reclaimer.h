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

// What was retired and is not freed yet, for operators: a number that stays names a worker that is stuck.
struct GraceStatus {
  std::size_t waiting = 0;      // tables, segments: pieces
  std::uint64_t oldest_ns = 0;  // how long the oldest of them has waited
  std::vector<std::uint32_t>
      held_by_workers;  // that have not passed since it was retired; empty: pinned by a long call, or being freed
};

class Reclaimer {
 public:
  explicit Reclaimer(Quiescence& quiescence);
  // REQUIRES: workers have stopped. Frees what is left.
  ~Reclaimer();

  // REQUIRES: the object is no longer reachable for a worker that begins a pass now.
  // `unpinned`, if given, must also hold: it is asked after the grace period, when no new pin can appear.
  void retire(std::function<void()> free, std::function<bool()> unpinned = {});

  [[nodiscard]] std::size_t waiting() const;
  [[nodiscard]] GraceStatus status() const;

 private:
  struct Item {
    std::uint64_t grace;
    std::uint64_t since_ns;
    std::function<void()> free;
    std::function<bool()> unpinned;
  };
  void run();
  [[nodiscard]] bool ready(const Item& item) const {
    return quiescence_.passed(item.grace) && (!item.unpinned || item.unpinned());
  }

  Quiescence& quiescence_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Item> items_;
  std::size_t freeing_ = 0;  // taken out of items_, being freed outside the lock
  bool stopping_ = false;
  std::thread thread_;  // last: starts when everything else stands
};

}  // namespace ringside::engine
