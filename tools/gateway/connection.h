// One HTTP/1.1 connection, in clear or over TLS: requests one after the other (keep-alive, pipelined ones wait in the buffer), each answered before
// the next is read.
//
//   accept → (TLS handshake) → read header → (100 Continue) → read body → handler → write → …
//
// A peer that is slow or silent costs a timer: limits.time for the handshake, from the first byte wanted to the request's last, and again to be rid of
// the answer. What is no HTTP, too large or too late gets its status and the connection ends.
//
// Thread safety: lives on its worker's thread alone; a request that may take long is answered on another one meanwhile (SlowLane).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include <utility>  // Boost 1.74's asio/awaitable.hpp uses std::exchange without it

#include <boost/asio/ip/tcp.hpp>

#include "tools/gateway/http_counters.h"
#include "tools/gateway/http_message.h"

namespace boost::asio::ssl {
class context;
}

namespace ringside::gateway {

struct HttpLimits {
  std::uint64_t body_bytes = 8u << 20;
  std::uint32_t request_line_bytes = 8'190;
  std::uint32_t headers = 100;
  std::uint32_t header_bytes = 64 * 1024;  // all of them together
  std::uint32_t connections = 100;         // at once, of all workers
  std::chrono::milliseconds time{5'000};
};

using Handler = std::function<Response(const Request&)>;

// Where requests are answered that a worker's other connections should not wait for.
class SlowLane {
 public:
  virtual ~SlowLane() = default;
  [[nodiscard]] virtual bool takes(const Request& request) const = 0;
  // Answers in its own time and calls `reply` on its own thread.
  virtual void answer(Request request, std::function<void(Response)> reply) = 0;
};

// What all connections of a worker share; outlives them.
struct ConnectionTerms {
  const HttpLimits& limits;
  const Handler& handler;
  SlowLane& slow;
  HttpCounters& counters;
  boost::asio::ssl::context* tls;  // null: in clear
};

class Connection {
 public:
  virtual ~Connection() = default;

  virtual void start() = 0;
  // For a connection beyond the limit: 503 with Retry-After, and the end.
  virtual void turn_away() = 0;
  // Ends when the answer under way is written; at once if there is none.
  virtual void finish() = 0;

  // `ended` runs when it is over, whatever the reason.
  static std::shared_ptr<Connection> over(boost::asio::ip::tcp::socket socket, const ConnectionTerms& terms,
                                          std::function<void()> ended);
};

}  // namespace ringside::gateway
