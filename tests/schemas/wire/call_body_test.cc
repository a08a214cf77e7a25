// Goal: what a row builder puts into a CallBody stands in the written bytes where body_layout says.
// Method: write into memory of the exact size, filled with rubbish beforehand, and read it back by the layout alone.
#include "schemas/wire/call_body.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace ringside::wire {
namespace {

// The written bytes, read by the layout as the engine would.
class Written {
 public:
  explicit Written(CallBody& body) : geometry_(body.geometry(0x1234)), words_((body.bytes() + 7) / 8, 0xAAAA'AAAA'AAAA'AAAA) {
    body.write(bytes());
    layout_ = body_layout(geometry_).value();
  }

  [[nodiscard]] const RequestGeometry& geometry() const { return geometry_; }
  [[nodiscard]] const BodyLayout& layout() const { return layout_; }

  [[nodiscard]] Cell cell(std::uint64_t index) const {
    return {read<std::uint64_t>(layout_.cells_offset + index * 8),
            static_cast<Tag>(read<std::uint8_t>(layout_.tags_offset + index))};
  }
  [[nodiscard]] std::uint64_t broadcast_word(std::uint32_t word) const {
    return read<std::uint64_t>(layout_.broadcast_offset + word * 8u);
  }
  [[nodiscard]] ExtraCell extra(std::uint32_t index) const {
    return read<ExtraCell>(layout_.extras_offset + index * sizeof(ExtraCell));
  }
  [[nodiscard]] std::string text(std::uint32_t offset, std::size_t size) const {
    EXPECT_LE(offset + size, layout_.text_bytes);
    return {reinterpret_cast<const char*>(words_.data()) + layout_.text_offset + offset, size};
  }
  [[nodiscard]] std::string text(Cell cell) const { return text(cell.text_offset(), cell.text_bytes()); }
  [[nodiscard]] std::string meta() const {
    return {reinterpret_cast<const char*>(words_.data()) + layout_.meta_offset, geometry_.meta_bytes};
  }
  [[nodiscard]] std::string between(std::uint64_t begin, std::uint64_t end) const {
    return {reinterpret_cast<const char*>(words_.data()) + begin, end - begin};
  }

 private:
  std::byte* bytes() { return reinterpret_cast<std::byte*>(words_.data()); }
  template <class T>
  [[nodiscard]] T read(std::uint64_t offset) const {
    T value;
    std::memcpy(&value, reinterpret_cast<const std::byte*>(words_.data()) + offset, sizeof value);
    return value;
  }

