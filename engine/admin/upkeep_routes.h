// Looking after a running engine over HTTP: health, the log's level, and the configuration read again. Pure, as routes.h is, which calls it.
//
//   GET  /healthz · /readyz     503 with the reasons where not
//   GET  /log-level · PUT /log-level {"level":"debug"}
//   POST /config/reload         {"applied":[…],"need_restart":[…]}; 400 with every problem, and then nothing has changed
//
// Thread safety: no state.
#pragma once

#include <string>
#include <vector>

#include <ringside/result.h>

#include "engine/admin/documents.h"
#include "engine/admin/http_server.h"
#include "engine/admin/role_routes.h"
#include "engine/config/config_loader.h"
#include "engine/config/reload.h"
#include "engine/log/log_level.h"

namespace ringside::engine {

struct LogLevelRequest {
  LogLevel level;
};
struct ReloadRequest {};

// The body of PUT /log-level. Error: every problem of it.
[[nodiscard]] Result<LogLevelRequest, Problems> log_level_request(const std::string& body);

[[nodiscard]] Json log_level_document(LogLevel level);
[[nodiscard]] Json health_document(const AdminSnapshot& now);
[[nodiscard]] Json readiness_document(const AdminSnapshot& now);
[[nodiscard]] HttpResponse reload_response(const Result<ReloadPlan, ConfigProblems>& outcome, const std::string& trace_id);

}  // namespace ringside::engine
