// HTTP over TCP on a few threads: each worker has its own event loop, router and clients, and carries the connections that fall to it in turn. A
// call blocks its worker until the answer, which is microseconds unless an engine is gone; there are several for that case.
//
//   auto server = Server::start(options, [] { return handler of one thread; });
//   server->stop();     accepts no more, answers what is under way, ends the rest
//
// Requests that `may_take_long` are answered by two threads beside them, one for GET, one for the rest, each one at a time: an engine that loads a
// bundle for an operator holds up no prediction.
//
// Thread safety: start() and stop() from one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <ringside/result.h>

#include "tools/gateway/connection.h"

namespace ringside::gateway {

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;  // 0: any that is free
  std::uint32_t workers = 4;
  HttpLimits limits;
  std::string tls_certificate, tls_key;  // PEM files; empty: in clear. TLS 1.2 and 1.3
  std::function<bool(const Request&)> may_take_long = [](const Request&) { return false; };
  std::shared_ptr<HttpCounters> counters = std::make_shared<HttpCounters>();
};

class Server {
 public:
  // `make_handler` is called once a thread, on the caller's. Error: what and where.
  static Result<std::unique_ptr<Server>, std::string> start(const ServerOptions& options,
                                                            const std::function<Handler()>& make_handler);
  ~Server();  // stops

  void stop();
  [[nodiscard]] std::uint16_t port() const noexcept;

 private:
  class Core;
  explicit Server(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace ringside::gateway
