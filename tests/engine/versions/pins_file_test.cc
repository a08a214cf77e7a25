// Goal: pins that were kept are read again, whatever cut the engine off; what cannot be read says where and is never half believed.
// Method: a temporary folder; files cut at every byte and spoilt by hand.
#include "engine/versions/pins_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/support/temporary_folder.h"

namespace ringside::engine {
namespace {

using enum PinKind;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class PinsFileTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string text() const {
    std::ostringstream out;
    out << std::ifstream(PinsFile(folder_.path()).path()).rdbuf();
    return out.str();
  }
  void write(const std::string& content) const { std::ofstream(PinsFile(folder_.path()).path(), std::ios::trunc) << content; }
  // As a fresh start reads it: key → version.
  [[nodiscard]] std::map<std::string, std::string> read() const {
    const auto pins = PinsFile(folder_.path()).read();
    EXPECT_TRUE(pins.ok()) << pins.error();
    std::map<std::string, std::string> found;
    if (pins) {
      for (std::size_t shard = 0; shard < PinIndex::kShards;) {
        shard = (*pins)->page(shard, 1'000, [&](PinKind kind, std::string_view key, std::string_view version) {
          found[(kind == kTag ? "tag " : "") + std::string(key)] = version;
        });
      }
    }
    return found;
  }
  void keep(PinsFile& file, const std::vector<PinChange>& changes) {
    now_ = now_->with(changes);
    const auto kept = file.keep(*now_, changes);
    ASSERT_TRUE(kept.ok()) << kept.error();
  }

  test::TemporaryFolder folder_;
  std::shared_ptr<const Pins> now_ = Pins::none();
};

TEST_F(PinsFileTest, NoFileIsNoPins) { EXPECT_TRUE(read().empty()); }

TEST_F(PinsFileTest, ChangesAreReadAsTheyWereKept) {
  PinsFile file(folder_.path());
  ASSERT_TRUE(file.read());
  keep(file, {{kKey, "u1", "v1"}, {kTag, "a=b", "v2"}, {kKey, "tab\there\\ and\nthere\r", "v1"}});
  keep(file, {{kKey, "u1", "v2"}, {kTag, "a=b", ""}});
  const std::map<std::string, std::string> expected{{"u1", "v2"}, {"tab\there\\ and\nthere\r", "v1"}};
  EXPECT_EQ(read(), expected);
}

TEST_F(PinsFileTest, AppendsRatherThanWritesAnew) {
  PinsFile file(folder_.path());
  ASSERT_TRUE(file.read());
  keep(file, {{kKey, "u1", "v1"}});
  const std::string before = text();
  keep(file, {{kKey, "u2", "v1"}});
  EXPECT_EQ(text(), before + "key\tu2\tv1\ncommit 1\n");
}

TEST_F(PinsFileTest, BatchThatWasCutOffAnywhereNeverHappened) {
  PinsFile file(folder_.path());
  ASSERT_TRUE(file.read());
  keep(file, {{kKey, "u1", "v1"}});
  const std::string first = text();
  keep(file, {{kKey, "u1", "v2"}, {kKey, "u2", "v2"}});
  const std::string both = text();
  const std::map<std::string, std::string> before{{"u1", "v1"}};
  for (std::size_t bytes = first.size(); bytes < both.size(); ++bytes) {
    write(both.substr(0, bytes));
    ASSERT_EQ(read(), before) << bytes;
  }
  write(both.substr(0, both.size() - 1));
  PinsFile again(folder_.path());
  ASSERT_TRUE(again.read());
  now_ = Pins::none()->with(std::vector<PinChange>{{kKey, "u1", "v1"}});
  keep(again, {{kKey, "u3", "v3"}});  // takes the place of what was cut off
  const std::map<std::string, std::string> after{{"u1", "v1"}, {"u3", "v3"}};
  EXPECT_EQ(read(), after);
}

TEST_F(PinsFileTest, FileIsWrittenAnewOnceMostOfItIsOutOfDate) {
  PinsFile file(folder_.path());
  ASSERT_TRUE(file.read());
  std::vector<PinChange> changes;
  for (int i = 0; i < 4'000; ++i) changes.push_back({kKey, "u1", "v" + std::to_string(i % 2)});
  for (int i = 0; i < 4; ++i) keep(file, changes);
  EXPECT_EQ(text(), "ringside pins 1\nkey\tu1\tv1\ncommit 1\n");
}

TEST_F(PinsFileTest, AllUnpinnedLeavesAnEmptyList) {
  PinsFile file(folder_.path());
  ASSERT_TRUE(file.read());
  keep(file, {{kKey, "u1", "v1"}});
  ASSERT_TRUE(file.keep(*Pins::none(), {}));
  EXPECT_TRUE(read().empty());
}

TEST_F(PinsFileTest, WhatIsNotAsItWroteItIsRefusedByLine) {
  const std::string head = "ringside pins 1\n";
  for (const auto& [content, said] : std::vector<std::pair<std::string, std::string>>{
           {"", "line 1"},
           {"ringside pins 2\n", "line 1"},
           {head + "key\tu1\tv1\ncommit 2\n", "line 3: expected commit 1"},
           {head + "commit x\n", "line 2: expected commit 0"},
           {head + "pin\tu1\tv1\ncommit 1\n", "line 2: expected key or tag"},
           {head + "key\t\tv1\ncommit 1\n", "line 2"},
           {head + "key\tu1\t\ncommit 1\n", "line 2"},
           {head + "key\tu\\x\tv1\ncommit 1\n", "line 2"},
           {head + "key\t" + std::string(129, 'k') + "\tv1\ncommit 1\n", "line 2"},
       }) {
    write(content);
    const auto pins = PinsFile(folder_.path()).read();
    ASSERT_FALSE(pins.ok()) << content;
    EXPECT_THAT(pins.error(), StartsWith(PinsFile(folder_.path()).path()));
    EXPECT_THAT(pins.error(), HasSubstr(said)) << content;
  }
}

TEST_F(PinsFileTest, WhatCouldNotBeKeptIsMadeGoodByTheNext) {
  PinsFile file(folder_.path());
  ASSERT_TRUE(file.read());
  keep(file, {{kKey, "u1", "v1"}});
  std::filesystem::rename(file.path(), file.path() + ".away");
  std::filesystem::create_directory(file.path());
  now_ = now_->with(std::vector<PinChange>{{kKey, "u2", "v1"}});
  EXPECT_FALSE(file.keep(*now_, {{kKey, "u2", "v1"}}).ok());
  std::filesystem::remove(file.path());
  keep(file, {{kKey, "u3", "v1"}});
  EXPECT_EQ(read().size(), 3u);
}

}  // namespace
}  // namespace ringside::engine
