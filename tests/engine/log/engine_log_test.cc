// Goal: spdlog's lines arrive as JSON in the file, at the level that is set, after a rotation in the new one; journald is recognised.
// Method: a real file; descriptors of this process.
#include "engine/log/engine_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include "tests/support/temporary_folder.h"

namespace ringside::engine {
namespace {

using nlohmann::json;

std::vector<json> lines_of(const std::string& path) {
  std::vector<json> lines;
  std::ifstream stream(path);
  for (std::string line; std::getline(stream, line);) lines.push_back(json::parse(line));
  return lines;
}

class Log : public testing::Test {
 protected:
  void TearDown() override { spdlog::set_default_logger(std::make_shared<spdlog::logger>("none")); }  // closes the file
  test::TemporaryFolder folder_;
  std::string file_ = folder_.path() + "/engine.log";
};

TEST_F(Log, LinesAreWrittenAtTheLevelThatIsSet) {
  const auto log = EngineLog::open({.level = LogLevel::kInfo, .file = file_});
  ASSERT_TRUE(log);
  (*log)->set_task("loan");
  spdlog::debug("unheard");
  spdlog::info("heard {}", 1);
  (*log)->set_level(LogLevel::kDebug);
  EXPECT_EQ((*log)->level(), LogLevel::kDebug);
  spdlog::debug("heard now");
  (*log)->set_level(LogLevel::kError);
  spdlog::warn("unheard");
  const auto lines = lines_of(file_);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["message"], "heard 1");
  EXPECT_EQ(lines[0]["level"], "info");
  EXPECT_EQ(lines[0]["task"], "loan");
  EXPECT_EQ(lines[1]["level"], "debug");
}

TEST_F(Log, AfterARotationLinesGoToTheNewFile) {
  const auto log = EngineLog::open({.file = file_});
  ASSERT_TRUE(log);
  spdlog::info("before");
  std::filesystem::rename(file_, file_ + ".1");
  spdlog::info("between");
  ASSERT_TRUE((*log)->reopen());
  spdlog::info("after");
  EXPECT_EQ(lines_of(file_ + ".1").size(), 2u);
  ASSERT_EQ(lines_of(file_).size(), 1u);
  EXPECT_EQ(lines_of(file_)[0]["message"], "after");
}

TEST_F(Log, FileThatCannotBeOpenedIsSaidAndTheOldOneStays) {
  EXPECT_FALSE(EngineLog::open({.file = folder_.path() + "/no/such/folder/log"}));
  const auto log = EngineLog::open({.file = file_});
  ASSERT_TRUE(log);
  std::filesystem::rename(file_, file_ + ".1");
  std::filesystem::create_directory(file_);
  EXPECT_FALSE((*log)->reopen());
  spdlog::info("still there");
  EXPECT_EQ(lines_of(file_ + ".1").size(), 1u);
}

TEST_F(Log, FloodOfWarningsIsCut) {
  const auto log = EngineLog::open({.file = file_});
  ASSERT_TRUE(log);
  for (int i = 0; i < 1'000; ++i) spdlog::warn("disk {} is full", i);
  for (int i = 0; i < 20; ++i) spdlog::info("told {}", i);  // what is no trouble is never cut
  EXPECT_EQ(lines_of(file_).size(), RepeatLimit::Terms{}.lines + 20u);
}

TEST_F(Log, LinesOfARequestCarryItsFields) {
  const auto log = EngineLog::open({.file = file_});
  ASSERT_TRUE(log);
  {
    const LogScope scope(LogFields{{"trace_id", "0af7"}});
    spdlog::info("inside");
  }
  spdlog::info("outside");
  const auto lines = lines_of(file_);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["trace_id"], "0af7");
  EXPECT_FALSE(lines[1].contains("trace_id"));
}

TEST(JournalStream, IsRecognisedByDeviceAndInode) {
  struct stat found {};
  ASSERT_EQ(fstat(0, &found), 0);
  const std::string same = std::to_string(found.st_dev) + ":" + std::to_string(found.st_ino);
  EXPECT_TRUE(is_journal_stream(same.c_str(), 0));
  EXPECT_FALSE(is_journal_stream((same + "1").c_str(), 0));
  EXPECT_FALSE(is_journal_stream(nullptr, 0));
  EXPECT_FALSE(is_journal_stream("", 0));
}

}  // namespace
}  // namespace ringside::engine
