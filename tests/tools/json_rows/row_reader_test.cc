// Goal: a line of JSON becomes exactly the cells that it says, or is refused with the byte where it is wrong; nothing that a line
// can hold harms the reader.
// Method: tables of values and of broken lines; and lines made at random from JSON's alphabet, judged beside another JSON
// library.
#include "tools/json_rows/row_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>
#include <string>

#include <nlohmann/json.hpp>

namespace ringside {
namespace {

using Kind = Value::Kind;
using namespace std::string_view_literals;

std::string shown(const Value& value) {
  switch (value.kind()) {
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return value.integer() != 0 ? "true" : "false";
    case Kind::kInt:
      return "int " + std::to_string(value.integer());
    case Kind::kReal:
      return std::isnan(value.real()) ? "real nan" : "real " + std::to_string(std::bit_cast<std::uint64_t>(value.real()));
    case Kind::kText:
      return "text " + std::string(value.text());
    case Kind::kRefused:
      return "refused " + std::to_string(static_cast<int>(value.code()));
  }
  return "";
}
std::string real(double value) { return "real " + std::to_string(std::bit_cast<std::uint64_t>(value)); }
std::string refused(FieldCode code) { return "refused " + std::to_string(static_cast<int>(code)); }

struct Good {
  std::string json, value;
};
class GoodValues : public testing::TestWithParam<Good> {};

TEST_P(GoodValues, BecomeTheCellThatTheySay) {
  RowReader reader;
  for (const std::string& line : {R"({"x":)" + GetParam().json + "}", " {\t\"x\" : " + GetParam().json + " } \r"}) {
    ASSERT_TRUE(reader.read(line)) << reader.problem();
    ASSERT_EQ(reader.cells().size(), 1u);
    EXPECT_EQ(reader.cells()[0].name, "x");
    EXPECT_EQ(shown(reader.cells()[0].value), GetParam().value);
  }
}

INSTANTIATE_TEST_SUITE_P(Numbers, GoodValues,
                         testing::Values(Good{"27", "int 27"}, Good{"-0", "int 0"}, Good{"0", "int 0"}, Good{"27.0", real(27.0)},
                                         Good{"1e3", real(1000.0)}, Good{"1E+3", real(1000.0)}, Good{"0.1", real(0.1)},
                                         Good{"-0.0", real(-0.0)}, Good{"9223372036854775807", "int 9223372036854775807"},
                                         Good{"-9223372036854775808", "int -9223372036854775808"},
                                         Good{"9223372036854775808", refused(FieldCode::kIntRange)},
                                         Good{"1" + std::string(500, '0'), refused(FieldCode::kIntRange)},
                                         Good{"1e400", real(INFINITY)}, Good{"-1e400", real(-INFINITY)},
                                         Good{"1e-400", real(0.0)}, Good{"5e-324", real(5e-324)}, Good{"NaN", "real nan"},
                                         Good{"Infinity", real(INFINITY)}, Good{"-Infinity", real(-INFINITY)},
                                         Good{"0.30000000000000004", real(0.1 + 0.2)}));
INSTANTIATE_TEST_SUITE_P(Words, GoodValues, testing::Values(Good{"null", "null"}, Good{"true", "true"}, Good{"false", "false"}));
INSTANTIATE_TEST_SUITE_P(Texts, GoodValues,
                         testing::Values(Good{R"("rent")", "text rent"}, Good{R"("")", "text "},
                                         Good{R"("a\"b\\c\/d")", "text a\"b\\c/d"}, Good{R"("\b\f\n\r\t")", "text \b\f\n\r\t"},
                                         Good{R"("\u0041\u00e9\u20ac")", "text A\xC3\xA9\xE2\x82\xAC"},
                                         Good{R"("\ud83d\ude00")", "text \xF0\x9F\x98\x80"},
                                         Good{"\"\xF0\x9F\x98\x80\"", "text \xF0\x9F\x98\x80"},
                                         Good{R"("\u0000")", std::string("text \0", 6)}, Good{R"("\ud800")", "text \xED\xA0\x80"},
                                         Good{R"("\ud800\u0041")",
                                              "text \xED\xA0\x80"
                                              "A"},
                                         Good{R"("\udc00x")", "text \xED\xB0\x80x"},
                                         Good{"\"" + std::string(4096, 'a') + "\"", "text " + std::string(4096, 'a')},
                                         Good{"\"" + std::string(4097, 'a') + "\"", refused(FieldCode::kTooLong)},
                                         Good{"\"" + std::string(1 << 20, 'a') + "\"", refused(FieldCode::kTooLong)}));
INSTANTIATE_TEST_SUITE_P(Nested, GoodValues,
                         testing::Values(Good{"[]", refused(FieldCode::kTypeMismatch)},
                                         Good{"{}", refused(FieldCode::kTypeMismatch)},
                                         Good{R"([1, {"a":[true,null]}, "]}", [[]]])", refused(FieldCode::kTypeMismatch)},
                                         Good{R"({"a":{"b":{}},"c":[]})", refused(FieldCode::kTypeMismatch)}));

