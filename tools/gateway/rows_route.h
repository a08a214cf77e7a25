// POST /predict[/TASK] and POST /batch_predict[/TASK]: rows in, answers out.
//
//   ?version=V | ?label=L     this version answers, instead of the one that traffic would choose
//   ?deadline_ms=N            default 1000; 0: none
//   ?features=true            the answer holds what the forest read
//
// A row: the result object of the command line's `predict`, with `prediction` (the label; where the model has none, the score) and
// `model_version`. A row that is not scored: 400, 404, 429, 500, 502, 503 or 504 with `error`, `detail` (every field error) and `trace_id`.
// A batch: {"predictions":[…],"results":[…],"model_version":V} and 200, whatever became of single rows; rows of different user_id, trace_id or
// route_tags go into calls of their own. An empty array, one with too many rows or one that is no JSON array is 400 as a whole.
//
// POST /predict_ab[/TASK]: {"versions":[a,b],"row":{…}} → {v1,v2,delta,label_delta}, of two to eight versions. 200 where one of them scored the row.
//
// Thread safety: one thread (buffers are kept).
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "tools/gateway/http_message.h"
#include "schemas/process/request_target.h"
#include "tools/gateway/task_caller.h"

namespace ringside::gateway {

class RowsRoute {
 public:
  // REQUIRES: caller.connect() said true just now.
  [[nodiscard]] Response predict(const Request& request, const RequestTarget& target, TaskCaller& caller, const std::string& trace_id);
  [[nodiscard]] Response predict_batch(const Request& request, const RequestTarget& target, TaskCaller& caller,
                                       const std::string& trace_id);
  [[nodiscard]] Response predict_ab(const Request& request, const RequestTarget& target, TaskCaller& caller, const std::string& trace_id);

 private:
  void answer_run(TaskCaller& caller, const CallOptions& options, std::size_t first);

  std::deque<JsonRow> rows_;  // a deque: growing moves none, so views of one stay good
  std::vector<const JsonRow*> run_;
  std::string results_, predictions_, version_;
};

}  // namespace ringside::gateway
