#include "engine/drift/monitor.h"

#include <algorithm>

namespace ringside::engine {
namespace {

bool are_one(const std::weak_ptr<const DriftCounters>& a, const std::shared_ptr<const DriftCounters>& b) {
  return !a.owner_before(b) && !b.owner_before(a);
}

}  // namespace

void DriftMonitor::look(const std::vector<Resident>& residents, DriftClock::time_point now) {
  std::erase_if(watched_, [&](const auto& entry) {
    return std::ranges::none_of(residents, [&](const Resident& resident) {
      return resident.first == entry.first && are_one(entry.second.counters, resident.second);
    });
  });
  for (const auto& [version, counters] : residents) {
    const auto entry = watched_.try_emplace(version, Watched{counters, DriftWindows(counters->layout().size(), now)}).first;
    entry->second.windows.look(counters->sum(), now);
  }
}

std::optional<DriftReport> DriftMonitor::report(const std::string& version, DriftClock::time_point now) const {
  const auto found = watched_.find(version);
  if (found == watched_.end()) return std::nullopt;
  const auto counters = found->second.counters.lock();
  if (!counters) return std::nullopt;
  const Baseline* baseline = counters->baseline();
  DriftReport report{
      .version = version, .has_baseline = baseline != nullptr, .baseline_rows = baseline == nullptr ? 0 : baseline->rows};
  for (std::size_t i = 0; i < kDriftWindows.size(); ++i) {
    WindowDrift window = window_drift(*counters, found->second.windows.sum(i, now));
    window.name = kDriftWindows[i].name;
    window.over_s = found->second.windows.covers(i, now).count();
    report.windows.push_back(std::move(window));
  }
  return report;
}

}  // namespace ringside::engine