const std::string kValue = "expected a value (a number, text, true, false, null, array or object)";

struct Bad {
  const char* name;
  std::string line, said;
};
class BadLines : public testing::TestWithParam<Bad> {};

TEST_P(BadLines, AreRefusedWithThePlace) {
  RowReader reader;
  EXPECT_FALSE(reader.read(GetParam().line));
  EXPECT_EQ(reader.problem(), GetParam().said);
  EXPECT_TRUE(reader.cells().empty());
  EXPECT_EQ(reader.metadata().request_id, "");
}

INSTANTIATE_TEST_SUITE_P(
    All, BadLines,
    testing::Values(Bad{"empty", "", "expected a JSON object, found the end of the line at byte 0"},
                    Bad{"space", "  ", "expected a JSON object, found the end of the line at byte 2"},
                    Bad{"array", "[1]", "expected a JSON object, found '[' at byte 0"},
                    Bad{"scalar", "7", "expected a JSON object, found '7' at byte 0"},
                    Bad{"no_end", R"({"a":1)", "expected ',' or '}', found the end of the line at byte 6"},
                    Bad{"no_colon", R"({"a" 1})", "expected ':', found '1' at byte 5"},
                    Bad{"no_value", R"({"a":})", kValue + ", found '}' at byte 5"},
                    Bad{"no_key", "{1:2}", "expected a key in double quotes, found '1' at byte 1"},
                    Bad{"comma_before_end", R"({"a":1,})", "expected a key in double quotes, found '}' at byte 7"},
                    Bad{"comma_at_the_end", "{\"a\":1,\r",
                        "expected a key in double quotes, found the end of the line at byte 8"},
                    Bad{"no_comma", R"({"a":1 "b":2})", "expected ',' or '}', found '\"' at byte 7"},
                    Bad{"two_objects", "{}{}", "expected nothing after the object, found '{' at byte 2"},
                    Bad{"open_text", R"({"a":"x)", "expected the text's closing quote, found the end of the line at byte 7"},
                    Bad{"control_character", "{\"a\":\"\x01\"}",
                        "expected control characters inside a text to be escaped, found the byte 0x01 at byte 6"},
                    Bad{"bad_escape", R"({"a":"\x"})", R"(expected an escape, one of " \ / b f n r t u, found 'x' at byte 7)"},
                    Bad{"short_hex", R"({"a":"\u12)", "expected four hexadecimal digits, found the end of the line at byte 10"},
                    Bad{"bad_hex", R"({"a":"\u12g4"})", "expected four hexadecimal digits, found 'g' at byte 10"},
                    Bad{"leading_zero", R"({"a":01})", "expected no digit after a leading 0, found '1' at byte 6"},
                    Bad{"plus", R"({"a":+1})", kValue + ", found '+' at byte 5"},
                    Bad{"bare_point", R"({"a":1.})", "expected a digit after the point, found '}' at byte 7"},
                    Bad{"point_first", R"({"a":.5})", kValue + ", found '.' at byte 5"},
                    Bad{"bare_exponent", R"({"a":1e})", "expected a digit in the exponent, found '}' at byte 7"},
                    Bad{"hex", R"({"a":0x10})", "expected ',' or '}', found 'x' at byte 6"},
                    Bad{"minus_nan", R"({"a":-NaN})", "expected a digit, found 'N' at byte 6"},
                    Bad{"truth", R"({"a":True})", kValue + ", found 'T' at byte 5"},
                    Bad{"single_quotes", "{'a':1}", "expected a key in double quotes, found a single quote at byte 1"},
                    Bad{"wrong_closer", R"({"a":[1}})", "expected ',' or ']', found '}' at byte 7"},
                    Bad{"open_nested", R"({"a":[[[)", kValue + ", found the end of the line at byte 8"},
                    Bad{"nested_no_colon", R"({"a":{"b"}})", "expected ':', found '}' at byte 9"},
                    Bad{"nested_comma", R"({"a":[1,]})", kValue + ", found ']' at byte 8"},
                    Bad{"tag_without_quotes", R"({"route_tags":[vip]})", "expected a tag in double quotes, found 'v' at byte 15"},
                    Bad{"not_utf8", "{\"a\":\"\xFF\"}", "expected UTF-8, found other bytes at byte 6"},
                    Bad{"raw_surrogate", "{\"a\":\"\xED\xA0\x80\"}", "expected UTF-8, found other bytes at byte 6"},
                    Bad{"overlong", "{\"a\":\"\xC0\x80\"}", "expected UTF-8, found other bytes at byte 6"},
                    Bad{"cut_utf8", "{\"a\":\"\xE2\x82", "expected UTF-8, found other bytes at byte 6"},
                    Bad{"byte_order_mark", "\xEF\xBB\xBF{}", "expected a JSON object, found a byte order mark at byte 0"},
                    Bad{"letter_beyond_ascii", "{\xC3\xA9}", "expected a key in double quotes, found the byte 0xC3 at byte 1"},
                    Bad{"nul", std::string("{\0}", 3), "expected a key in double quotes, found the byte 0x00 at byte 1"}),
    [](const auto& row) { return row.param.name; });

