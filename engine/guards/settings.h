// What guards hold a version to, as an operator set it (guards.* in engine/config).
#pragma once

#include <chrono>
#include <cstdint>

namespace ringside::engine {

struct GuardSettings {
  bool enabled = true;
  double error_rate = 0.01;               // share of rows without a score above the other version's; 0: not judged
  double latency_ratio = 3.0;             // of the engine's time for a call, to the other version's; 0: not judged
  std::uint32_t latency_percentile = 95;  // 95 or 99
  double score_drift = 0.25;              // PSI against the other version's scores; 0: not judged
  std::uint64_t min_rows = 200;           // of either version
  std::chrono::seconds window{60};
  std::chrono::seconds watch_after_switch{300};  // 0: a switch is not watched
};

}  // namespace ringside::engine
