#include "schemas/journal/file_bytes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <span>
#include <system_error>

#include "client_lib/base/crc32c.h"

namespace ringside::journal {
namespace {

constexpr std::string_view kPlain = ".rsj", kSealed = ".rsj.zst";
constexpr std::size_t kDigits = 16;

ssize_t read_whole(int file, std::byte* to, std::size_t bytes, std::uint64_t offset) {
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

std::uint64_t size_of(int file) {
  struct stat status {};
  return fstat(file, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

// None: there is none, or its checksum is wrong.
std::optional<SealedHead> read_head(int file) {
  SealedHead head{};
  if (read_whole(file, reinterpret_cast<std::byte*>(&head), sizeof head, 0) != sizeof head) return std::nullopt;
  const bool is_one = head.magic == kSealedMagic && head.frame == kHeadFrame &&
                      head.crc32c == base::crc32c(reinterpret_cast<const std::byte*>(&head), offsetof(SealedHead, crc32c));
  return is_one ? std::optional(head) : std::nullopt;
}

}  // namespace

std::optional<FileName> file_name(std::string_view name) {
  const bool sealed = name.ends_with(kSealed);
  const std::string_view suffix = sealed ? kSealed : kPlain;
  if (name.size() != kDigits + suffix.size() || !name.ends_with(suffix)) return std::nullopt;
  std::uint64_t number = 0;
  if (std::from_chars(name.data(), name.data() + kDigits, number, 16).ptr != name.data() + kDigits || number == 0)
    return std::nullopt;
  return FileName{number, sealed};
}

std::string file_name_text(std::uint64_t number, bool sealed) {
  char digits[kDigits + 1];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(number));
  return digits + std::string(sealed ? kSealed : kPlain);
}

std::optional<std::uint64_t> size_when_plain(const std::string& path, bool sealed) {
  if (!sealed) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) return std::nullopt;
    return static_cast<std::uint64_t>(status.st_size);
  }
  if (const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)); file) {
    if (const auto head = read_head(file.get())) return head->bytes;
    const auto opened = FileBytes::open(path);
    return opened ? opened->size() : 0;
  }
  return std::nullopt;
}

Result<FileBytes, std::string> FileBytes::open(const std::string& path) {
  FileBytes made;
  made.path_ = path;
  made.sealed_ = path.ends_with(kSealed);
  made.file_ = base::UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!made.file_ && errno == ENOENT && !made.sealed_) {
    made.sealed_ = true;
    made.path_ += kSealed.substr(kPlain.size());
    made.file_ = base::UniqueFd(::open(made.path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!made.file_) errno = ENOENT;
  }
  if (!made.file_) return fail(because(path));
  if (made.sealed_ && !made.read_table()) {
    if (!made.error_.empty()) return fail(made.error_);
    made.find_frames();
    if (made.frames_.empty()) return fail(made.path_ + " is no sealed journal file");
  }
  return made;
}

// False: it contradicts itself or its checksum, or, with error_, could not be read.
bool FileBytes::read_table() {
  damage_ = "its head or its seek table is altered or cut; zstd -d may still read it";
  const auto head = read_head(file_.get());
  const std::uint64_t size = size_of(file_.get());
  std::byte tail[kTableTailBytes];
  if (!head || size < sizeof *head + kTableHeadBytes + kTableTailBytes) return false;
  if (read_whole(file_.get(), tail, sizeof tail, size - sizeof tail) != sizeof tail) return error_ = because(path_), false;
  std::uint32_t count = 0;
  std::memcpy(&count, tail, sizeof count);
  const std::uint64_t table_bytes = kTableHeadBytes + std::uint64_t{count} * sizeof(TableEntry) + kTableTailBytes;
  if (count == 0 || table_bytes > size - sizeof *head) return false;
  std::vector<std::byte> table(table_bytes);
  if (read_whole(file_.get(), table.data(), table.size(), size - table_bytes) != static_cast<ssize_t>(table.size()))
    return error_ = because(path_), false;
  if (base::crc32c(table.data(), table.size()) != head->table_crc32c) return false;
  Frame next{.begin = 0, .packed_begin = 0, .bytes = 0, .packed = 0};
  for (std::uint32_t i = 0; i < count; ++i) {
    TableEntry entry{};
    std::memcpy(&entry, table.data() + kTableHeadBytes + i * sizeof entry, sizeof entry);
    next.bytes = entry.bytes;
    next.packed = entry.packed;
    if (entry.bytes > kFrameBytes || entry.packed > ZSTD_compressBound(kFrameBytes)) return false;
    if (i != 0) frames_.push_back(next);
    next.begin += entry.bytes;
    next.packed_begin += entry.packed;
  }
  if (next.begin != head->bytes || next.packed_begin != size - table_bytes) return frames_.clear(), false;
  bytes_ = head->bytes;
  damage_.clear();
  return true;
}

