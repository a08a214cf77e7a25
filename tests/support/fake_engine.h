// An engine that does what a test tells it: the other side of a client, in the same process, without bundles or scoring.
//
//   FakeEngine engine(folder.path() + "/data.sock");
//   engine.add_version({.name = "m_v1.0.0", .fields = {{"age", wire::Dtype::kInt, false}}});
//   engine.answer_with([](const SeenCall& call) { return ok_reply(call, {.score = 0.5F}); });
//   auto client = Client::connect({.socket = engine.socket_path()});
//
// One thread accepts, greets, declares, polls channels, parks and is woken by the doorbell, exactly as schemas/wire/ says. A
// handler that gives no reply holds the call until answer_held(). Thread safety: public functions from the test's thread;
// handlers run on the engine's.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "client_lib/base/mapping.h"
#include "client_lib/base/unique_fd.h"
#include "schemas/wire/cell.h"
#include "schemas/wire/directory.h"
#include "schemas/wire/handshake.h"
#include "schemas/wire/segment.h"
#include "tests/support/fake_channel.h"

namespace ringside::test {

struct FakeField {
  std::string name;
  wire::Dtype dtype = wire::Dtype::kAny;
  bool required = false;
};

struct FakeVersion {
  std::string name = "m_v1.0.0";
  std::vector<FakeField> fields{{"age", wire::Dtype::kInt, false}};
  std::vector<std::string> classes{"0", "1"};  // text classes
  std::vector<std::string> features{};
  wire::ModelKind kind = wire::ModelKind::kBinary;
  std::uint16_t values = 1, margins = 1;
};

// What the greeting may be bent into.
struct Greeting {
  wire::Welcome welcome{};
  std::size_t bytes = sizeof(wire::Welcome);
  std::vector<int> descriptors;  // borrowed
};

class FakeEngine {
 public:
  using Handler = std::function<std::optional<FakeReply>(const SeenCall&)>;

  explicit FakeEngine(std::string socket_path);
  ~FakeEngine();  // as if killed: sockets close, nothing is answered
  FakeEngine(const FakeEngine&) = delete;
  FakeEngine& operator=(const FakeEngine&) = delete;

  [[nodiscard]] const std::string& socket_path() const noexcept { return socket_path_; }

  // Each returns once the engine's thread has done it.
  std::uint32_t add_version(const FakeVersion& version, bool make_current = true);
  void answer_with(Handler handler);
  void bend_greeting(std::function<void(Greeting&)> bend);
  void refuse_schemas(bool refuse);
  // Answers every held call, oldest first, or newest first.
  void answer_held(const std::function<FakeReply(const SeenCall&)>& reply, bool newest_first = false);
  [[nodiscard]] std::size_t held();
  [[nodiscard]] std::size_t clients();
  [[nodiscard]] std::vector<std::uint64_t> declared();  // hashes, in order, of all clients
  // Blocks until the engine's thread sleeps with nothing to do.
  void wait_until_parked();

 private:
  struct Session;
  struct HeldCall {
    Session* session;
    SeenCall call;
  };

  void run();
  void do_on_thread(const std::function<void()>& action);
  bool scan();
  void wait_for_events();
  void accept_client();
  bool serve_socket(Session& session);
  void greet(Session& session, const wire::Hello& hello);
  void declare(Session& session, const std::vector<std::byte>& packet);
  std::uint64_t write_entry(const FakeVersion& version);

  std::string socket_path_;
  base::UniqueFd listener_, wake_, directory_fd_;
  base::Mapping directory_;
  std::uint64_t directory_end_ = sizeof(wire::DirectoryHeader);
  std::uint32_t versions_ = 0;
  std::uint64_t epoch_;
  Handler handler_;
  std::function<void(Greeting&)> bend_;
  bool refuse_schemas_ = false;
  std::vector<std::unique_ptr<Session>> sessions_;
  std::vector<HeldCall> held_;
  std::vector<std::uint64_t> declared_;

  std::mutex mutex_;
  std::vector<std::function<void()>> actions_;  // guarded by mutex_
  std::atomic<bool> stop_{false};
  std::atomic<bool> parked_{false};
  std::thread thread_;
};

}  // namespace ringside::test
