// Goal: after a power cut what is read of a journal is a prefix of what each worker committed, no record that was called durable is missing, none
//   is false, the chain holds, and the next start goes on behind it.
// Method: a model of a disk: what is written is in a cache of pages, of which each that was not synced survives a cut or does not, by chance; a new
//   file's name likewise, until its folder is synced. The cut comes at a random call of the recorder. RINGSIDE_POWER_CUTS says how many.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "engine/ledger/chain/verify.h"
#include "engine/ledger/reading/journal_folder.h"
#include "engine/ledger/recorder.h"
#include "schemas/journal/record_view.h"
#include "tests/support/temporary_folder.h"

namespace ringside::engine {
namespace {

constexpr std::size_t kPage = 4'096;
constexpr std::uint32_t kRecord = 264;

class CachedDisk final : public Disk {
 public:
  int make(const char* path) noexcept override {
    if (!is_on()) return -1;
    const int file = Disk::make(path);
    if (file >= 0) open_[file] = path, files_[path] = {};
    return file;
  }
  ssize_t write(int file, const void* bytes, std::size_t count, off_t at) noexcept override {
    File& cached = files_[open_[file]];
    const bool goes_on = is_on();
    const auto begin = static_cast<std::size_t>(at);
    if (cached.now.size() < begin + count) cached.now.resize(begin + count);
    std::memcpy(cached.now.data() + begin, bytes, count);  // also of the call that the cut comes into
    return goes_on ? Disk::write(file, bytes, count, at) : -1;
  }
  int sync(int file) noexcept override {
    if (!is_on()) return -1;
    files_[open_[file]].durable = files_[open_[file]].now;
    return 0;
  }
  int sync_folder(const char*) noexcept override {
    if (!is_on()) return -1;
    for (auto& [path, file] : files_) file.is_named = true;
    return 0;
  }

  void cut_after(std::uint64_t calls) { left_ = calls; }
  [[nodiscard]] bool is_cut() const { return left_ == 0; }
  // What the next start finds.
  void leave(std::mt19937_64& chance) {
    for (auto& [path, file] : files_) {
      if (!file.is_named && chance() % 2 == 0) {
        std::filesystem::remove(path);
        continue;
      }
      std::vector<char> left = file.durable;
      const std::size_t longest = std::max(file.now.size(), file.durable.size());
      left.resize(file.durable.size() + chance() % (longest - file.durable.size() + 1));
      for (std::size_t page = 0; page < left.size(); page += kPage) {
        const std::size_t count = std::min(kPage, left.size() - page);
        if (chance() % 2 == 0) std::memcpy(left.data() + page, file.now.data() + page, count);
      }
      std::ofstream(path, std::ios::binary | std::ios::trunc).write(left.data(), static_cast<std::streamsize>(left.size()));
    }
  }

 private:
  struct File {
    std::vector<char> durable, now;
    bool is_named = false;
  };
  bool is_on() noexcept {
    if (left_ != 0 && --left_ != 0) return true;
    errno = EIO;
    return false;
  }
  std::map<int, std::string> open_;
  std::map<std::string, File> files_;
  std::uint64_t left_ = ~std::uint64_t{0};
};

// For the start behind the cut: nothing is cut there.
class QuickDisk final : public Disk {
 public:
  int sync(int) noexcept override { return 0; }
  int sync_folder(const char*) noexcept override { return 0; }
};

class PowerCut {
 public:
  explicit PowerCut(std::uint64_t seed) : chance_(seed) {
    std::filesystem::create_directory(landing_);
    terms_.recovery = {.task = "t",
                       .journal_folder = journal_,
                       .landing_folder = landing_,
                       .workers = 2,
                       .landing_bytes = 1,
                       .engine_epoch = 9,
                       .warn = [](const std::string&) {},
                       .disk = &disk_};
    terms_.sync_ms = chance_() % 2 == 0 ? 0 : 3'600'000;  // each pass, or at rotations alone
    terms_.file_bytes_max = 4'000 + chance_() % 40'000;
  }

