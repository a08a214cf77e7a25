// Memory that a fork shares with its parent.
//
// Thread safety: none of its own. Cost: every page is touched when it is made.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstring>

#include "bench/comparison.h"

namespace ringside::bench {

class SharedRegion {
 public:
  explicit SharedRegion(std::size_t bytes)
      : bytes_(bytes), memory_(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    if (memory_ == MAP_FAILED) give_up("mmap: no memory to share");
    std::memset(memory_, 0, bytes_);
  }
  SharedRegion(const SharedRegion&) = delete;
  SharedRegion& operator=(const SharedRegion&) = delete;
  ~SharedRegion() { munmap(memory_, bytes_); }

  [[nodiscard]] std::byte* at(std::size_t offset) const noexcept { return static_cast<std::byte*>(memory_) + offset; }

 private:
  std::size_t bytes_;
  void* memory_;
};

}  // namespace ringside::bench
