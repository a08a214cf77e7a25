// Goal: a batch is the same rows however it is cut into tiles, broadcast or sent by position; what does not fit waits for the next tile.
// Method: rows written with CallBody, read through read_call and gather, and compared as text (sent_call.h says how it reads).
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "engine/decode/gather.h"
#include "tests/engine/decode/sent_call.h"

namespace ringside::engine::test {
namespace {

using wire::Cell;
using Rows = std::vector<std::string>;

// A batch of every dtype with a bit of everything wrong in it.
struct Batch {
  InputSchema schema{{{.name = "age", .dtype = Dtype::kInt, .low = 0, .high = 99},
                      {.name = "income", .dtype = Dtype::kFloat, .on_missing = OnMissing::kPass},
                      {.name = "own", .dtype = Dtype::kBool, .on_missing = OnMissing::kReject},
                      {.name = "home", .fill_text = "unknown"},
                      {.name = "city", .required = true}},
                     true};
  wire::CallBody body;

  // For a column of the schema; mostly good.
  Cell number(std::uint32_t column, std::mt19937& rng) const {
    switch (rng() % 24) {
      case 0:
        return Cell::null();
      case 1:
        return Cell::real(static_cast<double>(rng() % 200) / 2);
      case 2:
        return Cell::boolean(rng() % 2 != 0);
      case 3:
        return Cell::absent();
      default:
        if (column == 2) return Cell::boolean(rng() % 2 != 0);
        return Cell::integer(static_cast<std::int64_t>(rng() % 104) - 2);
    }
  }

