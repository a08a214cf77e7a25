// Answers → the body of an infer response: named tensors as JSON, or in binary behind it.
//
//   output          of                          datatype, shape
//   score           one value a row             FP32 or FP64 [n]
//   values          several values, no classes  FP32 or FP64 [n,k]
//   probabilities   classes                     FP32 or FP64 [n,k]
//   label           classes                     INT64, or BYTES [n]
//   margin          every model                 FP32 or FP64 [n], or [n,m]
//   status, version, arm, request_id   each row's own, BYTES [n]: only when asked for by name
//
// Thread safety: pure. Cost: one pass an output.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ringside/prediction.h>
#include <ringside/schema.h>

#include "tools/gateway/http_message.h"
#include "tools/gateway/infer_request.h"
#include "tools/gateway/tensor.h"

namespace ringside::gateway {

struct OutputSpec {
  std::string_view name;
  Datatype datatype;
  std::uint64_t width = 0;  // of a row; 0: the shape is [n]
};

// What a version gives when nothing is selected: what its metadata lists.
[[nodiscard]] std::vector<OutputSpec> outputs_of(const VersionInfo& version);
// Of those, or of the rows' own. None: no such output.
[[nodiscard]] std::optional<OutputSpec> output_named(const VersionInfo& version, std::string_view name);

struct InferEcho {
  std::string_view model, id;
};

// REQUIRES: answers.row(0).version_info() is not null or a row's is; every wanted output is one of `version`.
[[nodiscard]] Response infer_response(const BatchResult& answers, const VersionInfo& version, const InferRequest& request,
                                      const InferEcho& echo);

}  // namespace ringside::gateway
