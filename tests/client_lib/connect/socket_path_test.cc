// Goal: the socket is found as formats.md says, and what is not found is said with the next step.
// Method: run directories made for the test.
#include "client_lib/connect/socket_path.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_folder.h"

namespace ringside {
namespace {

class SocketPath : public testing::Test {
 protected:
  void add_task(const std::string& task) {
    std::filesystem::create_directories(folder_.path() + "/" + task);
    std::ofstream(folder_.path() + "/" + task + "/data.sock") << "";
  }
  Result<std::string, ConnectError> find(const std::string& task = "") {
    return find_socket({.run_dir = folder_.path(), .task = task});
  }
  test::TemporaryFolder folder_;
};

TEST_F(SocketPath, GivenPathIsTakenAsItIs) { EXPECT_EQ(*find_socket({.socket = "/x/y.sock", .task = "ignored"}), "/x/y.sock"); }

TEST_F(SocketPath, NamedTaskNeedNotExist) { EXPECT_EQ(*find("loan"), folder_.path() + "/loan/data.sock"); }

TEST_F(SocketPath, OnlyTaskIsTheDefault) {
  add_task("loan");
  std::filesystem::create_directories(folder_.path() + "/empty");
  EXPECT_EQ(*find(), folder_.path() + "/loan/data.sock");
}

TEST_F(SocketPath, SeveralTasksAreNamedInTheError) {
  add_task("loan");
  add_task("ads");
  const auto found = find();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ConnectErrorCode::kAmbiguousTask);
  EXPECT_NE(found.error().message.find("(ads, loan)"), std::string::npos) << found.error().message;
}

TEST_F(SocketPath, NoTaskIsNotFound) {
  EXPECT_EQ(find().error().code, ConnectErrorCode::kNotFound);
  EXPECT_EQ(find_socket({.run_dir = folder_.path() + "/absent"}).error().code, ConnectErrorCode::kNotFound);
}

TEST_F(SocketPath, TaskThatIsAPathIsABadOption) {
  EXPECT_EQ(find("../loan").error().code, ConnectErrorCode::kBadOptions);
  EXPECT_EQ(find("..").error().code, ConnectErrorCode::kBadOptions);
}

}  // namespace
}  // namespace ringside
