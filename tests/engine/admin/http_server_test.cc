// Goal: the server answers each peer on its own time: slow, silent, oversized, vanished and too many peers harm nobody else, and
// replies may come from any thread, late or never.
// Method: real Unix sockets in a scratch folder, handlers made for each test; peers are plain blocking sockets. Times are set to
// values that either never pass in a test or are waited for by reading until the server closes.
#include "engine/admin/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <thread>

#include "client_lib/base/unique_fd.h"

namespace ringside::engine {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class Peer {
 public:
  explicit Peer(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    connected = ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    const timeval watchdog{60, 0};  // a server that never answers fails the test, it does not hang it
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &watchdog, sizeof watchdog);
  }
  void send(const std::string& text) {
    std::size_t sent = 0;
    while (sent < text.size()) {
      const ssize_t put = ::send(socket_.get(), text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (put <= 0) return;  // the server has closed: what it said is still to be read
      sent += static_cast<std::size_t>(put);
    }
  }
  // Everything until the server closes.
  std::string read_all() {
    std::string all;
    for (std::string part; !(part = read_some()).empty();) all += part;
    return all;
  }
  // One response with a Content-Length.
  std::string read_one() {
    std::string text;
    while (true) {
      const auto head = text.find("\r\n\r\n");
      if (head != std::string::npos) {
        const auto length = text.find("Content-Length: ");
        const auto size = std::strtoul(text.c_str() + length + 16, nullptr, 10);
        if (text.size() >= head + 4 + size) return text;
      }
      const std::string part = read_some();
      if (part.empty()) return text;
      text += part;
    }
  }
  void leave() { socket_.reset(); }

  bool connected = false;

 private:
  std::string read_some() {
    char bytes[4096];
    const ssize_t got = ::recv(socket_.get(), bytes, sizeof bytes, 0);
    return got > 0 ? std::string(bytes, static_cast<std::size_t>(got)) : std::string();
  }
  base::UniqueFd socket_;
};

class Server : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/ringside_http_XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
    path_ = folder_ + "/admin.sock";
  }
  void TearDown() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }
  void start(HttpHandler handler, HttpLimits limits = {}) {
    server_ = std::make_unique<HttpServer>(limits, std::move(handler), [](unsigned status, const std::string& message) {
      return std::to_string(status) + " " + message;
    });
    const auto started = server_->start(path_);
    ASSERT_TRUE(started) << started.error();
  }
  static void echo(const HttpRequest& request, const HttpReply& reply) {
    reply({.status = 200, .body = request.method + " " + request.target + " " + request.body, .allow = ""});
  }
  std::string folder_, path_;
  std::unique_ptr<HttpServer> server_;
};

constexpr const char* kGet = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

TEST_F(Server, AnswersSeveralRequestsOfOneConnection) {
  start(echo);
  Peer peer(path_);
  peer.send(kGet);
  EXPECT_THAT(peer.read_one(), EndsWith("GET /a "));
  peer.send("POST /b?c=d HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nxyz");
  const std::string second = peer.read_one();
  EXPECT_THAT(second, StartsWith("HTTP/1.1 200 OK"));
  EXPECT_THAT(second, EndsWith("POST /b?c=d xyz"));
}

TEST_F(Server, WhatIsPeriodicGoesOnUntilTheEnd) {
  std::mutex mutex;
  std::condition_variable changed;
  int times = 0;
  server_ = std::make_unique<HttpServer>(HttpLimits{}, echo, [](unsigned, const std::string& message) { return message; });
  server_->every(std::chrono::milliseconds(1), [&] {
    const std::lock_guard lock(mutex);
    ++times;
    changed.notify_all();
  });
  ASSERT_TRUE(server_->start(path_));
  std::unique_lock lock(mutex);
  ASSERT_TRUE(changed.wait_for(lock, std::chrono::minutes(1), [&] { return times >= 3; })) << "the watchdog";
  lock.unlock();
  server_->stop();
  const int at_the_end = times;
  EXPECT_GE(at_the_end, 3);
}

TEST_F(Server, PipelinedRequestsAreAnsweredInOrder) {
  start(echo);
  Peer peer(path_);
  peer.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string all = peer.read_all();
  EXPECT_LT(all.find("GET /1"), all.find("GET /2"));
  EXPECT_NE(all.find("GET /2"), std::string::npos);
}

