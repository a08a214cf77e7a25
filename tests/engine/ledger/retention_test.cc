// Goal: a finished file is packed, deleted or held as it should be; nothing that a hold covers goes, nothing goes untold, and every reader and
//   verify find in packed files what stood in plain ones.
// Method: made journals of several blocks and files; a keeper whose passes and clock are the test's.
#include <gtest/gtest.h>

#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "engine/ledger/chain/verify.h"
#include "engine/ledger/retention/keeper.h"
#include "engine/ledger/retention/seal_file.h"
#include "tests/engine/ledger/made_records.h"
#include "tests/support/temporary_folder.h"

namespace ringside::engine {
namespace {

using test::kMadeTime;
using test::MadeJournal;

constexpr std::uint64_t kDayNs = 86'400'000'000'000;

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Files 1 … 5: a day each, the second of several blocks and frames; the fifth is being written.
class RetentionTest : public ::testing::Test {
 protected:
  RetentionTest() : made_(journal_) {
    made_.version(0, "v1");
    const std::string filler(200, 'f');
    for (std::uint64_t day = 0; day < 5; ++day) {
      if (day != 0) made_.next_file();
      made_.write_at_once(64 << 10);
      for (int i = 0; i < (day == 1 ? 12'000 : 500); ++i)
        made_.row({.request_id = "r" + std::to_string(i), .trace_id = filler, .wall_ns = kMadeTime + day * kDayNs});
      made_.flush();
    }
  }
  Keeper make(std::uint64_t keep_days, std::uint64_t keep_bytes = 0, bool seal = false) {
    return Keeper({.journal_folder = journal_,
                   .state_folder = folder_.path(),
                   .seal = seal,
                   .seal_after_s = 0,
                   .keep_s = keep_days * 86'400,
                   .keep_bytes = keep_bytes,
                   .warn = [this](const std::string& text) { warnings_.push_back(text); }},
                  {.current = [this] { return made_.number(); },
                   .tell =
                       [this](const journal::ExpiredBody& body) {
                         expired_.add(body);
                         std::vector<std::byte> record;
                         ExpiredFiles::append_record(record, *expired_.find(body.first), 1);
                         made_.append(record);
                         return ++tickets_;
                       },
                   .is_told = [this](std::uint64_t ticket) { return is_durable_ && ticket <= tickets_; },
                   .besides = [this](std::uint64_t) { return besides_; }});
  }
  // Told in the first pass, gone after the second.
  static void pass_twice(Keeper& keeper, std::uint64_t days) {
    keeper.pass(kMadeTime + days * kDayNs + 1);
    keeper.pass(kMadeTime + days * kDayNs + 1);
  }
  std::vector<JournalFileFacts> files() {
    auto listed = list_journal(journal_);
    RINGSIDE_CHECK(listed);
    return std::move(*listed);
  }
  std::vector<std::uint64_t> numbers() {
    std::vector<std::uint64_t> found;
    const auto listed = files();
    for (const JournalFileFacts& file : listed) found.push_back(file.number);
    return found;
  }
  ChainReport verify() { return *verify_journal(journal_, {}, {}); }
  bool seal(std::uint64_t number) {
    const auto listed = files();
    const auto file = std::ranges::find(listed, number, &JournalFileFacts::number);
    const std::atomic<bool> stopping{false};
    const auto sealed = seal_file(*file, stopping);
    EXPECT_TRUE(sealed) << sealed.error();
    return sealed && *sealed;
  }
  [[nodiscard]] std::string path(std::uint64_t number, bool sealed = false) const {
    return journal_ + "/" + journal::file_name_text(number, sealed);
  }
  std::vector<std::string> ids(std::uint64_t number) {
    std::vector<std::string> found;
    const auto listed = files();
    auto stream = RecordStream::open(*std::ranges::find(listed, number, &JournalFileFacts::number));
    while (const auto record = stream->next()) {
      if (const auto row = journal::PredictionView::of(*record)) found.emplace_back(row->request_id());
    }
    EXPECT_EQ(stream->end(), RecordStream::End::kEnd);
    return found;
  }

  test::TemporaryFolder folder_;
  std::string journal_ = folder_.path() + "/journal";
  MadeJournal made_;
  ExpiredFiles expired_;
  std::uint64_t tickets_ = 0;
  bool is_durable_ = true;
  Result<Done, std::string> besides_ = Done{};
  std::vector<std::string> warnings_;
};

TEST_F(RetentionTest, ASealedFileReadsAsThePlainOneDid) {
  const auto before = ids(2);
  const std::string plain = read(path(2));
  ASSERT_TRUE(seal(2));
  EXPECT_FALSE(std::filesystem::exists(path(2)));
  EXPECT_LT(std::filesystem::file_size(path(2, true)), plain.size() / 3);
  EXPECT_EQ(ids(2), before);
  auto file = journal::FileBytes::open(path(2));  // by the name that it had
  ASSERT_TRUE(file) << file.error();
  std::string bytes(plain.size(), '\0');
  EXPECT_EQ(file->read_at(reinterpret_cast<std::byte*>(bytes.data()), bytes.size(), 0), static_cast<ssize_t>(plain.size()));
  EXPECT_EQ(bytes, plain);
  EXPECT_EQ(files().at(1).bytes, plain.size());
}

TEST_F(RetentionTest, EveryRecordIsFoundByItsPlaceInASealedFile) {
  std::vector<std::pair<std::uint64_t, std::string>> places;
  {
    auto stream = RecordStream::open(files().at(1));
    while (const auto record = stream->next()) {
      if (const auto row = journal::PredictionView::of(*record)) places.emplace_back(stream->record_offset(), row->request_id());
    }
  }
  ASSERT_TRUE(seal(2));
  RecordFetcher fetch(journal_);
  for (std::size_t i = 0; i < places.size(); i += 97) {
    const auto record = fetch.at(2, places[i].first);
    ASSERT_TRUE(record);
    EXPECT_EQ(journal::PredictionView::of(*record)->request_id(), places[i].second);
  }
}

TEST_F(RetentionTest, ZstdItselfUnpacksASealedFile) {
  const std::string plain = read(path(2));
  ASSERT_TRUE(seal(2));
  const std::string command = "zstd -q -d -c '" + path(2, true) + "' > '" + folder_.path() + "/unpacked' 2>/dev/null";
  const int status = std::system(command.c_str());
  if (WEXITSTATUS(status) == 127) return;  // no zstd here: the reader above is the same library
  EXPECT_EQ(status, 0);
  EXPECT_EQ(read(folder_.path() + "/unpacked"), plain);
}

TEST_F(RetentionTest, VerifyHoldsOverSealedFilesAndNamesTheBlockOfAnAlteredByte) {
  std::vector<std::uint64_t> begins{0};
  {
    auto stream = RecordStream::open(files().at(1));
    while (const auto record = stream->next()) {
      if (record->type() == journal::RecordType::kBlock) begins.push_back(stream->record_offset());
    }
  }
  ASSERT_GE(begins.size(), 3u);
  const ChainReport before = verify();
  for (const std::uint64_t number : {1, 2, 3, 4}) ASSERT_TRUE(seal(number));
  const ChainReport after = verify();
  EXPECT_FALSE(after.problem) << after.problem->text;
  EXPECT_EQ(after.records, before.records);
  EXPECT_EQ(after.blocks, before.blocks);
  const std::string whole = read(path(2, true));
  std::size_t told = 0;
  for (std::size_t at = 40; at < whole.size(); at += whole.size() / 40) {
    std::string altered = whole;
    altered[at] = static_cast<char>(altered[at] ^ 0x10);
    std::ofstream(path(2, true), std::ios::binary) << altered;
    const ChainReport report = verify();
    ASSERT_TRUE(report.problem) << "byte " << at;
    EXPECT_EQ(report.problem->kind, "altered");
    EXPECT_EQ(report.problem->file, journal::file_name_text(2));
    EXPECT_TRUE(std::ranges::find(begins, report.problem->begin) != begins.end()) << report.problem->begin;
    if (report.problem->begin == begins[1]) ++told;
  }
  EXPECT_GT(told, 3u) << "bytes of the second block are told as that block";
}

TEST_F(RetentionTest, ASealedFileWithoutItsHeadOrItsEndIsReadAsFarAsItGoesAndTold) {
  ASSERT_TRUE(seal(2));
  const std::string whole = read(path(2, true));
  std::string headless = whole;
  headless[9] = static_cast<char>(headless[9] ^ 1);
  for (const std::string& touched : {headless, whole.substr(0, whole.size() / 2), whole.substr(0, whole.size() - 1)}) {
    std::ofstream(path(2, true), std::ios::binary) << touched;
    const ChainReport report = verify();
    ASSERT_TRUE(report.problem);
    EXPECT_EQ(report.problem->kind, "altered");
    EXPECT_EQ(report.problem->file, journal::file_name_text(2));
    EXPECT_NE(report.problem->text.find("altered or cut"), std::string::npos) << report.problem->text;
  }
}

TEST_F(RetentionTest, TheKeeperSealsWhatHasRestedAndNeverTheFileBeingWritten) {
  Keeper keeper = make(0, 0, true);
  keeper.pass(0);
  EXPECT_EQ(keeper.status().sealed, 0u) << "written after that time";
  keeper.pass(~std::uint64_t{0} / 2);
  EXPECT_EQ(keeper.status().sealed, 4u);
  EXPECT_EQ(keeper.status().files, 5u);
  EXPECT_TRUE(std::filesystem::exists(path(5)));
}

TEST_F(RetentionTest, WhatAKillLeftHalfSealedIsRemovedAndSealedAnew) {
  const std::string half = journal_ + "/new-" + journal::file_name_text(1, true);
  std::ofstream(half) << "half";
  std::filesystem::copy_file(path(1), path(1) + ".kept");
  ASSERT_TRUE(seal(1));
  std::filesystem::rename(path(1) + ".kept", path(1));  // killed between the rename and the removal
  std::ofstream(half) << "half";
  EXPECT_EQ(ids(1).size(), 500u);
  Keeper keeper = make(0, 0, true);
  EXPECT_FALSE(std::filesystem::exists(half));
  keeper.pass(~std::uint64_t{0} / 2);
  EXPECT_FALSE(std::filesystem::exists(path(1)));
  EXPECT_EQ(ids(1).size(), 500u);
}

TEST_F(RetentionTest, FilesTooOldGoWhenTheJournalSaysSoAndVerifyHolds) {
  Keeper keeper = make(2);
  is_durable_ = false;
  pass_twice(keeper, 3);  // days 0 and 1 are two days old
  EXPECT_EQ(numbers().size(), 5u) << "not before it is durable that they go";
  is_durable_ = true;
  keeper.pass(kMadeTime + 3 * kDayNs + 1);
  EXPECT_EQ(numbers(), (std::vector<std::uint64_t>{3, 4, 5}));
  EXPECT_EQ(keeper.status().expired, 2u);
  const ChainReport report = verify();
  EXPECT_FALSE(report.problem) << report.problem->text;
  ASSERT_EQ(report.notes.size(), 1u);
  EXPECT_NE(report.notes[0].find("retention took files 0000000000000001.rsj to 0000000000000002.rsj"), std::string::npos);
}

TEST_F(RetentionTest, TheOldestGoWhileThereAreTooManyBytesButNeverTheFileBeingWritten) {
  Keeper keeper = make(0, 1);
  pass_twice(keeper, 0);
  EXPECT_EQ(numbers(), (std::vector<std::uint64_t>{5}));
  EXPECT_FALSE(verify().problem);
}

TEST_F(RetentionTest, AHeldSpanStaysThoughWhatLiesAroundItGoes) {
  const Holds holds(folder_.path());
  const auto id =
      holds.add({.id = {}, .from_ns = kMadeTime + kDayNs, .to_ns = kMadeTime + kDayNs + 1, .reason = "case 4711", .by = "x"});
  ASSERT_TRUE(id);
  Keeper keeper = make(1, 1);
  pass_twice(keeper, 30);
  EXPECT_EQ(numbers(), (std::vector<std::uint64_t>{2, 5}));
  EXPECT_EQ(keeper.status().held, 1u);
  EXPECT_FALSE(verify().problem) << verify().problem->text;
  ASSERT_TRUE(*holds.remove(*id, "x", 1));
  pass_twice(keeper, 30);
  EXPECT_EQ(numbers(), (std::vector<std::uint64_t>{5}));
  EXPECT_FALSE(verify().problem) << verify().problem->text;
  EXPECT_EQ(expired_.find(1)->last, 4u);
}

TEST_F(RetentionTest, AHoldThatIsAddedBetweenTheTellingAndTheGoingHolds) {
  Keeper keeper = make(1);
  is_durable_ = false;
  pass_twice(keeper, 30);
  ASSERT_TRUE(Holds(folder_.path()).add({.id = {}, .reason = "all", .by = "x"}));
  is_durable_ = true;
  pass_twice(keeper, 30);
  EXPECT_EQ(numbers().size(), 5u);
  EXPECT_EQ(keeper.status().held, 4u);
}

TEST_F(RetentionTest, ABrokenHoldsFileOrADamagedJournalFileDeletesNothingThatMightBeHeld) {
  std::ofstream(folder_.path() + "/holds.json") << "{\"holds\":[{";
  Keeper keeper = make(1);
  pass_twice(keeper, 30);
  EXPECT_EQ(numbers().size(), 5u);
  EXPECT_NE(keeper.status().problem.find("holds.json"), std::string::npos);
  EXPECT_EQ(warnings_.size(), 1u) << "once, not each time";
  std::filesystem::remove(folder_.path() + "/holds.json");
  ASSERT_TRUE(Holds(folder_.path()).add({.id = {}, .from_ns = 1, .to_ns = 2, .reason = "long ago", .by = "x"}));
  std::string bytes = read(path(1));
  bytes[bytes.size() / 2] ^= 1;
  std::ofstream(path(1), std::ios::binary) << bytes;
  pass_twice(keeper, 30);
  EXPECT_EQ(numbers(), (std::vector<std::uint64_t>{1, 5})) << "what it held is not known";
}

TEST_F(RetentionTest, AKeyThatCannotBeWrittenKeepsNoFile) {
  besides_ = fail(std::string("no room for a key"));
  Keeper keeper = make(2, 0, true);
  pass_twice(keeper, 3);
  EXPECT_EQ(numbers(), (std::vector<std::uint64_t>{3, 4, 5}));
  keeper.pass(~std::uint64_t{0} / 2);
  EXPECT_EQ(keeper.status().sealed, 2u);
  EXPECT_EQ(keeper.status().problem, "no room for a key");
  EXPECT_EQ(warnings_.size(), 1u);
}

TEST_F(RetentionTest, AFileThatCouldNotBeReadOnceIsLookedAtAgain) {
  ASSERT_TRUE(Holds(folder_.path()).add({.id = {}, .from_ns = 1, .to_ns = 2, .reason = "long ago", .by = "x"}));
  ASSERT_TRUE(seal(1));
  const std::string whole = read(path(1, true));
  std::string altered = whole;
  altered[whole.size() / 2] ^= 1;
  std::ofstream(path(1, true), std::ios::binary) << altered;
  Keeper keeper = make(1);
  pass_twice(keeper, 30);
  ASSERT_EQ(numbers(), (std::vector<std::uint64_t>{1, 5}));
  std::ofstream(path(1, true), std::ios::binary) << whole;
  pass_twice(keeper, 30);
  EXPECT_EQ(numbers(), (std::vector<std::uint64_t>{5}));
}

TEST_F(RetentionTest, AFileThatSomebodyRemovedIsStillMissing) {
  Keeper keeper = make(2);
  pass_twice(keeper, 3);
  std::filesystem::remove(path(4));
  const ChainReport report = verify();
  ASSERT_TRUE(report.problem);
  EXPECT_EQ(report.problem->kind, "missing");
  EXPECT_EQ(report.problem->file, journal::file_name_text(4));
}

TEST_F(RetentionTest, TheEndOfAFileInFrontOfAHoleAndTheBeginBehindItAreStillCovered) {
  ASSERT_TRUE(Holds(folder_.path()).add({.id = {}, .from_ns = kMadeTime, .to_ns = kMadeTime + 1, .reason = "first", .by = "x"}));
  Keeper keeper = make(2);
  pass_twice(keeper, 3);
  ASSERT_EQ(numbers(), (std::vector<std::uint64_t>{1, 3, 4, 5}));
  ASSERT_FALSE(verify().problem);
  const std::string whole = read(path(1));
  std::uint64_t last = 0;
  auto stream = RecordStream::open(files().at(0));
  while (stream->next()) last = stream->record_offset();
  std::ofstream(path(1), std::ios::binary) << whole.substr(0, last);
  ASSERT_TRUE(verify().problem) << "its last record was cut off";
  EXPECT_EQ(verify().problem->file, journal::file_name_text(1));
}

}  // namespace
}  // namespace ringside::engine
