// The memory of one bundle: reserved from the system, filled from its beginning, made read-only, given back in slices. A stray write after
// seal() is a fault at the place of the mistake, not a wrong score later.
//
//   Region region;                                       // as large as it will ever be; takes address space, no memory
//   std::span<float> leaves = region.take<float>(n);  …  region.seal();
//
// Larger ones ask for huge pages: a walk through a large forest is otherwise as much a walk through page tables.
//
// What is put in a region is never destroyed: the region goes, whole. So it holds numbers, and objects that own nothing outside it.
//
// Thread safety: one owner until seal(), then any number of readers.
// Cost: take() enters the kernel once every 64 KiB to 2 MiB. The destructor sleeps kPause between slices of kSlice, since unmapping holds a
// lock that page faults of the whole process need, and interrupts the processors of workers: the loader's business, or the reclaimer's.
// Errors: std::bad_alloc where the system gives no memory, or the region is full.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>

namespace ringside::engine {

class Region {
 public:
  static constexpr std::size_t kAlignment = 64;
  static constexpr std::size_t kSlice = std::size_t{2} << 20;
  static constexpr std::chrono::microseconds kPause{100};

  // What take<T>(count) uses up.
  template <class T>
  [[nodiscard]] static constexpr std::size_t bytes_for(std::size_t count) noexcept {
    return (count * sizeof(T) + kAlignment - 1) / kAlignment * kAlignment;
  }

  Region();  // as large as the address space of this process allows, 64 GiB at most
  explicit Region(std::size_t bytes);
  ~Region();
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  // `count` zeroed elements at a multiple of 64. REQUIRES: not sealed.
  template <class T>
  [[nodiscard]] std::span<T> take(std::size_t count) {
    static_assert(alignof(T) <= kAlignment);
    return {reinterpret_cast<T*>(take_bytes(bytes_for<T>(count))), count};
  }

  // Read-only from here on, every page of it in memory, and the rest of the address space free again.
  void seal() noexcept;

  // Keeps it from being swapped out. Returns 0 or errno. REQUIRES: sealed.
  [[nodiscard]] int lock() const noexcept;

  [[nodiscard]] std::size_t used() const noexcept { return used_; }     // by takes
  [[nodiscard]] std::size_t bytes() const noexcept { return mapped_; }  // of memory: whole pages
  [[nodiscard]] bool holds(const void* at) const noexcept {
    return static_cast<const std::byte*>(at) >= base_ && static_cast<const std::byte*>(at) < base_ + used_;
  }

 private:
  [[nodiscard]] bool reserve(std::size_t bytes) noexcept;
  [[nodiscard]] std::byte* take_bytes(std::size_t bytes);
  void grow_to(std::size_t bytes);

  std::byte* base_ = nullptr;
  std::size_t reserved_ = 0;  // from base_
  std::size_t mapped_ = 0;    // of that, writable or sealed
  std::size_t used_ = 0;
  bool sealed_ = false;
};

}  // namespace ringside::engine
