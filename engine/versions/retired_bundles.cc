#include "engine/versions/retired_bundles.h"

#include <mutex>
#include <utility>
#include <vector>

namespace ringside::engine {

// Shared with every bundle that is owned, so that one which outlives us finds it.
struct RetiredBundles::Queue {
  std::mutex mutex;
  std::vector<std::unique_ptr<const Bundle>> waiting;
  std::function<void()> wake;
  bool closed = false;

  void add(std::unique_ptr<const Bundle> bundle) {
    const std::lock_guard lock(mutex);
    if (closed) return;  // freed by our caller, when the lock is gone
    waiting.push_back(std::move(bundle));
    if (wake) wake();
  }
};

RetiredBundles::RetiredBundles() : queue_(std::make_shared<Queue>()) {}
RetiredBundles::~RetiredBundles() { close(); }

void RetiredBundles::set_wake(std::function<void()> wake) {
  const std::lock_guard lock(queue_->mutex);
  queue_->wake = std::move(wake);
}

std::shared_ptr<const Bundle> RetiredBundles::own(std::unique_ptr<const Bundle> bundle) {
  return {bundle.release(), [queue = queue_](const Bundle* unheld) { queue->add(std::unique_ptr<const Bundle>(unheld)); }};
}

void RetiredBundles::free_all() {
  std::vector<std::unique_ptr<const Bundle>> all;
  {
    const std::lock_guard lock(queue_->mutex);
    all.swap(queue_->waiting);
  }
  // Freed here, not under the lock: each is unmapped in slices, with pauses between.
}

std::uint64_t RetiredBundles::bytes() const {
  const std::lock_guard lock(queue_->mutex);
  std::uint64_t bytes = 0;
  for (const auto& bundle : queue_->waiting) bytes += bundle->facts.bytes;
  return bytes;
}

void RetiredBundles::close() {
  {
    const std::lock_guard lock(queue_->mutex);
    queue_->closed = true;
    queue_->wake = nullptr;
  }
  free_all();
}

}  // namespace ringside::engine
