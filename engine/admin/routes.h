// A request to admin.sock → its answer, or the change that it asks for. Pure: values in, values out.
//
//   GET  /status /model/version /model/versions /model/history[?limit=N] /model/pins /schema[?version=V]
//        /model/compare?versions=V1,V2 /drift[?version=V] /shadow /metrics /config
//        /audit[?user_id=&version=&from=&to=&request_id=&status=&limit=&cursor=&overruled=] /audit/stats[?by=&from=&to=]
//   POST /model/switch   {"version":V,"dry_run":false,"persist":false,"force":false,"reason":TEXT}, or ?version=V
//   POST /model/rollback {"reason":TEXT}
//   POST /model/canary /model/shadow /model/pin /model/unpin /model/label: role_routes.h
//   /healthz /readyz /log-level /config/reload: upkeep_routes.h
//
// Errors are {"error","detail","trace_id"}; those of a change have "outcome" too. Thread safety: no state.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "engine/admin/http_server.h"
#include "engine/admin/snapshot.h"
#include "engine/admin/upkeep_routes.h"
#include "engine/ledger/index/audit_question.h"

namespace ringside::engine {

// What a peer may do.
enum class AdminRole : std::uint8_t {
  kNone,
  kViewer,    // GET
  kOperator,  // everything
};
// Root, the engine's own user and the listed ones operate; nobody else may look.
[[nodiscard]] AdminRole role_of(uid_t peer, uid_t own, const std::vector<uid_t>& operators);

struct AdminCall {
  std::string method, target, body;
  AdminRole role = AdminRole::kNone;
  std::string actor;  // "uid 0 (root)"
  std::string trace_id;
};

struct RollbackRequest {
  std::string reason, actor;
};

using Routed = std::variant<HttpResponse, SwitchRequest, RollbackRequest, RoleRequest, LogLevelRequest, ReloadRequest,
                            AuditQuestion, AuditStatsQuestion>;

// `look` is called at most once, and only by routes that need it.
[[nodiscard]] Routed route(const AdminCall& call, const std::function<AdminSnapshot()>& look);

// How a switch or rollback ended. `reason` is the operator's own.
[[nodiscard]] HttpResponse outcome_response(const SwitchOutcome& outcome, const std::string& reason, const std::string& trace_id);

// How a change of canary, shadow, pins or labels ended.
[[nodiscard]] HttpResponse role_change_response(const Result<RoleChange, SwitchOutcome>& change, const std::string& reason,
                                                const std::string& trace_id);

[[nodiscard]] HttpResponse error_response(unsigned status, const std::string& error, const std::string& trace_id);

// The trace id of an error: of `traceparent`, else the request's id, else `made`.
[[nodiscard]] std::string trace_id_of(const HttpRequest& request, const std::string& made);

}  // namespace ringside::engine
