// HTTP/1.1 over a Unix socket: one thread, asynchronous, so that no peer, however slow, is waited for.
//
//   accept → SO_PEERCRED → read (time and size limits) → handler(request, reply) → write → the next request of the connection
//
// The handler runs on the server's thread and must not block; `reply` may be called once, then or later, from any thread. The
// rest of the connections go on meanwhile.
//
// Thread safety: start() and stop() from one thread. Cost: one thread, asleep while nothing happens.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <ringside/result.h>

namespace ringside::engine {

// Who is on the other side, by the kernel's word.
struct HttpPeer {
  uid_t uid = 0;
  gid_t gid = 0;
  pid_t pid = 0;
};

struct HttpRequest {
  std::string method;  // "GET"
  std::string target;  // "/model/switch?version=x", as it came
  std::string body;
  std::string traceparent, request_id;  // of the headers of these names (X-Request-Id)
  HttpPeer peer;
  std::string on_behalf_of = {};  // X-Ringside-Actor: whom the peer speaks for, by its own word
};

struct HttpResponse {
  unsigned status = 200;
  std::string body;   // JSON, unless `content_type` says otherwise
  std::string allow;  // with 405: the methods that there are
  std::string content_type = "application/json";
};

struct HttpLimits {
  std::uint64_t body_bytes = 1u << 20;
  std::uint32_t header_bytes = 16 * 1024;
  std::uint32_t connections = 64;
  std::chrono::milliseconds request_time{
      10'000};  // from the first wait for a request to its last byte; also the longest idle time
  std::chrono::milliseconds write_time{10'000};
};

using HttpReply = std::function<void(HttpResponse)>;
using HttpHandler = std::function<void(const HttpRequest&, HttpReply)>;

// What the server itself refuses (too large, too many, not HTTP), in the form of all other errors.
using HttpErrorBody = std::function<std::string(unsigned status, const std::string& message)>;

class HttpServer {
 public:
  HttpServer(HttpLimits limits, HttpHandler handler, HttpErrorBody error_body);
  ~HttpServer();  // stops

  // Binds the socket (0660; 0666 `for_others`, where the handler says by the peer's credentials who may ask what; a stale one is replaced,
  // a live server's is not) and starts the thread. Error: what and where.
  Result<Done, std::string> start(const std::string& socket_path, bool for_others = false);

  // `act` runs on the server's thread every `period` while it is up; it must not block. REQUIRES: before start(), once.
  void every(std::chrono::milliseconds period, std::function<void()> act);

  // Closes every connection; replies that come later go nowhere. Removes the socket.
  void stop();

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace ringside::engine
