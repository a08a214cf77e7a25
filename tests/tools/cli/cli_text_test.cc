// Goal: times are read as people write them, and never become "no deadline" by rounding; tables line up.
// Method: good and bad texts in tables.
#include <gtest/gtest.h>

#include "tools/cli/columns.h"
#include "tools/cli/duration.h"

namespace ringside::cli {
namespace {

using namespace std::chrono_literals;

TEST(Duration, GoodTextsHaveTheirValue) {
  const std::pair<const char*, std::chrono::nanoseconds> rows[] = {
      {"500us", 500us}, {"5ms", 5ms}, {"1s", 1s}, {"0", 0ns}, {"0s", 0ns}, {"1.5ms", 1500us}, {"1ns", 1ns}, {"86400s", 86'400s}};
  for (const auto& [text, value] : rows) EXPECT_EQ(parse_duration(text), value) << text;
}

TEST(Duration, OtherTextsAreNone) {
  for (const char* text : {"", "us", "5", "5 ms", "-1ms", "1m", "1e3us", "nan", "inf", "86401s", "0.1ns", "5msx", "0x5s"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Columns, CellsOfAColumnBeginTogetherAndNothingTrails) {
  EXPECT_EQ(columns({{"a", "b"}, {"long", "x"}, {"only"}, {"y", ""}}), "a     b\nlong  x\nonly\ny\n");
  EXPECT_EQ(columns({}), "");
}

TEST(Columns, AreAsWideAsTheyLookAndNotAsTheirBytes) {
  EXPECT_EQ(columns({{"Gr\u00f6\u00dfe", "b"}, {"abcdef", "x"}}), "Gr\u00f6\u00dfe   b\nabcdef  x\n");
  EXPECT_EQ(columns({{"e\u0301t\u00e9", "b"}, {"abc", "x"}}), "e\u0301t\u00e9  b\nabc  x\n")
      << "a combining accent takes no room";
  EXPECT_EQ(columns({{"\u6771\u4eac", "b"}, {"abcd", "x"}}), "\u6771\u4eac  b\nabcd  x\n") << "two each";
  EXPECT_EQ(display_width("\xff\xe6\x9d"), 2u) << "broken UTF-8 is counted somehow";
}

TEST(Counted, OneIsSingular) {
  EXPECT_EQ(counted(1, "key"), "1 key");
  EXPECT_EQ(counted(0, "key"), "0 keys");
  EXPECT_EQ(counted(1'000'000, "pin"), "1000000 pins");
}

}  // namespace
}  // namespace ringside::cli
