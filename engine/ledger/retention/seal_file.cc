#include "engine/ledger/retention/seal_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "client_lib/base/crc32c.h"
#include "client_lib/base/durable_file.h"

namespace ringside::engine {
namespace {

using base::because;

constexpr int kLevel = 3;
constexpr const char* kFresh = "new-";  // before a name: no reader takes it for a journal file, and FileBytes for a sealed one

// Where frames begin: at most kFrameBytes apart, and wherever a block of the chain begins. The end of the file is the last of them.
Result<std::vector<std::uint64_t>, std::string> cuts(const JournalFileFacts& file, std::uint64_t bytes) {
  auto stream = RecordStream::open(file);
  std::vector<std::uint64_t> blocks;
  while (stream) {
    const auto record = stream->next();
    if (!record) break;
    if (record->type() == journal::RecordType::kBlock) blocks.push_back(stream->record_offset());
  }
  if (stream && !stream->error().empty()) return fail(stream->error());
  blocks.push_back(bytes);
  std::vector<std::uint64_t> found{0};
  for (const std::uint64_t block : blocks) {
    while (block - found.back() > journal::kFrameBytes) found.push_back(found.back() + journal::kFrameBytes);
    if (block != found.back()) found.push_back(block);
  }
  return found;
}

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
};

class SealedWriter {
 public:
  explicit SealedWriter(std::string path)
      : path_(std::move(path)),
        file_(open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640)),
        context_(ZSTD_createCCtx()),
        packed_(ZSTD_compressBound(journal::kFrameBytes)) {
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
    const journal::SealedHead none{};  // its place
    put(std::as_bytes(std::span(&none, 1)), 0);
  }

  void frame(std::span<const std::byte> bytes) {
    const std::size_t packed = ZSTD_compress2(context_.get(), packed_.data(), packed_.size(), bytes.data(), bytes.size());
    if (ZSTD_isError(packed) != 0) {
      problem_ = std::string("zstd: ") + ZSTD_getErrorName(packed);
      return;
    }
    put(std::span(packed_).first(packed), bytes.size());
  }

  // Seek table, head; then all of it is on the disk.
  Result<Done, std::string> finish() {
    std::vector<std::byte> table;
    const auto add = [&](const auto& value) {
      const auto bytes = std::as_bytes(std::span(&value, 1));
      table.insert(table.end(), bytes.begin(), bytes.end());
    };
    add(journal::kTableFrame);
    add(static_cast<std::uint32_t>(entries_.size() * sizeof(journal::TableEntry) + journal::kTableTailBytes));
    for (const journal::TableEntry& entry : entries_) add(entry);
    add(static_cast<std::uint32_t>(entries_.size()));
    add(std::uint8_t{0});
    add(journal::kTableMagic);
    write(table);
    journal::SealedHead head{.frame = journal::kHeadFrame,
                             .frame_bytes = sizeof head - 8,
                             .magic = journal::kSealedMagic,
                             .bytes = bytes_,
                             .table_crc32c = base::crc32c(table.data(), table.size()),
                             .crc32c = 0};
    head.crc32c = base::crc32c(reinterpret_cast<const std::byte*>(&head), offsetof(journal::SealedHead, crc32c));
    if (problem_.empty() && pwrite(file_.get(), &head, sizeof head, 0) != sizeof head)
      problem_ = because(path_, "cannot be written");
    if (problem_.empty() && fsync(file_.get()) != 0) problem_ = because(path_, "cannot be synced");
    if (!problem_.empty()) return fail(problem_);
    return Done{};
  }
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

 private:
  void put(std::span<const std::byte> packed, std::size_t bytes) {
    entries_.push_back({static_cast<std::uint32_t>(packed.size()), static_cast<std::uint32_t>(bytes)});
    bytes_ += bytes;
    write(packed);
  }
  void write(std::span<const std::byte> bytes) {
    if (!problem_.empty()) return;
    if (!base::write_all(file_.get(), {reinterpret_cast<const char*>(bytes.data()), bytes.size()}))
      problem_ = because(path_, "cannot be written");
  }

  std::string path_, problem_;
  base::UniqueFd file_;
  std::unique_ptr<ZSTD_CCtx, FreeContext> context_;
  std::vector<std::byte> packed_;
  std::vector<journal::TableEntry> entries_;
  std::uint64_t bytes_ = 0;
};

