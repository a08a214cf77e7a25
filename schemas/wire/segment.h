// The segment: one sealed memfd a client process, made by the engine, mapped by both; and the engine's page beside it.
//
//   segment (client maps read-write)                          engine page (client maps read-only; engine alone writes)
//   ┌────────┬───────────────────────────────┬─────────┐      ┌────────────┬────────┬────────┬───
//   │ header │ channel 0                     │ channel │      │ PageHeader │ parked │ parked │ …   one word a channel,
//   │ 4 KiB  │ ring·slots·control·in·out     │ 1 …     │      │            │ ch. 0  │ ch. 1  │     128 bytes apart
//   └────────┴───────────────────────────────┴─────────┘      └────────────┴────────┴────────┴───
//
// Both sides compute offsets from a SegmentShape that travelled over the socket; the header is a copy for debuggers and never read back.
// Numbers are little-endian and of fixed width; no pointer, lock or allocator state is ever in shared memory.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "schemas/wire/limits.h"
#include "schemas/wire/request.h"
#include "schemas/wire/response.h"

namespace ringside::wire {

inline constexpr std::uint64_t kMagic = 0x3165'6469'7367'6E52;  // "Rngside1", little-endian bytes
inline constexpr std::uint16_t kAbiMajor = 1;                   // differs: refused
inline constexpr std::uint16_t kAbiMinor = 1;                   // the smaller of the two is spoken

// Changes with every change to what stands in shared memory, by hand, in the commit that changes it (README.md has the history).
inline constexpr std::uint32_t kLayoutHash = 0x2026'1125;

// What the client writes for the engine, besides requests.
struct alignas(kPairBytes) ChannelControl {
  std::atomic<std::uint32_t> waiting;        // 1: the client sleeps on this word [WAKE]
  std::uint32_t reserved;
  std::atomic<std::uint64_t> cancel_bitmap;  // reserved: one bit a slot
};
static_assert(sizeof(ChannelControl) == kPairBytes && std::is_standard_layout_v<ChannelControl>);

struct alignas(kPairBytes) ParkedWord {
  std::atomic<std::uint32_t> parked;         // 1: the worker of this channel sleeps: ring the doorbell [DOORBELL]
};
static_assert(sizeof(ParkedWord) == kPairBytes);

struct alignas(kPairBytes) PageHeader {
  std::uint64_t magic;
  std::uint64_t engine_epoch;                // differs for each run of an engine
};
static_assert(sizeof(PageHeader) == kPairBytes);

struct alignas(kPairBytes) SegmentHeader {
  std::uint64_t magic;
  std::uint64_t engine_epoch;
  std::uint64_t total_bytes;
  std::uint64_t in_arena_bytes;
  std::uint64_t out_arena_bytes;
  std::uint32_t layout_hash;
  std::uint32_t channels;
};
static_assert(sizeof(SegmentHeader) == kPairBytes);

inline constexpr std::uint64_t kSegmentHeaderBytes = 4'096;

// The three numbers from which every offset follows. REQUIRES, checked by valid(): what the engine granted.
struct SegmentShape {
  std::uint32_t channels = 0;
  std::uint64_t in_arena_bytes = 0;   // multiples of 4096
  std::uint64_t out_arena_bytes = 0;

  [[nodiscard]] constexpr bool valid() const noexcept {
    const auto arena_ok = [](std::uint64_t bytes) { return bytes >= 4'096 && bytes <= kArenaBytesMax && bytes % 4'096 == 0; };
    return channels >= 1 && channels <= kChannelsMax && arena_ok(in_arena_bytes) && arena_ok(out_arena_bytes);
  }

  static constexpr std::uint64_t kRingOffset = 0;
  static constexpr std::uint64_t kSlotsOffset = kRingOffset + kRingEntries * sizeof(RequestEntry);
  static constexpr std::uint64_t kControlOffset = kSlotsOffset + kRingEntries * sizeof(ResponseSlot);
  static constexpr std::uint64_t kInArenaOffset = ((kControlOffset + sizeof(ChannelControl) + 4'095) / 4'096) * 4'096;

  [[nodiscard]] constexpr std::uint64_t out_arena_offset() const noexcept { return kInArenaOffset + in_arena_bytes; }
  [[nodiscard]] constexpr std::uint64_t channel_bytes() const noexcept { return out_arena_offset() + out_arena_bytes; }
  [[nodiscard]] constexpr std::uint64_t channel_offset(std::uint32_t channel) const noexcept {
    return kSegmentHeaderBytes + channel * channel_bytes();
  }
  [[nodiscard]] constexpr std::uint64_t total_bytes() const noexcept { return channel_offset(channels); }
  [[nodiscard]] constexpr std::uint64_t page_bytes() const noexcept {
    return ((sizeof(PageHeader) + channels * sizeof(ParkedWord) + 4'095) / 4'096) * 4'096;
  }
  static constexpr std::uint64_t parked_offset(std::uint32_t channel) noexcept {
    return sizeof(PageHeader) + channel * sizeof(ParkedWord);
  }
};

// The addresses of one channel, computed once after mapping.
struct ChannelView {
  RequestEntry* requests;
  ResponseSlot* responses;
  ChannelControl* control;
  std::byte* in_arena;
  std::byte* out_arena;
  std::uint64_t in_arena_bytes;
  std::uint64_t out_arena_bytes;
  ParkedWord* parked;  // read-only for the client

  // REQUIRES: segment maps shape.total_bytes(), page maps shape.page_bytes(), channel < shape.channels.
  static ChannelView at(std::byte* segment, std::byte* page, const SegmentShape& shape, std::uint32_t channel) noexcept {
    std::byte* base = segment + shape.channel_offset(channel);
    return {.requests = reinterpret_cast<RequestEntry*>(base + SegmentShape::kRingOffset),
            .responses = reinterpret_cast<ResponseSlot*>(base + SegmentShape::kSlotsOffset),
            .control = reinterpret_cast<ChannelControl*>(base + SegmentShape::kControlOffset),
            .in_arena = base + SegmentShape::kInArenaOffset,
            .out_arena = base + shape.out_arena_offset(),
            .in_arena_bytes = shape.in_arena_bytes,
            .out_arena_bytes = shape.out_arena_bytes,
            .parked = reinterpret_cast<ParkedWord*>(page + SegmentShape::parked_offset(channel))};
  }
};

}  // namespace ringside::wire
