#include "tools/cli/admin_client.h"

#include <utility>  // Boost 1.74's asio/awaitable.hpp uses std::exchange without it

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "client_lib/connect/socket_path.h"
#include "schemas/process/run_paths.h"

namespace ringside::cli {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::local::stream_protocol;

namespace {

constexpr std::uint64_t kAnswerBytesMax = 256u << 20;

Trouble unreachable(const std::string& socket, const boost::system::error_code& error) {
  if (error == asio::error::access_denied) {
    return trouble(ExitStatus::kRefused,
                   "this user may not use " + socket + "; next: join its group, or ask for an entry in access.admin.users");
  }
  if (error == beast::error::timeout)
    return trouble(ExitStatus::kUnreachable, "the engine at " + socket + " did not answer in time");
  const bool nobody = error == asio::error::connection_refused || error == boost::system::errc::no_such_file_or_directory;
  return trouble(ExitStatus::kUnreachable, "no engine answers at " + socket + (nobody ? "" : ": " + error.message()) +
                                               "; next: start ringsided, or give --run-dir and --task");
}

// The steps of one exchange, one after the other, on the caller's thread.
class Exchange {
 public:
  Exchange(const std::string& socket, std::chrono::seconds limit) : socket_(socket) { stream_.expires_after(limit); }

  Result<Done, boost::system::error_code> run(const http::request<http::string_body>& request) {
    boost::system::error_code result;
    if (socket_.size() >= sizeof(sockaddr_un::sun_path))
      return fail(boost::system::errc::make_error_code(boost::system::errc::filename_too_long));
    stream_.async_connect(stream_protocol::endpoint(socket_), [&](const boost::system::error_code& connected) {
      if (connected) return void(result = connected);
      http::async_write(stream_, request, [&](const boost::system::error_code& written, std::size_t) {
        // A server that refuses early closes before it has read everything: what it said is still there to be read.
        if (written == beast::error::timeout) return void(result = written);
        http::async_read(stream_, buffer_, parser_, [&](const boost::system::error_code& read, std::size_t) { result = read; });
      });
    });
    io_.run();
    if (result) return fail(std::move(result));
    return Done{};
  }
  [[nodiscard]] const http::response<http::string_body>& response() const { return parser_.get(); }
  void set_limit() { parser_.body_limit(kAnswerBytesMax); }

 private:
  std::string socket_;
  asio::io_context io_{1};
  beast::basic_stream<stream_protocol> stream_{io_};
  beast::flat_buffer buffer_;
  http::response_parser<http::string_body> parser_;
};

ExitStatus status_of(unsigned http_status, const Json& document) {
  const std::string outcome = document.value("outcome", "");
  if (outcome == "failed_check") return ExitStatus::kCheckFailed;
  if (outcome == "persist_failed") return ExitStatus::kFailed;
  if (http_status == 400 || http_status == 413) return ExitStatus::kUsage;
  if (http_status == 403 || http_status == 404 || http_status == 409 || http_status == 503) return ExitStatus::kRefused;
  return ExitStatus::kFailed;
}

}  // namespace

Result<std::string, Trouble> admin_socket_of(const Globals& globals) {
  const std::string run_dir = globals.run_dir.empty() ? default_run_dir() : globals.run_dir;
  if (!globals.task.empty()) return admin_socket(run_dir, globals.task);
  const auto tasks = tasks_under(run_dir);
  if (tasks.size() == 1) return admin_socket(run_dir, tasks.front());
  if (tasks.empty())
    return fail(
        trouble(ExitStatus::kUnreachable, "no engine has a socket in " + run_dir + "; next: start ringsided, or give --run-dir"));
  std::string names;
  for (const std::string& task : tasks) names += (names.empty() ? "" : ", ") + task;
  return fail(trouble(ExitStatus::kUsage,
                      run_dir + " has several tasks: " + names + "; next: give --task, such as --task " + tasks.front()));
}

Result<AdminAnswer, Trouble> ask(const std::string& socket, const std::string& method, const std::string& target,
                                 const Json& body, std::chrono::seconds limit) {
  try {  // Asio's constructors and endpoints
    http::request<http::string_body> request;
    request.method_string(method);
    request.target(target);
    request.set(http::field::host, "engine");
    request.keep_alive(false);
    if (!body.is_null()) {
      request.set(http::field::content_type, "application/json");
      request.body() = body.dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    request.prepare_payload();
    Exchange exchange(socket, limit);
    exchange.set_limit();
    if (const auto done = exchange.run(request); !done) return fail(unreachable(socket, done.error()));
    AdminAnswer answer{exchange.response().result_int(), Json::parse(exchange.response().body(), nullptr, false)};
    if (answer.document.is_discarded()) {
      return fail(trouble(ExitStatus::kFailed,
                          "what answered at " + socket + " spoke no JSON (HTTP " + std::to_string(answer.status) + ")"));
    }
    return answer;
  } catch (const std::exception& error) {
    return fail(trouble(ExitStatus::kFailed, socket + ": " + error.what()));
  }
}

Trouble trouble_of(const AdminAnswer& answer) {
  const Json& document = answer.document;
  if (!document.is_object() || !document.contains("error") || !document["error"].is_string()) {
    return trouble(ExitStatus::kFailed, "the engine answered HTTP " + std::to_string(answer.status) + " without a reason");
  }
  Trouble made = trouble(status_of(answer.status, document), document["error"].get<std::string>());
  if (document.contains("detail") && document["detail"].is_array()) made.detail = document["detail"];
  // A single problem is the error itself.
  if (made.detail.size() == 1 && made.detail[0].is_object() && made.detail[0].value("text", "") == made.error) made.detail = Json::array();
  for (const char* key : {"outcome", "from", "to", "trace_id"}) {
    if (document.contains(key)) made.extra[key] = document[key];
  }
  return made;
}

Result<Json, Trouble> get(const Globals& globals, const std::string& target) {
  const auto socket = admin_socket_of(globals);
  if (!socket) return fail(socket.error());
  auto answer = ask(*socket, "GET", target, nullptr, std::chrono::seconds(10));
  if (!answer) return fail(answer.error());
  if (answer->status != 200) return fail(trouble_of(*answer));
  return std::move(answer->document);
}

}  // namespace ringside::cli