// False: they differ.
Result<bool, std::string> equal(journal::FileBytes& one, journal::FileBytes& other, std::uint64_t bytes) {
  if (one.size() != bytes || other.size() != bytes || !other.damage().empty()) return false;
  std::vector<std::byte> left(journal::kFrameBytes), right(left.size());
  for (std::uint64_t at = 0; at < bytes; at += left.size()) {
    const ssize_t got = one.read_at(left.data(), left.size(), at), read_back = other.read_at(right.data(), right.size(), at);
    if (got < 0) return fail(one.error());
    if (read_back < 0) return fail(other.error());
    if (got != read_back || std::memcmp(left.data(), right.data(), static_cast<std::size_t>(got)) != 0) return false;
  }
  return true;
}

Result<bool, std::string> write_sealed(const JournalFileFacts& file, const std::string& fresh,
                                       const std::atomic<bool>& stopping) {
  auto plain = journal::FileBytes::open(file.path);
  if (!plain) return fail(plain.error());
  const std::uint64_t bytes = plain->size();
  const auto at = cuts(file, bytes);
  if (!at) return fail(at.error());
  SealedWriter writer(fresh);
  std::vector<std::byte> piece(journal::kFrameBytes);
  for (std::size_t i = 0; i + 1 < at->size(); ++i) {
    if (stopping.load(std::memory_order_relaxed)) return false;
    const auto wanted = static_cast<std::size_t>((*at)[i + 1] - (*at)[i]);
    const ssize_t got = plain->read_at(piece.data(), wanted, (*at)[i]);
    if (got != static_cast<ssize_t>(wanted)) return fail(got < 0 ? plain->error() : file.path + " became shorter");
    writer.frame(std::span(piece).first(wanted));
    if (!writer.problem().empty()) return fail(writer.problem());
  }
  if (const auto finished = writer.finish(); !finished) return fail(finished.error());
  return true;
}

// Named and durable; then the plain one goes.
Result<Done, std::string> replace(const JournalFileFacts& file, const std::string& fresh, const std::string& sealed) {
  struct stat before {};
  if (stat(file.path.c_str(), &before) == 0) {  // retention goes by it where records tell no time
    const timespec times[] = {before.st_atim, before.st_mtim};
    utimensat(AT_FDCWD, fresh.c_str(), times, 0);
  }
  if (rename(fresh.c_str(), sealed.c_str()) != 0) return fail(because(sealed, "cannot be named"));
  const std::string folder = std::filesystem::path(sealed).parent_path().string();
  const base::UniqueFd directory(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || fsync(directory.get()) != 0) return fail(because(folder, "cannot be synced"));
  if (unlink(file.path.c_str()) != 0) return fail(because(file.path, "cannot be removed"));
  return Done{};
}

}  // namespace

Result<bool, std::string> seal_file(const JournalFileFacts& file, const std::atomic<bool>& stopping) {
  const std::string folder = std::filesystem::path(file.path).parent_path().string();
  const std::string sealed = folder + "/" + journal::file_name_text(file.number, true),
                    fresh = folder + "/" + kFresh + journal::file_name_text(file.number, true);
  auto written = write_sealed(file, fresh, stopping);
  if (written && *written) {
    auto plain = journal::FileBytes::open(file.path), back = journal::FileBytes::open(fresh);
    const auto same = !plain  ? Result<bool, std::string>(fail(plain.error()))
                      : !back ? Result<bool, std::string>(fail(back.error()))
                              : equal(*plain, *back, plain->size());
    if (!same) {
      written = fail(same.error());
    } else if (!*same) {
      written = fail(fresh + " was not read back as " + file.path);
    } else if (auto replaced = replace(file, fresh, sealed); !replaced) {
      written = fail(replaced.error());
    }
  }
  if (!written || !*written) unlink(fresh.c_str());
  return written;
}

void remove_half_sealed(const std::string& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> left;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(kFresh) && name.ends_with(".rsj.zst")) left.push_back(entry->path());
  }
  for (const auto& path : left) unlink(path.c_str());
}

}  // namespace ringside::engine
