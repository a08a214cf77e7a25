// Goal: every record is found by what it is asked for, once, newest first, page by page; the index follows a journal that grows, loses files or
//   is another one, and says the same when it is deleted and made again.
// Method: journals made record by record; an index in small parts, so that questions cross them.
#include "engine/ledger/index/audit_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "engine/ledger/reading/record_json.h"
#include "tests/engine/ledger/made_records.h"
#include "tests/support/temporary_folder.h"

namespace ringside::engine {
namespace {

using nlohmann::json;
using test::kMadeTime;
using test::MadeJournal;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint64_t kSecond = 1'000'000'000;

class AuditIndexTest : public ::testing::Test {
 protected:
  std::unique_ptr<AuditIndex> open(AuditIndex::Mode mode = AuditIndex::Mode::kWrite) {
    auto opened = AuditIndex::open(
        {.journal_folder = journal_, .index_folder = folder_.path() + "/index", .keys = {MadeJournal::key()}, .part_rows = 100},
        mode);
    EXPECT_TRUE(opened) << opened.error();
    return std::move(*opened);
  }
  static void catch_up(AuditIndex& index, std::uint64_t at_once = 64) {
    while (true) {
      const auto more = index.catch_up(at_once);
      ASSERT_TRUE(more) << more.error();
      if (!*more) return;
    }
  }
  static AuditPage page(AuditIndex& index, const AuditQuestion& question) {
    auto found = index.find(question, {});
    EXPECT_TRUE(found) << found.error();
    EXPECT_EQ(found->unreadable, 0u);
    return std::move(*found);
  }
  // Request ids over all pages.
  static std::vector<std::string> ids(AuditIndex& index, AuditQuestion question) {
    std::vector<std::string> found;
    while (true) {
      const AuditPage one = page(index, question);
      for (const std::string& record : one.records) found.push_back(json::parse(record).at("request_id").get<std::string>());
      if (!one.cursor) return found;
      EXPECT_EQ(one.records.size(), question.limit);
      question.cursor = *one.cursor;
    }
  }
  // "v1 success 3, …"
  static std::vector<std::string> counts(AuditIndex& index, const AuditStatsQuestion& question = {.by = {"version", "status"}}) {
    std::vector<std::string> found;
    const auto tallies = index.count(question, {});
    EXPECT_TRUE(tallies) << tallies.error();
    for (const AuditTally& one : *tallies)
      found.push_back(one.version.value_or("*") + " " + (one.status ? std::string(audit_status(*one.status)) : "*") + " " +
                      std::to_string(one.rows));
    return found;
  }
  // 1,000 rows in four files, a second apart: ids r0 … r999, users u0 … u6, every tenth of v2, every fiftieth invalid.
  void make_thousand(MadeJournal& made) {
    made.version(0, "v1");
    made.version(1, "v2");
    for (int i = 0; i < 1'000; ++i) {
      if (i % 250 == 0 && i != 0) made.next_file();
      made.row({.request_id = "r" + std::to_string(i),
                .user = "u" + std::to_string(i % 7),
                .version = i % 10 == 3 ? 1u : 0u,
                .status = i % 50 == 7 ? wire::Status::kInvalid : wire::Status::kOk,
                .wall_ns = kMadeTime + static_cast<std::uint64_t>(i) * kSecond,
                .ticket = static_cast<std::uint64_t>(i)});
    }
  }