  Batch(std::uint16_t rows, std::uint32_t seed, std::uint32_t text_bytes_max, bool extras) {
    std::mt19937 rng(seed);
    body.start(5, rows);
    for (std::uint16_t row = 0; row < rows; ++row) {
      for (std::uint16_t c = 0; c < 3; ++c) body.set(c, row, number(c, rng));
      for (std::uint16_t c = 3; c < 5; ++c) {
        if (rng() % 8 != 0) body.set_text(c, row, std::string(rng() % (text_bytes_max + 1), static_cast<char>('a' + rng() % 26)));
      }
      if (!extras) continue;
      while (rng() % 2 != 0) {
        const char* const names[] = {"age", "income", "home", "city", "zip"};
        const char* name = names[rng() % 5];
        if (rng() % 2 != 0) {
          body.add_named(row, name, number(0, rng));
        } else {
          body.add_named_text(row, name, std::string(rng() % (text_bytes_max + 1), 'x'));
        }
      }
    }
  }
};

TEST(Tiles, ABatchIsTheSameRowsHoweverItIsCut) {
  for (const bool extras : {false, true}) {
    Batch batch(200, 7, 20, extras);
    const SentCall sent(batch.body);
    const Adapter adapter = identity_adapter(batch.schema);
    const Gathered whole = gather_all(sent, adapter, batch.schema);
    ASSERT_EQ(whole.rows.size(), 200u);
    EXPECT_EQ(whole.tiles, (std::vector<std::uint32_t>{64, 64, 64, 8}));
    for (const std::uint32_t rows_max : {1u, 2u, 7u, 63u}) {
      EXPECT_EQ(gather_all(sent, adapter, batch.schema, rows_max).rows, whole.rows) << rows_max << " rows a tile";
    }
    EXPECT_EQ(gather_all(sent, adapter, batch.schema, 1'000).rows, whole.rows) << "64 at most, whatever is asked for";
  }
}

TEST(Tiles, ABatchIsTheSameRowsAsItsRowsSentOneByOne) {
  Batch batch(64, 11, 20, false);
  const Adapter adapter = identity_adapter(batch.schema);
  const Gathered together = gather_all(SentCall(batch.body), adapter, batch.schema);
  std::set<std::string> distinct(together.rows.begin(), together.rows.end());
  EXPECT_GT(distinct.size(), 40u) << "the batch says too little";
  std::mt19937 rng(11);
  for (std::uint16_t row = 0; row < 64; ++row) {
    wire::CallBody body;
    body.start(5, 1);
    for (std::uint16_t c = 0; c < 3; ++c) body.set(c, 0, batch.number(c, rng));
    for (std::uint16_t c = 3; c < 5; ++c) {
      if (rng() % 8 != 0) body.set_text(c, 0, std::string(rng() % 21, static_cast<char>('a' + rng() % 26)));
    }
    EXPECT_EQ(gather_all(SentCall(body), adapter, batch.schema).rows.at(0), together.rows[row]) << row;
  }
}

TEST(Tiles, AFullTextMemoryEndsTheTileAndLosesNothing) {
  for (const bool extras : {false, true}) {
    Batch batch(150, 13, wire::kTextBytesMax, extras);
    const SentCall sent(batch.body);
    const Adapter adapter = identity_adapter(batch.schema);
    const Gathered gathered = gather_all(sent, adapter, batch.schema);
    EXPECT_GT(gathered.tiles.size(), 50u) << "texts were meant to fill their pieces";
    ASSERT_FALSE(gathered.malformed);
    EXPECT_EQ(gathered.rows, gather_all(sent, adapter, batch.schema, 1).rows);
  }
}

TEST(Tiles, OneRowOfTheLongestTextsFits) {
  const InputSchema schema({str_field("a"), str_field("b"), str_field("c")}, true);
  wire::CallBody body;
  body.start(3, 2);
  for (std::uint16_t row = 0; row < 2; ++row) {
    for (std::uint16_t c = 0; c < 2; ++c) body.set_text(c, row, std::string(4'096, static_cast<char>('a' + c)));
    body.add_named_text(row, "c", std::string(4'096, 'c'));
  }
  const Gathered gathered = gather_all(SentCall(body), identity_adapter(schema), schema);
  EXPECT_EQ(gathered.tiles, (std::vector<std::uint32_t>{1, 1}));
  const auto quoted = [](char letter) { return "'" + std::string(4'096, letter) + "'"; };
  EXPECT_EQ(gathered.rows[1], "a=" + quoted('a') + " b=" + quoted('b') + " c=" + quoted('c'));
}

TEST(Tiles, RowsBeyondAFullPieceLeaveNothingBehind) {
  // Row 1 is forgotten by the first tile after its other fields, its error and its drop had been seen.
  const InputSchema schema(
      {{.name = "n", .dtype = Dtype::kInt, .on_out_of_range = OnOutOfRange::kClamp, .low = 0}, str_field("t")}, true);
  Adapter adapter = identity_adapter(schema);
  adapter.field_of_column.push_back(Adapter::kDropped);
  wire::CallBody body;
  body.start(3, 2);
  for (std::uint16_t row = 0; row < 2; ++row) {
    body.set(0, row, Cell::integer(-1));
    body.set_text(1, row, std::string(3'000, 't'));
    body.set(2, row, Cell::integer(9));
  }
  body.add_named(1, "what", Cell::null());
  const SentCall sent(body);
  Call call;
  CallMeta meta;
  ASSERT_EQ(sent.read(call, meta), CallShape::kGood);
  Tile tile(schema);
  GatherCursor cursor;
  const GatherOutcome first = gather(call, adapter, schema, kTileRows, cursor, tile);
  EXPECT_EQ(first.rows, 1u);
  EXPECT_EQ(first.dropped, 1u);
  EXPECT_EQ(tile.rows(), 1u);
  EXPECT_EQ(tile.invalid(), 0u);
  EXPECT_EQ(tile.clamped(0), 1u);
  EXPECT_EQ(cursor.next_row, 1u);
  EXPECT_EQ(cursor.next_extra, 0u);
  const GatherOutcome second = gather(call, adapter, schema, kTileRows, cursor, tile);
  EXPECT_EQ(second.dropped, 1u);
  EXPECT_EQ(tile.errors().count(0), 1u);
  EXPECT_EQ(cursor.next_extra, 1u);
}

TEST(Tiles, ARowWhoseExtraTextDoesNotFitTakesAllItsExtrasToTheNextTile) {
  const InputSchema schema({int_field("n"), str_field("t")}, true);
  wire::CallBody body;
  body.start(0, 2);
  for (std::uint16_t row = 0; row < 2; ++row) {
    body.add_named(row, "n", Cell::integer(5 + row));
    body.add_named_text(row, "t", std::string(3'000, 'x'));
  }
  const Gathered gathered = gather_all(SentCall(body), Adapter{}, schema);
  EXPECT_EQ(gathered.tiles, (std::vector<std::uint32_t>{1, 1}));
  EXPECT_EQ(gathered.rows[1], "n=6 t='" + std::string(3'000, 'x') + "'");
}

TEST(Broadcast, EqualsTheSameCallWithTheValueInEveryRow) {
  const Cell cells[] = {Cell::integer(41), Cell::integer(1'000), Cell::null(), Cell::absent(), Cell::real(0.5)};
  for (const Cell cell : cells) {
    for (const std::string& text : {std::string("rent"), std::string("\xFF"), std::string(4'000, 'x')}) {
      Batch plain(100, 17, 12, true), broadcast(100, 17, 12, true);
      for (std::uint16_t row = 0; row < 100; ++row) {
        plain.body.set(0, row, cell);
        plain.body.set_text(3, row, text);
      }
      broadcast.body.set_broadcast(0, cell);
      broadcast.body.set_broadcast_text(3, text);
      const SentCall one_each(plain.body), for_all(broadcast.body);
      EXPECT_LT(for_all.limits().in_arena_bytes, one_each.limits().in_arena_bytes);
      const Adapter adapter = identity_adapter(plain.schema);
      EXPECT_EQ(gather_all(for_all, adapter, plain.schema).rows, gather_all(one_each, adapter, plain.schema).rows);
    }
  }
}

TEST(Broadcast, ALongTextIsKeptOnceATile) {
  const InputSchema schema({str_field("t"), int_field("n")}, true);
  wire::CallBody body;
  body.start(2, 64);
  body.set_broadcast_text(0, std::string(4'096, 'b'));
  EXPECT_EQ(gather_all(SentCall(body), identity_adapter(schema), schema).tiles, (std::vector<std::uint32_t>{64}));
}

TEST(Broadcast, WorksBeyondThe64thColumn) {
  std::vector<Field> fields;
  for (int i = 0; i < 70; ++i) fields.push_back(int_field("f" + std::to_string(i)));
  const InputSchema schema(fields, true);
  wire::CallBody body;
  body.start(70, 2);
  for (std::uint16_t c = 0; c < 70; ++c) {
    if (c % 3 == 0) {
      body.set_broadcast(c, Cell::integer(c));
    } else {
      for (std::uint16_t row = 0; row < 2; ++row) body.set(c, row, Cell::integer(c + 100 * row));
    }
  }
  const Gathered gathered = gather_all(SentCall(body), identity_adapter(schema), schema);
  std::string second;
  for (int c = 0; c < 70; ++c) {
    second += (c == 0 ? "f" : " f") + std::to_string(c) + "=" + std::to_string(c % 3 == 0 ? c : c + 100);
  }
  EXPECT_EQ(gathered.rows[1], second);
}

TEST(Broadcast, ABitmapThatDoesNotAgreeWithItsGeometryIsMalformed) {
  const InputSchema schema({int_field("a"), int_field("b"), int_field("c")}, true);
  for (const std::uint64_t word : {std::uint64_t{0}, std::uint64_t{3}, std::uint64_t{7}, std::uint64_t{1} << 3,
                                   std::uint64_t{1} << 63, std::uint64_t{1} << 3 | 1}) {
    wire::CallBody body;
    body.start(3, 2);
    body.set_broadcast(0, Cell::integer(1));
    SentCall sent(body);
    std::memcpy(sent.bytes(), &word, sizeof word);
    EXPECT_TRUE(gather_all(sent, identity_adapter(schema), schema).malformed) << word;
  }
}

TEST(Positional, RowsAreReadInTheBundlesOrder) {
  const InputSchema schema({int_field("a"), str_field("b")}, true);
  wire::CallBody body;
  body.start(2, 1);
  body.set(0, 0, Cell::integer(1));
  body.set_text(1, 0, "x");
  const SentCall sent(body, wire::Encoding::kPositional);
  EXPECT_EQ(gather_all(sent, identity_adapter(schema), schema).rows, (Rows{"a=1 b='x'"}));
}

}  // namespace
}  // namespace ringside::engine::test
