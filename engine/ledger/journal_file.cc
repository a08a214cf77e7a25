#include "engine/ledger/journal_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>

#include "client_lib/base/clock.h"
#include "client_lib/base/crc32c.h"
#include "client_lib/base/mapping.h"
#include "engine/ledger/reading/journal_folder.h"
#include "schemas/journal/record_view.h"

namespace ringside::engine {
namespace {

constexpr std::size_t kFilesLookedAt = 16;
constexpr std::uint64_t kBlockNsMax = 1'000'000'000;

std::string refused(const std::string& what) { return what + ": " + std::generic_category().message(errno); }

using Last = std::map<std::uint16_t, std::pair<std::uint32_t, std::uint64_t>>;

void look_at(const journal::Record& record, Last& last, NewestFile& newest) {
  const journal::RecordHead& head = record.head();
  newest.epoch = std::max(newest.epoch, head.epoch);
  if (head.writer != journal::kRecorder) last[head.writer] = {head.epoch, head.sequence};
  if (const auto expired = ExpiredFiles::body_of(record)) newest.expired.add(*expired);
}

// Adds to `newest` the last record of each writer that is not in it yet. A header of zeros: a power cut left no more.
Result<journal::FileHeader, std::string> look_into(const JournalFileFacts& facts, NewestFile& newest) {
  const std::string& path = facts.path;
  journal::FileHeader header{};
  Last last;
  if (facts.sealed) {  // it was whole when it was sealed; what became of it since keeps no engine from starting
    auto stream = RecordStream::open(facts);
    if (!stream) return header;
    while (const auto record = stream->next()) look_at(*record, last, newest);
    newest.epoch = std::max(newest.epoch, stream->header().epoch);
    newest.last.merge(last);
    return stream->header();
  }
  const base::UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0) return fail(refused("cannot read " + path));
  const auto bytes = static_cast<std::size_t>(status.st_size);
  if (bytes < sizeof header) return header;
  const auto mapping = base::Mapping::map(file.get(), bytes, base::Access::kReadOnly);
  if (!mapping) return fail(path + ": " + mapping.error());
  std::memcpy(&header, mapping->data(), sizeof header);
  newest.epoch = std::max(newest.epoch, header.epoch);
  journal::RecordWalk walk({mapping->data() + sizeof header, bytes - sizeof header});
  while (const auto record = walk.next()) look_at(*record, last, newest);
  newest.last.merge(last);
  return header;
}

}  // namespace

std::string JournalFile::name(std::uint64_t number) { return journal::file_name_text(number); }

Result<JournalFile, std::string> JournalFile::make(const std::string& folder, const journal::FileHeader& header,
                                                   std::span<const std::byte> first, const JournalFile* before, Disk& disk) {
  JournalFile made;
  made.disk_ = &disk;
  made.path_ = folder + "/" + name(header.number);
  made.file_ = base::UniqueFd(disk.make(made.path_.c_str()));
  if (!made.file_) return fail(refused("cannot make " + made.path_));
  journal::FileHeader closed = header;
  const auto previous = before != nullptr && before->chain_ ? Result<ChainHash, std::string>(before->chain_->tip()) : chain_before(folder, header.number);
  if (!previous) return fail(previous.error());
  std::memcpy(closed.previous, previous->data(), previous->size());
  closed.crc32c = base::crc32c(reinterpret_cast<const std::byte*>(&closed) + 16, sizeof closed - 16);
  made.created_ns_ = header.created_ns;
  made.chain_.emplace(header.number, closed.previous);
  made.epoch_ = header.epoch;
  made.block_began_ns_ = base::monotonic_ns();
  auto written = made.append(std::as_bytes(std::span(&closed, 1)));
  if (written) written = made.append(first);
  if (!written) {
    unlink(made.path_.c_str());  // else its number is taken, and the next try fails for that
    return fail(written.error());
  }
  return made;
}

Result<Done, std::string> JournalFile::append(std::span<const std::byte> records) {
  const std::uint64_t now_ns = base::monotonic_ns();
  const bool is_due = chain_->block_bytes() >= journal::kBlockBytes || now_ns - block_began_ns_ >= kBlockNsMax;
  if (is_due && !records.empty()) {
    // The hash goes on from the block's record only when that is written: else the next try closes the same block again.
    ChainLinks next = *chain_;
    const auto wall = std::chrono::system_clock::now().time_since_epoch();
    const std::vector<std::byte> block =
        next.close(epoch_, static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(wall).count()));
    if (auto written = write(block); !written) return written;
    next.add(block);
    chain_ = std::move(next);
    block_began_ns_ = now_ns;
  }
  if (auto written = write(records); !written) return written;
  chain_->add(records);
  return Done{};
}

Result<Done, std::string> JournalFile::write(std::span<const std::byte> records) {
  std::uint64_t at = bytes_;
  while (!records.empty()) {
    const ssize_t count = disk_->write(file_.get(), records.data(), records.size(), static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      if (count == 0) errno = ENOSPC;
      const std::string text = refused("cannot write " + path_);
      static_cast<void>(ftruncate(file_.get(), static_cast<off_t>(bytes_)));  // half a record would end the file for its readers
      return fail(text);
    }
    at += static_cast<std::uint64_t>(count);
    records = records.subspan(static_cast<std::size_t>(count));
  }
  bytes_ = at;
  return Done{};
}

Result<Done, std::string> JournalFile::sync() {
  if (disk_->sync(file_.get()) != 0) return fail(refused("cannot sync " + path_));
  if (!is_named_ && disk_->sync_folder(path_.substr(0, path_.rfind('/')).c_str()) != 0)
    return fail(refused("cannot sync the folder of " + path_));
  is_named_ = true;
  return Done{};
}

Result<NewestFile, std::string> read_newest(const std::string& folder) {
  auto files = list_journal(folder);
  if (!files) return fail(files.error());
  std::ranges::reverse(*files);
  NewestFile newest;
  std::size_t writers = 1;
  // Starts that were killed at once leave files without a worker's record: what the last record was stands further back.
  for (std::size_t i = 0; i < std::min(files->size(), kFilesLookedAt) && newest.last.size() < writers; ++i) {
    const auto header = look_into((*files)[i], newest);
    if (!header) return fail(header.error());
    writers = std::max<std::size_t>(writers, header->writers);
  }
  if (!files->empty()) newest.number = files->front().number;
  return newest;
}

}  // namespace ringside::engine
