// What passes over data.sock (SOCK_SEQPACKET: one message a packet). After Welcome the socket carries only Declare / Declared, and its
// closing is the death notice of either side.
//
//   client                                  engine
//   Hello  ───────────────────────────────▶ checks peer credentials, layout, limits
//          ◀─────────────── Welcome + 4 fds  segment, engine page, directory, doorbell      (or Welcome with a refusal, no fds)
//   Declare (names and dtypes) ───────────▶ maps them to every resident bundle
//          ◀──────────────────── Declared
#pragma once

#include <cstdint>
#include <type_traits>

#include "schemas/wire/limits.h"

namespace ringside::wire {

enum class MessageKind : std::uint32_t { kHello = 1, kWelcome = 2, kDeclare = 3, kDeclared = 4 };

enum class Refusal : std::uint32_t {
  kNone = 0,
  kMalformed = 1,         // not a Hello or Declare of this protocol
  kLayoutMismatch = 2,    // the two programs were built from different layouts: upgrade the older one
  kNotAllowed = 3,        // this user may not connect
  kTooMany = 4,           // clients, channels or bytes: the limit is in the text
  kStopping = 5,
  kBadSchema = 6,         // a name twice, too long, too many
};

struct MessageHeader {
  std::uint32_t kind;
  std::uint32_t bytes;    // of the whole message
};

struct Hello {
  MessageHeader header;
  std::uint64_t magic;
  std::uint16_t abi_major;
  std::uint16_t abi_minor;
  std::uint32_t layout_hash;
  std::uint32_t channels;
  std::uint32_t reserved;
  std::uint64_t in_arena_bytes;
  std::uint64_t out_arena_bytes;
  char name[64];          // what the client calls itself; zero-padded
};
static_assert(sizeof(Hello) == 8 + 8 + 16 + 16 + 64 && std::is_trivially_copyable_v<Hello>);

// The first four fields never change, so that either side can say what differs.
struct Welcome {
  MessageHeader header;
  std::uint64_t magic;
  std::uint16_t abi_major;
  std::uint16_t abi_minor;
  std::uint32_t layout_hash;
  std::uint32_t refusal;  // Refusal; anything but kNone comes without descriptors
  std::uint32_t channels;
  std::uint64_t in_arena_bytes;
  std::uint64_t out_arena_bytes;
  std::uint64_t engine_epoch;
  std::uint64_t engine_now_ns;    // CLOCK_MONOTONIC as the engine sees it, for the clock offset
  std::uint64_t directory_bytes;
  std::uint32_t rows_max;         // of one call, as configured
  std::uint32_t reserved;
  char task[128];
  char text[256];                 // of a refusal: what, the bound, what to do
};
static_assert(sizeof(Welcome) == 8 + 8 + 8 + 8 + 16 + 24 + 8 + 384 && std::is_trivially_copyable_v<Welcome>);

inline constexpr int kWelcomeFds = 4;  // segment, engine page, directory, doorbell, in this order

// Followed by `columns` × { u8 dtype, u8 name bytes, name }. One packet: at most kDeclareBytesMax.
struct Declare {
  MessageHeader header;
  std::uint32_t columns;
  std::uint32_t reserved;
};
inline constexpr std::uint32_t kDeclareBytesMax = 160 * 1024;

struct Declared {
  MessageHeader header;
  std::uint32_t refusal;
  std::uint32_t reserved;
  std::uint64_t schema_hash;      // as both computed it: schema_hash.h
  char text[256];
};
static_assert(std::is_trivially_copyable_v<Declare> && std::is_trivially_copyable_v<Declared>);

}  // namespace ringside::wire
