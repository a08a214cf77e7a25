// Goal: every program of a host looks for sockets and state in the same place.
// Method: the environment as a value, in a table; tasks found in a scratch folder with real sockets.
#include "schemas/process/run_paths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "client_lib/base/unique_fd.h"

namespace ringside {
namespace {

TEST(RunPaths, RootHasTheSystemsDirectories) {
  const PathEnvironment root{.uid = 0, .xdg_runtime_dir = "/run/user/0", .xdg_state_home = "/x", .home = "/root"};
  EXPECT_EQ(default_run_dir(root), "/run/ringside");
  EXPECT_EQ(default_state_dir(root), "/var/lib/ringside");
}

TEST(RunPaths, OthersFollowXdg) {
  const PathEnvironment user{
      .uid = 1000, .xdg_runtime_dir = "/run/user/1000", .xdg_state_home = "/home/a/state", .home = "/home/a"};
  EXPECT_EQ(default_run_dir(user), "/run/user/1000/ringside");
  EXPECT_EQ(default_state_dir(user), "/home/a/state/ringside");
}

TEST(RunPaths, UnsetOrRelativeXdgHasItsDefault) {
  const PathEnvironment user{.uid = 1000, .xdg_runtime_dir = "", .xdg_state_home = "relative", .home = "/home/a"};
  EXPECT_EQ(default_run_dir(user), "/run/ringside");
  EXPECT_EQ(default_state_dir(user), "/home/a/.local/state/ringside");
}

TEST(RunPaths, SocketsStandBelowTheTask) {
  EXPECT_EQ(data_socket("/run/ringside", "loan"), "/run/ringside/loan/data.sock");
  EXPECT_EQ(admin_socket("/run/ringside", "loan"), "/run/ringside/loan/admin.sock");
}

class Tasks : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/ringside_tasks_XXXXXX";  // short: a socket's path has 107 bytes
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  base::UniqueFd bound(const std::string& path) {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    base::UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0) << std::strerror(errno);
    return fd;
  }
  std::string folder_;
};

TEST_F(Tasks, AreTheFoldersWithASocket) {
  const auto b = bound(admin_socket(folder_, "b"));
  const auto a = bound(data_socket(folder_, "a"));
  std::filesystem::create_directory(folder_ + "/no_socket");
  EXPECT_THAT(tasks_under(folder_), testing::ElementsAre("a", "b"));
}

TEST_F(Tasks, AreNoneWhereThereIsNoDirectory) { EXPECT_TRUE(tasks_under(folder_ + "/gone").empty()); }

}  // namespace
}  // namespace ringside
