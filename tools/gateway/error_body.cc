#include "tools/gateway/error_body.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <utility>

#include "schemas/wire/limits.h"

namespace ringside::gateway {
namespace {

std::string made_trace_id() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return "unknown";
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) (text += kHex[byte >> 4]) += kHex[byte & 15];
  return text;
}

}  // namespace

std::string to_text(const Json& document) { return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"; }

Response json_response(const Json& document, unsigned status) { return {.status = status, .body = to_text(document)}; }

Response error_response(unsigned status, std::string_view error, std::string_view trace_id, Json detail) {
  return json_response({{"error", error}, {"detail", std::move(detail)}, {"trace_id", trace_id}}, status);
}

unsigned http_status(Status status) noexcept {
  switch (status) {
    case Status::kOk:
      return 200;
    case Status::kInvalid:
      return 400;
    case Status::kUnknownVersion:
      return 404;
    case Status::kRejected:
      return 429;
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

void allow_retry(Response& response, Status status) {
  if (status == Status::kRejected || status == Status::kUnavailable || status == Status::kLost)
    response.headers.emplace_back("Retry-After", "1");
}

std::string trace_id_of(const Request& request) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  const std::string& parent = request.traceparent;  // 00-<32 hex>-<16 hex>-<2 hex>
  if (parent.size() >= 55 && parent[2] == '-' && parent[35] == '-' &&
      std::all_of(parent.begin() + 3, parent.begin() + 35, is_hex)) {
    return parent.substr(3, 32);
  }
  if (!request.request_id.empty()) return request.request_id.substr(0, wire::kRequestIdBytesMax);
  return made_trace_id();
}

}  // namespace ringside::gateway
