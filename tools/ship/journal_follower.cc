#include "tools/ship/journal_follower.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <span>
#include <system_error>

namespace ringside::ship {
namespace {

constexpr std::size_t kPieceBytes = 1u << 20;

}  // namespace

std::string journal_file_path(const std::string& folder, std::uint64_t number) {
  return folder + "/" + journal::file_name_text(number);
}

Result<std::vector<std::uint64_t>, std::string> journal_files(const std::string& folder) {
  std::vector<std::uint64_t> numbers;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (const auto name = journal::file_name(entry->path().filename().string())) numbers.push_back(name->number);
  }
  if (error) return fail("cannot read " + folder + ": " + error.message());
  std::ranges::sort(numbers);
  numbers.erase(std::ranges::unique(numbers).begin(), numbers.end());  // plain and sealed, for a moment
  return numbers;
}

Result<std::optional<JournalItem>, std::string> JournalFollower::next() {
  while (true) {
    if (!file_) {
      const auto opened = open_file();
      if (!opened) return fail(opened.error());
      if (!*opened) return std::optional<JournalItem>();
    }
    if (auto record = this->record()) {
      if (record->type() == journal::RecordType::kVersion) versions_.add(*record);
      if (record->type() == journal::RecordType::kPrediction || record->type() == journal::RecordType::kGap)
        return std::optional<JournalItem>({*record, header_});
      continue;
    }
    const auto more = read_more();
    if (!more) return fail(more.error());
    if (*more) continue;
    const auto finished = is_finished();
    if (!finished) return fail(finished.error());
    if (!*finished) return std::optional<JournalItem>();
  }
}

std::optional<journal::Record> JournalFollower::record() {
  journal::RecordWalk walk(std::span<const std::byte>(window_).subspan(begin_));
  auto record = walk.next();
  if (!record) return std::nullopt;
  begin_ += walk.offset();
  position_.offset += walk.offset();
  return record;
}

void JournalFollower::from_start(std::uint64_t file) {
  position_ = {.file = file, .offset = 0};
  file_.reset();
}

// The file of the position, or the next one that is there. False: there is none, or its header is not written yet.
Result<bool, std::string> JournalFollower::open_file() {
  const auto numbers = journal_files(folder_);
  if (!numbers) return fail(numbers.error());
  const auto found = std::ranges::lower_bound(*numbers, std::max<std::uint64_t>(position_.file, 1));
  if (found == numbers->end()) return false;
  if (*found != position_.file) {
    if (position_.file != 0) losses_.files += *found - position_.file;
    position_ = {.file = *found, .offset = 0};
  }
  const std::string path = journal_file_path(folder_, *found);
  auto file = journal::FileBytes::open(path);
  if (!file) return fail(file.error());
  const ssize_t got = file->read_at(reinterpret_cast<std::byte*>(&header_), sizeof header_, 0);
  if (got < 0) return fail(file->error());
  const bool is_whole = got == static_cast<ssize_t>(sizeof header_) && header_.magic == journal::kFileMagic &&
                        header_.crc32c == base::crc32c(reinterpret_cast<const std::byte*>(&header_) + 16, sizeof header_ - 16);
  if (!is_whole) {
    if (std::next(found) == numbers->end()) return false;  // just being made, or what a power cut left: a newer one tells
    losses_.broken_bytes += file->size();
    position_ = {.file = *found + 1, .offset = 0};
    return open_file();
  }
  if (header_.layout_version != journal::kLayoutVersion)
    return fail(path + ": layout " + std::to_string(header_.layout_version) + ", and this program reads " +
                std::to_string(journal::kLayoutVersion));
  file_ = std::move(*file);
  newer_seen_ = false;
  return resume(position_.offset);
}

// Reads what stands before `offset` once more, for the names of its versions. An offset between records is a file that was written again.
Result<bool, std::string> JournalFollower::resume(std::uint64_t offset) {
  versions_.clear();
  window_.clear();
  begin_ = 0;
  position_.offset = sizeof(journal::FileHeader);
  while (position_.offset < offset) {
    if (const auto record = this->record()) {
      if (record->type() == journal::RecordType::kVersion) versions_.add(*record);
      continue;
    }
    const auto more = read_more();
    if (!more) return more;
    if (!*more) break;
  }
  if (offset > sizeof(journal::FileHeader) && position_.offset != offset) {
    ++losses_.rereads;
    reread_file_ = position_.file;
    return resume(0);
  }
  return true;
}

// One more piece of the file behind the window. False: there is nothing more now.
Result<bool, std::string> JournalFollower::read_more() {
  window_.erase(window_.begin(), window_.begin() + static_cast<std::ptrdiff_t>(begin_));
  begin_ = 0;
  // A window that holds a whole largest record and still none is broken: reading on would not mend it.
  if (window_.size() >= journal::kVersionRecordBytesMax) return false;
  const std::size_t kept = window_.size();
  window_.resize(kept + kPieceBytes);
  const ssize_t got = file_->read_at(window_.data() + kept, kPieceBytes, position_.offset + kept);
  window_.resize(kept + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (got < 0) return fail(file_->error());
  return got > 0;
}

// At the end of what could be read. True: go on (in the next file, or in this one once more).
Result<bool, std::string> JournalFollower::is_finished() {
  window_.clear();  // an end that is half-written now is read again
  begin_ = 0;
  const std::uint64_t size = file_->size();
  if (size < position_.offset) {  // cut below what was read: a failed append taken back
    const std::uint64_t offset = position_.offset;
    return resume(offset);
  }
  if (!newer_seen_) {
    const auto numbers = journal_files(folder_);
    if (!numbers) return fail(numbers.error());
    newer_seen_ = !numbers->empty() && numbers->back() > position_.file;
    return newer_seen_;  // the recorder may have appended before it made the newer one: read once more
  }
  if (size > position_.offset && reread_file_ != position_.file) {
    reread_file_ = position_.file;
    const std::uint64_t offset = position_.offset;
    const auto resumed = resume(offset);
    if (!resumed || position_.offset != offset) return resumed;
    window_.clear();
    begin_ = 0;
  }
  losses_.broken_bytes += size - position_.offset;
  from_start(position_.file + 1);
  return true;
}

}  // namespace ringside::ship
