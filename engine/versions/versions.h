// The versions of a task: what is known, loaded and answering; the only place that decides, publishes and reclaims.
//
// States: load_state.h. Roles (current, previous, canary, shadow, pinned, labels) live in the published TrafficTable; this class builds each new table.
// What is asked is decided on one thread, rs-roles, in order; versions that are not resident are loaded on another before, rs-loader, so what concerns
// resident ones (every rollback) waits for no load. Readers (admin) get copies and wait for neither.
//
// Thread safety: every public member may be called from any thread. Completions run on rs-roles.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ringside/result.h>

#include "engine/bundle/bundle.h"
#include "engine/bundle/loader.h"
#include "engine/drift/counters.h"
#include "engine/versions/callers.h"
#include "engine/versions/load_state.h"
#include "engine/versions/revert.h"
#include "engine/versions/role_change.h"

namespace ringside::engine {

class TrafficPublisher;

// A bundle as operators see it.
struct VersionStatus {
  std::string version;
  LoadState state = LoadState::kFound;
  std::vector<std::string> roles;       // "current", "previous", "canary", "shadow", "pinned", "label:prod"
  std::string reason;                   // why it failed, first problem first; what it waits for; else empty
  std::vector<BundleProblem> problems;  // all of them
  std::string directory;
  std::shared_ptr<const Bundle> bundle;                         // while resident; shared, so that admin can read it at leisure
  std::uint64_t answered_rows = 0;                              // since it was published
  std::uint64_t compared_rows = 0, differing_rows = 0;          // of calls with several versions (traffic/table.h); likewise
  std::chrono::system_clock::time_point found_at, resident_at;  // resident_at: the last time; zero: never
  std::optional<double> canary_percent = {};
  std::optional<double> shadow_percent = {};
  std::uint64_t pinned = 0;                         // keys and tags
  std::shared_ptr<const DriftCounters> drift = {};  // while resident; shares the resident's ownership
};

// Who did what when and why; what the engine did by itself is in it too.
struct VersionEvent {
  std::chrono::system_clock::time_point at = {};
  std::string actor = {};   // "uid 0 (root)", "models/current", "ringsided", "guard"
  std::string action = {};  // "start", "switch", "dry run", "rollback", "canary", "shadow", "pin", "unpin", "label",
                            // "load", "retire"
  std::string from = {}, to = {};  // versions; empty: none
  std::string reason = {};         // as the operator gave it
  std::string outcome = {};        // "done", "refused", "failed"
  std::string message = {};
};

struct Roles {
  std::string current, previous;  // empty: none
  OperatorRoles assigned;
  std::vector<std::pair<std::string, std::string>> labels;  // label → version, operators' and bundles' own
  std::shared_ptr<const ShadowComparison> comparison = {};  // of current and assigned.shadow; null: none
  std::string no_comparison = {};                           // why there is none though a shadow is assigned
};

// What an engine that starts knows of those before it.
struct BeforeStart {
  OperatorRoles roles = {};
  std::string previous = {};  // that a rollback led to; empty: none
  std::string from = {};      // that answered last; empty: not known
  std::string reason = {};    // which rule chose the version to start with
};

struct SwitchRequest {
  std::string version;
  std::string directory = {};  // of the bundle, where it is not in models/
  bool dry_run = false;
  bool persist = false;  // also move models/current
  bool force = false;    // though connected clients would be refused
  std::string reason;
  std::string actor;  // who asked: "uid 0 (root)"
};

struct SwitchOutcome {
  enum class Kind : std::uint8_t {
    kPublished,       // it answers now
    kAlready,         // it was current: nothing done, not an error
    kDryRunGood,      // loads and verifies; nothing published
    kUnknownVersion,  // no such directory (exit status 4)
    kRefused,         // foreign task, connected clients in the way, no previous to roll back to (4)
    kFailedCheck,     // it does not load or verify (5); the serving version answers on
    kPersistFailed,   // published, but models/current could not be moved: `message` says why
  } kind = Kind::kRefused;
  std::string from, to;
  std::string message;                  // for people, with what to do next
  std::vector<BundleProblem> problems;  // of the bundle, or of connected clients (callers.h)
};

// It answers as asked, or would.
[[nodiscard]] bool is_done(SwitchOutcome::Kind kind) noexcept;

inline constexpr std::string_view kFollowActor = "models/current";  // the actor of a switch that a moved link asked for

class Versions {
 public:
  struct Options {
    std::string task;
    std::string models_directory;
    bool use_reference = true;
    bool lock_memory = false;                       // keep bundles from being swapped out
    SignatureMode signature = SignatureMode::kOff;  // and whose is trusted: LoadOptions
    std::string trusted_keys = {};
    // Called after an operator's change, on rs-roles, or a guard's, on its own thread; one after the other: keeps for the next start what is
    // published by then (traffic.json). `version` is the one that was made current; empty: who is current was not touched. Pins are not its
    // business.
    std::function<Result<Done, std::string>(const std::string& version, const OperatorRoles& roles)> remember;
    // Called after pins changed: keeps them (pins.tsv). No changes: every pin went.
    std::function<Result<Done, std::string>(const Pins& now, const std::vector<PinChange>& changes)> remember_pins = {};
    // Told what an operator should look at though it answers, for the log. Empty: nobody is.
    std::function<void(const std::string& text)> warn = {};
    // Told of everything that was done or refused: on rs-roles what was asked, on rs-loader loads and retirements, of the start and of
    // revert() on the caller's thread.
    std::function<void(const VersionEvent& event)> record = {};
    // Who is connected now. Empty: nobody is asked for before a switch.
    std::function<std::vector<Caller>()> callers = {};
    // How often models/ is looked at, besides whenever something in it changes; zero: never.
    std::chrono::milliseconds watch_period{0};
    // A directory that is not whole is tried once it has been still for that long: then it is no copy under way.
    std::chrono::milliseconds settle{2'000};
    std::uint64_t memory_max = 0;          // of all resident bundles together, in bytes; 0: no limit
    std::vector<std::uint32_t> cpus = {};  // of the loader thread; none: wherever it likes
    // What each load takes its scratch from (LoadOptions::scratch), made before it and destroyed after. Empty: the heap.
    std::function<std::unique_ptr<std::pmr::memory_resource>()> make_scratch = {};
  };

