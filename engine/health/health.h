// Is the engine alive, and should requests be sent to it? With the reasons, for those who are woken by the answer.
//
//   alive   the process turns: every worker ends its passes. A restart is the cure where not.
//   ready   alive, a version answers, and the journal takes records (or gaps are allowed). Waiting, or an operator, is the cure.
//
// Thread safety: pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/health/turn_watch.h"
#include "engine/ledger/journal_status.h"

namespace ringside::engine {

struct HealthFacts {
  std::string current;  // empty: no version answers
  TurnWatch::Stuck stuck = {};
  std::optional<JournalStatus> journal = std::nullopt;  // none: it is off
  bool gaps_allowed = false;                            // journal.when_full: gap
};

struct HealthReport {
  bool alive = true, ready = true;
  std::string current;
  std::vector<std::string> reasons;   // why not; empty: alive and ready
  std::vector<std::string> warnings;  // what does not keep it from being ready
};

[[nodiscard]] HealthReport judge(const HealthFacts& facts);

// One line for a service manager.
[[nodiscard]] std::string one_line(const HealthReport& report);

}  // namespace ringside::engine
