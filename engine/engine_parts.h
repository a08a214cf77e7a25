// What an engine is made of, and how its parts are wired to each other. Engine::start() opens them one after the other.
//
// Thread safety: as each part says; the rest on the main thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "client_lib/base/unique_fd.h"
#include "engine/admin/admin_server.h"
#include "engine/admin/history.h"
#include "engine/config/accounts.h"
#include "engine/config/live_config.h"
#include "engine/counters/counters.h"
#include "engine/door/door.h"
#include "engine/engine.h"
#include "engine/epoch/quiescence.h"
#include "engine/epoch/reclaimer.h"
#include "engine/guards/guard.h"
#include "engine/health/turn_watch.h"
#include "engine/ingress/roster.h"
#include "engine/journal/version_book.h"
#include "engine/limits/limit_book.h"
#include "engine/ledger/index/ledger_desk.h"
#include "engine/ledger/journal.h"
#include "engine/metrics/lag_meter.h"
#include "engine/operators_word.h"
#include "engine/respond/input_digest.h"
#include "engine/traffic/directory.h"
#include "engine/traffic/publisher.h"
#include "engine/versions/versions.h"
#include "engine/worker/worker.h"

namespace ringside::engine {

// In the order of who stands on whom; destroyed in reverse.
struct Engine::Parts {
  Parts(EngineConfig configured, Directory&& made_directory, std::uint64_t epoch, Surroundings&& surroundings);
  ~Parts();
  // REQUIRES: the door is open. (Operators come later still.)
  std::vector<Caller> callers() const;
  Guard::Outcome revert(const Breach& breach);
  static void log_revert(const GuardRevert& revert);
  std::vector<const WorkerCounters*> counters_of_workers() const;
  std::vector<StageSeries> stages() const;
  void enter_version(std::uint32_t ordinal, const Bundle& bundle);
  // Takes up what the run before left. Error: nothing may be answered without a record, so nothing is served.
  Result<Done, std::string> open_journal();
  // Empty: there is no journal.
  std::optional<JournalStatus> journal_status() const;
  std::optional<JournalFigures> journal_figures() const;
  HealthReport health();
  // On the main thread. See Engine::reload().
  Result<ReloadPlan, ConfigProblems> reload();
  Result<ReloadPlan, ConfigProblems> reload_and_tell();
  void start_workers();

  const Surroundings around;
  const EngineConfig config;  // as at the start; what may change since is live_config's
  LiveConfig live_config;
  AccessIds access;     // as door and admin have them; the main thread's
  base::UniqueFd lock;  // <run-dir>/<task>/lock
  std::uint64_t engine_epoch;
  std::string run_directory, state_directory;
  DigestKey digest_key;
  std::vector<WorkerCounters> counters;  // by worker
  VersionBook version_book;
  Quiescence quiescence;
  TurnWatch turns;
  LagMeter lag;
  Reclaimer reclaimer;
  LimitBook limits;
  Roster roster;
  Directory directory;
  TrafficPublisher traffic;
  History history;
  OperatorsWord operators;
  Versions versions;
  Guard guard;                         // told of changes by versions, which it stands on
  std::unique_ptr<Journal> journal;    // null: there is none
  std::unique_ptr<LedgerDesk> ledger;  // null: no index
  std::unique_ptr<Door> door;
  std::unique_ptr<AdminServer> admin;
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<std::thread> threads;
};

}  // namespace ringside::engine