  Versions(Options options, TrafficPublisher& traffic);
  ~Versions();

  // Finishes the load under way and drops the rest; what it was given to call (Options) is called no more. Everything that is asked afterwards
  // is dropped. The destructor does it, too.
  void stop();

  // Loads, verifies and publishes the starting version, on the caller's thread, and with it the optional fields of every other bundle in
  // models/ (their schemas alone are read): a caller that knows a later version's field may send it from the first call on. A bundle of
  // which even that cannot be read holds nothing up. Failure: nothing is published.
  // The versions that `before.roles` names, which operators assigned before a restart, are loaded before the first call is answered, so that a
  // key has the arm that it had. One that fails is told and keeps its role, without effect until it is resident. So is `before.previous`; if it
  // fails, that is told and there is nothing to roll back to.
  Result<Done, SwitchOutcome> start(const std::string& bundle_directory, BeforeStart before = {});

  // Begins loading every other bundle of models/ in the background, as far as memory_max goes. They answer by version once resident.
  // From then on models/ is watched:
  //   a new or changed directory   is loaded, once it is whole or has been still for `settle`
  //   `current` moved              acts as a switch; a link that leads nowhere is told and changes nothing
  //   a directory that went        its bundle retires when it has no role; with one it answers on, and `reason` says so
  void load_the_rest();

  void switch_to(SwitchRequest request, std::function<void(SwitchOutcome)> done);
  void roll_back(std::string reason, std::string actor, std::function<void(SwitchOutcome)> done);
  // Canary, shadow, pins, labels. A version that is not resident is loaded and checked first, as switch does. The failure is one of a switch.
  void change_role(RoleRequest request, std::function<void(Result<RoleChange, SwitchOutcome>)> done);

  // A guard's word: ends the canary or goes back to the version before a switch. Done, recorded and kept on disk when it returns, on the
  // caller's thread; a load under way does not hold it up.
  Reverted revert(const RevertRequest& request);

  [[nodiscard]] std::vector<VersionStatus> list() const;
  [[nodiscard]] Roles roles() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace ringside::engine
