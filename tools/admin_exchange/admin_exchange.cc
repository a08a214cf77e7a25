#include "tools/admin_exchange/admin_exchange.h"

#include <sys/un.h>

#include <utility>  // Boost 1.74's asio/awaitable.hpp uses std::exchange without it

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace ringside {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::local::stream_protocol;

namespace {

constexpr std::uint64_t kAnswerBytesMax = 256u << 20;

AdminTrouble trouble_of(const boost::system::error_code& error) {
  if (error == asio::error::access_denied) return {AdminSilence::kDenied, error.message()};
  if (error == beast::error::timeout) return {AdminSilence::kTooLate, error.message()};
  const bool nobody = error == asio::error::connection_refused || error == boost::system::errc::no_such_file_or_directory;
  return {nobody ? AdminSilence::kNobody : AdminSilence::kBroken, error.message()};
}

http::request<http::string_body> request_of(const AdminQuestion& question) {
  http::request<http::string_body> request;
  request.method_string(question.method);
  request.target(question.target);
  request.set(http::field::host, "engine");
  request.keep_alive(false);
  for (const auto& [key, value] : question.headers) request.set(key, value);
  if (!question.body.empty()) {
    request.set(http::field::content_type, "application/json");
    request.body() = question.body;
  }
  request.prepare_payload();
  return request;
}

// The steps of one exchange, one after the other, on the caller's thread.
class Exchange {
 public:
  explicit Exchange(std::chrono::milliseconds limit) {
    stream_.expires_after(limit);
    parser_.body_limit(kAnswerBytesMax);
  }

  boost::system::error_code run(const std::string& socket, const http::request<http::string_body>& request) {
    boost::system::error_code result;
    stream_.async_connect(stream_protocol::endpoint(socket), [&](const boost::system::error_code& connected) {
      if (connected) return void(result = connected);
      http::async_write(stream_, request, [&](const boost::system::error_code& written, std::size_t) {
        // A server that refuses early closes before it has read everything: what it said is still there to be read.
        if (written == beast::error::timeout) return void(result = written);
        http::async_read(stream_, buffer_, parser_, [&](const boost::system::error_code& read, std::size_t) { result = read; });
      });
    });
    io_.run();
    return result;
  }
  [[nodiscard]] const http::response<http::string_body>& response() const { return parser_.get(); }

 private:
  asio::io_context io_{1};
  beast::basic_stream<stream_protocol> stream_{io_};
  beast::flat_buffer buffer_;
  http::response_parser<http::string_body> parser_;
};

}  // namespace

Result<AdminReply, AdminTrouble> ask_admin(const std::string& socket, const AdminQuestion& question,
                                           std::chrono::milliseconds limit) {
  if (socket.size() >= sizeof(sockaddr_un::sun_path))
    return fail(AdminTrouble{AdminSilence::kBroken, "the path of the socket is too long"});
  try {  // Asio's constructors and endpoints
    Exchange exchange(limit);
    if (const auto error = exchange.run(socket, request_of(question))) return fail(trouble_of(error));
    const auto& response = exchange.response();
    return AdminReply{response.result_int(), response.body(), std::string(response[http::field::content_type])};
  } catch (const std::exception& error) {
    return fail(AdminTrouble{AdminSilence::kBroken, error.what()});
  }
}

}  // namespace ringside