TEST(RowReader, LineMayEndAsOtherSystemsEndThem) {
  RowReader reader;
  ASSERT_TRUE(reader.read("{\"a\":1}\r")) << reader.problem();
  EXPECT_EQ(reader.cells().size(), 1u);
}

TEST(RowReader, AMarkBeforeTheInputIsNotOfIt) {
  EXPECT_EQ(without_byte_order_mark("\xEF\xBB\xBF{}"), "{}");
  EXPECT_EQ(without_byte_order_mark("\xEF\xBB\xBF\xEF\xBB\xBF{}"), "\xEF\xBB\xBF{}");
  EXPECT_EQ(without_byte_order_mark("\xEF\xBB"), "\xEF\xBB");
}

TEST(RowReader, EmptyObjectIsARowWithoutCells) {
  RowReader reader;
  ASSERT_TRUE(reader.read("{}"));
  EXPECT_TRUE(reader.cells().empty());
}

TEST(RowReader, DuplicateKeysAreKeptInOrder) {
  RowReader reader;
  ASSERT_TRUE(reader.read(R"({"a":1,"b":2,"a":3})"));
  ASSERT_EQ(reader.cells().size(), 3u);
  EXPECT_EQ(shown(reader.cells()[0].value), "int 1");
  EXPECT_EQ(reader.cells()[2].name, "a");
  EXPECT_EQ(shown(reader.cells()[2].value), "int 3");
}

TEST(RowReader, KeysMayHaveEscapes) {
  RowReader reader;
  ASSERT_TRUE(reader.read(R"({"\u0061ge":1})"));
  EXPECT_EQ(reader.cells()[0].name, "age");
}

TEST(RowReader, ManyEscapedTextsStayWhereTheyAre) {
  std::string line = "{";
  for (int i = 0; i < 1'000; ++i)
    line += (i == 0 ? "" : ",") + ("\"k\\u0030" + std::to_string(i)) + "\":\"v\\t" + std::to_string(i) + "\"";
  line += "}";
  RowReader reader;
  ASSERT_TRUE(reader.read(line));
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_EQ(reader.cells()[i].name, "k0" + std::to_string(i));
    EXPECT_EQ(reader.cells()[i].value.text(), "v\t" + std::to_string(i));
  }
}

TEST(RowReader, DepthCostsNoStack) {
  RowReader reader;
  const std::size_t depth = 2'000'000;
  EXPECT_TRUE(reader.read("{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}"));
  EXPECT_FALSE(reader.read("{\"a\":" + std::string(depth, '[')));
}

