// Every route of the gateway: a request in, a response out.
//
//   POST /predict[/TASK] /batch_predict[/TASK] /predict_ab[/TASK]                            rows_route.h
//   GET  /model/version[/TASK] /model/versions[/TASK] /schema[/TASK] /drift[/TASK] /metrics[/TASK]   the engine's own, from its admin.sock
//        /v2/…                                                                      inference_protocol.h
//        operators'                                                                  admin_routes.h
//   GET  /healthz /readyz /tasks /gateway/metrics /openapi.json /docs
//
// With tokens every route needs one but the health routes and the two pages that say how to ask.
//
// Without a task: the default one (--task), else the only one whose sockets are there; with several, 400 names them.
//
// Thread safety: one thread each; the server makes one a worker. Cost: a route's own work; a call blocks the worker until its answer or deadline.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tools/gateway/http_counters.h"
#include "tools/gateway/http_message.h"
#include "tools/gateway/inference_protocol.h"
#include "tools/gateway/model_statistics.h"
#include "tools/gateway/rows_route.h"
#include "tools/gateway/task_callers.h"
#include "tools/gateway/tokens.h"

namespace ringside::gateway {

struct RouterOptions {
  std::string run_dir;
  std::string task;                      // the default; empty: the only one there
  std::shared_ptr<const Tokens> tokens;  // null: everybody may
  bool admin_routes = false;             // REQUIRES: tokens
  std::shared_ptr<ModelStatistics> statistics =
      std::make_shared<ModelStatistics>();  // of all workers together, as the counters are
  std::shared_ptr<HttpCounters> counters = std::make_shared<HttpCounters>();
};

class Router {
 public:
  explicit Router(RouterOptions options)
      : options_(std::move(options)), callers_(options_.run_dir, options_.task, options_.statistics), protocol_(callers_) {}

  [[nodiscard]] Response answer(const Request& request);
  // Whether it asks an engine's admin.sock, which answers when it has time.
  [[nodiscard]] static bool may_take_long(const Request& request);

 private:
  enum class Door : unsigned char { kPredict, kBatch, kCompare };
  [[nodiscard]] Response rows(const Request& request, const RequestTarget& target, std::string_view task, Door door,
                              const std::string& trace_id);
  // Nothing: the caller may ask that. Fills what is known of it.
  [[nodiscard]] std::optional<Response> turned_away(const Request& request, const RequestTarget& target, bool is_admin_route,
                                                    Origin& origin, const std::string& trace_id) const;
  [[nodiscard]] Response route(const Request& request, const RequestTarget& target, const std::string& trace_id);
  [[nodiscard]] Response page(const RequestTarget& target, std::string_view route, std::string_view task,
                              const std::string& trace_id);
  [[nodiscard]] Response readiness();

  RouterOptions options_;
  TaskCallers callers_;
  RowsRoute rows_;
  InferenceProtocol protocol_;
};

}  // namespace ringside::gateway
