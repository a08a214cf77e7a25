// Goal: the builders refuse nothing and lose nothing: what was given reaches the engine, each value once, in the cell or beside
// it. Method: build, write the body as a call would, and read it with an independent reader (tests/support/fake_channel.h).
#include <ringside/client.h>
#include <ringside/row.h>

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "client_lib/rows/rows_body.h"
#include "schemas/wire/meta.h"
#include "tests/support/fake_channel.h"

namespace ringside {
namespace {

using detail::BodyAccess;
using detail::RowsBody;
using test::SeenCall;
using wire::Tag;

Schema schema() { return *Schema::positional({{"age", Dtype::kInt}, {"home", Dtype::kStr}, {"income", Dtype::kFloat}}); }

SeenCall sent(RowsBody& body, const CallOptions& options = {}) {
  body.prepare(options);
  SeenCall call;
  call.geometry = body.body.geometry(body.state->hash);
  call.body.resize(body.body.bytes() + 8);  // an address even for an empty body
  body.body.write(call.body.data());
  return call;
}

TEST(Row, EachTypeOfValueHasItsTag) {
  struct Case {
    Value value;
    Tag tag;
    std::uint64_t bits;
  };
  const Case cases[] = {
      {nullptr, Tag::kNull, 0},
      {true, Tag::kBool, 1},
      {-3, Tag::kInt, static_cast<std::uint64_t>(-3)},
      {std::uint8_t{200}, Tag::kInt, 200},
      {std::numeric_limits<std::int64_t>::min(), Tag::kInt, std::uint64_t{1} << 63},
      {std::numeric_limits<std::uint64_t>::max(), Tag::kRefused, static_cast<std::uint64_t>(FieldCode::kIntRange)},
      {2.5, Tag::kReal, 0x4004'0000'0000'0000},
      {2.5F, Tag::kReal, 0x4004'0000'0000'0000},
      {Value::refused(FieldCode::kTypeMismatch), Tag::kRefused, static_cast<std::uint64_t>(FieldCode::kTypeMismatch)},
  };
  const Schema s = schema();
  for (const Case& c : cases) {
    Row row(s);
    row.set(s.handle("age"), c.value);
    const SeenCall call = sent(BodyAccess::body(row));
    EXPECT_EQ(call.cell(0, 0).tag, c.tag);
    EXPECT_EQ(call.cell(0, 0).bits, c.bits);
    EXPECT_EQ(call.cell(1, 0).tag, Tag::kAbsent);
  }
}

TEST(Row, TextTravelsAsItsBytes) {
  const Schema s = schema();
  Row row(s);
  row.set("home", "r\xC3\xB6nt");
  row.set(s.handle("age"), std::string(4'096, 'x'));
  row.set(s.handle("income"), std::string(4'097, 'x'));
  const SeenCall call = sent(BodyAccess::body(row));
  EXPECT_EQ(call.text(call.cell(1, 0)), "r\xC3\xB6nt");
  EXPECT_EQ(call.text(call.cell(0, 0)).size(), 4'096u);
  EXPECT_EQ(call.cell(2, 0).tag, Tag::kRefused);
  EXPECT_EQ(call.cell(2, 0).bits, static_cast<std::uint64_t>(FieldCode::kTooLong));
}

TEST(Row, SecondValueTravelsBesideTheFirst) {
  const Schema s = schema();
  Row row(s);
  row.set(s.handle("age"), 27);
  row.set("age", nullptr);
  const SeenCall call = sent(BodyAccess::body(row));
  EXPECT_EQ(call.cell(0, 0).as_int(), 27);
  ASSERT_EQ(call.extras().size(), 1u);
  EXPECT_EQ(call.name(call.extras()[0]), "age");
  EXPECT_EQ(static_cast<Tag>(call.extras()[0].tag), Tag::kNull);
}

TEST(Row, UnknownNameTravelsWithItsName) {
  Row row(schema());
  row.set("zip", "8001");
  const SeenCall call = sent(BodyAccess::body(row));
  ASSERT_EQ(call.extras().size(), 1u);
  EXPECT_EQ(call.name(call.extras()[0]), "zip");
}

TEST(Row, InvalidHandleTravelsWithoutAName) {
  const Schema s = schema();
  Row row(s);
  ASSERT_FALSE(s.handle("zip").valid());
  row.set(s.handle("zip"), 1);
  ASSERT_EQ(sent(BodyAccess::body(row)).extras().size(), 1u);
}

TEST(Row, ResetForgetsEverything) {
  const Schema s = schema();
  Row row(s);
  row.set("age", 27);
  row.set("zip", 1);
  row.set_request_id("a");
  row.reset();
  const SeenCall call = sent(BodyAccess::body(row));
  EXPECT_EQ(call.cell(0, 0).tag, Tag::kAbsent);
  EXPECT_EQ(call.geometry.extras, 0u);
  EXPECT_EQ(call.geometry.meta_bytes, 0u);
}

TEST(Row, MetadataIsOfOneCallAndNotOfTheNext) {
  Row row(schema());
  row.set_request_id("id-1");
  const std::string_view tags[] = {"segment=vip", "region=eu"};
  const SeenCall first =
      sent(BodyAccess::body(row), {.version = "m_v1", .user_id = "u1", .route_key = "k", .route_tags = tags, .trace_id = "t"});
  const auto meta = [](const SeenCall& call, wire::MetaKind kind) { return call.meta(static_cast<std::uint16_t>(kind)); };
  EXPECT_EQ(meta(first, wire::MetaKind::kRequestId), "id-1");
  EXPECT_EQ(meta(first, wire::MetaKind::kUserId), "u1");
  EXPECT_EQ(meta(first, wire::MetaKind::kRouteKey), "k");
  EXPECT_EQ(meta(first, wire::MetaKind::kRouteTag), "segment=vip");
  EXPECT_EQ(meta(first, wire::MetaKind::kTraceId), "t");
  EXPECT_EQ(meta(first, wire::MetaKind::kVersion), "m_v1");
  const SeenCall second = sent(BodyAccess::body(row), {.label = "best"});
  EXPECT_EQ(meta(second, wire::MetaKind::kLabel), "best");
  EXPECT_EQ(meta(second, wire::MetaKind::kVersion), "");
  EXPECT_EQ(meta(second, wire::MetaKind::kRequestId), "id-1");
  EXPECT_EQ(sent(BodyAccess::body(row)).geometry.meta_bytes, 16u) << "the id alone";
}

TEST(Row, MetadataBeyondItsLimitIsNotCutButRefused) {
  Row row(schema());
  row.set_request_id(std::string(65, 'r'));
  const std::vector<std::string_view> tags(17, "k=v");
  const SeenCall call = sent(BodyAccess::body(row), {.user_id = std::string(129, 'u'), .route_tags = tags});
  const auto refused = [&](wire::MetaKind kind) { return call.refused(static_cast<std::uint16_t>(kind)); };
  EXPECT_TRUE(refused(wire::MetaKind::kRequestId) && refused(wire::MetaKind::kUserId) && refused(wire::MetaKind::kRouteTag));
  EXPECT_FALSE(refused(wire::MetaKind::kTraceId));
  EXPECT_EQ(BodyAccess::body(row).ids.get(0), std::string(65, 'r')) << "the answer bears the id that was given";
}

TEST(Batch, RowWithoutAnIdBesideRowsWithOneGetsOne) {
  Batch batch(schema(), 3);
  batch.set_request_id(1, "mine");
  const SeenCall call = sent(BodyAccess::body(batch));
  const auto id = [&](std::uint16_t row) { return call.meta(static_cast<std::uint16_t>(wire::MetaKind::kRequestId), row); };
  EXPECT_EQ(id(1), "mine");
  EXPECT_EQ(id(0).size(), 36u);
  EXPECT_EQ(id(0)[14], '7');
  EXPECT_NE(id(0), id(2));
  EXPECT_EQ(BodyAccess::body(batch).ids.get(2), id(2));
}

TEST(Batch, ValueForAllRowsIsSentOnce) {
  const Schema s = schema();
  Batch batch(s, 100);
  batch.set_all(s.handle("home"), "rent");
  for (std::size_t r = 0; r < 100; ++r) batch.set(r, s.handle("age"), r);
  const SeenCall call = sent(BodyAccess::body(batch));
  EXPECT_EQ(call.geometry.broadcast_columns, 1);
  EXPECT_EQ(call.geometry.body_bytes, 8u + 208 + 1'608 + 4) << "bitmap, 201 tags padded, 201 cells, text";
}

TEST(Batch, ValueForAllRowsAfterSomeRowsHadOneTravelsBesideThoseOnly) {
  const Schema s = schema();
  Batch batch(s, 3);
  batch.set(1, s.handle("age"), 5);
  batch.set_all(s.handle("age"), 9);
  const SeenCall call = sent(BodyAccess::body(batch));
  EXPECT_EQ(call.geometry.broadcast_columns, 0);
  EXPECT_EQ(call.cell(0, 0).as_int(), 9);
  EXPECT_EQ(call.cell(0, 1).as_int(), 5);
  EXPECT_EQ(call.cell(0, 2).as_int(), 9);
  ASSERT_EQ(call.extras().size(), 1u);
  EXPECT_EQ(call.extras()[0].row, 1);
}

TEST(Batch, RowsOwnValueAfterOneForAllTravelsBesideIt) {
  const Schema s = schema();
  Batch batch(s, 3);
  batch.set_all("age", 9);
  batch.set(2, "age", 1);
  batch.set_all("age", 2);
  const SeenCall call = sent(BodyAccess::body(batch));
  EXPECT_EQ(call.geometry.broadcast_columns, 1);
  EXPECT_EQ(call.geometry.extras, 1u + 3u);
}

TEST(Batch, NoRowsAndTooManyRowsAreKeptAsTheyAre) {
  Batch none(schema(), 0);
  none.set_all("age", 1);
  EXPECT_EQ(none.rows(), 0u);
  EXPECT_EQ(sent(BodyAccess::body(none)).geometry.rows, 0);
  Batch many(schema(), 5'000);
  many.set(4'999, "age", 1);
  EXPECT_EQ(many.rows(), 5'000u);
}

TEST(Schema, EqualListsHaveEqualHashesAndOthersNot) {
  const auto hash = [](std::vector<FieldDecl> fields) { return Schema::positional(std::move(fields))->hash(); };
  EXPECT_EQ(hash({{"a", Dtype::kInt}, {"b", Dtype::kStr}}), hash({{"a", Dtype::kInt}, {"b", Dtype::kStr}}));
  EXPECT_NE(hash({{"a", Dtype::kInt}, {"b", Dtype::kStr}}), hash({{"b", Dtype::kStr}, {"a", Dtype::kInt}}));
  EXPECT_NE(hash({{"a", Dtype::kInt}}), hash({{"a", Dtype::kFloat}}));
}

TEST(Schema, ListsThatTheWireCannotCarryAreRefusedWithTheReason) {
  const auto error = [](std::vector<FieldDecl> fields) { return Schema::positional(std::move(fields)).error().message; };
  EXPECT_EQ(error({{"a"}, {"a"}}), "the name 'a' is there twice");
  EXPECT_EQ(error({{"a"}, {""}}), "name 1 is empty");
  EXPECT_EQ(error({{std::string(256, 'n')}}), "name 0 has 256 bytes; at most 255 are allowed");
  EXPECT_EQ(error(std::vector<FieldDecl>(4'097)), "4097 names; a schema holds at most 4096");
}

// The bits of a packed body's cell.
template <class Float>
Float packed_cell(const SeenCall& call, std::size_t index) {
  Float value = 0;
  std::memcpy(&value, call.body.data() + index * sizeof value, sizeof value);
  return value;
}

TEST(PackedBatch, HoldsNumbersAsBareFloatsAndNaNWhereNothingWasSaid) {
  Batch narrow(schema(), 2, Packed::kFloat32), wide(schema(), 2, Packed::kFloat64);
  for (Batch* batch : {&narrow, &wide}) {
    batch->set(0, FieldHandle{0}, 27);
    batch->set(1, FieldHandle{2}, 2.5);
  }
  const SeenCall f32 = sent(BodyAccess::body(narrow)), f64 = sent(BodyAccess::body(wide));
  EXPECT_EQ(f32.geometry.encoding, static_cast<std::uint8_t>(wire::Encoding::kPackedF32));
  EXPECT_EQ(f64.geometry.encoding, static_cast<std::uint8_t>(wire::Encoding::kPackedF64));
  EXPECT_EQ(f32.geometry.body_bytes, 3u * 2 * 4);
  EXPECT_EQ(f64.geometry.body_bytes, 3u * 2 * 8);
  for (std::size_t i = 0; i < 6; ++i) {
    const double expected = i == 0 ? 27 : i == 5 ? 2.5 : std::nan("");
    EXPECT_TRUE(std::isnan(expected) ? std::isnan(packed_cell<float>(f32, i))
                                     : packed_cell<float>(f32, i) == static_cast<float>(expected))
        << i;
    EXPECT_TRUE(std::isnan(expected) ? std::isnan(packed_cell<double>(f64, i)) : packed_cell<double>(f64, i) == expected) << i;
  }
  EXPECT_EQ(f64.geometry.extras, 0U);
}

TEST(PackedBatch, WhatAFloatCannotHoldTravelsUnderItsName) {
  Batch batch(schema(), 1, Packed::kFloat32);
  batch.set(0, FieldHandle{0}, 16'777'217);  // a float32 would round it
  batch.set(0, FieldHandle{1}, "rent");
  batch.set(0, FieldHandle{2}, 0.1);  // and this
  const SeenCall call = sent(BodyAccess::body(batch));
  const auto extras = call.extras();
  ASSERT_EQ(extras.size(), 3U);
  EXPECT_EQ(call.name(extras[0]), "age");
  EXPECT_EQ(static_cast<std::int64_t>(extras[0].bits), 16'777'217);
  EXPECT_EQ(call.name(extras[1]), "home");
  EXPECT_EQ(call.name(extras[2]), "income");
  EXPECT_EQ(std::bit_cast<double>(extras[2].bits), 0.1);
}

TEST(PackedBatch, ASecondValueTravelsBesideTheFirst) {
  Batch batch(schema(), 1, Packed::kFloat64);
  batch.set(0, FieldHandle{0}, 1);
  batch.set(0, FieldHandle{0}, 2);
  const SeenCall call = sent(BodyAccess::body(batch));
  EXPECT_EQ(packed_cell<double>(call, 0), 1.0);
  ASSERT_EQ(call.extras().size(), 1U);
  EXPECT_EQ(static_cast<std::int64_t>(call.extras()[0].bits), 2);
}

TEST(PackedBatch, ColumnsAreSetWholeInEitherWidth) {
  const std::vector<float> floats{1, 2.5F, std::nanf("")};
  const std::vector<double> doubles{1, 2.5, 0.1};
  Batch batch(schema(), 3, Packed::kFloat32);
  batch.set_column(FieldHandle{0}, floats);
  batch.set_column(FieldHandle{2}, doubles);
  const SeenCall call = sent(BodyAccess::body(batch));
  EXPECT_EQ(packed_cell<float>(call, 1), 2.5F);
  EXPECT_TRUE(std::isnan(packed_cell<float>(call, 2)));
  EXPECT_EQ(packed_cell<float>(call, 7), 2.5F);
  ASSERT_EQ(call.extras().size(), 1U) << "0.1 is no float32";
  EXPECT_EQ(call.extras()[0].row, 2);
  batch.reset(1);
  EXPECT_EQ(sent(BodyAccess::body(batch)).geometry.body_bytes, wire::padded8(3 * 4));
}

TEST(PackedBatch, ValueForAllRowsIsSentOnce) {
  for (const Packed packed : {Packed::kFloat32, Packed::kFloat64}) {
    Batch batch(schema(), 100, packed);
    batch.set_all(FieldHandle{0}, 27);
    for (std::size_t r = 0; r < 100; ++r) batch.set(r, FieldHandle{2}, static_cast<double>(r));
    const SeenCall call = sent(BodyAccess::body(batch));
    const bool narrow = packed == Packed::kFloat32;
    EXPECT_EQ(call.geometry.broadcast_columns, 1);
    EXPECT_EQ(call.geometry.extras, 0u);
    EXPECT_EQ(call.geometry.body_bytes, 8 + wire::padded8(201 * (narrow ? 4 : 8))) << "bitmap, cells";
    const auto cell = [&](std::size_t i) {  // behind the bitmap
      return narrow ? static_cast<double>(packed_cell<float>(call, 2 + i)) : packed_cell<double>(call, 1 + i);
    };
    EXPECT_EQ(cell(0), 27.0);
    EXPECT_TRUE(std::isnan(cell(1))) << "home, of which nothing was said";
    EXPECT_EQ(cell(101 + 99), 99.0);
  }
}

TEST(PackedBatch, ValueForAllRowsStandsBesideARowsOwn) {
  Batch batch(schema(), 3, Packed::kFloat32);
  batch.set(1, FieldHandle{0}, 5);
  batch.set_all(FieldHandle{0}, 9);  // a row has its own: sent by the row
  batch.set_all(FieldHandle{2}, 2.5);
  batch.set(2, FieldHandle{2}, 1);
  batch.set_column(FieldHandle{2}, std::vector<float>{3, 3, 3});
  const SeenCall call = sent(BodyAccess::body(batch));
  EXPECT_EQ(call.geometry.broadcast_columns, 1);
  EXPECT_EQ(call.geometry.extras, 1u + 1u + 3u);
  const float expected[] = {9, 5, 9};
  for (std::size_t row = 0; row < 3; ++row) EXPECT_EQ(packed_cell<float>(call, 2 + row), expected[row]);
  EXPECT_EQ(packed_cell<float>(call, 2 + 6), 2.5F);
}

TEST(PackedBatch, ValueForAllRowsThatAFloatCannotHoldTravelsUnderItsName) {
  Batch batch(schema(), 2, Packed::kFloat32);
  batch.set_all("home", "rent");
  batch.set_all("income", 0.1);
  batch.set_all("age", std::nan(""));
  const SeenCall call = sent(BodyAccess::body(batch));
  EXPECT_EQ(call.geometry.broadcast_columns, 0);
  EXPECT_EQ(call.extras().size(), 4u);
  EXPECT_TRUE(std::isnan(packed_cell<float>(call, 0)));
}

}  // namespace
}  // namespace ringside
