// One peer of the HTTP server: reads a request, hands it over, waits for the reply, writes it, begins again.
//
//   read ──▶ handler ──(reply, from any thread)──▶ write ──▶ read …          closed by: the peer, a limit, a time, stop()
//
// Thread safety: everything runs on the server's thread, but the reply, which posts itself there. A connection that waits for a
// late reply is kept alive by that reply alone, and may outlive the server: what it then still needs is in HttpTerms.
#pragma once

#include <utility>  // Boost 1.74's asio/awaitable.hpp uses std::exchange without it

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <memory>
#include <mutex>
#include <optional>

#include "engine/admin/http_server.h"

namespace ringside::engine {

// What connections share with the server.
struct HttpTerms {
  HttpTerms(HttpLimits given_limits, HttpHandler given_handler, HttpErrorBody given_error_body)
      : limits(given_limits), handler(std::move(given_handler)), error_body(std::move(given_error_body)) {}

  const HttpLimits limits;
  const HttpHandler handler;
  const HttpErrorBody error_body;
  boost::asio::io_context io{1};

  // Runs `work` on the server's thread; drops it once the server has ended.
  template <class Work>
  void post(Work work) {
    const std::lock_guard lock(mutex_);
    if (!ended_) boost::asio::post(io, std::move(work));
  }
  // REQUIRES: the server's thread has ended. Runs what it left behind, on this thread, so that no reply keeps itself alive in the
  // queue.
  void end() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    io.restart();
    io.poll();
  }

 private:
  std::mutex mutex_;
  bool ended_ = false;
};

class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(boost::asio::local::stream_protocol::socket socket, std::shared_ptr<HttpTerms> terms);

  // With `is_full` the first request is answered 503, and that is all.
  void run(bool is_full);
  void close();

 private:
  using Body = boost::beast::http::string_body;

  void read();
  void on_read(const boost::system::error_code& error);
  void handle();
  void refuse(unsigned status, const std::string& message);  // and close
  void write(HttpResponse response, bool keep_alive);

  std::shared_ptr<HttpTerms> terms_;  // first: the stream's io_context is in it
  boost::beast::basic_stream<boost::asio::local::stream_protocol> stream_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<Body>> parser_;
  std::optional<boost::beast::http::response<Body>> response_;
  HttpPeer peer_;
  bool is_full_ = false;
};

}  // namespace ringside::engine
