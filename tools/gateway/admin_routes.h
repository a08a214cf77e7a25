// What operators may do through the gateway, if it runs with --admin-routes and the caller's token is an admin's: the routes of the engine's own
// admin.sock, passed on as they come, and Triton's load and unload.
//
//   GET  /status /config /model/history /model/pins /audit /audit/stats                                each [/TASK]
//   POST /model/switch /model/rollback /model/canary /model/shadow /model/pin /model/unpin /model/label  each [/TASK]
//   POST /v2/repository/models/{m}/load     {"parameters":{"version":V}}: V becomes current, loaded first if need be; without a version nothing
//                                           changes, and the answer says whether the model is ready
//   POST /v2/repository/models/{m}/unload   501: a task ends with its engine
//
// The engine records who asked: the gateway's user, and on whose behalf (X-Ringside-Actor: the token's name and the caller's address).
//
// Thread safety: no state. Cost: an exchange with admin.sock; a switch to what is not loaded takes as long as that does.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tools/gateway/http_message.h"
#include "schemas/process/request_target.h"
#include "tools/gateway/task_callers.h"

namespace ringside::gateway {

struct AdminRoute {
  std::string_view path;    // on admin.sock; of Triton's routes empty
  std::string_view method;  // that it takes
  std::string_view task;    // empty: the default one
  enum class Kind : unsigned char { kEngine, kLoad, kUnload } kind = Kind::kEngine;
};

// nullopt: the target is none of them. Views are of `target`.
[[nodiscard]] std::optional<AdminRoute> admin_route(const RequestTarget& target);

// REQUIRES: the caller may.
[[nodiscard]] Response answer_admin(const AdminRoute& route, const Request& request, const Origin& origin, TaskCallers& callers,
                                    const std::string& trace_id);

}  // namespace ringside::gateway
