// Goal: JSON and YAML become trees of text in which nothing was guessed, and what is no JSON or YAML is refused. Method: tables
// of texts that common readers change (numbers, `no`, 1.10), repair or let pass.

#include "engine/bundle/document.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/bundle/document_reader.h"

namespace ringside::engine {
namespace {

using Kind = DocumentNode::Kind;

// The tree on one line: {a: int 27, b: "no"}
std::string shown(const DocumentNode& node) {
  std::string text;
  switch (node.kind) {
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return node.flag ? "true" : "false";
    case Kind::kNumber:
      return std::string(node.text);
    case Kind::kText:
      return '"' + std::string(node.text) + '"';
    case Kind::kList:
      for (const DocumentNode& item : node.items) text += (text.empty() ? "" : ", ") + shown(item);
      return "[" + text + "]";
    case Kind::kMap:
      for (const auto& [key, value] : node.members) text += (text.empty() ? "" : ", ") + std::string(key) + ": " + shown(value);
      return "{" + text + "}";
  }
  return text;
}

std::string json(std::string_view text) {
  const auto document = parse_json(text);
  return document ? shown(*document) : "refused: " + document.error().found;
}

std::string yaml(std::string_view text) {
  const auto document = parse_yaml(text);
  return document ? shown(*document) : "refused: " + document.error().found;
}

TEST(JsonDocument, KeepsNumbersAsTheyWereWritten) {
  EXPECT_EQ(json(R"({"a":27,"b":27.0,"c":-0,"d":1e400,"e":123456789012345678901234567890,"f":1E-7 , "g" : 0.10})"),
            "{a: 27, b: 27.0, c: -0, d: 1e400, e: 123456789012345678901234567890, f: 1E-7, g: 0.10}");
}

TEST(JsonDocument, KeepsOrderAndRepeatedKeys) { EXPECT_EQ(json(R"({"b":1,"a":2,"b":3})"), "{b: 1, a: 2, b: 3}"); }

TEST(JsonDocument, ReadsTextListsMapsAndWords) {
  EXPECT_EQ(json(" {\"t\":\"a\\u00e9\\n\\\"\",\"l\":[1,[],{}],\"n\":null,\"y\":true,\"f\":false} \n"),
            "{t: \"a\u00e9\n\"\", l: [1, [], {}], n: null, y: true, f: false}");
  EXPECT_EQ(json("{}"), "{}");
}

TEST(JsonDocument, RefusesWhatIsNotOneObject) {
  const char* const texts[] = {"",
                               " ",
                               "1",
                               "[]",
                               "\"x\"",
                               "null",
                               "{",
                               "}",
                               "{}{}",
                               "{} x",
                               "{},",
                               "{\"a\"}",
                               "{\"a\":}",
                               "{\"a\":1,}",
                               "{,}",
                               "{\"a\" 1}",
                               "{\"a\":1 \"b\":2}",
                               "{\"a\":[1,]}",
                               "{\"a\":[1 2]}",
                               "{\"a\":[1}",
                               "{\"a\":1]",
                               "{a:1}",
                               "{'a':1}",
                               "{\"a\":01}",
                               "{\"a\":+1}",
                               "{\"a\":.5}",
                               "{\"a\":1.}",
                               "{\"a\":1e}",
                               "{\"a\":0x10}",
                               "{\"a\":NaN}",
                               "{\"a\":Infinity}",
                               "{\"a\":-}",
                               "{\"a\":nul}",
                               "{\"a\":nulll}",
                               "{\"a\":truefalse}",
                               "{\"a\":True}",
                               "{\"a\":\"\\x\"}",
                               "{\"a\":\"\\ud800\"}",
                               "{\"a\":\"line\nbreak\"}",
                               "{\"a\":\"open}",
                               "{\"a\":\"\xff\"}",
                               "{\"a\":1} // comment"};
  for (const char* text : texts) EXPECT_FALSE(parse_json(text).ok()) << text << " became " << json(text);
}

TEST(JsonDocument, RefusesDeepNesting) {
  const auto nested = [](int levels) { return "{\"a\":" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}"; };
  EXPECT_TRUE(parse_json(nested(64)).ok());
  EXPECT_FALSE(parse_json(nested(65)).ok());
  EXPECT_FALSE(parse_json(nested(100'000)).ok());
}

TEST(YamlDocument, ScalarsStayText) {
  EXPECT_EQ(
      yaml("a: no\nb: 1.10\nc: 0123\nd: 12:30:45\ne: 1e5\nf: 2026-11-22\ng: 'no'\nh: \"1\\t\"\ni: yes\n"),
      "{a: \"no\", b: \"1.10\", c: \"0123\", d: \"12:30:45\", e: \"1e5\", f: \"2026-11-22\", g: \"no\", h: \"1\t\", i: \"yes\"}");
}

TEST(YamlDocument, ReadsBlocksAndFlows) {
  EXPECT_EQ(yaml("l:\n  - {n: age, d: int}\n  - x # comment\nm: {a: [p, q], b: ''}\nn:\no: ~\n"),
            "{l: [{n: \"age\", d: \"int\"}, \"x\"], m: {a: [\"p\", \"q\"], b: \"\"}, n: null, o: null}");
}

TEST(YamlDocument, KeepsRepeatedKeysForTheReaderToRefuse) { EXPECT_EQ(yaml("a: 1\na: 2\n"), "{a: \"1\", a: \"2\"}"); }

TEST(YamlDocument, RefusesWhatLetsAFileSayTwoThings) {
  EXPECT_EQ(yaml("a: &x 1\nb: 2\n"), "refused: an anchor, line 1");
  EXPECT_EQ(yaml("a: 1\nb: &x {c: 1}\n"), "refused: an anchor, line 2");
  EXPECT_EQ(yaml("a: &x [1]\nb: *x\n"), "refused: an anchor, line 1");
  EXPECT_EQ(yaml("a: !!int 1\n"), "refused: the tag tag:yaml.org,2002:int, line 1");
  EXPECT_EQ(yaml("a: !python/object:x {}\n"), "refused: the tag !python/object:x, line 1");
  EXPECT_EQ(yaml("a: 1\n---\nb: 2\n"), "refused: more than one");
  EXPECT_EQ(yaml("? [a, b]\n: 1\n"), "refused: a list, line 1");
}

TEST(YamlDocument, RefusesWhatIsNotYaml) {
  for (const char* text : {"", "# nothing\n", "a: [1\n", "a: {b\n", "\ta: 1\n", "a: b: c\n", "a: \xff\n", "*x\n"}) {
    EXPECT_FALSE(parse_yaml(text).ok()) << text << " became " << yaml(text);
  }
  EXPECT_FALSE(parse_yaml(std::string_view("a: b\0c\n", 7)).ok());
}

TEST(YamlDocument, RefusesDeepNesting) {
  EXPECT_FALSE(parse_yaml(std::string(1'000, '[') + std::string(1'000, ']')).ok());
  EXPECT_TRUE(parse_yaml(std::string(60, '[') + std::string(60, ']')).ok());
}

TEST(HexFloat, ReadsWhatPythonWrites) {
  EXPECT_EQ(parse_hex_float("0x1.91eb851eb851fp+1"), 3.14);
  EXPECT_EQ(parse_hex_float("0x1.8000000000000p+3"), 12.0);
  EXPECT_EQ(parse_hex_float("-0x1.3p+5"), -38.0);
  EXPECT_EQ(parse_hex_float("0x0.0p+0"), 0.0);
  EXPECT_TRUE(std::signbit(parse_hex_float("-0x0.0p+0").value()));
  EXPECT_EQ(parse_hex_float("0x1.fffffffffffffp+1023"), 0x1.fffffffffffffp+1023);
  EXPECT_EQ(parse_hex_float("0x0.0000000000001p-1022"), 0x1p-1074);
  EXPECT_EQ(parse_hex_float("0x1p-3"), 0.125);
}

TEST(HexFloat, RefusesEverythingElse) {
  for (const char* text : {"", "1.5", "0x", "0x1", "0x1.8", "0xp+3", "0x1.8p", "0x1p+1024", "nan", "inf", "-inf", "0x1.8p+3 ",
                           " 0x1p+3", "0x-1p+3", "--0x1p+3", "+0x1p+3", "0X1P+3", "0x1.gp+3", "0x1.8p+3x"}) {
    EXPECT_FALSE(parse_hex_float(text).has_value()) << text;
  }
}

TEST(Decimal, ReadsNumbersAndNothingElse) {
  EXPECT_EQ(parse_decimal("1.10"), 1.1);
  EXPECT_EQ(parse_decimal("+5"), 5.0);
  EXPECT_EQ(parse_decimal("-.5e+1"), -5.0);
  EXPECT_EQ(parse_decimal("1."), 1.0);
  for (const char* text :
       {"", "-", "+-1", "--1", ".nan", "nan", "inf", "-inf", ".inf", "1e400", "0x10", "1_000", "1,5", " 1", "1 "}) {
    EXPECT_FALSE(parse_decimal(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace ringside::engine
