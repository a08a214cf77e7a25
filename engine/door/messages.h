// Reading and writing the packets of schemas/wire/handshake.h. Reading copies and checks; it never trusts a length.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <ringside/result.h>

#include "engine/schema/adapter.h"
#include "schemas/wire/handshake.h"
#include "schemas/wire/segment.h"

namespace ringside::engine {

struct DoorLimits {
  std::uint32_t clients_max = 256;
  std::uint32_t channels_max = 16;              // a client
  std::uint64_t arena_bytes_max = 32u << 20;    // of one arena
  std::uint16_t rows_max = 512;
  std::uint32_t schemas_max = 8;                // a client
};

struct RefusedMessage {
  wire::Refusal refusal;
  std::string text;  // what, the bound, what to do
};

// The shape that a Hello asks for, within the limits (arenas are rounded up to pages).
Result<wire::SegmentShape, RefusedMessage> read_hello(std::span<const std::byte> packet, const DoorLimits& limits, wire::Hello& hello);

// The client schema that a Declare names, hash computed.
Result<ClientSchema, RefusedMessage> read_declare(std::span<const std::byte> packet);

// Fills the part that never changes and the refusal.
wire::Welcome make_refusal(const RefusedMessage& refused);
wire::Declared make_declared(std::uint64_t hash);
wire::Declared make_declared(const RefusedMessage& refused);

// A zero-padded array of characters, cut to fit.
void put_text(std::span<char> target, std::string_view text);
std::string take_text(std::span<const char> source);

}  // namespace ringside::engine
