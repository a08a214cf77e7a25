// Memory that is written once and then only read: mapped from the system, filled, made read-only, given back whole. A stray write after
// freeze() is a fault at the place of the mistake, not a wrong score later.
//
//   FrozenMemory memory(FrozenMemory::bytes_for<float>(n) + …);
//   std::span<float> leaves = memory.take<float>(n);  …  memory.freeze();
//
// Larger ones ask for huge pages: a walk through a large forest is otherwise as much a walk through page tables.
//
// Thread safety: one owner until freeze(), then any number of readers. Move-only; spans stay valid when moved.
// Errors: std::bad_alloc where the system gives no memory. REQUIRES: takes add up to no more than was asked for.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

namespace ringside::engine {

class FrozenMemory {
 public:
  static constexpr std::size_t kAlignment = 64;

  // What take<T>(count) uses up.
  template <class T>
  [[nodiscard]] static constexpr std::size_t bytes_for(std::size_t count) noexcept {
    return (count * sizeof(T) + kAlignment - 1) / kAlignment * kAlignment;
  }

  explicit FrozenMemory(std::size_t bytes);
  ~FrozenMemory();
  FrozenMemory(FrozenMemory&& other) noexcept
      : base_(std::exchange(other.base_, nullptr)), mapped_(std::exchange(other.mapped_, 0)), used_(other.used_) {}
  FrozenMemory& operator=(FrozenMemory&& other) noexcept {
    std::swap(base_, other.base_);
    std::swap(mapped_, other.mapped_);
    std::swap(used_, other.used_);
    return *this;
  }

  // `count` zeroed elements at a multiple of 64.
  template <class T>
  [[nodiscard]] std::span<T> take(std::size_t count) {
    return {reinterpret_cast<T*>(take_bytes(bytes_for<T>(count))), count};
  }

  void freeze() noexcept;

  [[nodiscard]] std::size_t bytes() const noexcept { return used_; }

 private:
  [[nodiscard]] std::byte* take_bytes(std::size_t bytes);

  std::byte* base_ = nullptr;
  std::size_t mapped_ = 0;
  std::size_t used_ = 0;
};

}  // namespace ringside::engine
