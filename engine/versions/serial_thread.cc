#include "engine/versions/serial_thread.h"

#include <pthread.h>

#include <future>
#include <memory>
#include <utility>

namespace ringside::engine {

SerialThread::SerialThread(const char* name, std::function<void()> first) : first_(std::move(first)), thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), name);
}

SerialThread::~SerialThread() { stop(); }

void SerialThread::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void SerialThread::post(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(work));
  }
  wake_.notify_one();
}

void SerialThread::do_and_wait(const std::function<void()>& work) {
  const auto done = std::make_shared<std::promise<void>>();  // shared: the thread may leave it last
  post([&work, done] {
    work();
    done->set_value();
  });
  done->get_future().wait();
}

void SerialThread::run() {
  if (first_) first_();
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    const std::function<void()> work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    lock.lock();
  }
}

}  // namespace ringside::engine
