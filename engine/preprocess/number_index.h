// Which of a fixed list of numbers is this one? The twin of schema/text_index.h for categories that are numbers.
//
//   NumberIndex grades({3, 1, 2.5});   grades.find(1) == 1   grades.find(-0.0) == kAbsent   grades.find(NaN) == kAbsent
//
// Numbers compare by ==, so 0 and -0 are one number. Open addressing, at most half full.
//
// Thread safety: immutable. Cost: find() is one multiplication and rarely more than one compare; no allocation.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/region/settled_list.h"

namespace ringside::engine {

class NumberIndex {
 public:
  static constexpr std::int32_t kAbsent = -1;

  NumberIndex() = default;  // finds nothing
  // REQUIRES: finite numbers, fewer than 2^30. One that stands twice is found where it stands first.
  explicit NumberIndex(std::span<const double> numbers);

  // Its place in the list, or kAbsent.
  [[nodiscard]] std::int32_t find(double number) const noexcept {
    if (buckets_.empty()) return kAbsent;
    const std::size_t mask = buckets_.size() - 1;
    for (std::size_t at = home(number);; at = (at + 1) & mask) {
      const Bucket& bucket = buckets_[at];
      if (bucket.place == kAbsent || bucket.number == number) return bucket.place;
    }
  }

  void settle(Region& region) { buckets_.settle(region); }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return buckets_.heap_bytes(); }

 private:
  struct Bucket {
    double number = 0;
    std::int32_t place = kAbsent;
  };

  // Small integers differ in the upper bits of a double only: the multiplication spreads them, and the top bits are taken.
  [[nodiscard]] std::size_t home(double number) const noexcept {
    const auto bits = std::bit_cast<std::uint64_t>(number + 0.0);  // -0.0 + 0.0 is 0.0
    return static_cast<std::size_t>((bits ^ bits >> 32) * 0x9E37'79B9'7F4A'7C15u >> shift_);
  }

  SettledList<Bucket> buckets_;  // a power of two long, or empty
  unsigned shift_ = 63;
};

}  // namespace ringside::engine
