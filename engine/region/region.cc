#include "engine/region/region.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <new>
#include <thread>

#include "client_lib/base/check.h"

namespace ringside::engine {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kStep = std::size_t{64} << 10;        // by which a small region grows
constexpr std::size_t kReserveMax = std::size_t{64} << 30;  // addresses, of which there are 2^47
constexpr std::size_t kReserveMin = std::size_t{64} << 20;

std::size_t round_up(std::size_t bytes, std::size_t to) { return (bytes + to - 1) / to * to; }
bool is_huge(std::size_t bytes) { return bytes >= kHugePage / 2; }

}  // namespace

Region::Region() {
  // Less where a limit on address space (ulimit -v) is in the way.
  for (std::size_t bytes = kReserveMax; bytes >= kReserveMin; bytes /= 2) {
    if (reserve(bytes)) return;
  }
  throw std::bad_alloc();
}

Region::Region(std::size_t bytes) {
  if (!reserve(round_up(std::max<std::size_t>(bytes, 1), is_huge(bytes) ? kHugePage : kPage))) throw std::bad_alloc();
}

bool Region::reserve(std::size_t bytes) noexcept {
  const std::size_t spare = is_huge(bytes) ? kHugePage : 0;  // to begin at a huge page's boundary
  void* mapped = mmap(nullptr, bytes + spare, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) return false;
  auto* begin = static_cast<std::byte*>(mapped);
  base_ = begin;
  reserved_ = bytes;
  if (spare == 0) return true;
  base_ = reinterpret_cast<std::byte*>(round_up(reinterpret_cast<std::uintptr_t>(begin), kHugePage));
  const auto before = static_cast<std::size_t>(base_ - begin);
  if (before != 0) munmap(begin, before);
  if (before != spare) munmap(base_ + bytes, spare - before);
  return true;
}

Region::~Region() {
  for (std::size_t at = 0; at < mapped_; at += kSlice) {
    if (at != 0) std::this_thread::sleep_for(kPause);
    munmap(base_ + at, std::min(kSlice, mapped_ - at));
  }
  if (mapped_ < reserved_) munmap(base_ + mapped_, reserved_ - mapped_);
}

std::byte* Region::take_bytes(std::size_t bytes) {
  RINGSIDE_CHECK(!sealed_);
  if (bytes > reserved_ - used_) throw std::bad_alloc();
  if (used_ + bytes > mapped_) grow_to(used_ + bytes);
  std::byte* taken = base_ + used_;
  used_ += bytes;
  return taken;
}

void Region::grow_to(std::size_t bytes) {
  const bool huge = is_huge(bytes);
  const std::size_t to = std::min(round_up(bytes, huge ? kHugePage : kStep), reserved_);
  if (mprotect(base_ + mapped_, to - mapped_, PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
  if (huge) madvise(base_, to, MADV_HUGEPAGE);  // a wish
  mapped_ = to;
}

void Region::seal() noexcept {
  RINGSIDE_CHECK(!sealed_);
  sealed_ = true;
  mapped_ = std::min(round_up(used_, is_huge(used_) ? kHugePage : kPage), mapped_);
  if (mapped_ < reserved_) munmap(base_ + mapped_, reserved_ - mapped_);
  reserved_ = mapped_;
  if (mapped_ == 0) return;
  RINGSIDE_CHECK(mprotect(base_, mapped_, PROT_READ) == 0);
  for (std::size_t at = 0; at < used_; at += kPage) static_cast<void>(*static_cast<volatile const std::byte*>(base_ + at));
}

int Region::lock() const noexcept {
  RINGSIDE_CHECK(sealed_);
  return mapped_ == 0 || mlock(base_, mapped_) == 0 ? 0 : errno;
}

}  // namespace ringside::engine
