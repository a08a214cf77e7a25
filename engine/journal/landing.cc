#include "engine/journal/landing.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <system_error>
#include <utility>

#include "client_lib/base/check.h"
#include "client_lib/base/crc32c.h"
#include "client_lib/base/unique_fd.h"

namespace ringside::engine {

using journal::LandingHeader;
using journal::RecordHead;

namespace {

constexpr std::uint64_t kLinesAhead = 16;  // the next record of some 30 fields and as many features

// A length that cannot be ends it: memory failed, or a stranger wrote; whoever reads the record finds it broken.
void seal_records(std::byte* records, std::uint64_t capacity, std::uint64_t from, std::uint64_t to) noexcept {
  while (from < to) {
    const std::uint64_t to_end = capacity - (from & (capacity - 1));
    std::byte* const place = records + (from & (capacity - 1));
    if (to_end < sizeof(RecordHead)) {
      from += to_end;
      continue;
    }
    RecordHead head;
    std::memcpy(&head, place, sizeof head);
    if (head.bytes < sizeof head || head.bytes > std::min(to_end, to - from)) return;
    if (head.type != static_cast<std::uint16_t>(journal::RecordType::kPad) && head.crc32c == 0) {
      head.crc32c = base::crc32c(place + 8, head.bytes - 8);
      std::memcpy(place + offsetof(RecordHead, crc32c), &head.crc32c, sizeof head.crc32c);
    }
    from += head.bytes;
  }
}

std::string refused(const std::string& what) { return what + ": " + std::generic_category().message(errno); }

}  // namespace

std::string LandingRing::path(const std::string& folder, std::uint16_t writer) {
  return folder + "/worker-" + std::to_string(writer) + ".ring";
}

Result<LandingRing, std::string> LandingRing::make(const std::string& folder, const LandingTerms& terms) {
  const std::uint64_t capacity = std::bit_ceil(std::max(terms.capacity, journal::kLandingBytesMin));
  const std::uint64_t bytes = journal::kLandingHeaderBytes + capacity;
  const std::string target = path(folder, terms.writer), fresh = target + ".new";
  const base::UniqueFd file(open(fresh.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (!file) return fail(refused("cannot make " + fresh));
  if (const int error = posix_fallocate(file.get(), 0, static_cast<off_t>(bytes)); error != 0) {
    unlink(fresh.c_str());
    return fail("cannot reserve " + std::to_string(bytes) + " bytes for " + fresh + ": " +
                std::generic_category().message(error));
  }
  auto mapping = base::Mapping::map(file.get(), bytes, base::Access::kReadWrite);
  if (!mapping) return fail(mapping.error());
  // Into our page table too, and writable: a worker's first store to a page is otherwise a fault.
  if (madvise(mapping->data(), bytes, MADV_POPULATE_WRITE) != 0) std::memset(mapping->data(), 0, bytes);  // Linux before 5.14
  auto* header = new (mapping->data()) LandingHeader{};
  header->magic = journal::kLandingMagic;
  header->layout_version = journal::kLayoutVersion;
  header->writer = terms.writer;
  header->capacity = capacity;
  header->engine_epoch = terms.engine_epoch;
  header->epoch = terms.epoch;
  header->marks[0] = {.position = 0, .sequence = terms.last_sequence, .unrecorded = terms.unrecorded};
  header->marks[1] = {.position = ~std::uint64_t{0}, .sequence = 0, .unrecorded = 0};
  if (rename(fresh.c_str(), target.c_str()) != 0) return fail(refused("cannot name " + target));
  return LandingRing(std::move(*mapping));
}

Result<std::optional<LandingRing>, std::string> LandingRing::find(const std::string& folder, std::uint16_t writer) {
  const std::string name = path(folder, writer);
  const base::UniqueFd file(open(name.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!file && errno == ENOENT) return std::optional<LandingRing>();
  if (!file) return fail(refused("cannot open " + name));
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return fail(refused("cannot look at " + name));
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (!S_ISREG(status.st_mode) || size < journal::kLandingHeaderBytes) return fail(name + " is not a landing ring");
  auto mapping = base::Mapping::map(file.get(), size, base::Access::kReadWrite);
  if (!mapping) return fail(mapping.error());
  LandingRing ring(std::move(*mapping));
  const LandingHeader& header = ring.header();
  const std::uint64_t committed = header.committed.load(std::memory_order_acquire),
                      taken = header.taken.load(std::memory_order_acquire);
  if (header.magic != journal::kLandingMagic || header.layout_version != journal::kLayoutVersion || header.writer != writer ||
      !std::has_single_bit(header.capacity) || header.capacity != size - journal::kLandingHeaderBytes || taken > committed ||
      committed - taken > header.capacity) {
    return fail(name + " is not a landing ring of this version");
  }
  return std::optional<LandingRing>(std::move(ring));
}

LandingHeader& LandingRing::header() const noexcept { return *std::launder(reinterpret_cast<LandingHeader*>(mapping_.data())); }

const journal::LandingMark& LandingRing::mark() const noexcept {
  const std::uint64_t committed = header().committed.load(std::memory_order_acquire);
  const auto& marks = header().marks;
  return marks[marks[0].position == committed ? 0 : 1];
}

void LandingRing::seal_the_rest() const noexcept {
  const std::uint64_t committed = header().committed.load(std::memory_order_acquire);
  // `taken` is the recorder's word, and it takes nothing unsealed: the later one is where to begin, whatever memory says.
  const std::uint64_t from =
      std::max(header().sealed.load(std::memory_order_acquire), header().taken.load(std::memory_order_acquire));
  if (from < committed) seal_records(records(), header().capacity, from, committed);
  header().sealed.store(committed, std::memory_order_release);  // [SEAL]
}

Result<bool, std::string> is_tmpfs(const std::string& folder) {
  struct statfs status {};
  if (statfs(folder.c_str(), &status) != 0) return fail(refused("cannot look at " + folder));
  return status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC;
}

LandingWriter::LandingWriter(const LandingRing& ring) noexcept
    : header_(&ring.header()),
      records_(ring.records()),
      mask_(header_->capacity - 1),
      capacity_(header_->capacity),
      head_(header_->committed.load(std::memory_order_relaxed)),  // our own
      committed_(head_),
      sealed_(header_->sealed.load(std::memory_order_relaxed)),  // our own
      taken_(header_->taken.load(std::memory_order_acquire)),
      sequence_(ring.mark().sequence),
      committed_sequence_(sequence_),
      unrecorded_(ring.mark().unrecorded),
      epoch_(header_->epoch),
      next_mark_(header_->marks[0].position == head_ ? 1 : 0),
      writer_(header_->writer) {}

std::byte* LandingWriter::reserve() noexcept {
  const std::uint64_t to_end = capacity_ - (head_ & mask_);
  const std::uint64_t pad = to_end < journal::kRecordBytesMax ? to_end : 0;
  const std::uint64_t needed = pad + journal::kRecordBytesMax;
  if (capacity_ - (head_ - taken_) < needed) [[unlikely]] {
    taken_ = header_->taken.load(std::memory_order_acquire);  // [TAKE]
    // Written by another process's memory, in principle: a position that cannot be is a full ring.
    if (taken_ > committed_ || capacity_ - (head_ - taken_) < needed) return seal(), nullptr;
  }
  if (pad != 0) {
    if (pad >= sizeof(RecordHead)) {
      RecordHead head{};
      head.bytes = static_cast<std::uint32_t>(pad);
      std::memcpy(records_ + (head_ & mask_), &head, sizeof head);
    }
    head_ += pad;
  }
  return records_ + (head_ & mask_);
}

void LandingWriter::append(std::byte* place, journal::RecordType type, std::uint32_t bytes, std::uint64_t wall_ns) noexcept {
  RINGSIDE_DCHECK(place == records_ + (head_ & mask_) && bytes <= journal::kRecordBytesMax);
  const auto whole = static_cast<std::uint32_t>(journal::padded(bytes));
  for (std::uint32_t at = bytes; at != whole; ++at) place[at] = std::byte{0};
  new (place) RecordHead{.bytes = whole,
                         .crc32c = 0,  // seal()
                         .sequence = ++sequence_,
                         .wall_ns = wall_ns,
                         .type = static_cast<std::uint16_t>(type),
                         .writer = writer_,
                         .epoch = epoch_};
  head_ += whole;
}

void LandingWriter::commit() noexcept {
  if (head_ == committed_) return;
  header_->marks[next_mark_] = {.position = head_, .sequence = sequence_, .unrecorded = unrecorded_};
  next_mark_ ^= 1;
  committed_ = head_;
  committed_sequence_ = sequence_;
  header_->committed.store(head_, std::memory_order_release);  // [COMMIT]
}

void LandingWriter::seal() noexcept {
  if (sealed_ == committed_) return;
  seal_records(records_, capacity_, sealed_, committed_);
  sealed_ = committed_;
  header_->sealed.store(sealed_, std::memory_order_release);  // [SEAL]
  // The next record's lines, on their way until the next call.
  for (std::uint64_t line = 0; line < kLinesAhead; ++line) __builtin_prefetch(records_ + ((committed_ + line * 64) & mask_), 1);
}

void LandingWriter::roll_back() noexcept {
  head_ = committed_;
  sequence_ = committed_sequence_;
}

void LandingWriter::add_unrecorded(std::uint64_t rows) noexcept {
  unrecorded_ += rows;
  header_->marks[next_mark_ ^ 1].unrecorded = unrecorded_;
}

}  // namespace ringside::engine