TEST(RowReader, MetadataIsTakenAndItsCellsAreMarked) {
  RowReader reader;
  ASSERT_TRUE(
      reader.read(R"({"request_id":"5c8a","user_id":37201,"trace_id":"t\u0031","route_tags":["segment=vip","x=y"],"age":27})"));
  EXPECT_EQ(reader.metadata().request_id, "5c8a");
  EXPECT_EQ(reader.metadata().user_id, "37201");
  EXPECT_EQ(reader.metadata().trace_id, "t1");
  EXPECT_THAT(reader.metadata().route_tags, testing::ElementsAre("segment=vip", "x=y"));
  ASSERT_EQ(reader.cells().size(), 5u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(reader.cells()[i].is_metadata) << reader.cells()[i].name;
  EXPECT_FALSE(reader.cells()[4].is_metadata);
  EXPECT_EQ(shown(reader.cells()[1].value), "int 37201");  // for a schema that has a field of that name
}

TEST(RowReader, RouteTagsMayBeAnObject) {
  RowReader reader;
  ASSERT_TRUE(reader.read(R"({"route_tags":{"segment":"vip","x":"y"}})"));
  EXPECT_THAT(reader.metadata().route_tags, testing::ElementsAre("segment=vip", "x=y"));
  ASSERT_TRUE(reader.read(R"({"route_tags":[]})"));
  EXPECT_TRUE(reader.metadata().route_tags.empty());
  EXPECT_TRUE(reader.cells()[0].is_metadata);
}

TEST(RowReader, NullMetadataIsAsIfAbsent) {
  RowReader reader;
  ASSERT_TRUE(reader.read(R"({"user_id":null,"request_id":null,"route_tags":null})"));
  EXPECT_EQ(reader.metadata().user_id, "");
  for (const JsonCell& cell : reader.cells()) EXPECT_TRUE(cell.is_metadata);
}

TEST(RowReader, MetadataOfAnotherKindStaysAPlainCell) {
  RowReader reader;
  for (const char* line :
       {R"({"user_id":true})", R"({"request_id":{}})", R"({"trace_id":[1]})", R"({"route_tags":"a=b"})", R"({"route_tags":1})"}) {
    ASSERT_TRUE(reader.read(line)) << reader.problem();
    EXPECT_FALSE(reader.cells()[0].is_metadata) << line;
    EXPECT_EQ(reader.metadata().user_id, "");
  }
}

TEST(RowReader, SecondMetadataKeyStaysAPlainCell) {
  RowReader reader;
  ASSERT_TRUE(reader.read(R"({"user_id":"a","user_id":"b","route_tags":[],"route_tags":["x=y"]})"));
  EXPECT_EQ(reader.metadata().user_id, "a");
  EXPECT_TRUE(reader.cells()[0].is_metadata);
  EXPECT_FALSE(reader.cells()[1].is_metadata);
  EXPECT_FALSE(reader.cells()[3].is_metadata);
  EXPECT_TRUE(reader.metadata().route_tags.empty());
}

TEST(RowReader, ALineLeavesNothingForTheNext) {
  RowReader reader;
  ASSERT_TRUE(reader.read(R"({"user_id":"a","route_tags":["x=y"],"age":1})"));
  ASSERT_TRUE(reader.read(R"({"home":"rent"})"));
  EXPECT_EQ(reader.cells().size(), 1u);
  EXPECT_EQ(reader.metadata().user_id, "");
  EXPECT_TRUE(reader.metadata().route_tags.empty());
  EXPECT_FALSE(reader.read("{"));
  EXPECT_NE(reader.problem(), "");
  ASSERT_TRUE(reader.read("{}"));
  EXPECT_EQ(reader.problem(), "");
}

TEST(RowReader, CallsAreSharedByEqualMetadataAlone) {
  RowMetadata a{.request_id = "1", .user_id = "u", .trace_id = "t", .route_tags = {"x=y"}};
  RowMetadata b = a;
  b.request_id = "2";
  EXPECT_TRUE(a.same_call(b));  // a request id is a row's
  b.user_id = "v";
  EXPECT_FALSE(a.same_call(b));
  b = a;
  b.trace_id = "";
  EXPECT_FALSE(a.same_call(b));
  b = a;
  b.route_tags.clear();
  EXPECT_FALSE(a.same_call(b));
}

// The other library refuses NaN tokens, lone surrogates and numbers beyond float64, so the alphabet holds none of them.
TEST(RowReader, RandomLinesAreAcceptedExactlyWhenAnotherReaderDoes) {
  const std::string_view pieces[] = {"{", "}", "[", "]",    ",",    ":", "\"",  "\"a\"", "\"b\":",   "1",    "0",   "-",
                                     ".", "e", "+", "true", "null", " ", "\\n", "\\",    "\xC3\xA9", "\xC3", "\x1F"};
  std::mt19937 random(20261122);
  RowReader reader;
  int accepted = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string line = random() % 4 == 0 ? "" : "{\"k\":";
    for (auto length = random() % 10; length > 0; --length) line += pieces[random() % std::size(pieces)];
    if (random() % 4 != 0) line += "}";
    const bool object = nlohmann::json::accept(line) && line[line.find_first_not_of(" \t\r\n")] == '{';
    ASSERT_EQ(reader.read(line), object) << line << "\n" << reader.problem();
    accepted += object ? 1 : 0;
  }
  EXPECT_GT(accepted, 2'000) << "too few good lines for the comparison to mean anything";
}

TEST(Utf8, EveryTwoAndThreeByteSequenceIsJudgedAsAnotherReaderDoes) {
  for (unsigned lead = 0x80; lead <= 0xFF; ++lead) {
    for (unsigned second = 0x20; second <= 0xFF; ++second) {
      if (second == '"' || second == '\\') continue;
      for (const std::string_view rest : {""sv, "\x80"sv, "\x80\x80"sv, "\xBF\xBF"sv, "a"sv}) {
        const std::string text = std::string{static_cast<char>(lead), static_cast<char>(second)} + std::string(rest);
        EXPECT_EQ(find_bad_utf8(text) == std::string_view::npos, nlohmann::json::accept("\"" + text + "\""))
            << lead << " " << second << " " << rest.size();
      }
    }
  }
}

}  // namespace
}  // namespace ringside
