#include "engine/epoch/reclaimer.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "client_lib/base/clock.h"

namespace ringside::engine {
namespace {

// How often a grace period is looked at. Workers pass in microseconds, so this is what freeing usually takes; short enough for a dead
// client's memory to be back well within 100 ms, long enough to cost nothing.
constexpr std::chrono::milliseconds kLookEvery{1};

}  // namespace

Reclaimer::Reclaimer(Quiescence& quiescence) : quiescence_(quiescence), thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), "rs-reclaimer");
}

Reclaimer::~Reclaimer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  for (const Item& item : items_) item.free();
}

void Reclaimer::retire(std::function<void()> free, std::function<bool()> unpinned) {
  const std::uint64_t grace = quiescence_.begin_grace_period();
  {
    const std::lock_guard lock(mutex_);
    items_.push_back({grace, base::monotonic_ns(), std::move(free), std::move(unpinned)});
  }
  wake_.notify_one();
}

std::size_t Reclaimer::waiting() const {
  const std::lock_guard lock(mutex_);
  return items_.size() + freeing_;
}

GraceStatus Reclaimer::status() const {
  const std::lock_guard lock(mutex_);
  GraceStatus status{.waiting = items_.size() + freeing_, .oldest_ns = 0, .held_by_workers = {}};
  const auto oldest = std::ranges::min_element(items_, {}, &Item::since_ns);
  if (oldest != items_.end()) {
    status.oldest_ns = base::monotonic_ns() - oldest->since_ns;
    status.held_by_workers = quiescence_.stragglers(oldest->grace);
  }
  return status;
}

void Reclaimer::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (items_.empty()) {
      wake_.wait(lock, [this] { return stopping_ || !items_.empty(); });
      continue;
    }
    std::vector<Item> done;
    const auto first_done =
        std::stable_partition(items_.begin(), items_.end(), [this](const Item& item) { return !ready(item); });
    std::move(first_done, items_.end(), std::back_inserter(done));
    items_.erase(first_done, items_.end());
    freeing_ = done.size();
    lock.unlock();
    for (const Item& item : done) item.free();  // may unmap much: never under the lock
    done.clear();
    lock.lock();
    freeing_ = 0;
    if (!items_.empty()) wake_.wait_for(lock, kLookEvery, [this] { return stopping_; });
  }
}

}  // namespace ringside::engine