  test::TemporaryFolder folder_;
  std::string journal_ = folder_.path() + "/journal";
};

TEST_F(AuditIndexTest, FindsByRequestIdUserVersionStatusAndTime) {
  MadeJournal made(journal_);
  make_thousand(made);
  const auto index = open();
  catch_up(*index);
  EXPECT_EQ(index->status()->records, 1'000u);
  EXPECT_EQ(index->status()->lag_bytes, 0u);
  for (const auto& file : std::filesystem::directory_iterator(folder_.path() + "/index"))
    EXPECT_EQ(file.status().permissions() & std::filesystem::perms::others_all, std::filesystem::perms::none) << file.path();
  EXPECT_THAT(ids(*index, {.request_id = "r437"}), ElementsAre("r437"));
  EXPECT_THAT(ids(*index, {.request_id = "r1000"}), IsEmpty());
  const auto user = ids(*index, {.user = "u3", .limit = 10});
  ASSERT_EQ(user.size(), 143u);
  EXPECT_EQ(user.front(), "r997");
  EXPECT_EQ(user.back(), "r3");
  EXPECT_EQ(ids(*index, {.version = "v2", .limit = 7}).size(), 100u);
  EXPECT_EQ(ids(*index, {.status = 1, .limit = 7}).size(), 20u);
  EXPECT_EQ(ids(*index, {.version = "v1", .status = 1}).size(), 20u);
  EXPECT_THAT(ids(*index, {.version = "v9"}), IsEmpty());
  EXPECT_THAT(ids(*index, {.from_ns = kMadeTime + 498 * kSecond, .to_ns = kMadeTime + 501 * kSecond}),
              ElementsAre("r500", "r499", "r498"));
  EXPECT_THAT(ids(*index, {.user = "u1", .from_ns = kMadeTime + 490 * kSecond, .to_ns = kMadeTime + 505 * kSecond}),
              ElementsAre("r498", "r491"));
  EXPECT_THAT(ids(*index, {.from_ns = kMadeTime + 2'000 * kSecond}), IsEmpty());
  EXPECT_EQ(ids(*index, {.limit = 33}).size(), 1'000u);
}

TEST_F(AuditIndexTest, CountsByVersionHourAndStatus) {
  MadeJournal made(journal_);
  make_thousand(made);
  made.gap(12);
  const auto index = open();
  catch_up(*index);
  EXPECT_THAT(counts(*index), ElementsAre(" unrecorded 12", "v1 success 880", "v1 invalid 20", "v2 success 100"));
  EXPECT_THAT(counts(*index, {.by = {"status"}, .from_ns = kMadeTime + 60 * kSecond, .to_ns = kMadeTime + 119 * kSecond}),
              ElementsAre("* success 59", "* invalid 1"));  // to the minute
}

TEST_F(AuditIndexTest, FollowsAJournalThatGrowsWhileItIsAsked) {
  MadeJournal made(journal_);
  made.version(0, "v1");
  const auto index = open();
  catch_up(*index);
  for (int i = 0; i < 300; ++i) {
    if (i % 80 == 79) made.next_file();
    made.row(
        {.request_id = "r" + std::to_string(i), .wall_ns = kMadeTime + i * kSecond, .ticket = static_cast<std::uint64_t>(i)});
    if (i % 3 == 0) catch_up(*index);
    if (i % 30 == 0) {
      const auto reader = open(AuditIndex::Mode::kRead);
      EXPECT_EQ(ids(*reader, {}).front(), "r" + std::to_string(i));
    }
  }
  catch_up(*index);
  EXPECT_EQ(ids(*index, {}).size(), 300u);
}

TEST_F(AuditIndexTest, ARecordHalfWrittenIsTakenWhenItIsWhole) {
  MadeJournal made(journal_);
  made.version(0, "v1");
  made.row({.request_id = "first"});
  const std::string path = made.file().path();
  const auto index = open();
  catch_up(*index);
  made.row({.request_id = "second", .ticket = 2});
  std::ifstream file(path, std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::filesystem::resize_file(path, whole.size() - 20);
  catch_up(*index);
  EXPECT_EQ(ids(*index, {}).size(), 1u);
  std::ofstream(path, std::ios::binary) << whole;
  catch_up(*index);
  EXPECT_THAT(ids(*index, {}), ElementsAre("second", "first"));
}

TEST_F(AuditIndexTest, ALaterRecordOfTheSameCallOverrules) {
  MadeJournal made(journal_);
  made.version(0, "v1");
  for (std::uint16_t row = 0; row < 3; ++row)
    made.row({.request_id = "a" + std::to_string(row), .user = "u", .ticket = 7, .row = row, .rows = 130});
  made.row({.request_id = "other", .user = "other", .ticket = 7, .row = 0, .rows = 130});  // another channel of the same client
  const auto index = open();
  catch_up(*index);
  EXPECT_EQ(ids(*index, {}).size(), 4u);
  // Over a restart of the indexer, and in one batch with the last of them.
  const auto again = [&] {
    made.row({.request_id = "a3", .user = "u", .ticket = 7, .row = 3, .rows = 130});
    made.row(
        {.request_id = "a3", .user = "u", .status = wire::Status::kTimeout, .ticket = 7, .row = 3, .rows = 130, .unread = true});
    made.row({.user = "u", .status = wire::Status::kFail, .ticket = 7, .row = journal::kWholeCall, .rows = 130, .unread = true});
  };
  again();
  catch_up(*index);
  EXPECT_THAT(counts(*index, {.by = {"status"}}), ElementsAre("* success 1", "* fail 130"));
  EXPECT_THAT(ids(*index, {.status = 0}), ElementsAre("other"));
  EXPECT_EQ(page(*index, {.overruled = true}).records.size(), 7u);
  const json first = json::parse(page(*index, {.request_id = "a0", .overruled = true}).records.at(0));
  EXPECT_TRUE(first.at("overruled").get<bool>());
  EXPECT_THAT(page(*index, {.request_id = "a0"}).records, IsEmpty());
}

TEST_F(AuditIndexTest, WhatOverrulesMayComeAfterARestart) {
  MadeJournal made(journal_);
  made.version(0, "v1");
  made.row({.request_id = "a", .ticket = 7});
  catch_up(*open());
  made.row({.request_id = "a", .status = wire::Status::kUnavailable, .ticket = 7, .unread = true});
  const auto index = open();
  catch_up(*index);
  EXPECT_THAT(counts(*index, {.by = {"status"}}), ElementsAre("* unavailable 1"));
}

TEST_F(AuditIndexTest, DeletedAndMadeAgainItSaysTheSame) {
  MadeJournal made(journal_);
  make_thousand(made);
  std::vector<std::string> before, after;
  {
    const auto index = open();
    catch_up(*index, 17);
    before = page(*index, {.limit = 1'000}).records;
  }
  std::filesystem::remove_all(folder_.path() + "/index");
  const auto index = open();
  catch_up(*index, 1'000'000);
  EXPECT_EQ(page(*index, {.limit = 1'000}).records, before);
  EXPECT_EQ(before.size(), 1'000u);
}

TEST_F(AuditIndexTest, ABrokenIndexAndOneOfAnotherJournalAreMadeAnew) {
  const std::string database = folder_.path() + "/index/ledger.sqlite";
  {
    MadeJournal made(journal_);
    made.version(0, "v1");
    made.row({.request_id = "old"});
    catch_up(*open());
  }
  std::ofstream(database, std::ios::binary) << std::string(10'000, 'x');
  {
    const auto index = open();
    catch_up(*index);
    EXPECT_THAT(ids(*index, {}), ElementsAre("old"));
  }
  std::filesystem::remove_all(journal_);
  MadeJournal made(journal_, 5);
  made.version(0, "v1");
  made.row({.request_id = "new"});
  const auto index = open();
  catch_up(*index);
  EXPECT_THAT(ids(*index, {}), ElementsAre("new"));
}

TEST_F(AuditIndexTest, WhatRetentionTookIsNotFoundAnyMore) {
  MadeJournal made(journal_);
  make_thousand(made);
  const auto index = open();
  catch_up(*index);
  std::filesystem::remove(journal_ + "/" + JournalFile::name(1));
  EXPECT_EQ(ids(*index, {}).size(), 750u);
  EXPECT_THAT(ids(*index, {.request_id = "r5"}), IsEmpty());
  catch_up(*index);
  EXPECT_EQ(index->status()->records, 750u);
  EXPECT_EQ(ids(*index, {.user = "u3"}).size(), 107u);
  EXPECT_THAT(counts(*index, {.by = {"version"}}), ElementsAre("v1 * 675", "v2 * 75"));
}

TEST_F(AuditIndexTest, ASecondWriterIsRefused) {
  MadeJournal made(journal_);
  const auto index = open();
  const auto second = AuditIndex::open({.journal_folder = journal_, .index_folder = folder_.path() + "/index", .keys = {}},
                                       AuditIndex::Mode::kWrite);
  EXPECT_FALSE(second);
}

TEST(AuditQuestions, SayWhatIsWrong) {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  const auto ask = [](const Pairs& pairs) { return audit_question(pairs, kMadeTime); };
  EXPECT_EQ(ask({{"from", "-1h"}})->from_ns, kMadeTime - 3'600 * kSecond);
  EXPECT_EQ(ask({{"to", "2025-11-24T17:00:00.5+01:00"}})->to_ns, kMadeTime + kSecond / 2);
  EXPECT_EQ(ask({{"from", "2025-11-24"}})->from_ns, kMadeTime - 16 * 3'600 * kSecond);
  EXPECT_EQ(ask({{"status", "success"}})->status, 0);
  EXPECT_EQ(ask({{"status", "invalid"}})->status, 1);
  for (const Pairs& wrong : std::vector<Pairs>{{{"from", "yesterday"}},
                                               {{"from", "2025-02-30"}},
                                               {{"status", "good"}},
                                               {{"limit", "0"}},
                                               {{"limit", "1001"}},
                                               {{"cursor", "x"}},
                                               {{"color", "red"}},
                                               {{"user", ""}},
                                               {{"from", "-1h"}, {"to", "-2h"}}}) {
    EXPECT_FALSE(ask(wrong)) << wrong.front().first << " " << wrong.front().second;
  }
}

}  // namespace
}  // namespace ringside::engine
