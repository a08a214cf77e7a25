#include "tools/gateway/server.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include <pthread.h>

namespace ringside::gateway {
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// Answers what may take long, one after the other: questions on one thread, changes on another, so that a scrape does not wait for a bundle.
class SlowThreads : public SlowLane {
 public:
  SlowThreads(std::function<bool(const Request&)> takes, const std::function<Handler()>& make_handler)
      : takes_(std::move(takes)), questions_(make_handler()), changes_(make_handler()) {}

  [[nodiscard]] bool takes(const Request& request) const override { return takes_(request); }
  void answer(Request request, std::function<void(Response)> reply) override {
    Lane& lane = request.method == "GET" ? questions_ : changes_;
    asio::post(lane.thread, [&lane, request = std::move(request), reply = std::move(reply)] { reply(lane.handler(request)); });
  }
  void stop() {
    questions_.thread.join();
    changes_.thread.join();
  }

 private:
  struct Lane {
    explicit Lane(Handler made) : handler(std::move(made)) {}
    Handler handler;
    asio::thread_pool thread{1};
  };
  std::function<bool(const Request&)> takes_;
  Lane questions_, changes_;
};

}  // namespace

class Server::Core {
 public:
  Core(const ServerOptions& options, const std::function<Handler()>& make_handler)
      : limits_(options.limits), counters_(options.counters), slow_(options.may_take_long, make_handler) {
    if (!options.tls_certificate.empty()) {  // throws what OpenSSL says of a file
      tls_.emplace(asio::ssl::context::tls_server);
      tls_->set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
      tls_->use_certificate_chain_file(options.tls_certificate);
      tls_->use_private_key_file(options.tls_key, asio::ssl::context::pem);
    }
    for (std::uint32_t i = 0; i < options.workers; ++i) {
      workers_.push_back(std::make_unique<Worker>(make_handler(), limits_, slow_, *counters_, tls_ ? &*tls_ : nullptr));
    }
    acceptor_.emplace(workers_.front()->io);
    retry_.emplace(workers_.front()->io);
  }

  Result<Done, std::string> listen(const std::string& address, std::uint16_t port) {
    boost::system::error_code error;
    const auto failed = [&](const char* what) {
      return fail("cannot " + std::string(what) + " " + address + ":" + std::to_string(port) + ": " + error.message());
    };
    const auto parsed = asio::ip::make_address(address, error);
    if (error) return failed("listen on");
    acceptor_->open(parsed.is_v6() ? tcp::v6() : tcp::v4(), error);
    if (error) return failed("open a socket for");
    acceptor_->set_option(tcp::acceptor::reuse_address(true), error);
    acceptor_->bind({parsed, port}, error);
    if (error) return failed("listen on");
    acceptor_->listen(asio::socket_base::max_listen_connections, error);
    if (error) return failed("listen on");
    port_ = acceptor_->local_endpoint(error).port();
    accept();
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      Worker& worker = *workers_[i];
      worker.thread = std::thread([&worker] { worker.io.run(); });
      pthread_setname_np(worker.thread.native_handle(), ("gw-" + std::to_string(i)).c_str());
    }
    return Done{};
  }

  void stop() {
    if (stopped_) return;
    stopped_ = true;
    asio::post(workers_.front()->io, [this] {
      boost::system::error_code ignored;
      acceptor_->close(ignored);
      retry_->cancel();
    });
    for (const auto& worker : workers_) {
      asio::post(worker->io, [worker = worker.get()] {
        for (const auto& weak : worker->connections) {
          if (const auto connection = weak.lock()) connection->finish();
        }
        worker->guard.reset();  // run() returns when the last connection has ended, which its timer sees to
      });
    }
    for (const auto& worker : workers_) {
      if (worker->thread.joinable()) worker->thread.join();
    }
    slow_.stop();
  }

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  struct Worker {
    Worker(Handler made, const HttpLimits& limits, SlowLane& slow, HttpCounters& counters, asio::ssl::context* tls)
        : handler(std::move(made)), terms{limits, handler, slow, counters, tls} {}
    asio::io_context io{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard{io.get_executor()};
    Handler handler;
    ConnectionTerms terms;
    std::vector<std::weak_ptr<Connection>> connections;  // on the worker's own thread
    std::thread thread;
  };

  // On the first worker's thread; connections fall to the workers in turn.
  void accept() {
    Worker& worker = *workers_[next_++ % workers_.size()];
    acceptor_->async_accept(worker.io, [this, &worker](const boost::system::error_code& error, tcp::socket socket) {
      if (error == asio::error::operation_aborted || !acceptor_->is_open()) return;
      if (error) {  // out of descriptors, most likely: others will end
        retry_->expires_after(std::chrono::milliseconds(50));
        return retry_->async_wait([this](const boost::system::error_code& cancelled) {
          if (!cancelled) accept();
        });
      }
      const bool room = counters_->opened() < limits_.connections;
      asio::post(worker.io, [this, &worker, room, taken = std::make_shared<tcp::socket>(std::move(socket))]() mutable {
        const auto connection = Connection::over(std::move(*taken), worker.terms, [this] { counters_->closed(); });
        std::erase_if(worker.connections, [](const auto& weak) { return weak.expired(); });
        worker.connections.push_back(connection);
        if (stopped_.load(std::memory_order_relaxed)) return;
        room ? connection->start() : connection->turn_away();
      });
      accept();
    });
  }

  HttpLimits limits_;
  std::shared_ptr<HttpCounters> counters_;
  SlowThreads slow_;
  std::optional<asio::ssl::context> tls_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::optional<tcp::acceptor> acceptor_;
  std::optional<asio::steady_timer> retry_;
  std::atomic<bool> stopped_{false};
  std::size_t next_ = 0;
  std::uint16_t port_ = 0;
};

Server::Server(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Server::~Server() { stop(); }

Result<std::unique_ptr<Server>, std::string> Server::start(const ServerOptions& options,
                                                           const std::function<Handler()>& make_handler) {
  try {  // Asio's constructors
    auto core = std::make_unique<Core>(options, make_handler);
    if (auto listening = core->listen(options.address, options.port); !listening) return fail(listening.error());
    return std::unique_ptr<Server>(new Server(std::move(core)));
  } catch (const std::exception& error) {
    return fail(std::string(error.what()));
  }
}

void Server::stop() { core_->stop(); }
std::uint16_t Server::port() const noexcept { return core_->port(); }

}  // namespace ringside::gateway
