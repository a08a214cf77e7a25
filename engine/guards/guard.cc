#include "engine/guards/guard.h"

#include <pthread.h>

#include <utility>

namespace ringside::engine {

Guard::Guard(const GuardSettings& settings, Hooks hooks) : settings_(settings), hooks_(std::move(hooks)), watch_(settings) {
  status_.enabled = settings_.enabled;
}

void Guard::start() {
  if (!settings_.enabled || thread_.joinable()) return;
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "rs-guard");
}

void Guard::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Guard::changed() {
  {
    const std::lock_guard lock(mutex_);
    changed_ = true;
  }
  wake_.notify_one();
}

GuardStatus Guard::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void Guard::run() {
  while (true) {
    look();
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, status_.watched.empty() ? kGuardRest : kGuardTick, [this] { return stopping_ || changed_; });
    if (stopping_) return;
    changed_ = false;
  }
}

void Guard::look() {
  const auto breach = watch_.look(hooks_.traffic(), GuardClock::now());
  if (breach) {
    const Outcome outcome = hooks_.revert(*breach);
    const GuardRevert revert{std::chrono::system_clock::now(), *breach, outcome.done, outcome.message};
    {
      const std::lock_guard lock(mutex_);
      status_.watched.clear();
      status_.reverts.insert(status_.reverts.begin(), revert);
      if (status_.reverts.size() > kRevertsKept) status_.reverts.pop_back();
    }
    if (hooks_.told) hooks_.told(revert);
    return;
  }
  const std::lock_guard lock(mutex_);
  status_.watched = watch_.watched();
}

}  // namespace ringside::engine
