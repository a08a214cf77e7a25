// Every route of the gateway: a request in, a response out.
//
//   POST /predict[/TASK] /batch_predict[/TASK]                                      rows_route.h
//   GET  /model/version[/TASK] /model/versions[/TASK] /schema[/TASK] /drift[/TASK] /metrics[/TASK]   the engine's own, from its admin.sock
//        /v2/…                                                                      inference_protocol.h
//   GET  /healthz /readyz /tasks /openapi.json /docs
//
// Without a task: the default one (--task), else the only one whose sockets are there; with several, 400 names them.
//
// Thread safety: one thread each; the server makes one a worker. Cost: a route's own work; a call blocks the worker until its answer or deadline.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tools/gateway/http_message.h"
#include "tools/gateway/inference_protocol.h"
#include "tools/gateway/model_statistics.h"
#include "tools/gateway/rows_route.h"
#include "tools/gateway/task_callers.h"

namespace ringside::gateway {

struct RouterOptions {
  std::string run_dir;
  std::string task;  // the default; empty: the only one there
};

class Router {
 public:
  Router(const RouterOptions& options, std::shared_ptr<ModelStatistics> statistics)
      : callers_(options.run_dir, options.task, std::move(statistics)), protocol_(callers_) {}

  [[nodiscard]] Response answer(const Request& request);

 private:
  [[nodiscard]] Response rows(const Request& request, const RequestTarget& target, std::string_view task, bool is_batch,
                              const std::string& trace_id);
  [[nodiscard]] Response page(const RequestTarget& target, std::string_view route, std::string_view task, const std::string& trace_id);
  [[nodiscard]] Response readiness();

  TaskCallers callers_;
  RowsRoute rows_;
  InferenceProtocol protocol_;
};

}  // namespace ringside::gateway
