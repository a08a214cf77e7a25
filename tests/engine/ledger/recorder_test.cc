// Goal: what was committed comes to disk once and in order: by the recorder, by the start after a kill, over rotations; a refusing disk loses
//   nothing that is still in the ring, and holds up nobody.
// Method: rings written by a LandingWriter in this process; a "kill" is a Recorder that never gets to take; the
//   disk's refusals come from a Disk of the test's own.
#include "engine/ledger/recorder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "schemas/journal/record_view.h"
#include "tests/engine/ledger/refusing_disk.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/watchdog.h"

namespace ringside::engine {
namespace {

using journal::RecordType;

class RecorderTest : public ::testing::Test {
 protected:
  RecorderTest() {
    std::filesystem::create_directory(folder_.path() + "/landing");
    terms_.recovery = {.task = "t",
                       .journal_folder = folder_.path() + "/journal",
                       .landing_folder = folder_.path() + "/landing",
                       .workers = 1,
                       .landing_bytes = 1,
                       .engine_epoch = 9,
                       .warn = [this](const std::string& text) { warnings_.push_back(text); },
                       .disk = &disk_};
  }

  static void commit(const LandingRing& ring, int records) {
    LandingWriter writer(ring);
    for (int i = 0; i < records; ++i) {
      std::byte* const place = writer.reserve();
      ASSERT_NE(place, nullptr);
      std::memset(place, 1, 200);
      writer.append(place, RecordType::kPrediction, 200, 1);
      writer.commit();
    }
  }
  std::unique_ptr<Recorder> open() {
    auto opened = Recorder::open(terms_, book_);
    EXPECT_TRUE(opened) << opened.error();
    return std::move(*opened);
  }
  struct Seen {
    std::uint64_t sequence;
    std::uint32_t epoch;
    bool operator==(const Seen&) const = default;
  };
  // Predictions of every file, in order of the files.
  std::vector<Seen> on_disk(std::size_t* files = nullptr) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(terms_.recovery.journal_folder)) {
      if (entry.path().extension() == ".rsj") paths.push_back(entry.path());
    }
    std::ranges::sort(paths);
    if (files != nullptr) *files = paths.size();
    std::vector<Seen> seen;
    for (const auto& path : paths) {
      std::ifstream file(path, std::ios::binary);
      const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
      journal::RecordWalk walk(std::as_bytes(std::span(bytes)).subspan(sizeof(journal::FileHeader)));
      while (const auto record = walk.next()) {
        if (record->type() == RecordType::kPrediction) seen.push_back({record->head().sequence, record->head().epoch});
      }
      EXPECT_EQ(walk.end(), journal::RecordWalk::End::kEnd) << path;
    }
    return seen;
  }
  using Ranges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
  // That a file says are gone.
  Ranges ranges_of(std::uint64_t number) {
    std::ifstream file(terms_.recovery.journal_folder + "/" + JournalFile::name(number), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    journal::RecordWalk walk(std::as_bytes(std::span(bytes)).subspan(sizeof(journal::FileHeader)));
    Ranges found;
    while (const auto record = walk.next()) {
      if (const auto body = ExpiredFiles::body_of(*record)) found.emplace_back(body->first, body->last);
    }
    return found;
  }

  test::TemporaryFolder folder_;
  RefusingDisk disk_;
  VersionBook book_;
  RecorderTerms terms_;
  std::vector<std::string> warnings_;
};

TEST_F(RecorderTest, TakesWhatWasCommittedAndGoesOnAfterACleanStop) {
  {
    const auto recorder = open();
    commit(recorder->ring(0), 3);
    EXPECT_TRUE(recorder->pass());
    EXPECT_FALSE(recorder->pass());
    commit(recorder->ring(0), 1);
  }
  EXPECT_EQ(on_disk(), (std::vector<Seen>{{1, 1}, {2, 1}, {3, 1}, {4, 1}}));
  EXPECT_FALSE(std::filesystem::exists(LandingRing::path(terms_.recovery.landing_folder, 0)));
  {
    const auto recorder = open();
    commit(recorder->ring(0), 1);
  }
  EXPECT_EQ(on_disk().back(), (Seen{5, 2}));
}

TEST_F(RecorderTest, WhatAKilledRunLeftIsWrittenOnce) {
  // The ring as a kill leaves it: three records in a file already, of which the recorder had no time to say so, and two more.
  {
    const auto recorder = open();
    commit(recorder->ring(0), 3);
    recorder->pass();
    commit(recorder->ring(0), 2);
    recorder->ring(0).header().taken.store(0);
    const std::string ring = LandingRing::path(terms_.recovery.landing_folder, 0);
    std::filesystem::copy_file(ring, ring + ".kept");
    recorder->ring(0).header().taken.store(recorder->ring(0).header().committed.load());
  }
  const std::string ring = LandingRing::path(terms_.recovery.landing_folder, 0);
  std::filesystem::rename(ring + ".kept", ring);
  {
    const auto recorder = open();
    commit(recorder->ring(0), 1);
  }
  EXPECT_EQ(on_disk(), (std::vector<Seen>{{1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 1}, {6, 2}}));
}

TEST_F(RecorderTest, EveryFileBeginsWithTheVersionsAndNoneIsLargerThanOnePieceMore) {
  const InputSchema schema({Field{.name = "x", .dtype = Dtype::kFloat}}, true);
  const std::vector<std::string> features{"x"};
  ASSERT_TRUE(
      book_.add({.ordinal = 0, .version = "v1", .task = "t", .manifest_sha256 = "", .schema = schema, .features = features}));
  terms_.file_bytes_max = 2'000;
  {
    const auto recorder = open();
    for (int i = 0; i < 10; ++i) {
      commit(recorder->ring(0), 5);
      recorder->pass();
    }
  }
  std::size_t files = 0;
  EXPECT_EQ(on_disk(&files).size(), 50u);
  EXPECT_GT(files, 4u);
  for (std::size_t number = 2; number <= files; ++number) {
    std::ifstream file(terms_.recovery.journal_folder + "/" + JournalFile::name(number), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    journal::RecordWalk walk(std::as_bytes(std::span(bytes)).subspan(sizeof(journal::FileHeader)));
    std::string names;
    ASSERT_TRUE(journal::read_version(*walk.next(), [&](char kind, const journal::NameEntry&, std::string_view name) {
      names += kind + std::string(name) + " ";
    }));
    EXPECT_EQ(names, "vv1 tt fx xx ");
  }
}

TEST_F(RecorderTest, AFolderThatIsGoneKeepsRecordsInTheRingAndIsSaid) {
  terms_.file_bytes_max = 1;  // each pass wants a new file
  const auto recorder = open();
  commit(recorder->ring(0), 2);
  std::filesystem::rename(terms_.recovery.journal_folder, terms_.recovery.journal_folder + ".away");
  EXPECT_FALSE(recorder->pass());
  EXPECT_FALSE(recorder->pass());
  EXPECT_EQ(recorder->status().failures, 2u);
  EXPECT_NE(recorder->status().problem.find("cannot make"), std::string::npos);
  EXPECT_GT(recorder->status().waiting_bytes, 0u);
  EXPECT_EQ(warnings_.size(), 1u) << "once, not each time";
  std::filesystem::rename(terms_.recovery.journal_folder + ".away", terms_.recovery.journal_folder);
  EXPECT_TRUE(recorder->pass());
  EXPECT_EQ(recorder->status().problem, "");
  EXPECT_EQ(on_disk().size(), 2u);
}

TEST_F(RecorderTest, WhatTheRecorderWasNotToldOfIsSealedAndWrittenByTheNextStart) {
  {
    const auto recorder = open();
    commit(recorder->ring(0), 3);
    recorder->ring(0).header().sealed.store(0);  // a worker killed before it sealed
    const std::string ring = LandingRing::path(terms_.recovery.landing_folder, 0);
    std::filesystem::copy_file(ring, ring + ".kept");
  }
  const std::string ring = LandingRing::path(terms_.recovery.landing_folder, 0);
  std::filesystem::rename(ring + ".kept", ring);
  { const auto recorder = open(); }
  EXPECT_EQ(on_disk(), (std::vector<Seen>{{1, 1}, {2, 1}, {3, 1}}));
}

TEST_F(RecorderTest, AFullDiskKeepsRecordsInTheRingAndNoneIsLostOrWrittenTwice) {
  const auto recorder = open();
  commit(recorder->ring(0), 5);
  disk_.room = 300;  // a record and a half
  EXPECT_FALSE(recorder->pass());
  EXPECT_NE(recorder->status().problem.find("No space left"), std::string::npos);
  EXPECT_GT(recorder->status().waiting_bytes, 0u);
  EXPECT_TRUE(on_disk().empty());
  disk_.room = RefusingDisk::kNoEnd;
  commit(recorder->ring(0), 1);
  EXPECT_TRUE(recorder->pass());
  EXPECT_EQ(recorder->status().problem, "");
  EXPECT_EQ(on_disk(), (std::vector<Seen>{{1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 1}, {6, 1}}));
}

TEST_F(RecorderTest, AWriteErrorIsTriedAgain) {
  const auto recorder = open();
  commit(recorder->ring(0), 2);
  disk_.write_error = EIO;
  EXPECT_FALSE(recorder->pass());
  EXPECT_EQ(recorder->status().failures, 1u);
  disk_.write_error = 0;
  EXPECT_TRUE(recorder->pass());
  EXPECT_EQ(on_disk().size(), 2u);
}

TEST_F(RecorderTest, AFileWhoseSyncFailedIsGivenUpAndItsBytesAreNotCalledDurable) {
  terms_.sync_ms = 0;
  const auto recorder = open();
  commit(recorder->ring(0), 2);
  disk_.sync_error = EIO;
  EXPECT_TRUE(recorder->pass());
  EXPECT_NE(recorder->status().problem.find("cannot sync"), std::string::npos);
  EXPECT_EQ(recorder->status().durable_bytes, 0u);
  const std::string suspect = recorder->status().file;
  disk_.sync_error = 0;
  commit(recorder->ring(0), 3);
  EXPECT_TRUE(recorder->pass());
  const RecorderStatus status = recorder->status();
  EXPECT_NE(status.file, suspect);
  EXPECT_EQ(status.durable_bytes, 3 * 200u) << "of five records";
  EXPECT_EQ(status.written_bytes, 5 * 200u);
  EXPECT_EQ(on_disk().size(), 5u);
}

TEST_F(RecorderTest, TheTakingGoesOnWhileASyncLasts) {
  terms_.sync_ms = 0;
  const auto recorder = open();
  recorder->start();
  disk_.hold_syncs();
  commit(recorder->ring(0), 1);
  disk_.wait_for_a_held_sync();
  commit(recorder->ring(0), 4);
  test::wait_until([&] { return recorder->status().written_bytes == 5 * 200u; });
  EXPECT_EQ(recorder->status().durable_bytes, 0u);
  disk_.let_syncs_go();
  test::wait_until([&] { return recorder->status().durable_bytes == 5 * 200u; });
}

TEST_F(RecorderTest, AFileSystemThatTurnsReadOnlyRefusesNewFilesToo) {
  terms_.file_bytes_max = 1;
  const auto recorder = open();
  disk_.make_error = disk_.write_error = EROFS;
  commit(recorder->ring(0), 2);
  EXPECT_FALSE(recorder->pass());
  EXPECT_NE(recorder->status().problem.find("Read-only"), std::string::npos);
  disk_.make_error = disk_.write_error = 0;
  EXPECT_TRUE(recorder->pass());
  EXPECT_EQ(on_disk().size(), 2u);
}

TEST_F(RecorderTest, AStartOnAFullDiskGoesOnInTheRingsAndTakesAllWhenThereIsRoom) {
  std::string ring;
  {
    const auto recorder = open();
    commit(recorder->ring(0), 3);
    ring = LandingRing::path(terms_.recovery.landing_folder, 0);
    std::filesystem::copy_file(ring, ring + ".kept");
  }
  for (const auto& entry : std::filesystem::directory_iterator(terms_.recovery.journal_folder)) {
    if (entry.path().extension() == ".rsj") std::filesystem::remove(entry.path());  // as if that run had been killed
  }
  std::filesystem::rename(ring + ".kept", ring);
  disk_.make_error = ENOSPC;
  {
    const auto recorder = open();
    EXPECT_NE(recorder->status().problem.find("No space left"), std::string::npos);
    commit(recorder->ring(0), 2);
    EXPECT_FALSE(recorder->pass());
    disk_.make_error = 0;
    EXPECT_TRUE(recorder->pass());
  }
  EXPECT_EQ(on_disk(), (std::vector<Seen>{{1, 1}, {2, 1}, {3, 1}, {4, 2}, {5, 2}}));
}

TEST_F(RecorderTest, AStartOnAFullDiskThatIsKilledLosesNothingAndWritesNothingTwice) {
  std::string ring;
  {
    const auto recorder = open();
    commit(recorder->ring(0), 2);
    ring = LandingRing::path(terms_.recovery.landing_folder, 0);
    std::filesystem::copy_file(ring, ring + ".kept");
  }  // records 1 and 2 are in a file, and the ring does not know it
  std::filesystem::rename(ring + ".kept", ring);
  disk_.make_error = ENOSPC;
  {
    const auto recorder = open();
    commit(recorder->ring(0), 2);
  }
  EXPECT_TRUE(std::filesystem::exists(ring)) << "what could not be written stays";
  disk_.make_error = 0;
  { const auto recorder = open(); }
  EXPECT_EQ(on_disk(), (std::vector<Seen>{{1, 1}, {2, 1}, {3, 2}, {4, 2}}));
}

TEST_F(RecorderTest, WhatRetentionTookIsDurableBeforeItIsSaidToBeAndStandsAtTheHeadOfEveryLaterFile) {
  terms_.sync_ms = 0;
  journal::ExpiredBody body{};
  body.first = body.last = 7;
  {
    const auto recorder = open();
    const std::uint64_t first = recorder->tell(body);
    EXPECT_FALSE(recorder->is_told(first));
    disk_.write_error = EIO;
    EXPECT_FALSE(recorder->pass());
    EXPECT_FALSE(recorder->is_told(first)) << "it is not even written";
    disk_.write_error = 0;
    disk_.sync_error = EIO;
    EXPECT_TRUE(recorder->pass());
    EXPECT_FALSE(recorder->is_told(first)) << "it may not be on the disk";
    disk_.sync_error = 0;
    recorder->pass();
    EXPECT_TRUE(recorder->is_told(first)) << "by the next file, which says it again";
    EXPECT_EQ(ranges_of(2), (Ranges{{7, 7}}));
    body.first = body.last = 8;
    const std::uint64_t second = recorder->tell(body);
    EXPECT_FALSE(recorder->is_told(second));
    recorder->pass();
    EXPECT_TRUE(recorder->is_told(second));
    EXPECT_EQ(ranges_of(2), (Ranges{{7, 7}, {7, 8}}));
  }
  { const auto recorder = open(); }
  EXPECT_EQ(ranges_of(3), (Ranges{{7, 8}}));
}

TEST_F(RecorderTest, WhatIsToldWhileAPassGoesOnIsWrittenOnceAndInOrder) {
  const test::Watchdog watchdog;
  constexpr std::uint64_t kFiles = 300;
  terms_.sync = JournalSync::kNone;
  const auto recorder = open();
  std::thread keeper([&] {
    journal::ExpiredBody body{};
    for (std::uint64_t ticket = 1; ticket <= kFiles; ++ticket) {
      body.first = body.last = 2 * ticket;  // no two next to each other
      EXPECT_EQ(recorder->tell(body), ticket);
      if (ticket % 10 == 0) test::wait_until([&] { return recorder->is_told(ticket - 5); });  // so that passes lie between
    }
  });
  while (!recorder->is_told(kFiles)) recorder->pass();
  keeper.join();
  Ranges expected;
  for (std::uint64_t ticket = 1; ticket <= kFiles; ++ticket) expected.emplace_back(2 * ticket, 2 * ticket);
  EXPECT_EQ(ranges_of(recorder->file_number()), expected);
}

TEST_F(RecorderTest, ASecondEngineOnTheSameJournalIsRefused) {
  const auto recorder = open();
  VersionBook other;
  const auto second = Recorder::open(terms_, other);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().find("another engine"), std::string::npos);
}

}  // namespace
}  // namespace ringside::engine
