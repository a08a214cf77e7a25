#include "tools/gateway/infer_route.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

#include "schemas/wire/limits.h"
#include "tools/gateway/error_body.h"
#include "tools/gateway/infer_request.h"
#include "tools/gateway/infer_response.h"
#include "tools/gateway/infer_rows.h"

namespace ringside::gateway {
namespace {

constexpr std::size_t kDetailMax = 64;  // field errors told, of all rows together

bool wants(const InferRequest& request, std::string_view output) {
  return std::ranges::any_of(request.outputs, [&](const WantedOutput& wanted) { return wanted.name == output; });
}

// The first output that `version` has not.
std::optional<std::string> unknown_output(const InferRequest& request, const VersionInfo& version) {
  for (const WantedOutput& wanted : request.outputs) {
    if (!output_named(version, wanted.name)) return "no output '" + wanted.name + "' of " + version.name;
  }
  return std::nullopt;
}

CallOptions options_of(const InferRequest& request, const InferTarget& target, const std::string& trace_id) {
  CallOptions options;
  options.version = target.version;
  options.label = request.label;
  options.user_id = request.user_id;
  if (request.user_id.size() <= wire::kRouteKeyBytesMax) options.route_key = request.user_id;  // refused once, as the user_id
  options.trace_id = trace_id;
  if (request.timeout_us.value_or(0) != 0) options.deadline = std::chrono::microseconds(*request.timeout_us);
  return options;
}

// Of the rows that were not scored. REQUIRES: one was not.
Response refusal(const BatchResult& answers, const std::string& trace_id) {
  std::optional<std::size_t> first;
  Json detail = Json::array();
  for (std::size_t i = 0; i < answers.rows(); ++i) {
    const RowAnswer row = answers.row(i);
    if (row.ok()) continue;
    if (!first) first = i;
    if (detail.size() >= kDetailMax) break;
    for (const FieldError& error : row.errors()) {
      detail.push_back({{"row", i},
                        {"field", error.field.empty() ? Json(nullptr) : Json(error.field)},
                        {"code", std::string(name(error.code))},
                        {"message", error.message}});
    }
  }
  const RowAnswer row = answers.row(*first);
  const std::string where = answers.rows() == 1 ? "" : "row " + std::to_string(*first) + ": ";
  Response response = error_response(http_status(row.status(), row.reason()), where + row.explanation(), trace_id, std::move(detail));
  allow_retry(response, row.status(), row.retry_after());
  return response;
}

// How many bytes of the body are JSON. nullopt: the header is no number.
bool read_header_length(const std::string& text, std::optional<std::size_t>& bytes) {
  if (text.empty()) return true;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), bytes.emplace());
  return error == std::errc{} && stop == text.data() + text.size();
}

}  // namespace

Response infer(const Request& request, const InferTarget& target, TaskCaller& caller, const std::string& trace_id) {
  const auto bad = [&trace_id](const std::string& why) { return error_response(400, why, trace_id); };
  std::optional<std::size_t> header_bytes;
  if (!read_header_length(request.inference_header_length, header_bytes))
    return bad("Inference-Header-Content-Length: expected a number of bytes");
  const auto parsed = read_infer_request(request.body, header_bytes);
  if (!parsed) return bad(parsed.error());
  if (!parsed->label.empty() && !target.version.empty()) return bad("a version in the path and parameters.label: one of them");
  const bool id_fits = !parsed->id.empty() && parsed->id.size() <= wire::kTraceIdBytesMax;
  const std::string trace = request.traceparent.empty() && id_fits ? parsed->id : trace_id;

  const auto expected = target.version.empty() ? caller.current() : caller.version(target.version);
  if (expected == nullptr) {
    if (!target.version.empty())
      return error_response(404, "no version '" + std::string(target.version) + "' of " + std::string(target.model), trace);
    Response response = error_response(503, "no version of " + std::string(target.model) + " answers", trace);
    allow_retry(response, Status::kUnavailable);
    return response;
  }
  const auto rows = InferRows::bind(*parsed, *expected);
  if (!rows) return error_response(400, rows.error(), trace);
  if (rows->rows() == 0 || rows->rows() > caller.rows_max()) {
    return error_response(
        400, std::to_string(rows->rows()) + " rows; 1 to " + std::to_string(caller.rows_max()) + " are answered", trace);
  }
  if (const auto unknown = unknown_output(*parsed, *expected)) return error_response(400, *unknown, trace);

  rows->fill(caller.fresh_batch(rows->rows()), parsed->id);
  const BatchResult& answers = caller.call_batch(options_of(*parsed, target, trace));
  const VersionInfo* answered = nullptr;
  bool all_scored = true;
  for (std::size_t i = 0; i < answers.rows(); ++i) {
    all_scored = all_scored && answers.row(i).ok();
    if (answered == nullptr) answered = answers.row(i).version_info();
  }
  if (answered == nullptr || (!all_scored && !wants(*parsed, "status"))) return refusal(answers, trace);
  // Traffic may have chosen a version that gives other outputs than the current one.
  if (const auto unknown = unknown_output(*parsed, *answered)) return error_response(400, *unknown, trace);
  return infer_response(answers, *answered, *parsed,
                        {.model = target.model, .id = parsed->id.empty() ? std::string_view(trace) : parsed->id});
}

}  // namespace ringside::gateway
