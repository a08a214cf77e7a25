#include "engine/door/messages.h"

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "schemas/wire/schema_hash.h"

namespace ringside::engine {
namespace {

Failure<RefusedMessage> refuse(wire::Refusal refusal, std::string text) { return fail(RefusedMessage{refusal, std::move(text)}); }

std::string number(std::uint64_t value) { return std::to_string(value); }

constexpr std::uint64_t kPage = 4'096;

}  // namespace

void put_text(std::span<char> target, std::string_view text) {
  std::ranges::fill(target, '\0');
  std::copy_n(text.data(), std::min(text.size(), target.size() - 1), target.data());
}

std::string take_text(std::span<const char> source) {
  const auto end = std::ranges::find(source, '\0');
  std::string text(source.begin(), end);
  // It will stand in logs and in JSON: printable ASCII, whatever the peer sent.
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E; }, '?');
  return text;
}

Result<wire::SegmentShape, RefusedMessage> read_hello(std::span<const std::byte> packet, const DoorLimits& limits, wire::Hello& hello) {
  // Magic, versions and layout stand where they always will, so a client of another age gets a true answer.
  constexpr std::size_t kForever = offsetof(wire::Hello, channels);
  if (packet.size() < kForever) return refuse(wire::Refusal::kMalformed, "not a Hello: " + number(packet.size()) + " bytes");
  hello = {};
  std::memcpy(&hello, packet.data(), std::min(packet.size(), sizeof hello));
  if (hello.header.kind != static_cast<std::uint32_t>(wire::MessageKind::kHello) || hello.magic != wire::kMagic) {
    return refuse(wire::Refusal::kMalformed, "not a Hello of Ringside");
  }
  if (hello.abi_major != wire::kAbiMajor || hello.layout_hash != wire::kLayoutHash) {
    return refuse(wire::Refusal::kLayoutMismatch, "client speaks layout " + number(hello.abi_major) + "/" + number(hello.layout_hash) +
                                                      ", engine " + number(wire::kAbiMajor) + "/" + number(wire::kLayoutHash) +
                                                      ": upgrade the older of the two");
  }
  if (packet.size() != sizeof hello) return refuse(wire::Refusal::kMalformed, "a Hello has " + number(sizeof hello) + " bytes, not " + number(packet.size()));
  if (hello.channels == 0 || hello.channels > limits.channels_max) {
    return refuse(wire::Refusal::kTooMany, "channels: " + number(hello.channels) + " is outside [1, " + number(limits.channels_max) + "]");
  }
  const auto arena = [&](std::uint64_t bytes) { return bytes > limits.arena_bytes_max ? 0 : (std::max(bytes, kPage) + kPage - 1) / kPage * kPage; };
  const wire::SegmentShape shape{hello.channels, arena(hello.in_arena_bytes), arena(hello.out_arena_bytes)};
  if (!shape.valid()) {
    return refuse(wire::Refusal::kTooMany, "arena of " + number(std::max(hello.in_arena_bytes, hello.out_arena_bytes)) + " bytes: at most " +
                                               number(limits.arena_bytes_max) + " are granted");
  }
  return shape;
}

Result<ClientSchema, RefusedMessage> read_declare(std::span<const std::byte> packet) {
  wire::Declare head{};
  if (packet.size() < sizeof head || packet.size() > wire::kDeclareBytesMax) {
    return refuse(wire::Refusal::kMalformed, "a Declare has " + number(sizeof head) + " to " + number(wire::kDeclareBytesMax) + " bytes, not " +
                                                 number(packet.size()));
  }
  std::memcpy(&head, packet.data(), sizeof head);
  if (head.columns > wire::kColumnsMax) {
    return refuse(wire::Refusal::kBadSchema, number(head.columns) + " columns: at most " + number(wire::kColumnsMax));
  }
  ClientSchema schema;
  std::unordered_set<std::string> names;
  wire::SchemaHasher hasher;
  packet = packet.subspan(sizeof head);
  for (std::uint32_t i = 0; i < head.columns; ++i) {
    if (packet.size() < 2) return refuse(wire::Refusal::kMalformed, "a Declare ends inside column " + number(i));
    const auto dtype = static_cast<std::uint8_t>(packet[0]);
    const auto bytes = static_cast<std::size_t>(packet[1]);
    if (dtype >= wire::kDtypeCount || packet.size() < 2 + bytes) return refuse(wire::Refusal::kMalformed, "a Declare is malformed at column " + number(i));
    std::string name(reinterpret_cast<const char*>(packet.data() + 2), bytes);
    packet = packet.subspan(2 + bytes);
    if (name.empty()) return refuse(wire::Refusal::kBadSchema, "column " + number(i) + " has no name");
    if (!names.insert(name).second) return refuse(wire::Refusal::kBadSchema, "column " + number(i) + " has the name of an earlier one");
    hasher.add(static_cast<wire::Dtype>(dtype), name);
    schema.columns.push_back({std::move(name), static_cast<wire::Dtype>(dtype)});
  }
  if (!packet.empty()) return refuse(wire::Refusal::kMalformed, "a Declare has " + number(packet.size()) + " bytes too many");
  schema.hash = hasher.hash();
  return schema;
}

wire::Welcome make_refusal(const RefusedMessage& refused) {
  wire::Welcome welcome{};
  welcome.header = {static_cast<std::uint32_t>(wire::MessageKind::kWelcome), sizeof welcome};
  welcome.magic = wire::kMagic;
  welcome.abi_major = wire::kAbiMajor;
  welcome.abi_minor = wire::kAbiMinor;
  welcome.layout_hash = wire::kLayoutHash;
  welcome.refusal = static_cast<std::uint32_t>(refused.refusal);
  put_text(welcome.text, refused.text);
  return welcome;
}

wire::Declared make_declared(std::uint64_t hash) {
  wire::Declared declared{};
  declared.header = {static_cast<std::uint32_t>(wire::MessageKind::kDeclared), sizeof declared};
  declared.schema_hash = hash;
  return declared;
}

wire::Declared make_declared(const RefusedMessage& refused) {
  wire::Declared declared = make_declared(std::uint64_t{0});
  declared.refusal = static_cast<std::uint32_t>(refused.refusal);
  put_text(declared.text, refused.text);
  return declared;
}

}  // namespace ringside::engine
