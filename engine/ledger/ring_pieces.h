// What a landing ring holds between two positions, piece by piece, without its pads.
//
// Thread safety: reads only what its worker committed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "engine/journal/landing.h"

namespace ringside::engine {

struct RingPiece {
  std::span<const std::byte> records;  // whole ones; empty: nothing but a pad
  std::uint64_t end;                   // the position behind it and its pad
};

// The records from `begin` on in one piece, at most to `committed`, and, after at least one, at most `bytes_max`.
// REQUIRES: begin < committed. A length that cannot be ends the piece as if everything behind it were a pad: memory failed, or a stranger wrote.
inline RingPiece ring_piece(const LandingRing& ring, std::uint64_t begin, std::uint64_t committed,
                            std::uint64_t bytes_max) noexcept {
  const std::uint64_t capacity = ring.header().capacity, first = begin & (capacity - 1);
  const std::uint64_t in_one_piece = std::min(capacity - first, committed - begin);
  std::uint64_t at = 0;
  while (at < in_one_piece && at < bytes_max) {
    if (in_one_piece - at < sizeof(journal::RecordHead)) return {{ring.records() + first, at}, begin + in_one_piece};
    journal::RecordHead head;
    std::memcpy(&head, ring.records() + first + at, sizeof head);
    const bool is_pad = head.type == static_cast<std::uint16_t>(journal::RecordType::kPad);
    if (is_pad || head.bytes < sizeof head || head.bytes > in_one_piece - at)
      return {{ring.records() + first, at}, begin + in_one_piece};
    at += head.bytes;
  }
  return {{ring.records() + first, at}, begin + at};
}

}  // namespace ringside::engine
