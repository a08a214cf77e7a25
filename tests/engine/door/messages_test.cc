// Goal: a packet is understood or refused with the right reason, whatever its bytes.
// Method: good messages, then each spoilt in one place; truncations at every length.
#include "engine/door/messages.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "schemas/wire/schema_hash.h"

namespace ringside::engine {
namespace {

using Packet = std::vector<std::byte>;

wire::Hello small_hello() {
  wire::Hello hello{};
  hello.header = {static_cast<std::uint32_t>(wire::MessageKind::kHello), sizeof hello};
  hello.magic = wire::kMagic;
  hello.abi_major = wire::kAbiMajor;
  hello.abi_minor = wire::kAbiMinor;
  hello.layout_hash = wire::kLayoutHash;
  hello.channels = 2;
  hello.in_arena_bytes = 8'192;
  hello.out_arena_bytes = 4'096;
  return hello;
}

template <class T>
Packet packet_of(const T& message) {
  const auto bytes = std::as_bytes(std::span(&message, 1));
  return {bytes.begin(), bytes.end()};
}

Result<wire::SegmentShape, RefusedMessage> read(const Packet& packet, const DoorLimits& limits = {}) {
  wire::Hello hello;
  return read_hello(packet, limits, hello);
}

wire::Refusal refusal_of(const wire::Hello& hello, const DoorLimits& limits = {}) {
  const auto shape = read(packet_of(hello), limits);
  return shape ? wire::Refusal::kNone : shape.error().refusal;
}

TEST(Hello, GoodOneGetsTheShapeItAsksFor) {
  const auto shape = read(packet_of(small_hello()));
  ASSERT_TRUE(shape.ok());
  EXPECT_EQ(shape->channels, 2u);
  EXPECT_EQ(shape->in_arena_bytes, 8'192u);
  EXPECT_EQ(shape->out_arena_bytes, 4'096u);
}

TEST(Hello, ArenasAreRoundedUpToPages) {
  wire::Hello hello = small_hello();
  hello.in_arena_bytes = 1;
  hello.out_arena_bytes = 4'097;
  const auto shape = read(packet_of(hello));
  ASSERT_TRUE(shape.ok());
  EXPECT_EQ(shape->in_arena_bytes, 4'096u);
  EXPECT_EQ(shape->out_arena_bytes, 8'192u);
}

TEST(Hello, EveryLengthButItsOwnIsMalformed) {
  const Packet good = packet_of(small_hello());
  for (std::size_t size = 0; size < good.size(); ++size) {
    const auto shape = read(Packet(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)));
    ASSERT_FALSE(shape.ok()) << size;
    ASSERT_EQ(shape.error().refusal, wire::Refusal::kMalformed) << size;
  }
  Packet longer = good;
  longer.push_back(std::byte{0});
  EXPECT_EQ(read(longer).error().refusal, wire::Refusal::kMalformed);
}

TEST(Hello, EachRefusalNamesItsReason) {
  wire::Hello hello = small_hello();
  hello.magic ^= 1;
  EXPECT_EQ(refusal_of(hello), wire::Refusal::kMalformed);
  hello = small_hello();
  hello.header.kind = static_cast<std::uint32_t>(wire::MessageKind::kDeclare);
  EXPECT_EQ(refusal_of(hello), wire::Refusal::kMalformed);
  hello = small_hello();
  hello.layout_hash ^= 1;
  EXPECT_EQ(refusal_of(hello), wire::Refusal::kLayoutMismatch);
  hello = small_hello();
  hello.abi_major += 1;
  EXPECT_EQ(refusal_of(hello), wire::Refusal::kLayoutMismatch);
  hello = small_hello();
  hello.abi_minor += 1;
  EXPECT_EQ(refusal_of(hello), wire::Refusal::kNone) << "the smaller of the two is spoken";
  for (const std::uint32_t channels : {0u, 17u, 0xFFFF'FFFFu}) {
    hello = small_hello();
    hello.channels = channels;
    EXPECT_EQ(refusal_of(hello), wire::Refusal::kTooMany) << channels;
  }
  for (const std::uint64_t bytes : {(std::uint64_t{32} << 20) + 1, ~std::uint64_t{0}, ~std::uint64_t{0} - 4'094}) {
    hello = small_hello();
    hello.in_arena_bytes = bytes;
    EXPECT_EQ(refusal_of(hello), wire::Refusal::kTooMany) << bytes;
    hello = small_hello();
    hello.out_arena_bytes = bytes;
    EXPECT_EQ(refusal_of(hello), wire::Refusal::kTooMany) << bytes;
  }
}

// A client of a later age has a longer or shorter Hello: it must learn that layouts differ, not that it talks nonsense.
TEST(Hello, OtherLayoutIsToldApartFromGarbageWhateverItsLength) {
  wire::Hello hello = small_hello();
  hello.layout_hash ^= 1;
  Packet longer = packet_of(hello);
  longer.resize(longer.size() + 100);
  EXPECT_EQ(read(longer).error().refusal, wire::Refusal::kLayoutMismatch);
  Packet shorter = packet_of(hello);
  shorter.resize(offsetof(wire::Hello, channels));
  EXPECT_EQ(read(shorter).error().refusal, wire::Refusal::kLayoutMismatch);
}

TEST(Hello, LimitsBeyondTheWiresOwnDoNotHelp) {
  wire::Hello hello = small_hello();
  hello.channels = wire::kChannelsMax + 1;
  EXPECT_EQ(refusal_of(hello, {.channels_max = 1'000}), wire::Refusal::kTooMany);
  hello = small_hello();
  hello.in_arena_bytes = wire::kArenaBytesMax + 1;
  EXPECT_EQ(refusal_of(hello, {.arena_bytes_max = ~std::uint64_t{0} >> 1}), wire::Refusal::kTooMany);
}

Packet written_declare(const std::vector<std::pair<std::uint8_t, std::string>>& columns) {
  const wire::Declare head{.header = {static_cast<std::uint32_t>(wire::MessageKind::kDeclare), 0},
                           .columns = static_cast<std::uint32_t>(columns.size()),
                           .reserved = 0};
  Packet packet = packet_of(head);
  for (const auto& [dtype, name] : columns) {
    packet.push_back(static_cast<std::byte>(dtype));
    packet.push_back(static_cast<std::byte>(name.size()));
    for (const char c : name) packet.push_back(static_cast<std::byte>(c));
  }
  return packet;
}

TEST(Declare, GoodOneGivesNamesTypesAndTheirHash) {
  const auto schema = read_declare(written_declare({{1, "age"}, {3, "home"}}));
  ASSERT_TRUE(schema.ok());
  ASSERT_EQ(schema->columns.size(), 2u);
  EXPECT_EQ(schema->columns[1].name, "home");
  EXPECT_EQ(schema->columns[1].dtype, wire::Dtype::kStr);
  wire::SchemaHasher hasher;
  hasher.add(wire::Dtype::kInt, "age");
  hasher.add(wire::Dtype::kStr, "home");
  EXPECT_EQ(schema->hash, hasher.hash());
}

TEST(Declare, NoColumnsAndLongestNamesAreGood) {
  EXPECT_TRUE(read_declare(written_declare({})).ok());
  EXPECT_TRUE(read_declare(written_declare({{0, std::string(255, 'n')}})).ok());
}

TEST(Declare, BadSchemasAreRefused) {
  EXPECT_EQ(read_declare(written_declare({{1, "age"}, {2, "age"}})).error().refusal, wire::Refusal::kBadSchema);
  EXPECT_EQ(read_declare(written_declare({{1, ""}})).error().refusal, wire::Refusal::kBadSchema);
  Packet many = written_declare({});
  const std::uint32_t columns = wire::kColumnsMax + 1;
  std::memcpy(many.data() + offsetof(wire::Declare, columns), &columns, sizeof columns);
  EXPECT_EQ(read_declare(many).error().refusal, wire::Refusal::kBadSchema);
}

TEST(Declare, MalformedAtEveryLengthButItsOwn) {
  const Packet good = written_declare({{1, "age"}, {3, "home"}});
  for (std::size_t size = 0; size < good.size(); ++size) {
    const auto schema = read_declare(Packet(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)));
    ASSERT_FALSE(schema.ok()) << size;
    ASSERT_EQ(schema.error().refusal, wire::Refusal::kMalformed) << size;
  }
  Packet longer = good;
  longer.push_back(std::byte{7});
  EXPECT_EQ(read_declare(longer).error().refusal, wire::Refusal::kMalformed);
  EXPECT_EQ(read_declare(written_declare({{9, "age"}})).error().refusal, wire::Refusal::kMalformed) << "no such dtype";
  EXPECT_EQ(read_declare(Packet(wire::kDeclareBytesMax + 1)).error().refusal, wire::Refusal::kMalformed);
}

TEST(Declare, RandomBytesAreRefusedOrUnderstoodButNeverReadBeyond) {
  std::mt19937 random(20'261'122);
  for (int i = 0; i < 3'000; ++i) {
    Packet packet(sizeof(wire::Declare) + random() % 64);
    for (auto& byte : packet) byte = static_cast<std::byte>(random() % (i % 2 == 0 ? 6 : 256));
    const auto columns = static_cast<std::uint32_t>(random() % 5);
    std::memcpy(packet.data() + offsetof(wire::Declare, columns), &columns, sizeof columns);
    const auto schema = read_declare(packet);
    if (schema.ok()) {
      EXPECT_EQ(schema->columns.size(), columns);
    }
  }
}

TEST(MessageText, IsCutToFitAndPrintable) {
  std::array<char, 8> target;
  put_text(target, "123456789");
  EXPECT_EQ(std::string(target.data()), "1234567");
  const std::string rough{'a', '\n', '\x1b', '\x7f', '\xff', '\xc3', '\xa9', 'z'};
  EXPECT_EQ(take_text(rough), "a??????z");
  EXPECT_EQ(take_text(std::string("ab\0cd", 5)), "ab");
}

}  // namespace
}  // namespace ringside::engine
