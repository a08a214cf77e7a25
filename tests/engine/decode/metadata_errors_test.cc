// What was too long to be sent: which rows it refuses, under which name, with which limit.
#include "engine/decode/metadata_errors.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/engine/decode/sent_call.h"

namespace ringside::engine::test {
namespace {

// "name CODE low high" of each error of each row of the tile that begins at `first_row`.
std::vector<std::string> refused(wire::CallBody& body, std::uint32_t first_row, std::uint32_t rows) {
  const SentCall sent(body);
  Call call;
  CallMeta meta;
  EXPECT_EQ(sent.read(call, meta), CallShape::kGood);
  const InputSchema schema({int_field("age")}, true);
  Tile tile(schema);
  tile.start(rows);
  refuse_metadata(meta, first_row, tile);
  std::vector<std::string> lines;
  for (std::uint32_t row = 0; row < rows; ++row) {
    std::string line;
    for (std::uint32_t i = 0; i < tile.errors().count(row); ++i) {
      const RowError error = tile.errors().at(row, i);
      line += (i == 0 ? "" : "; ") + shown(error, schema) + " " + shown(error.low) + " " + shown(error.high);
    }
    EXPECT_EQ((tile.invalid() >> row & 1) != 0, !line.empty());
    lines.push_back(line);
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST(RefuseMetadata, WhatFitsRefusesNothing) {
  wire::CallBody body;
  body.start(1, 2);
  body.set_request_id(0, std::string(64, 'r'));
  body.set_user_id(std::string(128, 'u'));
  EXPECT_EQ(refused(body, 0, 2), (Lines{"", ""}));
}

TEST(RefuseMetadata, ARequestIdRefusesItsOwnRowInWhateverTileItStands) {
  wire::CallBody body;
  body.start(1, 100);
  body.set_request_id(1, std::string(65, 'r'));
  body.set_request_id(65, std::string(65, 'r'));
  const std::string line = "<request_id> TOO_LONG missing 64";
  EXPECT_EQ(refused(body, 0, 3), (Lines{"", line, ""}));
  EXPECT_EQ(refused(body, 64, 3), (Lines{"", line, ""}));
}

TEST(RefuseMetadata, WhatIsOfTheCallRefusesEveryRowAllAtOnce) {
  wire::CallBody body;
  body.start(1, 2);
  const std::string longest(129, 'x');
  body.set_user_id(longest);
  body.set_route_key(longest);
  body.add_route_tag(longest);
  body.set_trace_id(longest);
  const std::string line =
      "<user_id> TOO_LONG missing 128; <route_key> TOO_LONG missing 128; <route_tags> TOO_LONG 16 128; <trace_id> TOO_LONG "
      "missing 64";
  EXPECT_EQ(refused(body, 0, 2), (Lines{line, line}));
}

}  // namespace
}  // namespace ringside::engine::test
