#include "engine/admin/http_server.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <set>
#include <thread>
#include <utility>

#include <boost/asio/steady_timer.hpp>

#include "client_lib/base/unique_fd.h"
#include "engine/admin/http_connection.h"

namespace ringside::engine {
namespace asio = boost::asio;
using asio::local::stream_protocol;

namespace {

std::string because(const std::string& path, const std::string& what) { return path + ": " + what + ": " + std::strerror(errno); }

// Is somebody listening there? A file that nobody serves is left over from a process that died.
bool is_live(const sockaddr_un& address) {
  const base::UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!probe) return false;
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 || errno == EAGAIN;
}

Result<base::UniqueFd, std::string> listen_at(const std::string& path, bool for_others) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail(path + ": " + std::to_string(path.size()) + " bytes; a socket's path has at most " +
                std::to_string(sizeof address.sun_path - 1) + "; next: a shorter --run-dir");
  }
  path.copy(address.sun_path, path.size());
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0) {
    if (!S_ISSOCK(there.st_mode)) return fail(path + " is there and is no socket; next: move it away");
    if (is_live(address))
      return fail(path + ": another engine answers there; next: stop it, or give another --run-dir or --task");
    if (::unlink(path.c_str()) != 0) return fail(because(path, "a stale socket cannot be removed"));
  }
  base::UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener) return fail(because(path, "no socket"));
  // The mode of the file comes from the umask at bind(), which is the process's: bind, restrict, and only then listen.
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail(because(path, "cannot be bound"));
  if (::chmod(path.c_str(), for_others ? 0666 : 0660) != 0) return fail(because(path, "its mode cannot be set"));
  if (::listen(listener.get(), 64) != 0) return fail(because(path, "cannot be listened on"));
  return listener;
}

}  // namespace

// The listening side. What connections need of it, and may outlive it, is HttpTerms.
class HttpServer::Core {
 public:
  Core(HttpLimits limits, HttpHandler handler, HttpErrorBody error_body)
      : terms_(std::make_shared<HttpTerms>(limits, std::move(handler), std::move(error_body))),
        acceptor_(terms_->io),
        retry_(terms_->io),
        periodic_(terms_->io) {}

  void every(std::chrono::milliseconds period, std::function<void()> act) {
    period_ = period;
    act_ = std::move(act);
  }

  Result<Done, std::string> start(const std::string& path, bool for_others) {
    auto listener = listen_at(path, for_others);
    if (!listener) return fail(listener.error());
    boost::system::error_code error;
    acceptor_.assign(stream_protocol(), listener->get(), error);
    if (error) return fail(path + ": " + error.message());
    (void)listener->release();
    path_ = path;
    accept();
    if (act_) act_again();
    thread_ = std::thread([this] { terms_->io.run(); });
    pthread_setname_np(thread_.native_handle(), "rs-admin");
    return Done{};
  }

  void stop() {
    if (!thread_.joinable()) return;
    asio::post(terms_->io, [this] {
      boost::system::error_code ignored;
      acceptor_.close(ignored);
      retry_.cancel();
      periodic_.cancel();
      for (const auto& weak : connections_) {
        if (const auto connection = weak.lock()) connection->close();
      }
    });
    thread_.join();  // run() ends when no connection reads, writes or waits any more
    terms_->end();
    ::unlink(path_.c_str());
  }

 private:
  void accept() {
    acceptor_.async_accept(terms_->io, [this](const boost::system::error_code& error, stream_protocol::socket socket) {
      if (!acceptor_.is_open()) return;
      if (!error) {
        welcome(std::move(socket));
        return accept();
      }
      // Such as no descriptors left: a short rest, lest the thread spin on an accept that fails at once.
      retry_.expires_after(std::chrono::milliseconds(100));
      retry_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled && acceptor_.is_open()) accept();
      });
    });
  }

  void act_again() {
    periodic_.expires_after(period_);
    periodic_.async_wait([this](const boost::system::error_code& cancelled) {
      if (cancelled || !acceptor_.is_open()) return;
      act_();
      act_again();
    });
  }

  void welcome(stream_protocol::socket socket) {
    for (auto it = connections_.begin(); it != connections_.end();) it = it->expired() ? connections_.erase(it) : std::next(it);
    const auto connection = std::make_shared<HttpConnection>(std::move(socket), terms_);
    const bool is_full = connections_.size() >= terms_->limits.connections;
    if (!is_full) connections_.insert(connection);
    connection->run(is_full);
  }

  std::shared_ptr<HttpTerms> terms_;
  stream_protocol::acceptor acceptor_;
  asio::steady_timer retry_, periodic_;
  std::chrono::milliseconds period_{0};
  std::function<void()> act_;  // empty: nothing
  std::set<std::weak_ptr<HttpConnection>, std::owner_less<>> connections_;  // the server's thread only
  std::string path_;
  std::thread thread_;
};

HttpServer::HttpServer(HttpLimits limits, HttpHandler handler, HttpErrorBody error_body)
    : core_(std::make_unique<Core>(limits, std::move(handler), std::move(error_body))) {}

HttpServer::~HttpServer() { stop(); }

Result<Done, std::string> HttpServer::start(const std::string& socket_path, bool for_others) {
  return core_->start(socket_path, for_others);
}

void HttpServer::every(std::chrono::milliseconds period, std::function<void()> act) { core_->every(period, std::move(act)); }

void HttpServer::stop() { core_->stop(); }

}  // namespace ringside::engine
