// What the engine is at one moment, as values: all that the admin's documents are made of. Collected once a request
// (admin_server.cc), so that every document is a pure function and can be tested without an engine.
//
// Thread safety: a value, but for `drift`, which is called on the thread that made it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/config/config_keys.h"
#include "engine/counters/totals.h"
#include "engine/door/client_status.h"
#include "engine/drift/report.h"
#include "engine/epoch/reclaimer.h"
#include "engine/guards/guard.h"
#include "engine/health/health.h"
#include "engine/ledger/journal_status.h"
#include "engine/limits/limit_book.h"
#include "engine/log/log_level.h"
#include "engine/metrics/exposition.h"
#include "engine/schema/input_schema.h"
#include "engine/versions/versions.h"

namespace ringside::engine {

// A version, with what of its bundle operators may see. Null pointers while it is not resident.
struct VersionView {
  VersionStatus status;  // `bundle` is not used here
  std::shared_ptr<const InputSchema> schema;
  std::shared_ptr<const BundleFacts> facts;
};

// Since the last time that somebody asked, but at least about a second.
struct Rates {
  double calls_per_s = 0, rows_per_s = 0;
  double over_s = 0;
};

struct AdminSnapshot {
  std::string task;
  Roles roles;
  std::vector<VersionView> versions;
  std::vector<ClientStatus> clients;
  std::vector<LimitStatus> limits;
  CounterTotals totals;
  Rates rates;
  // Of a resident version; computed when it is asked for, as a wide model's takes some 100 us. Empty: nobody watches.
  std::function<std::optional<DriftReport>(const std::string& version)> drift;
  std::vector<StageSeries> stages;  // in the order in which a call meets them; `total` last
  std::vector<ConfigRow> config;
  std::vector<VersionEvent> history;  // newest first
  std::optional<JournalStatus> journal;  // none: it is off
  std::uint64_t journal_landing_bytes = 0;  // of all workers together
  double journal_lag_s = 0;
  GraceStatus grace;
  GuardStatus guard;
  HealthReport health;
  LogLevel log_level = LogLevel::kInfo;
  std::uint64_t engine_epoch = 0;
  pid_t pid = 0;
  std::chrono::system_clock::time_point started, now;

  [[nodiscard]] std::optional<JournalFigures> journal_figures() const {
    if (!journal) return std::nullopt;
    return JournalFigures{.status = *journal, .landing_bytes = journal_landing_bytes, .lag_s = journal_lag_s};
  }

  // Null: there is no such version.
  [[nodiscard]] const VersionView* find(std::string_view version) const {
    for (const VersionView& view : versions) {
      if (view.status.version == version) return &view;
    }
    return nullptr;
  }
};

}  // namespace ringside::engine
