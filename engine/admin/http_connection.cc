#include "engine/admin/http_connection.h"

#include <sys/socket.h>

#include <atomic>
#include <string_view>

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

namespace ringside::engine {
namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

std::string text(boost::beast::string_view view) { return {view.data(), view.size()}; }

HttpPeer peer_of(int fd) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
    return {static_cast<uid_t>(-1), static_cast<gid_t>(-1), 0};
  return {credentials.uid, credentials.gid, credentials.pid};
}

}  // namespace

HttpConnection::HttpConnection(asio::local::stream_protocol::socket socket, std::shared_ptr<HttpTerms> terms)
    : terms_(std::move(terms)), stream_(std::move(socket)), peer_(peer_of(stream_.socket().native_handle())) {}

void HttpConnection::run(bool is_full) {
  is_full_ = is_full;
  read();
}

void HttpConnection::close() {
  boost::system::error_code ignored;
  stream_.socket().close(ignored);
}

void HttpConnection::read() {
  parser_.emplace();
  parser_->body_limit(terms_->limits.body_bytes);
  parser_->header_limit(terms_->limits.header_bytes);
  stream_.expires_after(terms_->limits.request_time);
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](const boost::system::error_code& error, std::size_t) { self->on_read(error); });
}

void HttpConnection::on_read(const boost::system::error_code& error) {
  if (!error) return is_full_ ? refuse(503, "all connections are in use; try again") : handle();
  if (error == http::error::body_limit) {
    return refuse(413, "the body is larger than " + std::to_string(terms_->limits.body_bytes) + " bytes");
  }
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return refuse(431, "the headers are larger than " + std::to_string(terms_->limits.header_bytes) + " bytes");
  }
  if (error.category() == make_error_code(http::error::end_of_stream).category() && error != http::error::end_of_stream &&
      error != http::error::partial_message) {
    return refuse(400, "not HTTP/1.1: " + error.message());
  }
  close();  // the peer has gone, or took too long
}

void HttpConnection::handle() {
  stream_.expires_never();  // a switch may take as long as its bundle needs
  const auto& message = parser_->get();
  const bool keep_alive = message.keep_alive();
  HttpRequest request{.method = text(message.method_string()),
                      .target = text(message.target()),
                      .body = message.body(),
                      .traceparent = text(message["traceparent"]),
                      .request_id = text(message["X-Request-Id"]),
                      .peer = peer_,
                      .on_behalf_of = text(message["X-Ringside-Actor"])};
  // Answers once; what comes after the first reply is dropped.
  auto answered = std::make_shared<std::atomic<bool>>(false);
  terms_->handler(request, [self = shared_from_this(), answered, keep_alive](HttpResponse response) {
    if (answered->exchange(true)) return;
    self->terms_->post([self, keep_alive, response = std::move(response)]() mutable {
      if (self->stream_.socket().is_open()) self->write(std::move(response), keep_alive);
    });
  });
}

void HttpConnection::refuse(unsigned status, const std::string& message) {
  write({.status = status, .body = terms_->error_body(status, message), .allow = ""}, false);
}

void HttpConnection::write(HttpResponse response, bool keep_alive) {
  response_.emplace(static_cast<http::status>(response.status), 11);
  response_->set(http::field::content_type, response.content_type);
  response_->set(http::field::server, "ringsided");
  if (!response.allow.empty()) response_->set(http::field::allow, response.allow);
  response_->keep_alive(keep_alive);
  response_->body() = std::move(response.body);
  response_->prepare_payload();
  stream_.expires_after(terms_->limits.write_time);
  http::async_write(stream_, *response_,
                    [self = shared_from_this(), keep_alive](const boost::system::error_code& error, std::size_t) {
                      if (error) return self->close();
                      if (keep_alive) return self->read();
                      // Says that no more will come and lets the peer read what is on its way, also when it is still sending.
                      boost::system::error_code ignored;
                      self->stream_.socket().shutdown(asio::local::stream_protocol::socket::shutdown_send, ignored);
                      self->close();
                    });
}

}  // namespace ringside::engine
