#include "tools/gateway/connection.h"

#include <optional>
#include <string>
#include <type_traits>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include "tools/gateway/error_body.h"

namespace ringside::gateway {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

using Clear = beast::tcp_stream;
using Tls = beast::ssl_stream<beast::tcp_stream>;

std::string text(beast::string_view view) { return {view.data(), view.size()}; }

// The limits that a parser found passed have statuses of their own.
unsigned refusal_of(const boost::system::error_code& error) {
  if (error == http::error::body_limit) return 413;
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
  if (error == http::error::bad_version) return 505;
  return 400;
}

// What is no HTTP, against what broke below it: the peer has gone, or its TLS is none.
bool is_of_http(const boost::system::error_code& error) {
  return error.category() == make_error_code(http::error::bad_method).category();
}

template <class Stream>
class HttpConnection : public Connection, public std::enable_shared_from_this<HttpConnection<Stream>> {
 public:
  template <class... Arguments>
  HttpConnection(const ConnectionTerms& terms, std::function<void()> ended, Arguments&&... arguments)
      : stream_(std::forward<Arguments>(arguments)...),
        terms_(terms),
        clock_(stream_.get_executor()),
        ended_(std::move(ended)),
        buffer_(std::size_t{terms.limits.header_bytes} + 64 * 1024) {
    boost::system::error_code ignored;
    const auto peer = socket().remote_endpoint(ignored);
    if (!ignored) peer_ = peer.address().to_string();
    socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  }
  ~HttpConnection() override { ended_(); }

  void start() override {
    begin([](HttpConnection& self) { self.read_header(); });
  }

  void turn_away() override {
    begin([](HttpConnection& self) {
      Response response =
          error_response(503, "more than " + std::to_string(self.terms_.limits.connections) + " connections", trace_id_of({}));
      response.headers.emplace_back("Retry-After", "1");
      self.write(std::move(response), false);
    });
  }

  void finish() override {
    finishing_ = true;
    if (!answering_) abandon();  // it is being read from, so there can be no farewell of TLS
  }

 private:
  auto& socket() { return beast::get_lowest_layer(stream_).socket(); }

