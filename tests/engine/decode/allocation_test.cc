// Goal: decode never allocates once its memory is reserved.
// Method: this program counts every operator new; calls of every kind, good and bad, are decoded between two readings of the count.
#include <gtest/gtest.h>

#include <bit>
#include <new>
#include <string>
#include <vector>

#include "tests/support/counted_new.h"
#include "tests/engine/decode/sent_call.h"

namespace ringside::engine::test {
namespace {

using ringside::test::allocations;

TEST(Allocation, TheCounterCounts) {
  const std::uint64_t before = allocations();
  ::operator delete(::operator new(8));  // not a new-expression, which a compiler may leave out
  EXPECT_EQ(allocations() - before, 1u);
}

TEST(Allocation, DecodingACallNeverAllocates) {
  const InputSchema schema({{.name = "age", .dtype = Dtype::kInt, .low = 0, .high = 120},
                            {.name = "home", .fill_text = "a fill that is longer than a small string"},
                            {.name = "city", .required = true},
                            {.name = "income", .dtype = Dtype::kFloat}},
                           true);
  ClientSchema client;
  for (const char* name : {"income", "home", "a column of no bundle, with a long name", "city"})
    client.columns.push_back({name, Dtype::kAny});
  const Adapter adapter = make_adapter(client, schema, [](const std::string&) { return false; });

  wire::CallBody body;
  body.start(4, 200);
  for (std::uint16_t row = 0; row < 200; ++row) {
    if (row % 3 == 0) body.set(0, row, wire::Cell::real(row));
    if (row % 5 == 0) body.set_text(1, row, std::string(row * 10u, 'h'));
    if (row % 7 == 0) body.set(2, row, wire::Cell::integer(1));
    if (row % 11 != 0) body.set_text(3, row, row % 13 == 0 ? "\xFF" : "Dresden");
    if (row % 17 == 0) body.add_named(row, "age", wire::Cell::integer(row));
    if (row % 19 == 0) body.add_named(row, "some unknown name that is longer than a small string", wire::Cell::null());
    if (row % 2 == 0) body.set_request_id(row, "0123456789abcdef0123456789abcdef");
  }
  body.set_user_id("a user whose id is longer than a small string");
  body.add_route_tag("segment=vip");
  const SentCall sent(body);
  Call call;
  CallMeta meta;
  Tile tile(schema);
  std::uint32_t rows = 0, tiles = 0, invalid = 0;

  const std::uint64_t before = allocations();
  const CallShape shape = sent.read(call, meta);
  GatherCursor cursor;
  while (shape == CallShape::kGood && cursor.next_row < call.geometry.rows) {
    const GatherOutcome outcome = gather(call, adapter, schema, kTileRows, cursor, tile);
    if (outcome.malformed) break;
    tile.sort_errors();
    rows += outcome.rows;
    ++tiles;
    invalid += static_cast<std::uint32_t>(std::popcount(tile.invalid()));
  }
  const std::uint64_t after = allocations();

  EXPECT_EQ(after - before, 0u);
  EXPECT_EQ(rows, 200u);
  EXPECT_GT(tiles, 4u) << "text memory was meant to fill";
  EXPECT_GT(invalid, 20u);
  EXPECT_LT(invalid, 180u);
}

}  // namespace
}  // namespace ringside::engine::test
