// A kernel's part of its bundle's region; or, while kernels are tried against each other, a region of its own.
//
//   FrozenMemory memory(FrozenMemory::bytes_for<float>(n) + …, region);
//   std::span<float> leaves = memory.take<float>(n);  …  memory.freeze();
//
// Thread safety: one owner until freeze(), then any number of readers. Move-only; spans stay valid when moved.
// Errors: std::bad_alloc where the system gives no memory. REQUIRES: takes add up to no more than was asked for.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "client_lib/base/check.h"
#include "engine/region/region.h"

namespace ringside::engine {

class FrozenMemory {
 public:
  static constexpr std::size_t kAlignment = Region::kAlignment;

  // What take<T>(count) uses up.
  template <class T>
  [[nodiscard]] static constexpr std::size_t bytes_for(std::size_t count) noexcept {
    return Region::bytes_for<T>(count);
  }

  // `region`: where it is taken from, which outlives this; null: one of its own.
  FrozenMemory(std::size_t bytes, Region* region)
      : own_(region != nullptr ? nullptr : std::make_unique<Region>(bytes)),
        block_((region != nullptr ? *region : *own_).take<std::byte>(bytes)) {}

  // `count` zeroed elements at a multiple of 64.
  template <class T>
  [[nodiscard]] std::span<T> take(std::size_t count) {
    const std::size_t bytes = bytes_for<T>(count);
    RINGSIDE_CHECK(bytes <= block_.size() - used_);
    T* taken = reinterpret_cast<T*>(block_.data() + used_);
    used_ += bytes;
    return {taken, count};
  }

  // A bundle's region is sealed when all of it is filled.
  void freeze() noexcept {
    if (own_ != nullptr) own_->seal();
  }

  [[nodiscard]] std::size_t bytes() const noexcept { return used_; }

 private:
  std::unique_ptr<Region> own_;
  std::span<std::byte> block_;
  std::size_t used_ = 0;
};

}  // namespace ringside::engine