  // The handshake, where there is one.
  template <class Next>
  void begin(const Next& next) {
    if constexpr (std::is_same_v<Stream, Tls>) {
      start_clock();
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this(), next](const boost::system::error_code& error) {
                                error ? self->abandon() : next(*self);
                              });
    } else {
      next(*this);
    }
  }

  void read_header() {
    if (finishing_) return close();
    parser_.emplace();
    parser_->body_limit(terms_.limits.body_bytes);
    parser_->header_limit(terms_.limits.header_bytes);
    beast::get_lowest_layer(stream_).expires_never();  // of the answer before: this request has a clock of its own
    start_clock();
    http::async_read_header(
        stream_, buffer_, *parser_,
        [self = this->shared_from_this()](const boost::system::error_code& error, std::size_t) { self->header_read(error); });
  }

  void header_read(const boost::system::error_code& error) {
    if (error == http::error::end_of_stream) return close();  // it said no more
    if (error == asio::error::operation_aborted) {            // too late; one that said nothing is sent away without a word
      return late_ && parser_->got_some() ? refuse(408, "the request's head did not come in time") : close();
    }
    if (error)
      return is_of_http(error) ? refuse(refusal_of(error), "the request's head is not HTTP/1.1: " + error.message()) : abandon();
    const auto& head = parser_->get();
    if (head.method_string().size() + head.target().size() + 11 > terms_.limits.request_line_bytes)
      return refuse(414, "the request line is longer than " + std::to_string(terms_.limits.request_line_bytes) + " bytes");
    if (static_cast<std::uint32_t>(std::distance(head.begin(), head.end())) > terms_.limits.headers)
      return refuse(431, "more than " + std::to_string(terms_.limits.headers) + " headers");
    if (!beast::iequals(head[http::field::expect], "100-continue")) return read_body();
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(stream_, asio::buffer(kContinue),
                      [self = this->shared_from_this()](const boost::system::error_code& failed, std::size_t) {
                        failed ? self->close() : self->read_body();
                      });
  }

  // Beast's own timeout closes the socket, so nothing could be said any more: this one only ends the reading.
  void start_clock() {
    late_ = false;
    clock_.expires_after(terms_.limits.time);
    clock_.async_wait([weak = this->weak_from_this()](const boost::system::error_code& cancelled) {
      const auto self = weak.lock();
      if (cancelled || !self) return;
      self->late_ = true;
      beast::get_lowest_layer(self->stream_).cancel();
    });
  }

  void read_body() {
    http::async_read(stream_, buffer_, *parser_,
                     [self = this->shared_from_this()](const boost::system::error_code& error, std::size_t) {
                       if (error == asio::error::operation_aborted)
                         return self->late_ ? self->refuse(408, "the request's body did not come in time") : self->close();
                       if (error == http::error::partial_message) return self->close();
                       if (error && !is_of_http(error)) return self->abandon();
                       if (error) return self->refuse(refusal_of(error), "the request's body cannot be read: " + error.message());
                       self->answer();
                     });
  }

  void answer() {
    const auto& message = parser_->get();
    Request request{.method = text(message.method_string()),
                    .target = text(message.target()),
                    .body = std::move(parser_->get().body()),
                    .content_type = text(message[http::field::content_type]),
                    .content_encoding = text(message[http::field::content_encoding]),
                    .traceparent = text(message["traceparent"]),
                    .request_id = text(message["X-Request-Id"]),
                    .authorization = text(message[http::field::authorization]),
                    .inference_header_length = text(message["Inference-Header-Content-Length"]),
                    .peer = peer_};
    answering_ = true;
    clock_.cancel();
    const bool keep_alive = message.keep_alive();
    if (!terms_.slow.takes(request)) return write(terms_.handler(request), keep_alive);
    // The guard keeps the worker's loop alive for an answer that nothing in it waits for.
    terms_.slow.answer(std::move(request), [self = this->shared_from_this(), keep_alive,
                                            guard = asio::make_work_guard(stream_.get_executor())](Response response) mutable {
      const auto executor = guard.get_executor();
      asio::post(executor, [self = std::move(self), keep_alive, response = std::move(response)]() mutable {
        self->write(std::move(response), keep_alive);
      });
    });
  }

  void refuse(unsigned status, const std::string& why) { write(error_response(status, why, trace_id_of({})), false); }

  void write(Response response, bool keep_alive) {
    keep_alive = keep_alive && !finishing_;
    clock_.cancel();
    terms_.counters.answered(response.status);
    response_ = {};
    response_.result(response.status);
    response_.version(11);
    response_.set(http::field::server, "ringside-gateway");
    response_.set(http::field::content_type, response.content_type);
    for (const auto& [key, value] : response.headers) response_.set(key, value);
    response_.keep_alive(keep_alive);
    response_.body() = std::move(response.body);
    response_.prepare_payload();
    beast::get_lowest_layer(stream_).expires_after(terms_.limits.time);
    http::async_write(stream_, response_,
                      [self = this->shared_from_this(), keep_alive](const boost::system::error_code& error, std::size_t) {
                        self->answering_ = false;
                        if (error) return self->abandon();
                        keep_alive ? self->read_header() : self->close();
                      });
  }

  // Says that no more will come and lets the peer read what is on its way, also when it is still sending.
  void close() {
    clock_.cancel();
    if constexpr (std::is_same_v<Stream, Tls>) {
      if (!closing_) {
        closing_ = true;
        beast::get_lowest_layer(stream_).expires_after(terms_.limits.time);
        return stream_.async_shutdown([self = this->shared_from_this()](const boost::system::error_code&) { self->abandon(); });
      }
    }
    abandon();
  }

  void abandon() {
    boost::system::error_code ignored;
    clock_.cancel();
    socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    beast::get_lowest_layer(stream_).close();
  }

  Stream stream_;
  const ConnectionTerms& terms_;
  asio::steady_timer clock_;  // of the request that is being read
  std::function<void()> ended_;
  std::string peer_;  // its address
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  bool answering_ = false, finishing_ = false, late_ = false, closing_ = false;
};

}  // namespace

std::shared_ptr<Connection> Connection::over(asio::ip::tcp::socket socket, const ConnectionTerms& terms,
                                             std::function<void()> ended) {
  if (terms.tls == nullptr) return std::make_shared<HttpConnection<Clear>>(terms, std::move(ended), std::move(socket));
  return std::make_shared<HttpConnection<Tls>>(terms, std::move(ended), std::move(socket), *terms.tls);
}

}  // namespace ringside::gateway
