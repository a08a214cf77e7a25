// Goal: whatever a request target and the body of an infer request hold, reading them ends with tensors or with a reason: memory is that of the body
// many times over at most, every value can be looked at, and rows can be bound to fields.
// Method: libFuzzer from a kept corpus (tests/fuzz/corpus/infer_request). An input: a target up to the first newline, two bytes of how long the JSON
// is (65535: all of it), the body.

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/process/request_target.h"
#include "tools/gateway/infer_request.h"
#include "tools/gateway/infer_rows.h"

namespace {

using namespace ringside;

VersionInfo version() {
  VersionInfo info;
  info.name = "fuzz_v1";
  info.fields = {{"age", Dtype::kInt, false}, {"income", Dtype::kFloat, false}, {"home", Dtype::kStr, false}, {"vip", Dtype::kBool, false}};
  return info;
}

void look_at(const gateway::InferRequest& request) {
  for (const gateway::Tensor& tensor : request.inputs) {
    const auto elements = gateway::elements_of(tensor.shape);
    if (!elements || *elements != tensor.elements()) std::abort();
    if (!tensor.missing.empty() && tensor.missing.size() != tensor.elements()) std::abort();
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < tensor.elements(); ++i) {
      const Value value = tensor.value(i);
      for (const char c : value.text()) bytes += static_cast<unsigned char>(c);  // a view that leads nowhere is found by the sanitizer
    }
    if (bytes == static_cast<std::size_t>(-1)) std::abort();
  }
  static const VersionInfo kVersion = version();
  const auto rows = gateway::InferRows::bind(request, kVersion);
  if (!rows && rows.error().empty()) std::abort();
  if (!rows || rows->rows() > 512) return;
  static const Schema kSchema = *Schema::positional({{"age", Dtype::kInt}, {"income", Dtype::kFloat}, {"home", Dtype::kStr}});
  Batch batch(kSchema, rows->rows());
  rows->fill(batch, request.id);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t line = input.find('\n');
  if (line == std::string_view::npos) return 0;
  if (const auto target = parse_request_target(input.substr(0, line))) {
    if (!target->path.starts_with('/')) std::abort();
    (void)target->after("/predict");
  }
  input.remove_prefix(line + 1);
  if (input.size() < 2) return 0;
  const std::size_t json = static_cast<unsigned char>(input[0]) | static_cast<std::size_t>(static_cast<unsigned char>(input[1])) << 8;
  input.remove_prefix(2);
  const auto request = gateway::read_infer_request(input, json == 65'535 ? std::nullopt : std::optional(json));
  if (request) {
    look_at(*request);
  } else if (request.error().empty()) {
    std::abort();
  }
  return 0;
}
