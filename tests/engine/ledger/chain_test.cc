// Goal: a journal that was touched is told, with the file and the first byte of the block, whatever was done to it; one that was not, and one that a
//   kill or a power cut ended, holds.
// Method: journals of several blocks and files, then one change each.
#include "engine/ledger/chain/verify.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "schemas/journal/record_view.h"
#include "tests/engine/ledger/made_records.h"
#include "tests/support/temporary_folder.h"

namespace ringside::engine {
namespace {

using test::MadeJournal;

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}
void put(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

// Where each block's record stands.
std::vector<std::uint64_t> blocks_of(const std::string& bytes) {
  std::vector<std::uint64_t> found;
  journal::RecordWalk walk(std::as_bytes(std::span(bytes)).subspan(sizeof(journal::FileHeader)));
  for (std::size_t at = 0; const auto record = walk.next(); at = walk.offset()) {
    if (record->type() == journal::RecordType::kBlock) found.push_back(at + sizeof(journal::FileHeader));
  }
  return found;
}

// The record at `at` with one byte changed, and a checksum that agrees.
void forge(std::string& bytes, std::uint64_t at) {
  journal::RecordHead head;
  std::memcpy(&head, bytes.data() + at, sizeof head);
  bytes[at + head.bytes - 1] ^= 1;
  head.crc32c = base::crc32c(reinterpret_cast<const std::byte*>(bytes.data()) + at + 8, head.bytes - 8);
  std::memcpy(bytes.data() + at, &head, sizeof head);
}

struct Keys {
  std::string secret, open;
};
Keys make_keys() {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  const auto text = [](const std::function<void(BIO*)>& write) {
    BIO* bio = BIO_new(BIO_s_mem());
    write(bio);
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string pem(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return pem;
  };
  Keys keys{text([&](BIO* bio) { PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); }),
            text([&](BIO* bio) { PEM_write_bio_PUBKEY(bio, key); })};
  EVP_PKEY_free(key);
  return keys;
}

class ChainTest : public ::testing::Test {
 protected:
  // Three files; the second has at least three blocks.
  ChainTest() {
    MadeJournal made(journal_);
    made.version(0, "v1");
    const std::string filler(200, 'f');
    for (int file = 0; file < 3; ++file) {
      if (file != 0) made.next_file();
      for (int i = 0; i < (file == 1 ? 12'000 : 500); ++i) made.row({.request_id = "r" + std::to_string(i), .trace_id = filler});
    }
  }
  [[nodiscard]] std::string path(std::uint64_t number) const { return journal_ + "/" + JournalFile::name(number); }
  ChainReport verify(std::span<const Checkpoint> checkpoints = {}, std::span<const CheckpointKey> keys = {}) const {
    auto report = verify_journal(journal_, checkpoints, keys);
    EXPECT_TRUE(report) << report.error();
    return std::move(*report);
  }
  // Changes the second file.
  ChainProblem problem_after(const std::function<void(std::string&)>& change) const {
    const std::string before = read(path(2));
    std::string bytes = before;
    change(bytes);
    put(path(2), bytes);
    const ChainReport report = verify();
    put(path(2), before);
    EXPECT_TRUE(report.problem);
    return report.problem.value_or(ChainProblem{});
  }

  test::TemporaryFolder folder_;
  std::string journal_ = folder_.path() + "/journal";
};

TEST_F(ChainTest, HoldsWhereNothingWasTouched) {
  const ChainReport report = verify();
  EXPECT_FALSE(report.problem) << report.problem->text;
  EXPECT_EQ(report.files, 3u);
  EXPECT_GE(report.blocks, 3u);
  EXPECT_TRUE(report.notes.empty());
}

TEST_F(ChainTest, NamesTheBlockThatWasAltered) {
  const std::vector<std::uint64_t> blocks = blocks_of(read(path(2)));
  ASSERT_GE(blocks.size(), 3u);
  // A record behind the first block, with a checksum that agrees and without one.
  const std::uint64_t victim = blocks[0] + sizeof(journal::RecordHead) + sizeof(journal::BlockBody);
  ChainProblem found = problem_after([&](std::string& bytes) { forge(bytes, victim); });
  EXPECT_EQ(found.kind, "altered");
  EXPECT_EQ(found.file, JournalFile::name(2));
  EXPECT_EQ(found.begin, blocks[0]);
  EXPECT_EQ(found.end, blocks[1]);
  found = problem_after([&](std::string& bytes) { bytes[victim + 100] ^= 1; });
  EXPECT_EQ(found.kind, "altered");
  EXPECT_EQ(found.begin, victim);
  // The block's own record; then the last record, which no block covers yet, but the next file does.
  found = problem_after([&](std::string& bytes) { forge(bytes, blocks[1]); });
  EXPECT_EQ(found.file, JournalFile::name(2));
  found = problem_after([&](std::string& bytes) {
    std::uint64_t last = blocks.back();
    journal::RecordWalk walk(std::as_bytes(std::span(bytes)).subspan(last));
    for (std::size_t at = 0; walk.next(); at = walk.offset()) last = blocks.back() + at;
    forge(bytes, last);
  });
  EXPECT_EQ(found.kind, "altered");
  EXPECT_EQ(found.begin, blocks.back());
}

TEST_F(ChainTest, NamesWhatIsMissingOrReordered) {
  const std::vector<std::uint64_t> blocks = blocks_of(read(path(2)));
  ASSERT_GE(blocks.size(), 3u);
  const std::uint64_t first = blocks[0], second = blocks[1], third = blocks[2];
  ChainProblem found = problem_after([&](std::string& bytes) { bytes.erase(first, second - first); });
  EXPECT_EQ(found.kind, "missing");
  EXPECT_EQ(found.begin, 0u);  // block 0's record went with what was cut out
  found = problem_after([&](std::string& bytes) {
    bytes =
        bytes.substr(0, first) + bytes.substr(second, third - second) + bytes.substr(first, second - first) + bytes.substr(third);
  });
  EXPECT_NE(found.kind, "");
  EXPECT_EQ(found.file, JournalFile::name(2));
  found = problem_after([&](std::string& bytes) { bytes.resize(second); });  // the end, which the next file continues
  EXPECT_EQ(found.kind, "altered");
  const std::string two = read(path(2)), three = read(path(3));
  put(path(2), three);
  put(path(3), two);
  EXPECT_EQ(verify().problem->kind, "reordered");
  put(path(2), two);
  put(path(3), three);
  std::filesystem::remove(path(2));
  const auto gone = verify().problem;
  EXPECT_EQ(gone->kind, "missing");
  EXPECT_EQ(gone->file, JournalFile::name(2));
}

TEST_F(ChainTest, WhatRetentionTookAtTheBeginIsSaidAndNoProblem) {
  std::filesystem::remove(path(1));
  const ChainReport report = verify();
  EXPECT_FALSE(report.problem);
  EXPECT_EQ(report.notes.size(), 1u);
}

TEST_F(ChainTest, AnEndThatAKillLeftIsContinuedByTheNextStart) {
  put(path(3), read(path(3)) + std::string(40, '\1'));  // half a record
  MadeJournal next(journal_, 2, 4);
  next.row({.request_id = "after"});
  const ChainReport report = verify();
  EXPECT_FALSE(report.problem) << report.problem->text;
  EXPECT_EQ(report.notes.size(), 1u);
}

TEST_F(ChainTest, ACheckpointShowsACutEndAndAnotherHistory) {
  const Keys keys = make_keys(), others = make_keys();
  put(folder_.path() + "/audit.pem", keys.open);
  put(folder_.path() + "/others.pem", others.open);
  const auto trusted = read_checkpoint_keys(folder_.path() + "/audit.pem");
  const auto foreign = read_checkpoint_keys(folder_.path() + "/others.pem");
  ASSERT_TRUE(trusted && foreign);
  const std::string bytes = read(path(2));
  const std::uint64_t block = blocks_of(bytes).at(1);
  journal::BlockBody body;
  std::memcpy(&body, bytes.data() + block + sizeof(journal::RecordHead), sizeof body);
  Checkpoint made{.task = "t", .number = 2, .end = block, .link = {}, .wall_ns = test::kMadeTime, .key_id = "", .signature = ""};
  std::copy(std::begin(body.sha256), std::end(body.sha256), made.link.begin());
  const auto line = checkpoint_line(made, keys.secret);
  ASSERT_TRUE(line) << line.error();
  const auto kept = parse_checkpoint(*line + "\n");
  ASSERT_TRUE(kept);
  EXPECT_EQ(verify({&*kept, 1}, *trusted).checkpoints, 1u);
  EXPECT_EQ(verify({&*kept, 1}, *foreign).problem->kind, "unsigned");
  EXPECT_EQ(verify({}, *trusted).problem->kind, "unsigned");
  std::string forged = *line;
  forged[forged.find(" 2 ") + 1] = '1';
  const auto other = parse_checkpoint(forged);
  ASSERT_TRUE(other);
  EXPECT_FALSE(is_signed_by(*other, trusted->front()));
  // The end of the journal cut off before it: the chain alone holds.
  std::filesystem::remove(path(3));
  put(path(2), bytes.substr(0, block - 1'000));
  EXPECT_FALSE(verify().problem);
  EXPECT_EQ(verify({&*kept, 1}, *trusted).problem->kind, "missing");
  // All of it written anew, with a chain of its own.
  std::filesystem::remove_all(journal_);
  MadeJournal anew(journal_);
  for (int i = 0; i < 100; ++i) anew.row({.request_id = "x"});
  anew.next_file();
  EXPECT_FALSE(verify().problem);
  EXPECT_TRUE(verify({&*kept, 1}, *trusted).problem);
}

}  // namespace
}  // namespace ringside::engine
