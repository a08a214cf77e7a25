// Which parts of an arena are in use. The arena is shared memory; this is not: a peer cannot touch it.
//
//   |  call 7  |......free......| call 9 |....free....|        free extents, by offset, never touching each other
//
// First fit, so that a channel with little under way uses few pages, and the same ones again. All sizes are rounded up to 64
// bytes: two calls never share a cache line. Thread safety: one owner. Cost: a scan of at most kExtentsMax entries; no
// allocation.
// Limits: kExtentsMax - 1 pieces in use at a time, more than a channel has slots.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "client_lib/base/check.h"

namespace ringside {

struct Extent {
  std::uint32_t offset = 0;
  std::uint32_t bytes = 0;  // 0: nothing was taken
};

class ArenaExtents {
 public:
  static constexpr std::uint32_t kUnitBytes = 64;
  static constexpr std::size_t kExtentsMax = 66;

  // REQUIRES: bytes < 2^32.
  explicit ArenaExtents(std::uint64_t bytes) noexcept {
    free_[0] = {0, static_cast<std::uint32_t>(bytes / kUnitBytes * kUnitBytes)};
    count_ = free_[0].bytes == 0 ? 0 : 1;
  }

  // None when no free extent is large enough. bytes 0 takes nothing and succeeds.
  [[nodiscard]] std::optional<Extent> take(std::uint64_t bytes) noexcept {
    if (bytes == 0) return Extent{};
    const std::uint64_t wanted = (bytes + kUnitBytes - 1) / kUnitBytes * kUnitBytes;
    for (std::size_t i = 0; i < count_; ++i) {
      if (free_[i].bytes < wanted) continue;
      const Extent taken{free_[i].offset, static_cast<std::uint32_t>(wanted)};
      free_[i].offset += taken.bytes;
      free_[i].bytes -= taken.bytes;
      if (free_[i].bytes == 0) erase(i);
      return taken;
    }
    return std::nullopt;
  }

  // REQUIRES: the extent came from take() and is given back once.
  void give_back(Extent extent) noexcept {
    if (extent.bytes == 0) return;
    std::size_t at = 0;
    while (at < count_ && free_[at].offset < extent.offset) ++at;
    const bool joins_before = at > 0 && free_[at - 1].offset + free_[at - 1].bytes == extent.offset;
    const bool joins_after = at < count_ && extent.offset + extent.bytes == free_[at].offset;
    if (joins_before && joins_after) {
      free_[at - 1].bytes += extent.bytes + free_[at].bytes;
      erase(at);
    } else if (joins_before) {
      free_[at - 1].bytes += extent.bytes;
    } else if (joins_after) {
      free_[at].offset = extent.offset;
      free_[at].bytes += extent.bytes;
    } else {
      RINGSIDE_CHECK(count_ < kExtentsMax);
      std::copy_backward(free_.begin() + at, free_.begin() + count_, free_.begin() + count_ + 1);
      free_[at] = extent;
      ++count_;
    }
  }

  [[nodiscard]] std::uint64_t free_bytes() const noexcept {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < count_; ++i) sum += free_[i].bytes;
    return sum;
  }
  [[nodiscard]] std::size_t free_extents() const noexcept { return count_; }

 private:
  void erase(std::size_t at) noexcept {
    std::copy(free_.begin() + at + 1, free_.begin() + count_, free_.begin() + at);
    --count_;
  }

  std::array<Extent, kExtentsMax> free_;
  std::size_t count_ = 0;
};

}  // namespace ringside
