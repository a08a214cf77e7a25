// What the guard watches: a canary beside the current version, and a new current version against the one before it. Time and traffic are
// handed in, so tests need neither threads nor waiting.
//
//   GuardWatch watch(settings);
//   if (auto breach = watch.look(publisher.snapshot(), now)) …  revert breach->version, with breach->reason
//
//   canary appears, or the current version changes ▶ both windows begin anew ▶ breach ▶ nothing more until the next canary or switch
//   current changes, the one before it is `previous`  ▶ its last window is kept, the new one watched for watch_after_switch
//
// Windows are of the calls that say something about the two: a canary's of those with a route key by either arm, a switch's of all that nobody
// sent to a version by name, label or pin. A rollback is not watched: there is nowhere to go back to.
//
// Thread safety: one thread. Memory: 31 slices of 7 KB an arm, three arms at most.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/drift/windows.h"
#include "engine/guards/judge.h"
#include "engine/traffic/table.h"

namespace ringside::engine {

using GuardClock = std::chrono::steady_clock;

enum class GuardedRole : std::uint8_t { kCanary, kSwitch };

// A version under watch, and how it does.
struct Watched {
  GuardedRole role = GuardedRole::kCanary;
  std::string version, other;                     // judged, and by which
  std::optional<std::chrono::seconds> left = {};  // of kSwitch
  Judgement judgement = {};
};

struct Breach {
  GuardedRole role = GuardedRole::kCanary;
  std::string version;  // that is to go
  std::string other;    // beside or before it
  std::string reason;
};

// The last `window` of what a resident's workers counted.
class ArmWindow {
 public:
  enum class Calls : std::uint8_t { kDrawn, kAll };

  ArmWindow(const std::shared_ptr<const Resident>& resident, Calls calls, std::chrono::seconds window,
            GuardClock::time_point now);

  void look(GuardClock::time_point now);
  // As if it had begun with the resident's first call.
  void count_from_the_first() noexcept { last_ = {}; }
  [[nodiscard]] ArmCounts counts(GuardClock::time_point now) const;
  [[nodiscard]] bool is_of(const std::shared_ptr<const Resident>& resident) const noexcept {
    return resident_.lock() == resident;
  }

 private:
  [[nodiscard]] ArmSums sum(const Resident& resident) const noexcept;

  std::weak_ptr<const Resident> resident_;  // a guard keeps no bundle in memory
  Calls calls_;
  ArmSums last_;
  SlidingCounts slices_;
};

class GuardWatch {
 public:
  explicit GuardWatch(const GuardSettings& settings) : settings_(settings) {}

  // A breach is told once.
  [[nodiscard]] std::optional<Breach> look(const TrafficDraft& now, GuardClock::time_point at);

  // As of the last look.
  [[nodiscard]] const std::vector<Watched>& watched() const noexcept { return watched_; }

 private:
  struct BesideCurrent {
    std::string version;
    ArmWindow canary, current;
  };
  struct AfterSwitch {
    std::string other;
    ArmCounts before;
    GuardClock::time_point until;
  };

  void follow_current(const TrafficDraft& now, GuardClock::time_point at);
  void follow_canary(const TrafficDraft& now, GuardClock::time_point at);
  std::optional<Breach> judge_one(Watched one, const ArmCounts& judged, const ArmCounts& other, Pairing pairing);

  GuardSettings settings_;
  std::optional<ArmWindow> current_;  // kAll, since it became current
  std::string current_version_;
  std::optional<AfterSwitch> switched_;
  std::optional<BesideCurrent> canary_;
  std::vector<Watched> watched_;
};

}  // namespace ringside::engine