TEST_F(Server, SocketIsForOwnerAndGroup) {
  start(echo);
  struct stat there {};
  ASSERT_EQ(::stat(path_.c_str(), &there), 0);
  EXPECT_EQ(there.st_mode & 0777, 0660u);
}

TEST_F(Server, PeerIsWhoTheKernelSays) {
  start([](const HttpRequest& request, const HttpReply& reply) {
    reply({.status = 200, .body = std::to_string(request.peer.uid) + " " + std::to_string(request.peer.pid), .allow = ""});
  });
  Peer peer(path_);
  peer.send(kGet);
  EXPECT_THAT(peer.read_one(), EndsWith(std::to_string(::geteuid()) + " " + std::to_string(::getpid())));
}

TEST_F(Server, HeadersOfTheTraceReachTheHandler) {
  start([](const HttpRequest& request, const HttpReply& reply) {
    reply({.status = 200, .body = request.traceparent + "|" + request.request_id, .allow = ""});
  });
  Peer peer(path_);
  peer.send("GET /a HTTP/1.1\r\nHost: x\r\ntraceparent: 00-ab\r\nx-request-id: r7\r\n\r\n");
  EXPECT_THAT(peer.read_one(), EndsWith("00-ab|r7"));
}

TEST_F(Server, StatusAndAllowAreWritten) {
  start([](const HttpRequest&, const HttpReply& reply) { reply({.status = 405, .body = "{}", .allow = "POST"}); });
  Peer peer(path_);
  peer.send(kGet);
  const std::string text = peer.read_one();
  EXPECT_THAT(text, StartsWith("HTTP/1.1 405 Method Not Allowed"));
  EXPECT_THAT(text, HasSubstr("Allow: POST"));
  EXPECT_THAT(text, HasSubstr("Content-Type: application/json"));
}

TEST_F(Server, SlowAndSilentPeersHoldUpNobody) {
  start(echo);
  Peer silent(path_);
  Peer slow(path_);
  slow.send("POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf");
  Peer quick(path_);
  quick.send(kGet);
  EXPECT_THAT(quick.read_one(), EndsWith("GET /a "));
}

TEST_F(Server, PeerThatSendsNoRequestInTimeIsShownOut) {
  HttpLimits limits;
  limits.request_time = std::chrono::milliseconds(1);
  start(echo, limits);
  Peer silent(path_);
  EXPECT_EQ(silent.read_all(), "");  // ends: closed by the server
}

TEST_F(Server, OneConnectionWaitsForALateReplyAndOthersGoOn) {
  std::mutex mutex;
  std::condition_variable arrived;
  HttpReply late;
  start([&](const HttpRequest& request, HttpReply reply) {
    if (request.target != "/late") return echo(request, reply);
    const std::lock_guard lock(mutex);
    late = std::move(reply);
    arrived.notify_one();
  });
  Peer waiting(path_);
  waiting.send("POST /late HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(arrived.wait_for(lock, std::chrono::seconds(60), [&] { return late != nullptr; }));
  }
  Peer quick(path_);
  quick.send(kGet);
  EXPECT_THAT(quick.read_one(), EndsWith("GET /a "));
  std::thread([&] { late({.status = 202, .body = "done", .allow = ""}); }).join();  // from another thread
  EXPECT_THAT(waiting.read_one(), EndsWith("done"));
  late({.status = 500, .body = "again", .allow = ""});  // a second reply goes nowhere
  waiting.send(kGet);
  EXPECT_THAT(waiting.read_one(), EndsWith("GET /a "));
}

TEST_F(Server, ReplyAfterStopGoesNowhere) {
  std::mutex mutex;
  std::condition_variable arrived;
  HttpReply late;
  start([&](const HttpRequest&, HttpReply reply) {
    const std::lock_guard lock(mutex);
    late = std::move(reply);
    arrived.notify_one();
  });
  Peer waiting(path_);
  waiting.send(kGet);
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(arrived.wait_for(lock, std::chrono::seconds(60), [&] { return late != nullptr; }));
  }
  server_.reset();
  late({.status = 200, .body = "too late", .allow = ""});
  late = nullptr;
  EXPECT_EQ(waiting.read_all(), "");
}

