// A request as the routes see it, and what they answer. Values: no sockets, so routes are tested without any.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace ringside::gateway {

struct Request {
  std::string method, target, body;
  std::string content_type, content_encoding, traceparent, request_id, authorization;  // of the headers of these names (X-Request-Id); empty: none
  std::string inference_header_length;                                                 // Inference-Header-Content-Length, as it was written
  std::string peer;                                                                    // the caller's address; empty: not known
};

// Who asks, as far as it is known: for records.
struct Origin {
  std::string address;
  std::string token;  // the name of its token; empty: none was asked for
};

struct Response {
  unsigned status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers = {};  // besides content type and length
};

}  // namespace ringside::gateway
