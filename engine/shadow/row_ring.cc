#include "engine/shadow/row_ring.h"

#include <bit>

namespace ringside::engine {

RowRing::RowRing(std::size_t bytes_min) : words_(std::bit_ceil((bytes_min + 7) / 8)) {}

std::byte* RowRing::reserve(std::size_t bytes) noexcept {
  const std::uint64_t need = 1 + (bytes + 7) / 8;
  const std::uint64_t free = words_.size() - (tail_ - head_);
  const std::uint64_t to_end = words_.size() - place(tail_);
  const std::uint64_t skipped = need > to_end ? to_end : 0;
  if (need > words_.size() || skipped + need > free) return nullptr;
  if (skipped != 0) words_[place(tail_)] = kSkip | skipped;
  std::uint64_t& header = words_[place(tail_ + skipped)];
  header = need;
  reserved_ = skipped + need;
  return reinterpret_cast<std::byte*>(&header + 1);
}

void RowRing::commit() noexcept { tail_ += reserved_; }

const std::byte* RowRing::front() const noexcept {
  if (empty()) return nullptr;
  const std::uint64_t* header = &words_[place(head_)];
  if ((*header & kSkip) != 0) header = words_.data();
  return reinterpret_cast<const std::byte*>(header + 1);
}

void RowRing::pop() noexcept {
  const std::uint64_t header = words_[place(head_)];
  if ((header & kSkip) != 0) head_ += header & ~kSkip;
  head_ += words_[place(head_)];
}

}  // namespace ringside::engine
