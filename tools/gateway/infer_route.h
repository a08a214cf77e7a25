// POST /v2/models/{m}[/versions/{v}]/infer: tensors in, tensors out. One request is one call: one route key, one version, up to the engine's maximum
// of rows.
//
// The protocol has no status a row. So a row that is not scored fails the request, with the status of the first such row and every field error in
// `detail`; unless the output `status` is asked for: then numbers of such rows are NaN (a label 0 or empty) and that output says which.
//
// Thread safety: no state; the caller's thread. Cost: a call, and a pass over the tensors.
#pragma once

#include <string>
#include <string_view>

#include "tools/gateway/http_message.h"
#include "tools/gateway/task_caller.h"

namespace ringside::gateway {

struct InferTarget {
  std::string_view model, version;  // empty version: traffic chooses
};

// REQUIRES: caller.connect() said true just now.
[[nodiscard]] Response infer(const Request& request, const InferTarget& target, TaskCaller& caller, const std::string& trace_id);

}  // namespace ringside::gateway
