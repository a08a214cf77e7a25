// The engine's operators' entrance: HTTP/JSON on admin.sock. Joins the HTTP server, the routes and the engine's parts.
//
//   admin thread:  request → role by SO_PEERCRED → route() ─┬─ a document ────────────────────────────────────────────▶ reply
//                                                           └─ a change ──▶ Versions (loader thread) ──▶ its outcome ──▶ reply
//
// A change that takes long holds up its own connection alone. Thread safety: start() and stop() from one thread.
// Cost: one thread, asleep while nobody asks, but for a look at the drift counters every ten seconds; a request adds up all counters.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ringside/result.h>

#include "engine/admin/http_server.h"
#include "engine/config/config_keys.h"
#include "engine/config/config_loader.h"
#include "engine/config/reload.h"
#include "engine/counters/totals.h"
#include "engine/door/client_status.h"
#include "engine/epoch/reclaimer.h"
#include "engine/guards/guard.h"
#include "engine/health/health.h"
#include "engine/ledger/index/ledger_desk.h"
#include "engine/ledger/journal_status.h"
#include "engine/log/log_level.h"
#include "engine/metrics/exposition.h"
#include "engine/versions/versions.h"

namespace ringside::engine {

using ReloadAnswer = std::function<void(const Result<ReloadPlan, ConfigProblems>&)>;

// What the admin asks. Everything must outlive the server; the functions are called on its thread and must not block.
struct AdminSources {
  Versions& versions;
  std::function<std::vector<ClientStatus>()> clients;
  std::function<CounterTotals()> counters;
  std::function<std::vector<StageSeries>()> stages;
  std::function<std::vector<LimitStatus>()> limits = {};  // none: there are no rules
  std::string task;
  std::chrono::system_clock::time_point started;
  std::uint64_t engine_epoch = 0;
  std::function<std::vector<ConfigRow>()> config = {};
  std::function<std::vector<VersionEvent>()> history = {};  // newest first; none: no history
  std::function<std::optional<JournalFigures>()> journal = {};
  LedgerDesk* ledger = nullptr;  // null: there is no index
  std::function<GraceStatus()> grace = {};
  std::function<GuardStatus()> guard = {};
  std::vector<uid_t> operators;   // besides root and the engine's own user: access.admin.users
  std::function<HealthReport()> health = {};
  std::function<LogLevel()> log_level = {};
  std::function<void(LogLevel, const std::string& actor)> set_log_level = {};
  std::function<void(ReloadAnswer)> reload = {};  // reads the configuration again on a thread that may wait, and answers from there
};

class AdminServer {
 public:
  explicit AdminServer(AdminSources sources, HttpLimits limits = {});
  ~AdminServer();

  Result<Done, std::string> start(const std::string& socket_path);
  void stop();

  // Who may operate from now on, besides root and the engine's own user. Any thread, after start().
  void set_operators(std::vector<uid_t> operators);

 private:
  class Desk;
  std::unique_ptr<Desk> desk_;
  HttpServer server_;
  std::string socket_path_;
};

}  // namespace ringside::engine
