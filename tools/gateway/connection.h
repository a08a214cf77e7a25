// One HTTP/1.1 connection: requests one after the other (keep-alive, pipelined ones wait in the buffer), each answered before the next is read.
//
//   accept → read header → (100 Continue) → read body → handler → write → …
//
// A peer that is slow or silent costs a timer: limits.time from the first byte wanted to the request's last, and again to be rid of the answer.
// What is no HTTP, too large or too late gets its status and the connection ends.
//
// Thread safety: lives on its worker's thread alone.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <utility>  // Boost 1.74's asio/awaitable.hpp uses std::exchange without it

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "tools/gateway/http_message.h"

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

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // `ended` runs when it is over, whatever the reason.
  Connection(boost::asio::ip::tcp::socket socket, const HttpLimits& limits, const Handler& handler, std::function<void()> ended);
  ~Connection();

  void start() { read_header(); }
  // For a connection beyond the limit: 503 with Retry-After, and the end.
  void turn_away();
  // Ends when the answer under way is written; at once if there is none.
  void finish();

 private:
  void read_header();
  void read_body();
  void start_clock();
  void answer();
  void refuse(unsigned status, const std::string& why);
  void write(Response response, bool keep_alive);
  void close();
  [[nodiscard]] unsigned refusal_of(const boost::system::error_code& error) const;

  boost::beast::tcp_stream stream_;
  const HttpLimits& limits_;
  const Handler& handler_;
  boost::asio::steady_timer clock_;  // of the request that is being read
  std::function<void()> ended_;
  std::string peer_;  // its address
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  boost::beast::http::response<boost::beast::http::string_body> response_;
  bool answering_ = false, finishing_ = false, late_ = false;
};

}  // namespace ringside::gateway
