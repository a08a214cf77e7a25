#include "engine/ledger/reading/journal_folder.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "client_lib/base/crc32c.h"

namespace ringside::engine {
namespace {

constexpr std::size_t kBufferBytes = 1u << 20, kMostOpen = 64, kFirstRead = 1'024;

}  // namespace

Result<std::vector<JournalFileFacts>, std::string> list_journal(const std::string& folder) {
  std::vector<JournalFileFacts> files;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const auto name = journal::file_name(entry->path().filename().string());
    if (!name) continue;
    const auto bytes = journal::size_when_plain(entry->path().string(), name->sealed);  // none: retention took it this moment
    if (bytes) files.push_back({name->number, entry->path().string(), *bytes, name->sealed});
  }
  if (error && error != std::errc::no_such_file_or_directory) return fail("cannot read " + folder + ": " + error.message());
  // For a moment there are both: the plain one, first, is as good.
  std::ranges::sort(files, {}, [](const JournalFileFacts& file) { return std::pair(file.number, file.sealed); });
  const auto [first, last] = std::ranges::unique(files, {}, &JournalFileFacts::number);
  files.erase(first, last);
  return files;
}

Result<RecordStream, std::string> RecordStream::open(const JournalFileFacts& file, std::uint64_t offset) {
  RecordStream stream;
  auto opened = journal::FileBytes::open(file.path);
  if (!opened) return fail(opened.error());
  stream.file_ = std::move(*opened);
  const ssize_t got = stream.file_->read_at(reinterpret_cast<std::byte*>(&stream.header_), sizeof stream.header_, 0);
  if (got < 0) return fail(stream.file_->error());
  stream.begin_ = stream.offset_ = stream.last_offset_ = offset;
  const auto* const bytes = reinterpret_cast<const std::byte*>(&stream.header_);
  const bool is_empty = std::all_of(bytes, bytes + sizeof stream.header_, [](std::byte byte) { return byte == std::byte{0}; });
  if (static_cast<std::size_t>(got) < sizeof stream.header_ || is_empty) {  // its length came to the disk, and not its begin
    stream.header_ = {};
    stream.end_ = End::kCut;
    return stream;
  }
  const journal::FileHeader& header = stream.header_;
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
  const ssize_t got = file_->read_at(buffer_.data() + filled_, buffer_.size() - filled_, begin_ + filled_);
  if (got < 0) error_ = file_->error();
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
    auto opened = journal::FileBytes::open(folder_ + "/" + journal::file_name_text(number));
    if (!opened) return std::nullopt;
    found = open_.emplace(number, std::move(*opened)).first;
  }
  journal::FileBytes& file = found->second;
  bytes_.resize(kFirstRead);
  const ssize_t got = file.read_at(bytes_.data(), bytes_.size(), offset);
  if (got < static_cast<ssize_t>(sizeof(journal::RecordHead))) return std::nullopt;
  journal::RecordHead head;
  std::memcpy(&head, bytes_.data(), sizeof head);
  if (head.bytes < sizeof head || head.bytes > journal::kVersionRecordBytesMax) return std::nullopt;
  bytes_.resize(head.bytes);
  const auto have = std::min<std::size_t>(static_cast<std::size_t>(got), head.bytes);
  if (head.bytes > have &&
      file.read_at(bytes_.data() + have, head.bytes - have, offset + have) != static_cast<ssize_t>(head.bytes - have))
    return std::nullopt;
  return journal::RecordWalk(bytes_).next();
}

}  // namespace ringside::engine
