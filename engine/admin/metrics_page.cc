#include "engine/admin/metrics_page.h"

#include <utility>

#include "engine/door/fault_guard.h"
#include "engine/metrics/exposition.h"

namespace ringside::engine {

HttpResponse metrics_page(const AdminSnapshot& now, MetricNames names) {
  MetricsInput input{.task = now.task,
                     .started = now.started,
                     .totals = now.totals,
                     .lost_memory = FaultGuard::faults(),
                     .stages = now.stages,
                     .roles = now.roles,
                     .clients = now.clients,
                     .limits = now.limits,
                     .grace = now.grace,
                     .journal = now.journal_figures(),
                     .process = process_status()};
  for (const VersionView& view : now.versions) {
    input.versions.push_back(view.status);
    if (!view.status.bundle || !now.drift) continue;
    if (auto report = now.drift(view.status.version)) input.drift.push_back(*std::move(report));
  }
  return {.status = 200, .body = names == MetricNames::kTriton ? triton_exposition(input) : exposition(input), .allow = "", .content_type = std::string(kExpositionType)};
}

}  // namespace ringside::engine
