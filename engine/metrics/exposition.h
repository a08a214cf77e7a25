// Values → Prometheus' text format (version 0.0.4), as `GET /metrics` and `ringside metrics` give it.
//
// Names follow Prometheus' conventions: `ringside_` first, base units (seconds, bytes) and `_total` last. Labels are bounded: versions are the
// bundles of models/, of client names only the kClientNamesMax with the most channels have series of their own, the rest is `other`.
// Features have no series; the worst one of a window has.
//
// Thread safety: pure. Cost: some 100 us, on the thread that asks; nothing on the data path.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/counters/latency_series.h"
#include "engine/counters/totals.h"
#include "engine/door/client_status.h"
#include "engine/drift/report.h"
#include "engine/epoch/reclaimer.h"
#include "engine/ledger/journal_status.h"
#include "engine/limits/limit_book.h"
#include "engine/metrics/process_status.h"
#include "engine/versions/versions.h"

namespace ringside::engine {

inline constexpr std::size_t kClientNamesMax = 50;
inline constexpr std::size_t kDriftNamesMax = 200;  // features, and fields, of a version: three windows of each; `ringside drift` has all
inline constexpr std::string_view kExpositionType = "text/plain; version=0.0.4; charset=utf-8";

struct StageSeries {
  std::string stage;  // "queue"
  LatencySeries latencies;
};

struct JournalFigures {
  JournalStatus status;
  std::uint64_t landing_bytes = 0;  // of all workers together
  double lag_s = 0;
};

struct MetricsInput {
  std::string task;
  std::chrono::system_clock::time_point started = {};
  CounterTotals totals = {};
  std::uint64_t lost_memory = 0;        // segments whose pages the system could not give
  std::vector<StageSeries> stages = {};
  Roles roles = {};
  std::vector<VersionStatus> versions = {};
  std::vector<DriftReport> drift = {};  // of resident versions
  std::vector<ClientStatus> clients = {};
  std::vector<LimitStatus> limits = {};
  GraceStatus grace = {};
  std::optional<JournalFigures> journal = std::nullopt;  // none: it is off
  ProcessStatus process = {};
};

[[nodiscard]] std::string exposition(const MetricsInput& input);

// The same engine under Triton's names, for dashboards that exist: `nv_inference_count` by version, the rest by model, which is the task.
[[nodiscard]] std::string triton_exposition(const MetricsInput& input);

}  // namespace ringside::engine
