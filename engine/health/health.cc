#include "engine/health/health.h"

namespace ringside::engine {

HealthReport judge(const HealthFacts& facts) {
  HealthReport report{
      .alive = facts.stuck.workers.empty(), .ready = true, .current = facts.current, .reasons = {}, .warnings = {}};
  for (const std::uint32_t worker : facts.stuck.workers) {
    report.reasons.push_back("worker " + std::to_string(worker) + " has not ended a pass for " +
                             std::to_string(facts.stuck.for_at_least.count() / 1'000) + " s");
  }
  if (facts.current.empty()) report.reasons.emplace_back("no version answers");
  if (facts.journal && !facts.journal->recorder.problem.empty()) {
    auto& where = facts.gaps_allowed ? report.warnings : report.reasons;
    where.push_back("the journal takes no records: " + facts.journal->recorder.problem);
  }
  report.ready = report.reasons.empty();
  return report;
}

std::string one_line(const HealthReport& report) {
  if (report.ready) return report.current + " answers";
  std::string text = report.alive ? "not ready: " : "stuck: ";
  for (std::size_t i = 0; i < report.reasons.size(); ++i) text += (i == 0 ? "" : "; ") + report.reasons[i];
  return text;
}

}  // namespace ringside::engine
