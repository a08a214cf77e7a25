#include "engine/ledger/reading/journal_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "client_lib/base/crc32c.h"
#include "engine/ledger/journal_file.h"

namespace ringside::engine {
namespace {

constexpr std::size_t kBufferBytes = 1u << 20, kMostOpen = 64, kFirstRead = 1'024;

// How much could be read: less than asked for at the file's end. Error: errno.
ssize_t read_at(int file, std::byte* to, std::size_t bytes, std::uint64_t offset) {
  std::size_t got = 0;
  while (got < bytes) {
    const ssize_t count = pread(file, to + got, bytes - got, static_cast<off_t>(offset + got));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -1;
    if (count == 0) break;
    got += static_cast<std::size_t>(count);
  }
  return static_cast<ssize_t>(got);
}

std::string because(const std::string& path) { return "cannot read " + path + ": " + std::generic_category().message(errno); }

}  // namespace

Result<std::vector<JournalFileFacts>, std::string> list_journal(const std::string& folder) {
  std::vector<JournalFileFacts> files;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::uint64_t number = JournalFile::number_of(entry->path().filename());
    if (number == 0) continue;
    std::error_code gone;  // retention may take it this moment
    const std::uint64_t bytes = entry->file_size(gone);
    if (!gone) files.push_back({number, entry->path().string(), bytes});
  }
  if (error && error != std::errc::no_such_file_or_directory) return fail("cannot read " + folder + ": " + error.message());
  std::ranges::sort(files, {}, &JournalFileFacts::number);
  return files;
}

Result<RecordStream, std::string> RecordStream::open(const JournalFileFacts& file, std::uint64_t offset) {
  RecordStream stream;
  stream.path_ = file.path;
  stream.file_ = base::UniqueFd(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!stream.file_) return fail(because(file.path));
  const ssize_t got = read_at(stream.file_.get(), reinterpret_cast<std::byte*>(&stream.header_), sizeof stream.header_, 0);
  if (got < 0) return fail(because(file.path));
  stream.begin_ = stream.offset_ = stream.last_offset_ = offset;
  if (static_cast<std::size_t>(got) < sizeof stream.header_) {
    stream.header_ = {};
    stream.end_ = End::kCut;
    return stream;
  }
  const journal::FileHeader& header = stream.header_;
  const auto* const bytes = reinterpret_cast<const std::byte*>(&header);
  if (header.magic != journal::kFileMagic) return fail(file.path + " is no journal file");
  if (header.layout_version != journal::kLayoutVersion) {
    return fail(file.path + " has layout version " + std::to_string(header.layout_version) + "; this program reads " +
                std::to_string(journal::kLayoutVersion));
  }
  if (base::crc32c(bytes + 16, sizeof header - 16) != header.crc32c)
    return fail(file.path + ": the checksum of its header is wrong");
  stream.buffer_.resize(kBufferBytes);
  return stream;
}

// Keeps what is not used yet and reads on. False: there is no more, or the read failed.
bool RecordStream::refill() {
  const auto used = static_cast<std::size_t>(offset_ - begin_);
  std::memmove(buffer_.data(), buffer_.data() + used, filled_ - used);
  begin_ = offset_;
  filled_ -= used;
  // A record longer than the buffer; its length was looked at, so it is at most kVersionRecordBytesMax.
  if (filled_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  const ssize_t got = read_at(file_.get(), buffer_.data() + filled_, buffer_.size() - filled_, begin_ + filled_);
  if (got < 0) error_ = because(path_);
  if (got > 0) filled_ += static_cast<std::size_t>(got);
  return got > 0;
}

std::optional<journal::Record> RecordStream::next() {
  while (end_ == End::kNone) {
    const auto used = static_cast<std::size_t>(offset_ - begin_);
    journal::RecordWalk walk({buffer_.data() + used, filled_ - used});
    if (const auto record = walk.next()) {
      last_offset_ = offset_;
      offset_ += record->bytes().size();
      return record;
    }
    const bool may_go_on = walk.end() == End::kEnd || walk.end() == End::kCut;
    if (!may_go_on || !refill()) end_ = walk.end();
  }
  return std::nullopt;
}

std::optional<journal::Record> RecordFetcher::at(std::uint64_t number, std::uint64_t offset) {
  auto found = open_.find(number);
  if (found == open_.end()) {
    if (open_.size() >= kMostOpen) open_.clear();
    const std::string path = folder_ + "/" + JournalFile::name(number);
    base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file) return std::nullopt;
    found = open_.emplace(number, std::move(file)).first;
  }
  const int file = found->second.get();
  bytes_.resize(kFirstRead);
  const ssize_t got = read_at(file, bytes_.data(), bytes_.size(), offset);
  if (got < static_cast<ssize_t>(sizeof(journal::RecordHead))) return std::nullopt;
  journal::RecordHead head;
  std::memcpy(&head, bytes_.data(), sizeof head);
  if (head.bytes < sizeof head || head.bytes > journal::kVersionRecordBytesMax) return std::nullopt;
  bytes_.resize(head.bytes);
  const auto have = std::min<std::size_t>(static_cast<std::size_t>(got), head.bytes);
  if (head.bytes > have &&
      read_at(file, bytes_.data() + have, head.bytes - have, offset + have) != static_cast<ssize_t>(head.bytes - have))
    return std::nullopt;
  return journal::RecordWalk(bytes_).next();
}

}  // namespace ringside::engine
