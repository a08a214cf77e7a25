#include "tools/gateway/connection.h"

#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include "tools/gateway/error_body.h"

namespace ringside::gateway {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

std::string text(beast::string_view view) { return {view.data(), view.size()}; }

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, const HttpLimits& limits, const Handler& handler, std::function<void()> ended)
    : stream_(std::move(socket)),
      limits_(limits),
      handler_(handler),
      clock_(stream_.get_executor()),
      ended_(std::move(ended)),
      buffer_(std::size_t{limits.header_bytes} + 64 * 1024) {
  boost::system::error_code ignored;
  const auto peer = stream_.socket().remote_endpoint(ignored);
  if (!ignored) peer_ = peer.address().to_string();
  stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
}

Connection::~Connection() { ended_(); }

void Connection::read_header() {
  if (finishing_) return close();
  parser_.emplace();
  parser_->body_limit(limits_.body_bytes);
  parser_->header_limit(limits_.header_bytes);
  start_clock();
  http::async_read_header(stream_, buffer_, *parser_, [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
    if (error == http::error::end_of_stream) return self->close();  // it said no more
    if (error == asio::error::operation_aborted) {                  // too late; one that said nothing is sent away without a word
      return self->late_ && self->parser_->got_some() ? self->refuse(408, "the request's head did not come in time") : self->close();
    }
    if (error) return self->refuse(self->refusal_of(error), "the request's head is not HTTP/1.1: " + error.message());
    const auto& head = self->parser_->get();
    if (head.method_string().size() + head.target().size() + 11 > self->limits_.request_line_bytes)
      return self->refuse(414, "the request line is longer than " + std::to_string(self->limits_.request_line_bytes) + " bytes");
    if (static_cast<std::uint32_t>(std::distance(head.begin(), head.end())) > self->limits_.headers)
      return self->refuse(431, "more than " + std::to_string(self->limits_.headers) + " headers");
    if (!beast::iequals(head[http::field::expect], "100-continue")) return self->read_body();
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(self->stream_, asio::buffer(kContinue), [self](const boost::system::error_code& failed, std::size_t) {
      failed ? self->close() : self->read_body();
    });
  });
}

// Beast's own timeout closes the socket, so nothing could be said any more: this one only ends the reading.
void Connection::start_clock() {
  late_ = false;
  clock_.expires_after(limits_.time);
  clock_.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
    const auto self = weak.lock();
    if (cancelled || !self) return;
    self->late_ = true;
    self->stream_.cancel();
  });
}

void Connection::read_body() {
  http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
    if (error == asio::error::operation_aborted)
      return self->late_ ? self->refuse(408, "the request's body did not come in time") : self->close();
    if (error == http::error::partial_message) return self->close();
    if (error) return self->refuse(self->refusal_of(error), "the request's body cannot be read: " + error.message());
    self->answer();
  });
}

// The limits that a parser found passed have statuses of their own.
unsigned Connection::refusal_of(const boost::system::error_code& error) const {
  if (error == http::error::body_limit) return 413;
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
  if (error == http::error::bad_version) return 505;
  return 400;
}

void Connection::answer() {
  const auto& message = parser_->get();
  const Request request{.method = text(message.method_string()),
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
  write(handler_(request), message.keep_alive());
}

void Connection::refuse(unsigned status, const std::string& why) { write(error_response(status, why, trace_id_of({})), false); }

void Connection::turn_away() {
  Response response = error_response(503, "more than " + std::to_string(limits_.connections) + " connections", trace_id_of({}));
  response.headers.emplace_back("Retry-After", "1");
  write(std::move(response), false);
}

void Connection::write(Response response, bool keep_alive) {
  keep_alive = keep_alive && !finishing_;
  clock_.cancel();
  response_ = {};
  response_.result(response.status);
  response_.version(11);
  response_.set(http::field::server, "ringside-gateway");
  response_.set(http::field::content_type, response.content_type);
  for (const auto& [key, value] : response.headers) response_.set(key, value);
  response_.keep_alive(keep_alive);
  response_.body() = std::move(response.body);
  response_.prepare_payload();
  stream_.expires_after(limits_.time);
  http::async_write(stream_, response_,
                    [self = shared_from_this(), keep_alive](const boost::system::error_code& error, std::size_t) {
                      self->answering_ = false;
                      if (error || !keep_alive) return self->close();
                      self->read_header();
                    });
}

void Connection::finish() {
  finishing_ = true;
  if (!answering_) close();
}

// Says that no more will come and lets the peer read what is on its way, also when it is still sending.
void Connection::close() {
  boost::system::error_code ignored;
  clock_.cancel();
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  stream_.close();
}

}  // namespace ringside::gateway
