// The trace id of an HTTP request, as the engine's admin.sock and the gateway both tell it in errors.
//
// Thread safety: pure, but for made_trace_id(), which reads random bytes from the system.
#pragma once

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "schemas/wire/limits.h"

namespace ringside {

// Of the header traceparent (W3C Trace Context: 00-<32 hex>-<16 hex>-<2 hex>), else the request's id (X-Request-Id). Empty: neither is there.
[[nodiscard]] inline std::string given_trace_id(std::string_view traceparent, std::string_view request_id) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (traceparent.size() >= 55 && traceparent[2] == '-' && traceparent[35] == '-' &&
      std::all_of(traceparent.begin() + 3, traceparent.begin() + 35, is_hex)) {
    return std::string(traceparent.substr(3, 32));
  }
  return std::string(request_id.substr(0, wire::kRequestIdBytesMax));
}

[[nodiscard]] inline std::string made_trace_id() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return "unknown";
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) (text += kHex[byte >> 4]) += kHex[byte & 15];
  return text;
}

}  // namespace ringside
