// Goal: a service manager hears readiness, status once a change, pings and the end; without one nothing happens.
// Method: a datagram socket of our own in NOTIFY_SOCKET's place.
#include "engine/host/notify_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>

#include "client_lib/base/unique_fd.h"
#include "tests/support/temporary_folder.h"

namespace ringside::engine {
namespace {

class Manager : public testing::Test {
 protected:
  void SetUp() override {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    ASSERT_EQ(bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  // The next word; empty: none has come.
  std::string heard() {
    std::array<char, 256> text{};
    const ssize_t size = recv(socket_.get(), text.data(), text.size(), MSG_DONTWAIT);
    return size < 0 ? std::string() : std::string(text.data(), static_cast<std::size_t>(size));
  }

  test::TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/notify";
  base::UniqueFd socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

TEST_F(Manager, HearsEachWord) {
  NotifySocket manager({.notify_socket = path_.c_str()});
  manager.ready();
  EXPECT_EQ(heard(), "READY=1");
  manager.status("v1 answers");
  manager.status("v1 answers");
  EXPECT_EQ(heard(), "STATUS=v1 answers");
  EXPECT_EQ(heard(), "") << "the same status is not said twice";
  manager.ping();
  EXPECT_EQ(heard(), "WATCHDOG=1");
  manager.reloading();
  EXPECT_THAT(heard(), testing::StartsWith("RELOADING=1\nMONOTONIC_USEC="));
  manager.stopping();
  EXPECT_EQ(heard(), "STOPPING=1");
}

TEST_F(Manager, WatchdogIsForTheProcessThatItNames) {
  const std::string own = std::to_string(getpid()), other = std::to_string(getpid() + 1);
  const auto watchdog = [&](const char* usec, const char* pid) {
    return NotifySocket({.notify_socket = path_.c_str(), .watchdog_usec = usec, .watchdog_pid = pid}).watchdog().count();
  };
  EXPECT_EQ(watchdog("3000000", own.c_str()), 3'000'000);
  EXPECT_EQ(watchdog("3000000", nullptr), 3'000'000);
  EXPECT_EQ(watchdog("3000000", other.c_str()), 0);
  EXPECT_EQ(watchdog("3s", own.c_str()), 0);
  EXPECT_EQ(watchdog(nullptr, nullptr), 0);
}

TEST(NoManager, NothingHappens) {
  NotifySocket nobody({});
  nobody.ready();
  NotifySocket gone({.notify_socket = "/no/such/socket"});
  gone.ready();
  EXPECT_EQ(gone.watchdog().count(), 0);
}

}  // namespace
}  // namespace ringside::engine
