// Goal: the loop's promises, whatever a sink says: every row is taken or buried, the cursor never passes one that is neither.
// Method: journal files of gap records, written with the engine's own code; a sink that answers from a script.
#include "tools/ship/shipper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <fstream>
#include <functional>
#include <iterator>

#include "client_lib/base/crc32c.h"
#include "engine/ledger/journal_file.h"
#include "tests/support/temporary_folder.h"

namespace ringside::ship {
namespace {

using testing::ElementsAre;

std::vector<std::byte> gap_record(std::uint64_t sequence) {
  journal::GapBody body{.rows = 1, .first_wall_ns = 0, .reason = 1, .reserved = {}};
  journal::RecordHead head{
      .bytes = sizeof head + sizeof body, .crc32c = 0, .sequence = sequence, .wall_ns = 5, .type = 3, .writer = 0, .epoch = 1};
  std::vector<std::byte> bytes(head.bytes);
  std::memcpy(bytes.data() + sizeof head, &body, sizeof body);
  std::memcpy(bytes.data(), &head, sizeof head);
  head.crc32c = base::crc32c(bytes.data() + 8, bytes.size() - 8);
  std::memcpy(bytes.data(), &head, sizeof head);
  return bytes;
}

class ScriptedSink final : public Sink {
 public:
  using Script = std::function<Result<Done, SendError>(const std::vector<std::uint64_t>&)>;
  explicit ScriptedSink(Script script) : script_(std::move(script)) {}

  Result<Done, SendError> send(std::span<const Row> rows) override {
    std::vector<std::uint64_t> sequences;
    for (const Row& row : rows) sequences.push_back(row.sequence);
    ++sends;
    auto outcome = script_(sequences);
    if (outcome) taken.insert(taken.end(), sequences.begin(), sequences.end());
    return outcome;
  }
  [[nodiscard]] std::string_view name() const noexcept override { return "scripted"; }

  std::vector<std::uint64_t> taken;
  int sends = 0;

 private:
  Script script_;
};

Result<Done, SendError> refuse(Refusal refusal) { return fail(SendError{refusal, "words"}); }

class ShipperTest : public testing::Test {
 protected:
  ShipperTest() : stop_(base::UniqueFd(eventfd(0, EFD_CLOEXEC))) {
    config_.journal = folder_.path() + "/journal";
    config_.state = folder_.path() + "/state";
    config_.batch_rows = 8;
    config_.retry_first = config_.retry_most = std::chrono::milliseconds(1);
    std::filesystem::create_directories(config_.journal);
    std::filesystem::create_directories(config_.state);
  }

  void write_file(std::uint64_t number, std::initializer_list<std::uint64_t> sequences) {
    std::vector<std::byte> records;
    for (const std::uint64_t sequence : sequences) {
      const auto record = gap_record(sequence);
      records.insert(records.end(), record.begin(), record.end());
    }
    journal::FileHeader header{};
    header.magic = journal::kFileMagic;
    header.layout_version = journal::kLayoutVersion;
    header.number = number;
    header.engine_epoch = 77;
    ASSERT_TRUE(engine::JournalFile::make(config_.journal, header, records));
  }

  // From the cursor on the disk, as a process that starts.
  ShipEnd run(ScriptedSink& sink) {
    auto cursor = load_cursor(config_.state);
    EXPECT_TRUE(cursor);
    return Shipper(config_, sink, std::move(*cursor), stop_).run(true);
  }
  Cursor cursor() const { return *load_cursor(config_.state); }
  std::size_t letters() const {
    std::ifstream file(config_.state + "/dead_letters.jsonl");
    return static_cast<std::size_t>(std::count(std::istreambuf_iterator<char>(file), {}, '\n'));
  }

  test::TemporaryFolder folder_;
  ShipConfig config_;
  StopSignal stop_;
};

TEST_F(ShipperTest, GoesThroughFilesInOrderAndBeginsWhereItEnded) {
  write_file(1, {1, 2, 3});
  write_file(2, {4});
  ScriptedSink sink([](const auto&) -> Result<Done, SendError> { return Done{}; });
  EXPECT_EQ(run(sink), ShipEnd::kCaughtUp);
  write_file(3, {5, 6});
  EXPECT_EQ(run(sink), ShipEnd::kCaughtUp);
  EXPECT_THAT(sink.taken, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(cursor().rows, 6u);
  EXPECT_EQ(cursor().position.file, 3u);
}

TEST_F(ShipperTest, TheCursorStaysWhereTheSinkStoppedTaking) {
  write_file(1, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  ScriptedSink sink([](const auto& rows) -> Result<Done, SendError> {
    if (rows.front() == 9) return refuse(Refusal::kTryAgain);
    return Done{};
  });
  EXPECT_EQ(run(sink), ShipEnd::kGaveUp);
  EXPECT_EQ(sink.sends, 1 + kOnceTries);
  EXPECT_EQ(cursor().rows, 8u);
  ScriptedSink better([](const auto&) -> Result<Done, SendError> { return Done{}; });
  EXPECT_EQ(run(better), ShipEnd::kCaughtUp);
  EXPECT_THAT(better.taken, ElementsAre(9, 10));
}

TEST_F(ShipperTest, RowsThatAreRefusedAloneAreBuriedAndTheOthersTaken) {
  write_file(1, {1, 2, 3, 4, 5, 6, 7, 8});
  ScriptedSink sink([](const auto& rows) -> Result<Done, SendError> {
    for (const std::uint64_t row : rows) {
      if (row == 3 || row == 8) return refuse(Refusal::kRowsBad);
    }
    return Done{};
  });
  EXPECT_EQ(run(sink), ShipEnd::kCaughtUp);
  EXPECT_THAT(sink.taken, ElementsAre(1, 2, 4, 5, 6, 7));
  EXPECT_EQ(letters(), 2u);
  EXPECT_EQ(cursor().dead_letters, 2u);
  EXPECT_EQ(cursor().rows, 6u);
}

TEST_F(ShipperTest, ASinkThatIsTriedAgainAndTakesItCostsNothing) {
  write_file(1, {1, 2});
  int left = kOnceTries - 1;
  ScriptedSink sink([&left](const auto&) -> Result<Done, SendError> {
    if (left-- > 0) return refuse(Refusal::kTryAgain);
    return Done{};
  });
  EXPECT_EQ(run(sink), ShipEnd::kCaughtUp);
  EXPECT_THAT(sink.taken, ElementsAre(1, 2));
}

TEST_F(ShipperTest, CountsSequencesThatNoRecordHas) {
  write_file(1, {1, 2, 5});
  write_file(2, {6, 9});
  ScriptedSink sink([](const auto&) -> Result<Done, SendError> { return Done{}; });
  EXPECT_EQ(run(sink), ShipEnd::kCaughtUp);
  EXPECT_EQ(cursor().missing_records, 4u);
}

TEST_F(ShipperTest, AnotherVersionOfTheJournalIsRefusedInWords) {
  write_file(1, {1});
  std::fstream file(journal_file_path(config_.journal, 1), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(8);
  file.put(9);
  file.close();
  ScriptedSink sink([](const auto&) -> Result<Done, SendError> { return Done{}; });
  EXPECT_EQ(run(sink), ShipEnd::kGaveUp);
  EXPECT_EQ(sink.sends, 0);
}

TEST_F(ShipperTest, ACursorThatIsNotWholeIsNotGuessedAt) {
  std::ofstream(cursor_path(config_.state)) << "{\"version\":1";
  EXPECT_FALSE(load_cursor(config_.state));
}

}  // namespace
}  // namespace ringside::ship
