// The thread that watches versions and reverts one that does worse than the one beside it (`rs-guard`).
//
//   Guard guard(settings, {.traffic = …, .revert = …});
//   guard.start();      looks every kGuardTick while there is something to watch, else every kGuardRest; changed(): looks at once
//
// It waits for nobody: not for the loader, which may be at a bundle for seconds, and not for workers, whose counts it reads as they stand.
//
// Thread safety: start() and stop() on one thread; the rest from any. Callbacks run on rs-guard.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/guards/watch.h"

namespace ringside::engine {

inline constexpr std::chrono::milliseconds kGuardTick{200}, kGuardRest{1'000};
inline constexpr std::size_t kRevertsKept = 16;

// What a guard did.
struct GuardRevert {
  std::chrono::system_clock::time_point at = {};
  Breach breach = {};
  bool done = false;  // else refused: there was nothing to go back to
  std::string message = {};
};

struct GuardStatus {
  bool enabled = false;
  std::vector<Watched> watched = {};
  std::vector<GuardRevert> reverts = {};  // newest first, at most kRevertsKept, since the engine's start
};

class Guard {
 public:
  struct Outcome {
    bool done = false;
    std::string message;
  };
  struct Hooks {
    std::function<TrafficDraft()> traffic;                     // what serves now
    std::function<Outcome(const Breach& breach)> revert;       // at once
    std::function<void(const GuardRevert& revert)> told = {};  // once a revert, done or refused
  };

  Guard(const GuardSettings& settings, Hooks hooks);
  ~Guard() { stop(); }

  void start();  // does nothing where guards are off
  void stop();
  void changed();  // roles may have changed

  [[nodiscard]] GuardStatus status() const;

 private:
  void run();
  void look();

  GuardSettings settings_;
  Hooks hooks_;
  GuardWatch watch_;  // rs-guard's own
  std::thread thread_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false, changed_ = false;
  GuardStatus status_;
};

}  // namespace ringside::engine
