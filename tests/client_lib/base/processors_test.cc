// Goal: a CPU quota is noticed wherever a control group says it, in both versions, and nothing else is taken for one.
// Method: folders as the kernel lays them out, made by hand.
#include "client_lib/base/processors.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace ringside::base {
namespace {

class CpuQuota : public testing::Test {
 protected:
  CpuQuota() {
    std::string name = (std::filesystem::temp_directory_path() / "rs-quota-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  ~CpuQuota() override { std::filesystem::remove_all(root_); }
  void write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text << "\n";
  }
  [[nodiscard]] bool limited(const std::string& line) const { return has_cpu_quota_in(root_, line); }

  std::string root_;
};

TEST_F(CpuQuota, NoFileIsNoQuota) {
  EXPECT_FALSE(limited("0::/a"));
  EXPECT_FALSE(limited("1:cpu,cpuacct:/a"));
}

TEST_F(CpuQuota, OfVersionTwoIsFoundInTheGroupItself) {
  write("/a/cpu.max", "50000 100000");
  EXPECT_TRUE(limited("0::/a"));
  EXPECT_FALSE(limited("0::/b"));
}

TEST_F(CpuQuota, OfVersionTwoIsFoundInAGroupAbove) {
  write("/a/cpu.max", "50000 100000");
  write("/a/b/cpu.max", "max 100000");
  EXPECT_TRUE(limited("0::/a/b"));
}

TEST_F(CpuQuota, OfVersionOneIsFoundBelowItsController) {
  write("/cpu/docker/1f/cpu.cfs_quota_us", "50000");
  EXPECT_TRUE(limited("4:cpu,cpuacct:/docker/1f"));
  EXPECT_TRUE(limited("4:cpuacct,cpu:/docker/1f"));
}

TEST_F(CpuQuota, OfVersionOneMayBeNone) {
  write("/cpu/docker/1f/cpu.cfs_quota_us", "-1");
  EXPECT_FALSE(limited("4:cpu:/docker/1f"));
}

TEST_F(CpuQuota, OfAContainerThatSeesOnlyItsOwnMountIsAtTheTop) {
  write("/cpu/cpu.cfs_quota_us", "50000");
  EXPECT_TRUE(limited("4:cpu:/docker/1f"));
}

TEST_F(CpuQuota, OtherControllersHaveNone) {
  write("/cpu/cpu.cfs_quota_us", "50000");
  EXPECT_FALSE(limited("3:cpuset:/"));
  EXPECT_FALSE(limited("2:cpuacct:/"));
  EXPECT_FALSE(limited("nonsense"));
}

TEST(AdaptiveSpin, IsShortestUnderAQuota) {
  const auto longest = [](unsigned usable, bool has_quota) {
    return adaptive_spin_ns({.usable = usable, .has_quota = has_quota}).longest;
  };
  EXPECT_LT(longest(16, true), longest(2, false));
  EXPECT_LT(longest(2, false), longest(16, false));
}

}  // namespace
}  // namespace ringside::base
