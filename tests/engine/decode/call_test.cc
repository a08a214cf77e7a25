// Goal: no shape of a call is believed that does not fit what the engine granted, and metadata is what the client said or nothing.
// Method: a good call, then one number at a time moved to its bound and one beyond; metadata by items, good and broken.
#include "engine/decode/call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/engine/decode/sent_call.h"

namespace ringside::engine::test {
namespace {

constexpr CallLimits kLimits{.in_arena_bytes = 4'096, .out_arena_bytes = 8'192, .rows_max = 512};

wire::RequestGeometry good() {
  wire::RequestGeometry g{};
  g.body_offset = 64;
  g.body_bytes = 512;
  g.out_offset = 128;
  g.out_bytes = 1'024;
  g.slot = 3;
  g.rows = 2;
  g.columns = 4;
  g.encoding = static_cast<std::uint8_t>(wire::Encoding::kHandles);
  return g;
}

struct ShapeCase {
  const char* what;
  CallShape expected;
  std::function<void(wire::RequestGeometry&)> change;
};

void expect_shapes(const std::vector<ShapeCase>& cases) {
  for (const ShapeCase& c : cases) {
    wire::RequestGeometry g = good();
    c.change(g);
    wire::BodyLayout layout{};
    EXPECT_EQ(check_geometry(g, kLimits, layout), c.expected) << c.what;
  }
}

TEST(CheckGeometry, AnOrdinaryCallIsGoodAndHasItsLayout) {
  wire::BodyLayout layout{};
  EXPECT_EQ(check_geometry(good(), kLimits, layout), CallShape::kGood);
  EXPECT_EQ(layout.cell_count, 8u);
  EXPECT_EQ(layout.tags_offset, 64u);
}

TEST(CheckGeometry, WhatPointsOutsideTheChannelIsALie) {
  expect_shapes({
      {"last slot", CallShape::kGood, [](auto& g) { g.slot = wire::kRingEntries - 1; }},
      {"slot beyond", CallShape::kLie, [](auto& g) { g.slot = wire::kRingEntries; }},
      {"body to the arena's end", CallShape::kGood, [](auto& g) { g.body_offset = 4'096 - 512; }},
      {"body beyond the arena", CallShape::kLie, [](auto& g) { g.body_offset = 4'096 - 504; }},
      {"body wrapping 32 bits", CallShape::kLie, [](auto& g) { g.body_offset = 0xFFFF'FFF0, g.body_bytes = 0x20; }},
      {"body longer than the arena", CallShape::kLie, [](auto& g) { g.body_offset = 0, g.body_bytes = 0xFFFF'FFFF; }},
      {"misaligned body", CallShape::kLie, [](auto& g) { g.body_offset = 68; }},
      {"out to the arena's end", CallShape::kGood, [](auto& g) { g.out_offset = 8'192 - 1'024; }},
      {"out beyond the arena", CallShape::kLie, [](auto& g) { g.out_bytes = 8'192 - 128 + 1; }},
      {"out wrapping 32 bits", CallShape::kLie, [](auto& g) { g.out_offset = 0xFFFF'FFF8, g.out_bytes = 0x10; }},
      {"misaligned out", CallShape::kLie, [](auto& g) { g.out_offset = 132; }},
      {"inline at its limit", CallShape::kGood, [](auto& g) { g.body_offset = wire::kInline, g.rows = 1, g.body_bytes = 64; }},
      {"inline beyond", CallShape::kLie, [](auto& g) { g.body_offset = wire::kInline, g.rows = 1, g.body_bytes = 65; }},
      {"a lie outweighs all else", CallShape::kLie, [](auto& g) { g.slot = 64, g.rows = 0, g.priority = 1; }},
  });
}

TEST(CheckGeometry, ReservedPartsAndUnknownEncodingsAreMalformed) {
  expect_shapes({
      {"positional", CallShape::kGood, [](auto& g) { g.encoding = static_cast<std::uint8_t>(wire::Encoding::kPositional); }},
      {"no encoding", CallShape::kMalformed, [](auto& g) { g.encoding = 0; }},
      {"packed float32", CallShape::kGood,
       [](auto& g) { g.encoding = static_cast<std::uint8_t>(wire::Encoding::kPackedF32); }},
      {"packed float64", CallShape::kGood,
       [](auto& g) { g.encoding = static_cast<std::uint8_t>(wire::Encoding::kPackedF64); }},
      {"unknown encoding", CallShape::kMalformed, [](auto& g) { g.encoding = 5; }},
      {"priority", CallShape::kMalformed, [](auto& g) { g.priority = 1; }},
      {"reserved", CallShape::kMalformed, [](auto& g) { g.reserved = 1; }},
      {"features wanted", CallShape::kGood, [](auto& g) { g.flags = wire::kReturnFeatures; }},
      {"contributions wanted", CallShape::kMalformed, [](auto& g) { g.flags = wire::kReturnContributions; }},
      {"unknown flag", CallShape::kMalformed, [](auto& g) { g.flags = 1u << 31; }},
  });
}

TEST(CheckGeometry, RowsAreOneToTheConfiguredMaximum) {
  expect_shapes({
      {"none", CallShape::kBatchSize, [](auto& g) { g.rows = 0; }},
      {"513", CallShape::kBatchSize, [](auto& g) { g.rows = 513; }},
      {"65535", CallShape::kBatchSize, [](auto& g) { g.rows = 0xFFFF; }},
      {"512 of no columns", CallShape::kGood, [](auto& g) { g.rows = 512, g.columns = 0; }},
  });
}

TEST(CheckGeometry, ABodyTooShortForItsPartsIsMalformed) {
  expect_shapes({
      {"cells", CallShape::kMalformed, [](auto& g) { g.columns = 100; }},
      {"extras", CallShape::kMalformed, [](auto& g) { g.extras = 30; }},
      {"meta", CallShape::kMalformed, [](auto& g) { g.meta_bytes = 448; }},
      {"meta unpadded", CallShape::kMalformed, [](auto& g) { g.meta_bytes = 12; }},
      {"more broadcast than columns", CallShape::kMalformed, [](auto& g) { g.broadcast_columns = 5; }},
  });
}

TEST(ReadCall, AnInlineBodyIsCopiedAndReadFromTheCopy) {
  wire::CallBody body;
  body.start(1, 1);
  body.set(0, 0, wire::Cell::integer(27));
  SentCall sent(body);
  sent.make_inline();
  std::memset(sent.bytes(), 0xFF, sent.geometry().body_bytes);
  Call call;
  CallMeta meta;
  ASSERT_EQ(sent.read(call, meta), CallShape::kGood);
  EXPECT_EQ(call.body, call.inline_copy.data());
  const InputSchema schema({int_field("age")}, true);
  EXPECT_EQ(gather_all(sent, identity_adapter(schema), schema).rows, (std::vector<std::string>{"age=27"}));
}

TEST(ReadCall, AWrongNumberOfRowsLeavesAPlaceToAnswerInto) {
  wire::CallBody body;
  body.start(1, 1);
  SentCall sent(body);
  sent.geometry().rows = 0;
  sent.geometry().slot = 9;
  sent.geometry().out_bytes = 256;
  Call call;
  CallMeta meta;
  EXPECT_EQ(sent.read(call, meta), CallShape::kBatchSize);
  EXPECT_EQ(call.geometry.slot, 9);
  EXPECT_EQ(call.geometry.out_bytes, 256u);
}

TEST(ReadCall, MetadataComesBackAsItWasSet) {
  wire::CallBody body;
  body.start(1, 3);
  body.set_request_id(0, "first");
  body.set_request_id(2, "third");
  body.set_user_id("u37201");
  body.set_route_key("k");
  body.set_trace_id("0af7651916cd43dd8448eb211c80319c");
  body.add_route_tag("segment=vip");
  body.add_route_tag("country=de");
  body.set_label("v1.1");
  const SentCall sent(body);
  Call call;
  CallMeta meta;
  ASSERT_EQ(sent.read(call, meta), CallShape::kGood);
  EXPECT_TRUE(meta.has_request_ids());
  EXPECT_EQ(meta.request_id(0), "first");
  EXPECT_EQ(meta.request_id(1), "");
  EXPECT_EQ(meta.request_id(2), "third");
  EXPECT_EQ(meta.request_id(3), "") << "beyond the call";
  EXPECT_EQ(meta.user_id(), "u37201");
  EXPECT_EQ(meta.route_key(), "k");
  EXPECT_EQ(meta.trace_id(), "0af7651916cd43dd8448eb211c80319c");
  ASSERT_EQ(meta.route_tags(), 2u);
  EXPECT_EQ(meta.route_tag(0), "segment=vip");
  EXPECT_EQ(meta.route_tag(1), "country=de");
  EXPECT_EQ(meta.version(), "");
  EXPECT_EQ(meta.label(), "v1.1");
}

TEST(ReadCall, TheNextCallRemembersNothingOfTheLast) {
  wire::CallBody body;
  body.start(1, 3);
  for (std::uint16_t row = 0; row < 3; ++row) body.set_request_id(row, "old");
  body.set_user_id("old");
  body.add_route_tag("old=1");
  body.set_version("old");
  Call call;
  CallMeta meta;
  ASSERT_EQ(SentCall(body).read(call, meta), CallShape::kGood);

  body.start(1, 3);
  body.set_request_id(1, "new");
  ASSERT_EQ(SentCall(body).read(call, meta), CallShape::kGood);
  EXPECT_EQ(meta.request_id(0), "");
  EXPECT_EQ(meta.request_id(1), "new");
  EXPECT_EQ(meta.request_id(2), "");
  EXPECT_EQ(meta.user_id(), "");
  EXPECT_EQ(meta.route_tags(), 0u);
  EXPECT_EQ(meta.version(), "");

  body.start(1, 3);
  ASSERT_EQ(SentCall(body).read(call, meta), CallShape::kGood);
  EXPECT_FALSE(meta.has_request_ids());
  EXPECT_EQ(meta.request_id(1), "");
}

// Items as a client that is not ours might write them.
class Items {
 public:
  Items& add(wire::MetaKind kind, const std::string& value, std::uint16_t row = 0, std::uint16_t refused = 0) {
    return add(kind, static_cast<std::uint16_t>(value.size()), value, row, refused);
  }
  Items& add(wire::MetaKind kind, std::uint16_t said_bytes, std::string value, std::uint16_t row, std::uint16_t refused) {
    const wire::MetaItem item{static_cast<std::uint16_t>(kind), said_bytes, row, refused};
    bytes_.append(reinterpret_cast<const char*>(&item), sizeof item);
    value.resize(wire::padded8(value.size()));
    bytes_ += value;
    return *this;
  }
  Items& raw(std::string bytes) {
    bytes_ += bytes;
    return *this;
  }
  [[nodiscard]] bool taken(std::uint16_t rows = 4) const { return read(rows).has_value(); }
  [[nodiscard]] std::optional<CallMeta> read(std::uint16_t rows = 4) const {
    CallMeta meta;
    const bool good = meta.read<wire::DirectAccess>(reinterpret_cast<const std::byte*>(bytes_.data()),
                                                    static_cast<std::uint32_t>(bytes_.size()), rows);
    if (good) return meta;
    EXPECT_EQ(meta.user_id(), "") << "half-read metadata is never shown";
    EXPECT_FALSE(meta.has_request_ids());
    EXPECT_FALSE(meta.has_refused());
    return std::nullopt;
  }

 private:
  std::string bytes_;
};

using Kind = wire::MetaKind;

TEST(CallMeta, EachKindIsTakenAtItsLimitAndRefusedOneByteBeyond) {
  const std::pair<Kind, std::size_t> limits[] = {
      {Kind::kRequestId, wire::kRequestIdBytesMax}, {Kind::kUserId, wire::kUserIdBytesMax},
      {Kind::kRouteKey, wire::kRouteKeyBytesMax},   {Kind::kRouteTag, wire::kRouteTagBytesMax},
      {Kind::kTraceId, wire::kTraceIdBytesMax},     {Kind::kVersion, wire::kVersionBytesMax},
      {Kind::kLabel, wire::kVersionBytesMax}};
  for (const auto& [kind, limit] : limits) {
    EXPECT_TRUE(Items().add(kind, std::string(limit, 'x')).taken()) << static_cast<int>(kind);
    EXPECT_FALSE(Items().add(kind, std::string(limit + 1, 'x')).taken()) << static_cast<int>(kind);
    EXPECT_FALSE(Items().add(Kind::kUserId, "u").add(kind, "").taken()) << "an empty item, " << static_cast<int>(kind);
  }
}

TEST(CallMeta, WhatWasTooLongToBeSentIsRemembered) {
  constexpr auto kTooLong = static_cast<std::uint16_t>(wire::FieldCode::kTooLong);
  for (const Kind kind :
       {Kind::kRequestId, Kind::kUserId, Kind::kRouteKey, Kind::kRouteTag, Kind::kTraceId, Kind::kVersion, Kind::kLabel}) {
    const CallMeta meta = *Items().add(kind, "", 0, kTooLong).read();
    EXPECT_TRUE(meta.has_refused() && meta.refused(kind)) << wire::name(kind);
    EXPECT_EQ(meta.target_refused(), kind == Kind::kVersion || kind == Kind::kLabel) << wire::name(kind);
    if (kind == Kind::kRouteTag || kind == Kind::kRequestId || meta.target_refused()) continue;  // may stand beside others
    EXPECT_FALSE(Items().add(kind, "", 0, kTooLong).add(kind, "x").taken()) << wire::name(kind) << " comes once";
    EXPECT_FALSE(Items().add(kind, "x").add(kind, "", 0, kTooLong).taken()) << wire::name(kind) << " comes once";
  }
  EXPECT_FALSE(Items().add(Kind::kRouteTag, "", 0, kTooLong).add(Kind::kRouteTag, "", 0, kTooLong).taken()) << "said once";
  EXPECT_FALSE(Items().add(Kind::kUserId, "u", 0, kTooLong).taken()) << "a refused item has no bytes";
  EXPECT_FALSE(Items().add(Kind::kUserId, "", 0, 1).taken()) << "no other code";
  EXPECT_FALSE(Items().add(Kind::kOrigin, "", 0, kTooLong).taken()) << "reserved";
}

TEST(CallMeta, ARefusedRequestIdIsOfItsRow) {
  const CallMeta meta = *Items().add(Kind::kRequestId, "a", 0).add(Kind::kRequestId, "", 2, 10).read(4);
  EXPECT_TRUE(meta.has_request_ids());
  const bool refused[] = {meta.request_id_refused(0), meta.request_id_refused(1), meta.request_id_refused(2),
                          meta.request_id_refused(3)};
  EXPECT_THAT(refused, ::testing::ElementsAre(false, false, true, false));
  EXPECT_EQ(meta.request_id(2), "");
  EXPECT_FALSE(meta.request_id_refused(4)) << "beyond the call";
  EXPECT_FALSE(Items().add(Kind::kRequestId, "", 1, 10).add(Kind::kRequestId, "b", 1).taken()) << "one a row";
}

TEST(CallMeta, WhatComesOnceIsRefusedTwice) {
  for (const Kind kind : {Kind::kUserId, Kind::kRouteKey, Kind::kTraceId}) {
    EXPECT_FALSE(Items().add(kind, "a").add(kind, "b").taken()) << static_cast<int>(kind);
  }
}

TEST(CallMeta, TargetsAreKeptInTheirOrder) {
  const auto meta =
      Items().add(Kind::kLabel, "prod").add(Kind::kRouted, "").add(Kind::kVersion, "", 0, 10).add(Kind::kVersion, "v1").read();
  ASSERT_TRUE(meta && meta->targets().size() == 4);
  const auto& targets = meta->targets();
  EXPECT_TRUE(targets[0].kind == Kind::kLabel && targets[0].name == "prod");
  EXPECT_TRUE(targets[1].kind == Kind::kRouted && targets[1].name.empty());
  EXPECT_TRUE(targets[2].kind == Kind::kVersion && targets[2].name.empty()) << "too long to exist";
  EXPECT_TRUE(targets[3].kind == Kind::kVersion && targets[3].name == "v1");
  EXPECT_EQ(Items().add(Kind::kUserId, "u").read()->targets().size(), 0u);
}

TEST(CallMeta, EightTargetsAreTakenAndNotNine) {
  for (const Kind kind : {Kind::kVersion, Kind::kLabel, Kind::kRouted}) {
    Items items;
    for (int i = 0; i < 8; ++i) items.add(i % 2 == 0 ? Kind::kVersion : Kind::kRouted, i % 2 == 0 ? "v" : "");
    EXPECT_TRUE(items.taken());
    EXPECT_FALSE(items.add(kind, kind == Kind::kRouted ? "" : "v").taken()) << wire::name(kind);
    Items refused;
    for (int i = 0; i < 9; ++i) refused.add(Kind::kVersion, "", 0, 10);
    EXPECT_FALSE(refused.taken());
  }
}

TEST(CallMeta, RoutedTargetHasNothingButItsKind) {
  EXPECT_TRUE(Items().add(Kind::kRouted, "").taken());
  EXPECT_FALSE(Items().add(Kind::kRouted, "v1").taken());
  EXPECT_FALSE(Items().add(Kind::kRouted, "", 1).taken()) << "of no row";
  EXPECT_FALSE(Items().add(Kind::kRouted, "", 0, 10).taken()) << "nothing that could be too long";
}

TEST(CallMeta, SixteenRouteTagsAreTakenAndNotSeventeen) {
  Items items;
  for (int i = 0; i < 16; ++i) items.add(Kind::kRouteTag, "k=v");
  EXPECT_TRUE(items.taken());
  EXPECT_FALSE(items.add(Kind::kRouteTag, "k=v").taken());
}

TEST(CallMeta, RequestIdsAreOneARowAndAscend) {
  EXPECT_TRUE(Items().add(Kind::kRequestId, "a", 0).add(Kind::kRequestId, "d", 3).taken());
  EXPECT_FALSE(Items().add(Kind::kRequestId, "a", 1).add(Kind::kRequestId, "b", 1).taken());
  EXPECT_FALSE(Items().add(Kind::kRequestId, "a", 2).add(Kind::kRequestId, "b", 1).taken());
  EXPECT_FALSE(Items().add(Kind::kRequestId, "a", 4).taken(4)) << "of no row";
}

TEST(CallMeta, ReservedKindsAreRefused) {
  for (const int kind : {0, 8, 9, 10, 11, 0xFFFF}) EXPECT_FALSE(Items().add(static_cast<Kind>(kind), "x").taken()) << kind;
  EXPECT_FALSE(Items().add(Kind::kUserId, "u", 1).taken()) << "a row where there is none";
}

TEST(CallMeta, AnItemBeyondTheEndIsRefused) {
  EXPECT_FALSE(Items().add(Kind::kUserId, 9, "12345678", 0, 0).taken());
  EXPECT_FALSE(Items().add(Kind::kUserId, 0xFFFF, "12345678", 0, 0).taken());
  EXPECT_FALSE(Items().add(Kind::kUserId, "u").raw("1234").taken()) << "half a head";
}

}  // namespace
}  // namespace ringside::engine::test