  RequestGeometry geometry_;
  std::vector<std::uint64_t> words_;
  BodyLayout layout_{};
};

std::string item(MetaKind kind, std::uint16_t row, std::string value) {
  const MetaItem head{static_cast<std::uint16_t>(kind), static_cast<std::uint16_t>(value.size()), row, 0};
  std::string bytes(reinterpret_cast<const char*>(&head), sizeof head);
  value.resize(padded8(value.size()));
  return bytes + value;
}
std::string refused_item(MetaKind kind, std::uint16_t row = 0) {
  const MetaItem head{static_cast<std::uint16_t>(kind), 0, row, static_cast<std::uint16_t>(FieldCode::kTooLong)};
  return {reinterpret_cast<const char*>(&head), sizeof head};
}

TEST(CallBody, AStartedBodyIsAbsentThroughout) {
  CallBody body;
  body.start(3, 2);
  body.set(1, 1, Cell::integer(7));
  body.add_named(0, "x", Cell::null());
  body.set_user_id("u");
  body.start(3, 2);  // forgets all of it
  const Written written(body);
  EXPECT_EQ(written.geometry().extras, 0u);
  EXPECT_EQ(written.geometry().meta_bytes, 0u);
  EXPECT_EQ(written.layout().text_bytes, 0u);
  for (std::uint64_t i = 0; i < 6; ++i) EXPECT_EQ(written.cell(i).tag, Tag::kAbsent);
}

TEST(CallBody, CellsAreColumnMajorWithTheirTags) {
  CallBody body;
  body.start(2, 3);
  body.set(0, 2, Cell::integer(-5));
  body.set(1, 0, Cell::real(2.5));
  body.set(1, 2, Cell::boolean(true));
  const Written written(body);
  EXPECT_EQ(written.geometry().rows, 3);
  EXPECT_EQ(written.geometry().columns, 2);
  EXPECT_EQ(written.geometry().schema_hash, 0x1234u);
  EXPECT_EQ(written.geometry().encoding, static_cast<std::uint8_t>(Encoding::kHandles));
  EXPECT_EQ(written.cell(2).as_int(), -5);
  EXPECT_EQ(written.cell(3).as_real(), 2.5);
  EXPECT_EQ(written.cell(5).tag, Tag::kBool);
  EXPECT_EQ(written.cell(4).tag, Tag::kAbsent);
  EXPECT_EQ(written.between(written.layout().tags_offset + 6, written.layout().extras_offset), std::string(2, '\0'))
      << "padding is zero";
}

TEST(CallBody, TextsAreFoundThroughTheirCells) {
  CallBody body;
  body.start(2, 1);
  body.set_text(0, 0, "rent");
  body.set_text(1, 0, "");
  body.add_named_text(0, "zip", "01067");
  const Written written(body);
  EXPECT_EQ(written.text(written.cell(0)), "rent");
  EXPECT_EQ(written.cell(1).tag, Tag::kText);
  EXPECT_EQ(written.text(written.cell(1)), "");
  const ExtraCell extra = written.extra(0);
  EXPECT_EQ(written.text(extra.name_offset, extra.name_bytes), "zip");
  EXPECT_EQ(written.text(Cell{extra.bits, Tag::kText}), "01067");
}

TEST(CallBody, ATextBeyondTheLimitIsSentAsRefused) {
  CallBody body;
  body.start(2, 1);
  body.set_text(0, 0, std::string(kTextBytesMax, 'x'));
  body.set_text(1, 0, std::string(kTextBytesMax + 1, 'x'));
  EXPECT_EQ(body.tag(0, 0), Tag::kText);
  EXPECT_EQ(body.tag(1, 0), Tag::kRefused);
  EXPECT_EQ(Written(body).cell(1).bits, static_cast<std::uint64_t>(FieldCode::kTooLong));
}

TEST(CallBody, ABroadcastColumnIsOneCellAndItsBit) {
  CallBody body;
  body.start(70, 4);
  body.set_broadcast(1, Cell::integer(11));
  body.set_broadcast(69, Cell::integer(99));
  body.set_broadcast(69, Cell::integer(100));  // the same column once more
  body.set(2, 3, Cell::integer(23));
  const Written written(body);
  EXPECT_EQ(written.geometry().broadcast_columns, 2);
  EXPECT_EQ(written.layout().cell_count, 2u + 68u * 4u);
  EXPECT_EQ(written.broadcast_word(0), 2u);
  EXPECT_EQ(written.broadcast_word(1), 1u << 5);
  EXPECT_EQ(written.cell(4).as_int(), 11);  // behind column 0's four
  EXPECT_EQ(written.cell(5 + 3).as_int(), 23);
  EXPECT_EQ(written.cell(written.layout().cell_count - 1).as_int(), 100);
}

TEST(CallBody, ExtrasAreWrittenByRowInTheOrderTheyCame) {
  CallBody body;
  body.start(0, 3);
  body.add_named(2, "c", Cell::integer(1));
  body.add_named(0, "a", Cell::integer(2));
  body.add_named(2, "d", Cell::integer(3));
  body.add_named(0, "b", Cell::integer(4));
  const Written written(body);
  std::string names, rows;
  for (std::uint32_t i = 0; i < 4; ++i) {
    const ExtraCell extra = written.extra(i);
    names += written.text(extra.name_offset, extra.name_bytes);
    rows += static_cast<char>('0' + extra.row);
    for (const std::uint8_t byte : extra.reserved) EXPECT_EQ(byte, 0);
  }
  EXPECT_EQ(names, "abcd");
  EXPECT_EQ(rows, "0022");
}

TEST(CallBody, MetadataIsItemsWithRequestIdsInRowOrder) {
  CallBody body;
  body.start(1, 3);
  body.set_user_id("u37201");
  body.set_request_id(2, "second");
  body.set_request_id(0, "first-id-of-17-by");
  body.add_route_tag("segment=vip");
  body.set_version("");  // an empty one is not sent
  const Written written(body);
  EXPECT_EQ(written.meta(), item(MetaKind::kRequestId, 0, "first-id-of-17-by") + item(MetaKind::kRequestId, 2, "second") +
                                item(MetaKind::kUserId, 0, "u37201") + item(MetaKind::kRouteTag, 0, "segment=vip"));
}

TEST(CallBody, MetadataAtItsLimitTravelsWhole) {
  CallBody body;
  body.start(1, 1);
  body.set_request_id(0, std::string(kRequestIdBytesMax, 'r'));
  body.set_user_id(std::string(kUserIdBytesMax, 'u'));
  body.add_route_tag(std::string(kRouteTagBytesMax, 't'));
  body.set_label(std::string(kVersionBytesMax, 'l'));
  EXPECT_EQ(Written(body).meta(), item(MetaKind::kRequestId, 0, std::string(kRequestIdBytesMax, 'r')) +
                                      item(MetaKind::kUserId, 0, std::string(kUserIdBytesMax, 'u')) +
                                      item(MetaKind::kRouteTag, 0, std::string(kRouteTagBytesMax, 't')) +
                                      item(MetaKind::kLabel, 0, std::string(kVersionBytesMax, 'l')));
}

TEST(CallBody, MetadataBeyondItsLimitTravelsAsRefusedAndIsNeverCut) {
  CallBody body;
  body.start(1, 2);
  body.set_request_id(0, "short");
  body.set_request_id(1, std::string(kRequestIdBytesMax + 1, 'r'));
  body.set_user_id(std::string(kUserIdBytesMax + 1, 'u'));
  body.set_route_key(std::string(kRouteKeyBytesMax + 1, 'k'));
  body.set_trace_id(std::string(kTraceIdBytesMax + 1, 't'));
  body.set_version(std::string(kVersionBytesMax + 1, 'v'));
  EXPECT_EQ(Written(body).meta(), item(MetaKind::kRequestId, 0, "short") + refused_item(MetaKind::kRequestId, 1) +
                                      refused_item(MetaKind::kUserId) + refused_item(MetaKind::kRouteKey) +
                                      refused_item(MetaKind::kTraceId) + refused_item(MetaKind::kVersion));
}

TEST(CallBody, TheLastRequestIdOfARowCounts) {
  CallBody body;
  body.start(1, 1);
  body.set_request_id(0, std::string(kRequestIdBytesMax + 1, 'r'));
  body.set_request_id(0, "short");
  EXPECT_EQ(Written(body).meta(), item(MetaKind::kRequestId, 0, "short"));
}

TEST(CallBody, RouteTagsTooLongOrTooManyAreRefusedOnce) {
  CallBody body;
  body.start(1, 1);
  for (int i = 0; i < 3; ++i) body.add_route_tag(std::string(kRouteTagBytesMax + 1, 't'));
  EXPECT_EQ(Written(body).meta(), refused_item(MetaKind::kRouteTag));
  body.clear_meta();
  std::string sixteen;
  for (int i = 0; i < 20; ++i) body.add_route_tag("k=v");
  for (int i = 0; i < 16; ++i) sixteen += item(MetaKind::kRouteTag, 0, "k=v");
  EXPECT_EQ(Written(body).meta(), sixteen + refused_item(MetaKind::kRouteTag));
}

TEST(CallBody, AnEmptyCallHasNoBytes) {
  CallBody body;
  body.start(0, 0);
  EXPECT_EQ(body.bytes(), 0u);
}

TEST(CallBody, SixNumbersInOneRowFitTheEntry) {
  CallBody body;
  body.start(6, 1);
  for (std::uint16_t c = 0; c < 6; ++c) body.set(c, 0, Cell::integer(c));
  EXPECT_LE(body.bytes(), kInlineBytes);
}

}  // namespace
}  // namespace ringside::wire
