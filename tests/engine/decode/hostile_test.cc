// Goal: a client that changes bytes while they are read gains nothing: no crash, no load beyond the body, no value outside the rules.
// Method: accessors that answer each load anew (hostile_access.h), so that a second load of a byte is a different byte, over bodies of
// exactly their size; run under AddressSanitizer this is the proof of "copy once, then check". Seeds are fixed.
#include <gtest/gtest.h>

#include <string>

#include "engine/decode/gather-inl.h"
#include "tests/engine/decode/hostile_access.h"
#include "tests/engine/decode/sent_call.h"
#include "tests/engine/decode/tile_rules.h"

namespace ringside::engine::test {
namespace {

constexpr int kCalls = 100'000;

// A good call with some of everything in it.
void fill(wire::CallBody& body, Dice& dice) {
  const auto rows = static_cast<std::uint16_t>(1 + (dice.below(4) == 0 ? dice.below(150) : dice.below(4)));
  const auto columns = static_cast<std::uint16_t>(dice.below(12));
  body.start(columns, rows);
  const auto cell = [&]() -> wire::Cell {
    switch (dice.below(8)) {
      case 0:
        return wire::Cell::null();
      case 1:
        return wire::Cell::boolean(dice.below(2) != 0);
      case 2:
        return wire::Cell::real(static_cast<double>(dice.below(400)) / 4);
      case 3:
        return wire::Cell::refused(wire::FieldCode::kTooLong);
      case 4:
        return wire::Cell::absent();
      default:
        return wire::Cell::integer(static_cast<std::int64_t>(dice.below(130)));
    }
  };
  for (std::uint16_t c = 0; c < columns; ++c) {
    for (std::uint16_t row = 0; row < rows; ++row) {
      const std::uint32_t place = c * 7u % 11u;
      if (place == 3 || place == 4 || place == 7) {
        const std::size_t bytes = dice.below(50) == 0 ? dice.below(4'097) : dice.below(12);
        body.set_text(c, row, std::string(bytes, static_cast<char>('a' + dice.below(3))));
      } else {
        body.set(c, row, cell());
      }
    }
    if (dice.below(8) == 0) body.set_broadcast(c, cell());
  }
  const char* const names[] = {"age", "income", "own", "home", "city", "kind", "zip", ""};
  for (std::uint64_t extras = dice.below(6); extras != 0; --extras) {
    const auto row = static_cast<std::uint16_t>(dice.below(rows));
    if (dice.below(2) == 0) {
      body.add_named(row, names[dice.below(8)], cell());
    } else {
      body.add_named_text(row, names[dice.below(8)], "b");
    }
  }
  if (dice.below(4) == 0) body.set_request_id(0, "request");
  if (dice.below(4) == 0) body.set_user_id("u37201");
}

// Runs `kCalls` calls through read_call and gather by Access. Answers how many tiles came of it.
template <class Access>
std::uint32_t attack(std::uint64_t seed) {
  Dice dice(seed);
  const InputSchema schemas[] = {hostile_schema(true), hostile_schema(false)};
  Tile tiles[] = {Tile(schemas[0]), Tile(schemas[1])};
  CallMeta meta;
  wire::CallBody body;
  std::uint32_t gathered = 0;
  for (int i = 0; i < kCalls; ++i) {
    fill(body, dice);
    const SentCall sent(body);
    Call call;
    // Lies about the geometry end most calls at once, so every second call keeps its own.
    const bool honest = i % 2 == 0;
    const CallShape shape = honest ? sent.read(call, meta) : sent.read<Access>(call, meta);
    if (shape != CallShape::kGood) continue;
    const std::string broken = gather_and_check<Access>(call, schemas[i / 2 % 2], tiles[i / 2 % 2], gathered);
    if (!broken.empty()) {
      ADD_FAILURE() << broken << " in call " << i;
      return gathered;
    }
  }
  return gathered;
}

TEST(HostileClient, FlippingBitsUnderTheReaderGainsNothing) {
  FlippingAccess::dice = Dice(20'250'917);
  EXPECT_GT(attack<FlippingAccess>(1), 40'000u) << "the attack seldom gets past the door";
}

TEST(HostileClient, InventingEveryByteGainsNothing) {
  InventingAccess::dice = Dice(20'250'918);
  EXPECT_GT(attack<InventingAccess>(2), 5'000u) << "the attack seldom gets past the door";
}

// Metadata likewise, for it is parsed from a copy that must not be read twice either.
TEST(HostileClient, MetadataOfNoiseIsParsedWithinItsBounds) {
  Dice dice(3);
  CallMeta meta;
  int taken = 0;
  for (int i = 0; i < kCalls; ++i) {
    const std::uint32_t bytes = static_cast<std::uint32_t>(dice.below(16)) * 8;
    const auto source = std::make_unique<std::byte[]>(bytes);
    for (std::uint32_t at = 0; at < bytes; at += 8) {
      const wire::MetaItem item{static_cast<std::uint16_t>(dice.below(9)), static_cast<std::uint16_t>(dice.below(20)),
                                static_cast<std::uint16_t>(dice.below(3) == 0 ? dice.below(5) : 0),
                                static_cast<std::uint16_t>(dice.below(8) == 0 ? 10 : dice.below(20) == 0)};
      std::memcpy(source.get() + at, &item, sizeof item);
    }
    if (!meta.read<FlippingAccess>(source.get(), bytes, 4)) continue;
    ++taken;
    for (std::uint32_t row = 0; row < 6; ++row) ASSERT_LE(meta.request_id(row).size(), wire::kRequestIdBytesMax);
    for (std::uint32_t tag = 0; tag < meta.route_tags(); ++tag) ASSERT_LE(meta.route_tag(tag).size(), wire::kRouteTagBytesMax);
    ASSERT_LE(meta.user_id().size(), wire::kUserIdBytesMax);
  }
  EXPECT_GT(taken, 1'000);
}

}  // namespace
}  // namespace ringside::engine::test
