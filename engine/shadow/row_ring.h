// A queue of rows of any length in one block of memory, oldest first.
//
//   | row | row | row |  free  | row | rest |      a row is never split: where the end is too near, the rest is skipped
//
//   if (std::byte* row = ring.reserve(bytes)) { …write… ring.commit(); }        full: null, and nothing changed
//   if (const std::byte* row = ring.front()) { …read… ring.pop(); }
//
// Thread safety: none; a worker owns one. Cost: noexcept, O(1); all memory is taken and touched in the constructor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ringside::engine {

class RowRing {
 public:
  explicit RowRing(std::size_t bytes_min);

  // Room for a row, aligned to 8 bytes, or null. Valid until pop() of that row; of two calls without commit() the last one counts.
  [[nodiscard]] std::byte* reserve(std::size_t bytes) noexcept;
  void commit() noexcept;  // REQUIRES: the last reserve() gave room

  [[nodiscard]] const std::byte* front() const noexcept;  // null: empty
  void pop() noexcept;                                    // REQUIRES: front() is not null
  [[nodiscard]] bool empty() const noexcept { return head_ == tail_; }

 private:
  // Before each row, its length in words with this one; kSkip: no row but the rest of the block.
  static constexpr std::uint64_t kSkip = std::uint64_t{1} << 63;
  [[nodiscard]] std::size_t place(std::uint64_t position) const noexcept {
    return static_cast<std::size_t>(position & (words_.size() - 1));
  }

  std::vector<std::uint64_t> words_;  // a power of two
  std::uint64_t head_ = 0, tail_ = 0;
  std::uint64_t reserved_ = 0;  // words that commit() adds to tail_
};

}  // namespace ringside::engine
