#include "engine/forest/kernels/frozen_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <new>

#include "client_lib/base/check.h"

namespace ringside::engine {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kHugePage = 2U << 20;
constexpr std::size_t kSlice =
    16U << 20;  // Given back piece by piece: unmapping holds a lock that page faults of the process need.

std::size_t round_up(std::size_t bytes, std::size_t to) { return (bytes + to - 1) / to * to; }

}  // namespace

FrozenMemory::FrozenMemory(std::size_t bytes) {
  const bool huge = bytes >= kHugePage / 2;
  mapped_ = round_up(std::max<std::size_t>(bytes, 1), huge ? kHugePage : kPage);
  const std::size_t spare = huge ? kHugePage : 0;  // To cut a piece at a huge page's boundary.
  void* mapped = mmap(nullptr, mapped_ + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  auto* begin = static_cast<std::byte*>(mapped);
  base_ = begin;
  if (!huge) return;
  base_ = reinterpret_cast<std::byte*>(round_up(reinterpret_cast<std::uintptr_t>(begin), kHugePage));
  const auto before = static_cast<std::size_t>(base_ - begin);
  if (before != 0) munmap(begin, before);
  if (before != spare) munmap(base_ + mapped_, spare - before);
  madvise(base_, mapped_, MADV_HUGEPAGE);  // A wish.
}

FrozenMemory::~FrozenMemory() {
  for (std::size_t at = 0; at < mapped_; at += kSlice) munmap(base_ + at, std::min(kSlice, mapped_ - at));
}

void FrozenMemory::freeze() noexcept { RINGSIDE_CHECK(mprotect(base_, mapped_, PROT_READ) == 0); }

std::byte* FrozenMemory::take_bytes(std::size_t bytes) {
  RINGSIDE_CHECK(bytes <= mapped_ - used_);
  std::byte* taken = base_ + used_;
  used_ += bytes;
  return taken;
}

}  // namespace ringside::engine
