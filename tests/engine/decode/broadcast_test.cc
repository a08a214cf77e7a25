// Goal: a broadcast cell is read and judged once a call, so that no row of a call can be of another reading than its neighbour. Method: an
// accessor that counts what is read of a call's cells and text, tile after tile.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "engine/decode/gather-inl.h"
#include "tests/engine/decode/sent_call.h"

namespace ringside::engine::test {
namespace {

using wire::Cell;

// The true bytes, and how often each address was asked for.
struct CountingAccess {
  static inline std::map<const void*, std::uint32_t> loads;

  static std::uint64_t load64(const void* source) noexcept { return ++loads[source], wire::DirectAccess::load64(source); }
  static std::uint32_t load32(const void* source) noexcept { return ++loads[source], wire::DirectAccess::load32(source); }
  static std::uint8_t load8(const void* source) noexcept { return ++loads[source], wire::DirectAccess::load8(source); }
  static void copy(void* target, const void* source, std::size_t bytes) noexcept {
    ++loads[source];
    wire::DirectAccess::copy(target, source, bytes);
  }
};

const InputSchema& schema() {
  static const InputSchema fields({int_field("age"),
                                   {.name = "income", .dtype = Dtype::kFloat, .fill_number = 7},
                                   {.name = "score", .dtype = Dtype::kInt, .on_out_of_range = OnOutOfRange::kClamp, .high = 10},
                                   str_field("city"),
                                   int_field("item")},
                                  true);
  return fields;
}

// Four fields of a user, good, missing, out of range and text, and one of an item.
wire::CallBody user_and_items(Cell age) {
  wire::CallBody body;
  body.start(5, 300);
  body.set_broadcast(0, age);
  body.set_broadcast(1, Cell::null());
  body.set_broadcast(2, Cell::integer(99));
  body.set_broadcast_text(3, "amsterdam");
  for (std::uint16_t row = 0; row < 300; ++row) body.set(4, row, Cell::integer(row));
  return body;
}

// How often the cell of each column's first row was read.
std::vector<std::uint32_t> first_cells_read(const Call& call) {
  std::vector<std::uint32_t> times;
  for (std::uint32_t cell = 0; cell < 5; ++cell)
    times.push_back(CountingAccess::loads[call.body + call.layout.cells_offset + cell * 8]);
  return times;
}

TEST(BroadcastCells, AreReadOnceACall) {
  wire::CallBody body = user_and_items(Cell::integer(41));
  const SentCall sent(body);
  Call call;
  CallMeta meta;
  ASSERT_EQ(sent.read(call, meta), CallShape::kGood);
  CountingAccess::loads.clear();
  Tile tile(schema());
  GatherCursor cursor;
  const Adapter adapter = identity_adapter(schema());
  std::uint32_t tiles = 0;
  for (; cursor.next_row < 300; ++tiles) {
    const std::uint32_t first = cursor.next_row;
    const GatherOutcome outcome = gather<CountingAccess>(call, adapter, schema(), kTileRows, cursor, tile);
    ASSERT_FALSE(outcome.malformed);
    for (const std::uint32_t row : {0u, outcome.rows - 1}) {
      EXPECT_EQ(shown_row(tile, schema(), row),
                "age=41 income=7* score=10! city='amsterdam' item=" + std::to_string(first + row));
    }
    EXPECT_EQ(tile.filled(1), rows_mask(outcome.rows));
    EXPECT_EQ(tile.marked()[0], 0b0110u);
  }
  EXPECT_EQ(tiles, 5u);
  EXPECT_EQ(first_cells_read(call), (std::vector<std::uint32_t>{1, 1, 1, 1, 1}));
  EXPECT_EQ(CountingAccess::loads[call.body + call.layout.text_offset], 1u);
}

TEST(BroadcastCells, AreReadAgainWhereAnErrorMakesThemOneARow) {
  wire::CallBody body = user_and_items(Cell::boolean(true));
  const SentCall sent(body);
  Call call;
  CallMeta meta;
  ASSERT_EQ(sent.read(call, meta), CallShape::kGood);
  CountingAccess::loads.clear();
  Tile tile(schema());
  GatherCursor cursor;
  const Adapter adapter = identity_adapter(schema());
  while (cursor.next_row < 300) {
    const std::uint32_t rows = gather<CountingAccess>(call, adapter, schema(), kTileRows, cursor, tile).rows;
    EXPECT_EQ(tile.invalid(), rows_mask(rows));
  }
  EXPECT_EQ(first_cells_read(call), (std::vector<std::uint32_t>{5, 1, 1, 1, 1}));
}

// A caller that writes into a call under way is answered by one reading of it.
TEST(BroadcastCells, ThatChangeUnderWayAreThoseOfTheFirstTile) {
  wire::CallBody body = user_and_items(Cell::integer(41));
  SentCall sent(body);
  Call call;
  CallMeta meta;
  ASSERT_EQ(sent.read(call, meta), CallShape::kGood);
  Tile tile(schema());
  GatherCursor cursor;
  const Adapter adapter = identity_adapter(schema());
  gather(call, adapter, schema(), kTileRows, cursor, tile);
  sent.bytes()[call.layout.cells_offset] = std::byte{42};
  sent.bytes()[call.layout.text_offset] = std::byte{'A'};
  gather(call, adapter, schema(), kTileRows, cursor, tile);
  EXPECT_EQ(shown_row(tile, schema(), 0), "age=41 income=7* score=10! city='amsterdam' item=64");
}

}  // namespace
}  // namespace ringside::engine::test
