// Looks at models/ whenever something in it changes, and once a period besides: inotify tells of new names and of `current` at once, the
// period finds what it cannot tell (a file that grows in a directory below, a network file system).
//
// Thread safety: construct and destroy on one thread; `look` runs on the watch's own, `rs-watch`, and must not wait for a load.
// Cost: asleep but for one listing a period. Without inotify (the limit on watches is reached) the period alone does the work.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "client_lib/base/unique_fd.h"

namespace ringside::engine {

class ModelsWatch {
 public:
  ModelsWatch(const std::string& models_directory, std::chrono::milliseconds period, std::function<void()> look);
  ~ModelsWatch();
  ModelsWatch(const ModelsWatch&) = delete;
  ModelsWatch& operator=(const ModelsWatch&) = delete;

 private:
  void run();

  std::chrono::milliseconds period_;
  std::function<void()> look_;
  base::UniqueFd stop_;     // eventfd
  base::UniqueFd inotify_;  // none: see above
  std::thread thread_;      // last: starts when everything else stands
};

}  // namespace ringside::engine
