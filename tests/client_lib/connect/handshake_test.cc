// Goal: nothing that an engine (or what sits in its place) sends can make a client map what it should not, crash or hang.
// Method: a fake engine whose greeting is bent in one way a test; the client must say which refusal it is, and leak no
// descriptor.
#include <fcntl.h>
#include <ringside/client.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <functional>
#include <iterator>
#include <string>

#include "client_lib/base/sealed_memfd.h"
#include "client_lib/base/unique_fd.h"
#include "tests/support/fake_engine.h"
#include "tests/support/temporary_folder.h"

namespace ringside {
namespace {

using test::FakeEngine;
using test::Greeting;
using testing::HasSubstr;

std::ptrdiff_t open_descriptors() {
  namespace fs = std::filesystem;
  return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
}

class Handshake : public testing::Test {
 protected:
  ConnectError connect_error(ClientOptions options = {}) {
    options.socket = engine_.socket_path();
    auto client = Client::connect(options);
    if (client) return {ConnectErrorCode::kSystem, "it connected"};
    return client.error();
  }
  ConnectError with(std::function<void(Greeting&)> bend) {
    engine_.bend_greeting(std::move(bend));
    return connect_error();
  }

  test::TemporaryFolder folder_;
  FakeEngine engine_{folder_.path() + "/data.sock"};
};

TEST_F(Handshake, GoodGreetingConnects) {
  auto client = Client::connect({.socket = engine_.socket_path()});
  ASSERT_TRUE(client) << client.error().message;
  EXPECT_EQ(client->task(), "m");
  EXPECT_EQ(client->rows_max(), 512u);
  EXPECT_TRUE(client->connected());
}

TEST_F(Handshake, NoSocketIsNotFound) {
  const auto client = Client::connect({.socket = folder_.path() + "/absent"});
  EXPECT_EQ(client.error().code, ConnectErrorCode::kNotFound);
  EXPECT_THAT(client.error().message, HasSubstr("start ringsided"));
}

TEST_F(Handshake, LeftOverSocketIsUnreachable) {
  const std::string path = folder_.path() + "/old.sock";
  const base::UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path.c_str());
  ASSERT_EQ(bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(Client::connect({.socket = path}).error().code, ConnectErrorCode::kUnreachable);
}

TEST_F(Handshake, SocketThatNeverAnswersIsUnreachableInTime) {
  const std::string path = folder_.path() + "/mute.sock";
  const base::UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path.c_str());
  ASSERT_EQ(bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(socket.get(), 1), 0);
  const auto client = Client::connect({.socket = path, .connect_timeout = std::chrono::milliseconds(20)});
  EXPECT_EQ(client.error().code, ConnectErrorCode::kUnreachable);
  EXPECT_THAT(client.error().message, HasSubstr("no answer in time"));
}

TEST_F(Handshake, TooLongPathIsABadOption) {
  EXPECT_EQ(Client::connect({.socket = "/" + std::string(200, 'x')}).error().code, ConnectErrorCode::kBadOptions);
}

TEST_F(Handshake, ImpossibleOptionsAreRefusedBeforeAnythingIsTried) {
  EXPECT_EQ(connect_error({.channels = 0}).code, ConnectErrorCode::kBadOptions);
  EXPECT_EQ(connect_error({.channels = 65}).code, ConnectErrorCode::kBadOptions);
  EXPECT_EQ(connect_error({.arena_bytes = std::size_t{1} << 40}).code, ConnectErrorCode::kBadOptions);
  EXPECT_EQ(engine_.clients(), 0u);
}

TEST_F(Handshake, OtherLayoutIsAMismatchThatSaysBoth) {
  const ConnectError error = with([](Greeting& g) { g.welcome.layout_hash = 12345; });
  EXPECT_EQ(error.code, ConnectErrorCode::kLayoutMismatch);
  EXPECT_THAT(error.message, HasSubstr("1/12345"));
  EXPECT_THAT(error.message, HasSubstr("1/" + std::to_string(wire::kLayoutHash)));
}

TEST_F(Handshake, OtherMajorVersionOfAnotherLengthIsAMismatchToo) {
  const ConnectError error = with([](Greeting& g) {
    g.welcome.abi_major = 2;
    g.bytes = 40;
  });
  EXPECT_EQ(error.code, ConnectErrorCode::kLayoutMismatch);
}

TEST_F(Handshake, RefusalsKeepTheirKindAndText) {
  const std::pair<wire::Refusal, ConnectErrorCode> cases[] = {
      {wire::Refusal::kLayoutMismatch, ConnectErrorCode::kLayoutMismatch},
      {wire::Refusal::kNotAllowed, ConnectErrorCode::kNotAllowed},
      {wire::Refusal::kTooMany, ConnectErrorCode::kTooMany},
      {wire::Refusal::kStopping, ConnectErrorCode::kStopping},
      {wire::Refusal::kMalformed, ConnectErrorCode::kMalformed},
      {static_cast<wire::Refusal>(99), ConnectErrorCode::kMalformed},
  };
  for (const auto& [refusal, code] : cases) {
    const ConnectError error = with([refusal = refusal](Greeting& g) {
      g.welcome.refusal = static_cast<std::uint32_t>(refusal);
      g.descriptors.clear();
      std::strcpy(g.welcome.text, "at most 4 clients\n");
    });
    EXPECT_EQ(error.code, code);
    EXPECT_EQ(error.message, "at most 4 clients?") << "control characters do not reach a terminal";
  }
}

TEST_F(Handshake, RefusalTextWithoutAnEndIsCutAtItsField) {
  const ConnectError error = with([](Greeting& g) {
    g.welcome.refusal = static_cast<std::uint32_t>(wire::Refusal::kTooMany);
    std::memset(g.welcome.text, 'x', sizeof g.welcome.text);
  });
  EXPECT_EQ(error.message, std::string(256, 'x'));
}

struct Bend {
  const char* what;
  std::function<void(Greeting&)> bend;
};

int unsealed_copy(std::uint64_t bytes) {
  const int fd = memfd_create("unsealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  EXPECT_EQ(ftruncate(fd, static_cast<off_t>(bytes)), 0);
  return fd;
}

TEST_F(Handshake, MalformedGreetingsAreRefusedAndLeakNothing) {
  static base::UniqueFd other;  // what a bend hands out; closed by the next
  const auto hand_out = [](int fd) {
    other.reset(fd);
    return fd;
  };
  const wire::SegmentShape shape{4, wire::kArenaBytesDefault, wire::kArenaBytesDefault};
  const Bend bends[] = {
      {"empty", [](Greeting& g) { g.bytes = 1; }},
      {"short head", [](Greeting& g) { g.bytes = 20; }},
      {"short body", [](Greeting& g) { g.bytes = sizeof(wire::Welcome) - 1; }},
      {"other magic", [](Greeting& g) { g.welcome.magic ^= 1; }},
      {"other kind", [](Greeting& g) { g.welcome.header.kind = 4; }},
      {"other length in the head", [](Greeting& g) { g.welcome.header.bytes = 8; }},
      {"no descriptors", [](Greeting& g) { g.descriptors.clear(); }},
      {"three descriptors", [](Greeting& g) { g.descriptors.pop_back(); }},
      {"five descriptors", [](Greeting& g) { g.descriptors.push_back(g.descriptors[0]); }},
      {"no channels", [](Greeting& g) { g.welcome.channels = 0; }},
      {"too many channels", [](Greeting& g) { g.welcome.channels = 65; }},
      {"arena not whole pages", [](Greeting& g) { g.welcome.in_arena_bytes += 8; }},
      {"no arena", [](Greeting& g) { g.welcome.out_arena_bytes = 0; }},
      {"arena that would wrap", [](Greeting& g) { g.welcome.out_arena_bytes = ~std::uint64_t{4'095}; }},
      {"segment of another size", [](Greeting& g) { g.welcome.channels = 5; }},
      {"directory of another size", [](Greeting& g) { g.welcome.directory_bytes *= 2; }},
      {"directory too small", [](Greeting& g) { g.welcome.directory_bytes = 64; }},
      {"huge directory", [](Greeting& g) { g.welcome.directory_bytes = std::uint64_t{1} << 40; }},
      {"no rows", [](Greeting& g) { g.welcome.rows_max = 0; }},
      {"too many rows", [](Greeting& g) { g.welcome.rows_max = 5'000; }},
      {"other epoch", [](Greeting& g) { g.welcome.engine_epoch += 1; }},
      {"unsealed segment", [=](Greeting& g) { g.descriptors[0] = hand_out(unsealed_copy(shape.total_bytes())); }},
      {"unsealed page", [=](Greeting& g) { g.descriptors[1] = hand_out(unsealed_copy(shape.page_bytes())); }},
      {"unsealed directory", [=](Greeting& g) { g.descriptors[2] = hand_out(unsealed_copy(1u << 20)); }},
      {"page without its mark",
       [=](Greeting& g) { g.descriptors[1] = hand_out(base::make_sealed_memfd("x", shape.page_bytes())->release()); }},
      {"pipe for a segment", [=](Greeting& g) { g.descriptors[0] = hand_out(eventfd(0, 0)); }},
  };
  (void)connect_error();
  std::ptrdiff_t before = 0;
  for (const Bend& bend : bends) {
    const ConnectError error = with(bend.bend);
    EXPECT_EQ(error.code, ConnectErrorCode::kMalformed) << bend.what << ": " << error.message;
    other.reset();
    while (engine_.clients() > 0) std::this_thread::yield();  // the engine's own descriptors of this try are closed
    const std::ptrdiff_t now = open_descriptors();
    if (before != 0) {
      EXPECT_EQ(now, before) << bend.what;
    }
    before = now;
  }
}

TEST_F(Handshake, MoreDescriptorsThanAnyMessageHasAreFatalAndClosed) {
  // 16 is all that the client makes room for; the fake engine can send as many.
  const ConnectError error = with([](Greeting& g) { g.descriptors.resize(16, g.descriptors[3]); });
  EXPECT_EQ(error.code, ConnectErrorCode::kMalformed);
}

TEST_F(Handshake, EngineThatClosesInsteadOfGreetingIsUnreachable) {
  engine_.bend_greeting([](Greeting& g) { g.bytes = 0; });
  const ConnectError error = connect_error({.connect_timeout = std::chrono::milliseconds(50)});
  EXPECT_EQ(error.code, ConnectErrorCode::kUnreachable) << error.message;
}

TEST_F(Handshake, ClocksApartAreSeenAndNearOnesAreOne) {
  // The deadline that reaches the engine is on the engine's clock.
  std::atomic<std::uint64_t> seen_deadline{0};
  engine_.answer_with([&](const test::SeenCall& call) {
    seen_deadline = call.geometry.deadline_ns;
    return test::refusal(wire::Status::kUnavailable, 1);
  });
  constexpr std::uint64_t kHour = 3'600'000'000'000;
  const auto at = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  const auto own_ns = static_cast<std::uint64_t>(at.time_since_epoch().count());
  for (const std::uint64_t shift : {std::uint64_t{0}, kHour}) {
    engine_.bend_greeting([shift](Greeting& g) { g.welcome.engine_now_ns += shift; });
    auto client = Client::connect({.socket = engine_.socket_path()});
    ASSERT_TRUE(client);
    const Row row(*client->resolve({{"age", Dtype::kInt}}));
    (void)client->predict(row, {.deadline = at});
    if (shift == 0) {
      EXPECT_EQ(seen_deadline, own_ns);
    } else {
      EXPECT_NEAR(static_cast<double>(seen_deadline - own_ns), static_cast<double>(kHour), 1e9);
    }
  }
}

}  // namespace
}  // namespace ringside
