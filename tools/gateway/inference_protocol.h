// /v2/…: the Open Inference Protocol v2 over HTTP, with Triton's extensions for binary tensors, statistics and the model repository. A model is a task,
// its versions are the bundles' names.
//
//   GET  /v2   /v2/health/live   /v2/health/ready
//   GET  /v2/models/{m}[/versions/{v}]   and below it /ready /config /stats;   /v2/models/stats
//   POST /v2/models/{m}[/versions/{v}]/infer
//   POST /v2/repository/index
//
// What the specification leaves open is decided in README.md.
//
// Thread safety: one thread. Cost: of infer a call; of what tells of versions a question to the engine's admin.sock.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ringside/result.h>

#include "tools/gateway/error_body.h"
#include "tools/gateway/http_message.h"
#include "tools/gateway/task_callers.h"

namespace ringside::gateway {

class InferenceProtocol {
 public:
  explicit InferenceProtocol(TaskCallers& callers) : callers_(callers) {}

  // nullopt: no route of the protocol. `path` as parsed, beginning with "/v2".
  [[nodiscard]] std::optional<Response> answer(const Request& request, std::string_view path, const std::string& trace_id);

  // Whether such a path is answered from an engine's admin.sock.
  [[nodiscard]] static bool asks_admin(std::string_view path);

  // A version that answers for every task that is served.
  [[nodiscard]] bool all_ready();

 private:
  struct Address {
    std::string_view model, version;  // empty version: none was named
  };
  [[nodiscard]] std::optional<Response> model_route(const Request& request, const std::vector<std::string_view>& parts,
                                                    const std::string& trace_id);
  [[nodiscard]] Response metadata(const Address& model, bool as_configuration, const std::string& trace_id);
  [[nodiscard]] Response readiness(const Address& model, const std::string& trace_id);
  [[nodiscard]] Response statistics(const Address& model, const std::string& trace_id);
  [[nodiscard]] Response infer(const Request& request, const Address& model, const std::string& trace_id);
  [[nodiscard]] Response repository_index(const Request& request, const std::string& trace_id);
  // The engine's own list of its versions. Error: why it is not to be had.
  [[nodiscard]] Result<Json, Response> versions_of(const std::string& task, const std::string& trace_id) const;

  TaskCallers& callers_;
};

}  // namespace ringside::gateway
