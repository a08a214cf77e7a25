// The main thread once the engine runs: hears signals, runs what other threads hand it, and ticks once a second.
//
//   loop.post(act)   any thread       ─┐
//   SIGTERM, SIGINT                    ├─▶  run()  on the main thread, one after the other
//   SIGHUP                             │
//   the tick                          ─┘
//
// What may take long where nobody may wait (reading the configuration asks the host's name service) is posted here.
// Thread safety: post() from any thread; the rest by one.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <ringside/result.h>

#include "client_lib/base/unique_fd.h"

namespace ringside::engine {

class MainLoop {
 public:
  struct Acts {
    std::function<void()> hang_up = {};  // SIGHUP
    std::function<void()> tick = {};
    std::chrono::milliseconds every{1'000};
  };

  // Blocks SIGINT, SIGTERM and SIGHUP for the calling thread and those that it starts. REQUIRES: before any thread starts.
  static Result<MainLoop, std::string> make();

  void post(std::function<void()> act);
  // Until SIGINT or SIGTERM: its number. What was posted and not begun by then is dropped.
  int run(const Acts& acts);

 private:
  struct Posted {
    std::mutex mutex;
    std::vector<std::function<void()>> acts;
  };
  MainLoop(base::UniqueFd signals, base::UniqueFd posts);
  void run_posted();

  base::UniqueFd signals_, posts_;
  std::unique_ptr<Posted> posted_;
};

}  // namespace ringside::engine
