// Follows models/ while the engine runs: loads what is new and whole, switches when `current` moves, retires what went. It decides when; Residents
// and Versions know how.
//
// Thread safety: start() once, from any thread; everything else happens on the watch's thread (a look) and on the loader thread (what follows).
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "engine/versions/models_listing.h"
#include "engine/versions/models_watch.h"
#include "engine/versions/residents.h"
#include "engine/versions/versions.h"

namespace ringside::engine {

class ModelsFollower {
 public:
  struct Hands {
    std::function<void(std::function<void()>)> post;               // onto the loader thread
    std::function<SwitchOutcome(const SwitchRequest&)> switch_to;  // on it
  };
  ModelsFollower(const Versions::Options& options, Residents& residents, Hands hands);

  // What `current` leads to now is followed already: somebody chose what answers.
  void begin();
  // On the loader thread: queues the load of every directory that is not loaded.
  void load_the_rest();
  // From now on. Does nothing where options.watch_period is zero.
  void watch();
  void stop() { watch_.reset(); }

 private:
  void look();
  void follow();
  bool take_up(const std::string& name, bool at_once);
  bool follow_current(const ModelsListing& listing);
  void tell_once(const std::string& text, std::string& told) const;

  // What `current` led to when it was followed last; and what it leads to while that waits to be whole.
  struct Followed {
    std::string path;
    std::uint64_t stamp = 0;
    std::chrono::steady_clock::time_point since = {};
    bool answers = false;
  };

  const Versions::Options& options_;
  Residents& residents_;
  Hands hands_;
  Followed followed_, arriving_;            // the loader's
  std::string told_models_, told_current_;  // the loader's
  ModelsListing looked_;                    // the watch's
  std::atomic<bool> waits_{true};           // something may change though models/ does not: follow at the next look all the same
  std::atomic<bool> posted_{false};
  std::unique_ptr<ModelsWatch> watch_;
};

}  // namespace ringside::engine