  void run() {
    std::uint64_t durable = 0;
    {
      VersionBook book;
      auto recorder = Recorder::open(terms_, book);
      ASSERT_TRUE(recorder);
      disk_.cut_after(1 + chance_() % 60);
      while (!disk_.is_cut()) {
        for (std::uint16_t writer = 0; writer < 2; ++writer) commit((*recorder)->ring(writer), writer, chance_() % 20);
        (*recorder)->pass();
      }
      durable = (*recorder)->status().durable_bytes / kRecord;
    }
    disk_.leave(chance_);
    std::filesystem::remove_all(landing_);  // memory
    std::filesystem::create_directory(landing_);
    const std::uint64_t found = look();
    EXPECT_GE(found, durable) << "was called durable";
    QuickDisk quick;
    terms_.recovery.disk = &quick;
    {
      VersionBook book;
      auto recorder = Recorder::open(terms_, book);
      ASSERT_TRUE(recorder) << recorder.error();
      for (std::uint16_t writer = 0; writer < 2; ++writer) {
        next_[writer] = found_[writer] + 1;
        commit((*recorder)->ring(writer), writer, 3);
      }
    }
    EXPECT_EQ(look(), found + 6);
    const auto report = verify_journal(journal_, {}, {});
    ASSERT_TRUE(report);
    EXPECT_FALSE(report->problem) << report->problem->file << ": " << report->problem->text;
  }

 private:
  // Each record tells its writer and number all over.
  void commit(const LandingRing& ring, std::uint16_t writer, std::uint64_t records) {
    LandingWriter hand(ring);
    for (std::uint64_t i = 0; i < records; ++i) {
      std::byte* const place = hand.reserve();
      if (place == nullptr) return;
      const std::uint64_t word = next_[writer]++ << 8 | writer;
      for (std::size_t at = sizeof(journal::RecordHead); at < kRecord; at += sizeof word)
        std::memcpy(place + at, &word, sizeof word);
      hand.append(place, journal::RecordType::kPrediction, kRecord, 1);
      hand.commit();
    }
  }
  // How many records there are, all of them true and in order.
  std::uint64_t look() {
    found_[0] = found_[1] = 0;
    const auto files = list_journal(journal_);
    for (const JournalFileFacts& file : *files) {
      auto stream = RecordStream::open(file);
      if (!stream) continue;  // no header was left
      while (const auto record = stream->next()) {
        if (record->type() != journal::RecordType::kPrediction) continue;
        const std::uint16_t writer = record->head().writer;
        EXPECT_EQ(record->head().sequence, ++found_[writer]) << "a prefix of worker " << writer;
        EXPECT_EQ(record->bytes().size(), kRecord);
        for (std::size_t at = sizeof(journal::RecordHead); at < record->bytes().size(); at += 8) {
          std::uint64_t word = 0;
          std::memcpy(&word, record->bytes().data() + at, sizeof word);
          EXPECT_EQ(word, record->head().sequence << 8 | writer) << "a false record";
        }
      }
    }
    return found_[0] + found_[1];
  }

  std::mt19937_64 chance_;
  test::TemporaryFolder folder_;
  std::string journal_ = folder_.path() + "/journal", landing_ = folder_.path() + "/landing";
  CachedDisk disk_;
  RecorderTerms terms_;
  std::uint64_t next_[2] = {1, 1}, found_[2] = {0, 0};
};

TEST(PowerCuts, LeaveAPrefixAndNothingFalseAndKeepWhatWasCalledDurable) {
  const char* const asked = std::getenv("RINGSIDE_POWER_CUTS");
  const std::uint64_t cuts = asked != nullptr ? std::strtoull(asked, nullptr, 10) : 200;
  for (std::uint64_t seed = 1; seed <= cuts && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    PowerCut(seed).run();
  }
}

}  // namespace
}  // namespace ringside::engine