TEST_F(Server, ReplyToAVanishedPeerHarmsNobody) {
  std::mutex mutex;
  std::condition_variable arrived;
  HttpReply late;
  start([&](const HttpRequest& request, HttpReply reply) {
    if (request.target != "/late") return echo(request, reply);
    const std::lock_guard lock(mutex);
    late = std::move(reply);
    arrived.notify_one();
  });
  Peer vanishing(path_);
  vanishing.send("GET /late HTTP/1.1\r\nHost: x\r\n\r\n");
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(arrived.wait_for(lock, std::chrono::seconds(60), [&] { return late != nullptr; }));
  }
  vanishing.leave();
  late({.status = 200, .body = std::string(1 << 20, 'x'), .allow = ""});
  Peer quick(path_);
  quick.send(kGet);
  EXPECT_THAT(quick.read_one(), EndsWith("GET /a "));
}

TEST_F(Server, PeerThatDoesNotReadIsGivenUp) {
  HttpLimits limits;
  limits.write_time = std::chrono::milliseconds(1);
  start(
      [](const HttpRequest& request, const HttpReply& reply) {
        reply({.status = 200, .body = request.target == "/big" ? std::string(16 << 20, 'x') : "small", .allow = ""});
      },
      limits);
  Peer deaf(path_);
  deaf.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
  Peer quick(path_);
  quick.send(kGet);
  EXPECT_THAT(quick.read_one(), EndsWith("small"));
  EXPECT_LT(deaf.read_all().size(), std::size_t{16} << 20);  // ends: closed by the server
}

TEST_F(Server, OneConnectionTooManyIsToldSo) {
  HttpLimits limits;
  limits.connections = 2;
  start(echo, limits);
  Peer first(path_), second(path_);
  first.send(kGet);
  EXPECT_THAT(first.read_one(), EndsWith("GET /a "));
  second.send(kGet);
  EXPECT_THAT(second.read_one(), EndsWith("GET /a "));
  Peer third(path_);
  third.send(kGet);
  EXPECT_THAT(third.read_all(), StartsWith("HTTP/1.1 503"));
}

TEST_F(Server, StaleSocketIsReplaced) {
  {
    base::UniqueFd left_over(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(left_over.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  start(echo);
  Peer peer(path_);
  peer.send(kGet);
  EXPECT_THAT(peer.read_one(), EndsWith("GET /a "));
}

TEST_F(Server, LiveSocketIsNotReplaced) {
  start(echo);
  HttpServer second({}, echo, [](unsigned, const std::string&) { return ""; });
  const auto started = second.start(path_);
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error(), HasSubstr("another engine answers there"));
  EXPECT_TRUE(Peer(path_).connected);
}

TEST_F(Server, FileThatIsNoSocketIsKept) {
  std::filesystem::create_directory(path_);
  HttpServer server({}, echo, [](unsigned, const std::string&) { return ""; });
  EXPECT_FALSE(server.start(path_));
  EXPECT_TRUE(std::filesystem::is_directory(path_));
}

TEST_F(Server, PathBeyondTheSystemsLimitIsRefusedWithTheWayOut) {
  HttpServer server({}, echo, [](unsigned, const std::string&) { return ""; });
  const auto started = server.start(folder_ + "/" + std::string(200, 'x'));
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error(), HasSubstr("shorter --run-dir"));
}

TEST_F(Server, StopRemovesTheSocket) {
  start(echo);
  server_.reset();
  EXPECT_FALSE(std::filesystem::exists(path_));
}

struct Refused {
  const char* name;
  std::string sent, said;
};
class RefusedRequests : public Server, public testing::WithParamInterface<Refused> {};

TEST_P(RefusedRequests, AreToldWhyAndTheServerGoesOn) {
  start(echo);
  Peer bad(path_);
  bad.send(GetParam().sent);
  EXPECT_THAT(bad.read_all(), StartsWith(GetParam().said));
  Peer good(path_);
  good.send(kGet);
  EXPECT_THAT(good.read_one(), EndsWith("GET /a "));
}

INSTANTIATE_TEST_SUITE_P(All, RefusedRequests,
                         testing::Values(Refused{"declared_too_large",
                                                 "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n", "HTTP/1.1 413"},
                                         Refused{"chunked_too_large",
                                                 "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n" +
                                                     std::string(0x200000, 'x') + "\r\n0\r\n\r\n",
                                                 "HTTP/1.1 413"},
                                         Refused{"headers_too_large",
                                                 "GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", "HTTP/1.1 431"},
                                         Refused{"not_http", "hello\r\n\r\n", "HTTP/1.1 400"},
                                         Refused{"bad_length", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 400"}),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace ringside::engine
