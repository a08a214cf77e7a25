#include "engine/ledger/sync_thread.h"

#include <pthread.h>

#include <utility>

namespace ringside::engine {
namespace {

void sync(SyncThread::Outcome& asked) {
  if (auto synced = asked.file->sync(); !synced) asked.problem = synced.error();
}

}  // namespace

void SyncThread::start() {
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "rs-sync");
}

void SyncThread::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void SyncThread::ask(std::shared_ptr<JournalFile> file, std::uint64_t bytes, std::uint64_t told) {
  Outcome asked{std::move(file), bytes, told};
  if (!thread_.joinable()) {
    sync(asked);
    const std::lock_guard lock(mutex_);
    done_.push_back(std::move(asked));
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    asked_.push_back(std::move(asked));
  }
  wake_.notify_one();
}

bool SyncThread::is_busy() const {
  const std::lock_guard lock(mutex_);
  return !asked_.empty();
}

std::vector<SyncThread::Outcome> SyncThread::outcomes() {
  const std::lock_guard lock(mutex_);
  return std::exchange(done_, {});
}

void SyncThread::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !asked_.empty(); });
    if (asked_.empty()) return;
    Outcome next = asked_.front();
    lock.unlock();
    sync(next);
    lock.lock();
    asked_.pop_front();
    done_.push_back(std::move(next));
  }
}

}  // namespace ringside::engine
