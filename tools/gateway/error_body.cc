#include "tools/gateway/error_body.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "schemas/process/trace_id.h"

namespace ringside::gateway {
std::string to_text(const Json& document) { return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"; }

Response json_response(const Json& document, unsigned status) { return {.status = status, .body = to_text(document)}; }

Response error_response(unsigned status, std::string_view error, std::string_view trace_id, Json detail) {
  return json_response({{"error", error}, {"detail", std::move(detail)}, {"trace_id", trace_id}}, status);
}

unsigned http_status(Status status, Reason reason) noexcept {
  switch (status) {
    case Status::kOk:
      return 200;
    case Status::kInvalid:
      return 400;
    case Status::kUnknownVersion:
      return 404;
    case Status::kRejected:
      return reason == Reason::kOverload ? 503 : 429;
    case Status::kUnavailable:
      return 503;
    case Status::kTimeout:
      return 504;
    case Status::kLost:
      return 502;
    case Status::kFail:
      break;
  }
  return 500;
}

void allow_retry(Response& response, Status status, std::chrono::microseconds retry_after) {
  if (status != Status::kRejected && status != Status::kUnavailable && status != Status::kLost) return;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(retry_after).count();
  response.headers.emplace_back("Retry-After", std::to_string(std::max<std::int64_t>(seconds, 1)));
}

std::string trace_id_of(const Request& request) {
  std::string given = given_trace_id(request.traceparent, request.request_id);
  return given.empty() ? made_trace_id() : given;
}

}  // namespace ringside::gateway
