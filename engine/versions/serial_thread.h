// One thread that does the work that it is given in the order in which it was given.
//
// Thread safety: post() from any thread; the work runs on the thread called `name`. Destruction finishes the work under way and drops the rest.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace ringside::engine {

class SerialThread {
 public:
  // `first` runs before any work, on the thread.
  explicit SerialThread(const char* name, std::function<void()> first = {});
  ~SerialThread();
  SerialThread(const SerialThread&) = delete;
  SerialThread& operator=(const SerialThread&) = delete;

  void post(std::function<void()> work);
  // Returns when the work is done, after all that was posted before. REQUIRES: another thread, and that stop() is not called meanwhile.
  void do_and_wait(const std::function<void()>& work);
  // As the destructor does; work that is posted afterwards is dropped.
  void stop();

 private:
  void run();

  std::function<void()> first_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::thread thread_;  // last: starts when everything else stands
};

}  // namespace ringside::engine
