// What every error of the gateway looks like: {"error":…,"detail":[…],"trace_id":…} and the right status.
//
// Thread safety: pure functions, but for made_trace_id() (reads random bytes from the system).
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include <ringside/status.h>

#include "tools/gateway/http_message.h"

namespace ringside::gateway {

using Json = nlohmann::ordered_json;

[[nodiscard]] std::string to_text(const Json& document);  // bytes that are not UTF-8 become U+FFFD

[[nodiscard]] Response json_response(const Json& document, unsigned status = 200);
[[nodiscard]] Response error_response(unsigned status, std::string_view error, std::string_view trace_id,
                                      Json detail = Json::array());

// 400 invalid · 404 unknown version · 429 rejected, of a caller beyond its limits · 503 rejected, of an engine that is overloaded · 503 unavailable ·
// 504 timeout · 502 lost · 500 fail.
[[nodiscard]] unsigned http_status(Status status, Reason reason = Reason::kNone) noexcept;
// Retry-After, where it may be tried again: as the engine says, in whole seconds, else 1.
void allow_retry(Response& response, Status status, std::chrono::microseconds retry_after = {});

// The trace id of a request: of `traceparent` (W3C Trace Context), else its X-Request-Id, else made.
[[nodiscard]] std::string trace_id_of(const Request& request);

}  // namespace ringside::gateway