// One behind the other, by what stands in each: where no table leads to them.
void FileBytes::find_frames() {
  std::vector<std::byte> window(ZSTD_compressBound(kFrameBytes));
  Frame next{.begin = 0, .packed_begin = sizeof(SealedHead), .bytes = 0, .packed = 0};
  while (true) {
    const ssize_t got = read_whole(file_.get(), window.data(), window.size(), next.packed_begin);
    if (got <= 0) break;
    const std::size_t packed = ZSTD_findFrameCompressedSize(window.data(), static_cast<std::size_t>(got));
    const unsigned long long bytes = ZSTD_getFrameContentSize(window.data(), static_cast<std::size_t>(got));
    if (ZSTD_isError(packed) != 0 || bytes == 0 || bytes > kFrameBytes) break;
    next.bytes = static_cast<std::uint32_t>(bytes);
    next.packed = static_cast<std::uint32_t>(packed);
    frames_.push_back(next);
    next.begin += bytes;
    next.packed_begin += packed;
  }
  bytes_ = next.begin;
}

bool FileBytes::load(const Frame& frame) {
  if (loaded_ == frame.begin) return true;
  loaded_ = ~std::uint64_t{0};
  packed_.resize(frame.packed);
  frame_bytes_.resize(frame.bytes);
  const ssize_t got = read_whole(file_.get(), packed_.data(), packed_.size(), frame.packed_begin);
  if (got < 0) return error_ = because(path_), false;
  const std::size_t bytes =
      ZSTD_decompress(frame_bytes_.data(), frame_bytes_.size(), packed_.data(), static_cast<std::size_t>(got));
  if (ZSTD_isError(bytes) != 0 || bytes != frame.bytes) {
    error_ = path_ + ": the zstd frame at byte " + std::to_string(frame.packed_begin) + " is not what was sealed";
    return false;
  }
  loaded_ = frame.begin;
  return true;
}

ssize_t FileBytes::read_at(std::byte* to, std::size_t bytes, std::uint64_t offset) {
  if (!sealed_) {
    const ssize_t got = read_whole(file_.get(), to, bytes, offset);
    if (got < 0) error_ = because(path_);
    return got;
  }
  std::size_t got = 0;
  auto frame = std::ranges::upper_bound(frames_, offset, {}, &Frame::begin);
  if (frame != frames_.begin()) --frame;
  for (; frame != frames_.end() && got < bytes; ++frame) {
    const std::uint64_t at = offset + got - frame->begin;
    if (at >= frame->bytes) break;  // behind the end
    if (!load(*frame)) return got != 0 ? static_cast<ssize_t>(got) : -1;
    const std::size_t count = std::min<std::size_t>(bytes - got, frame->bytes - at);
    std::memcpy(to + got, frame_bytes_.data() + at, count);
    got += count;
  }
  return static_cast<ssize_t>(got);
}

std::uint64_t FileBytes::size() const { return sealed_ ? bytes_ : size_of(file_.get()); }

}  // namespace ringside::journal
