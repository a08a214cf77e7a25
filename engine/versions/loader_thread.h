// One thread that does the work of versions in the order in which it was asked. It takes what processor time and disk the workers leave:
// nice, idle I/O priority, and its own processors where it is told which.
//
// Thread safety: post() from any thread; the work runs on `rs-loader`. Destruction finishes the work under way and drops the rest.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace ringside::engine {

class LoaderThread {
 public:
  explicit LoaderThread(std::vector<std::uint32_t> cpus);  // none: wherever it likes
  ~LoaderThread();
  LoaderThread(const LoaderThread&) = delete;
  LoaderThread& operator=(const LoaderThread&) = delete;

  void post(std::function<void()> work);
  // As the destructor does; work that is posted afterwards is dropped.
  void stop();

 private:
  void run();

  std::vector<std::uint32_t> cpus_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::thread thread_;  // last: starts when everything else stands
};

}  // namespace ringside::engine
