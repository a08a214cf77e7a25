// What is said of a version's drift, as values: for `ringside drift`, `status` and, later, metrics.
//
// Thread safety: values and pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/drift/baseline.h"
#include "engine/drift/counters.h"
#include "engine/drift/psi.h"
#include "engine/drift/windows.h"

namespace ringside::engine {

struct HistogramDrift {
  std::string name;
  double psi = 0, noise = 0;                 // psi.h
  double missing = 0, expected_missing = 0;  // shares of the scored rows: now, in training
  DriftVerdict verdict = DriftVerdict::kNoBaseline;
};

struct FieldDrift {
  std::string name;
  std::array<double, kFieldCounts> rates{}, expected{};  // by FieldCount, shares of all rows; expected: with a baseline only
  std::array<DriftVerdict, kFieldCounts> verdicts{};
  DriftVerdict verdict = DriftVerdict::kNoBaseline;  // the worst of them
};

struct WindowDrift {
  std::string_view name = {};  // "5m"
  double over_s = 0;           // how far back it reaches: less than its length while the version is young
  std::uint64_t rows = 0, refused = 0;
  DriftVerdict verdict = DriftVerdict::kNoBaseline;  // the worst of all below
  std::vector<HistogramDrift> scores{}, features{};  // empty without a baseline
  std::vector<FieldDrift> fields{};
};

struct DriftReport {
  std::string version;
  bool has_baseline = false;
  std::uint64_t baseline_rows = 0;
  std::vector<WindowDrift> windows{};  // as kDriftWindows
};

// One thing that is off.
struct DriftOffender {
  std::string_view kind;  // "score", "feature" or "field"
  std::string name;
  std::string_view what;           // "psi", or which rate of the field
  double value = 0, expected = 0;  // expected: of a rate
  DriftVerdict verdict = DriftVerdict::kStable;
};

[[nodiscard]] std::string_view name(FieldCount count) noexcept;

[[nodiscard]] WindowDrift window_drift(const DriftCounters& counters, const std::vector<std::uint64_t>& counts);

// What to look at first: the shortest window that has rows enough to be judged, else the longest.
[[nodiscard]] const WindowDrift& telling_window(const DriftReport& report);

// Those that are moderate or worse, the worst first. A PSI and a rate are ranked by how often they are beyond what is major.
[[nodiscard]] std::vector<DriftOffender> worst(const WindowDrift& window, std::size_t most);

}  // namespace ringside::engine
