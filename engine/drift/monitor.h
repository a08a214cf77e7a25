// The drift of every resident version: looks at their counters, remembers windows, reports.
//
//   monitor.look(resident, now);                        every kLookEvery: each version and its counters
//   DriftReport report = monitor.report("loan_v2", now);
//
// A version that is loaded again begins anew; one that is no longer resident is forgotten.
// Thread safety: one thread (admin). The counters are read while their workers write them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/drift/counters.h"
#include "engine/drift/report.h"
#include "engine/drift/windows.h"

namespace ringside::engine {

class DriftMonitor {
 public:
  using Resident = std::pair<std::string, std::shared_ptr<const DriftCounters>>;  // by its version

  void look(const std::vector<Resident>& residents, DriftClock::time_point now);

  // None: no such version was resident at the last look.
  [[nodiscard]] std::optional<DriftReport> report(const std::string& version, DriftClock::time_point now) const;

 private:
  struct Watched {
    std::weak_ptr<const DriftCounters> counters;  // the resident's: kept by nobody on our account
    DriftWindows windows;
  };
  std::map<std::string, Watched> watched_;
};

}  // namespace ringside::engine
