// The body of POST /v2/models/{m}/infer (Open Inference Protocol v2) → tensors, and what is wanted of the answer.
//
//   {"id":"7","parameters":{…},"inputs":[{"name":"age","shape":[2],"datatype":"INT64","data":[27,31]}],"outputs":[{"name":"score"}]}
//
// With the binary tensor extension the JSON takes the first `header_bytes` of the body (Inference-Header-Content-Length); behind it stand the values
// of each input that says "binary_data_size", in their order, and nothing else.
//
// Nothing of the model is known here: names and widths are judged by whoever binds tensors to fields (infer_rows.h).
//
// Thread safety: a value and a pure function. Cost: two passes over the JSON, one over the binary. Views are of the body.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ringside/result.h>

#include "tools/gateway/tensor.h"

namespace ringside::gateway {

struct WantedOutput {
  std::string name;
  std::optional<bool> binary;  // none: as the request's binary_outputs
};

struct InferRequest {
  std::string id;  // empty: none was given
  // "parameters"; others are let pass, as the protocol asks of what a server does not know.
  std::string label, user_id;              // which version answers; whose rows these are, which is the route key, too
  std::optional<std::int64_t> timeout_us;  // Triton's "timeout"; 0, as there: none of its own
  bool binary_outputs = false;             // "binary_data_output": of outputs that say nothing else
  std::vector<Tensor> inputs;
  std::vector<WantedOutput> outputs;  // empty: every one

  std::deque<std::string> unescaped;  // what texts of `inputs` may be views of
};

inline constexpr std::size_t kInputsMax = 4'096;  // as many as a client schema has names
inline constexpr std::size_t kRankMax = 8;

// Error: what is wrong, where: "inputs[3] 'age': element 7 is no number that UINT8 holds".
[[nodiscard]] Result<InferRequest, std::string> read_infer_request(std::string_view body,
                                                                   std::optional<std::size_t> header_bytes);

}  // namespace ringside::gateway
