// Goal: both spellings give the same values through one interface, numbers are rounded once and correctly, and whatever the bytes
//   are, the reader ends with a value or with an error that names the place; it never reads past the end and never allocates for
//   a length that the file cannot hold.
// Method: small documents by hand in both spellings, tables of bad ones, strtof as the judge of decimals.

#include "engine/forest/model_reader.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

#include "tests/engine/forest/model_files.h"

namespace ringside::engine::test {
namespace {

using namespace std::string_literals;

// A document that must be read to its end by `read`, or the error.
template <class Read>
std::string error_of(const std::string& file, Read read) {
  const auto reader = open_model_file(as_bytes(file));
  read(*reader);
  return reader->failed() ? reader->error().text() : "";
}

std::string error_of_skipping(const std::string& file) {
  return error_of(file, [](ModelReader& reader) { reader.skip_value() && reader.finish(); });
}

// {"v": …} in JSON; the value in UBJSON behind {L…v.
const std::string kUbjKey = "{L\0\0\0\0\0\0\0\1v"s;
std::string json_field(const std::string& value) { return std::string("{\"v\":").append(value).append("}"); }
std::string ubj_field(const std::string& value) { return kUbjKey + value + "}"; }

template <class T>
struct Field {
  T value{};
  std::string error;
};

template <class T, class ReadOne>
Field<T> read_field(const std::string& file, ReadOne read_one) {
  Field<T> field;
  field.error = error_of(file, [&](ModelReader& reader) {
    std::string key;
    reader.enter_object();
    if (reader.next_key(key)) read_one(reader, field.value);
    EXPECT_FALSE(reader.next_key(key));
    reader.finish();
  });
  return field;
}

template <class T>
Field<ScratchVector<T>> read_vector(const std::string& file) {
  return read_field<ScratchVector<T>>(file, [](ModelReader& reader, auto& values) { reader.read_array(values); });
}

Field<float> read_number(const std::string& file) {
  return read_field<float>(file, [](ModelReader& reader, float& value) { reader.read_float(value); });
}

Field<std::int64_t> read_integer(const std::string& file) {
  return read_field<std::int64_t>(file, [](ModelReader& reader, std::int64_t& value) { reader.read_integer(value); });
}

Field<std::string> read_text(const std::string& file) {
  return read_field<std::string>(file, [](ModelReader& reader, std::string& value) { reader.read_string(value); });
}

TEST(ModelReader, WalksNestedKeysAndElementsInBothSpellings) {
  const std::string json = R"( { "a" : { "b" : [ { "c" : 1 } , { "c" : 2 } ] } , "d" : true } )";
  const std::string ubj = "{U\1a{U\1b[{U\1ci\1}{U\1ci\2}]}U\1dT}";
  for (const std::string& file : {json.substr(1), ubj}) {
    std::vector<std::string> paths;
    std::vector<std::int64_t> values;
    bool flag = false;
    EXPECT_EQ(error_of(file,
                       [&](ModelReader& reader) {
                         std::string key;
                         reader.enter_object();
                         reader.next_key(key);
                         reader.enter_object();
                         reader.next_key(key);
                         reader.enter_array();
                         while (reader.next_element()) {
                           reader.enter_object();
                           reader.next_key(key);
                           paths.push_back(reader.path());
                           reader.read_integer(values.emplace_back());
                           EXPECT_FALSE(reader.next_key(key));
                         }
                         EXPECT_FALSE(reader.next_key(key));
                         EXPECT_TRUE(reader.next_key(key));
                         EXPECT_EQ(key, "d");
                         reader.read_bool(flag);
                         EXPECT_FALSE(reader.next_key(key));
                         reader.finish();
                       }),
              "");
    EXPECT_EQ(paths, (std::vector<std::string>{"a.b[0].c", "a.b[1].c"}));
    EXPECT_EQ(values, (std::vector<std::int64_t>{1, 2}));
    EXPECT_TRUE(flag);
  }
}

TEST(ModelReader, FirstBytesDecideTheSpelling) {
  for (const std::string json : {"{}", "{\"a\":1}", "{ \"a\":1}", "{\n\t\"a\":1}"}) {
    EXPECT_EQ(error_of_skipping(json).empty(), json != "{}") << json;  // An empty object could be either: no model is one.
  }
  for (const std::string& ubj : {"{U\1aZ}"s, "{i\1aT}"s, "{L\0\0\0\0\0\0\0\1aF}"s}) EXPECT_EQ(error_of_skipping(ubj), "") << ubj;
  for (const std::string& neither : {""s, "["s, "{"s, "binf"s, "\x89PNG"s, "{$U#U\1"s, " {\"a\":1}"s}) {
    EXPECT_NE(error_of_skipping(neither).find("expected an XGBoost model file"), std::string::npos) << neither;
  }
}

TEST(ModelReader, RoundsDecimalsOnceToTheNearestFloat) {
  for (const char* text : {"0.1",
                           "5E-1",
                           "1e-45",
                           "7.006e-46",
                           "7.0064923216240853e-46",
                           "7.0064923216240854e-46",
                           "1.17549435E-38",
                           "1.1754942106924411e-38",
                           "3.4028235e38",
                           "3.4028235677973366e38",
                           "16777217",
                           "16777217.0000000001",
                           "1.00000005960464477539062500",
                           "1.00000005960464477539062501",
                           "0.000000000000000000000000000000001e33",
                           "-0",
                           "-0.0E0",
                           "123456789012345678901234567890",
                           "1E+5",
                           "1e05",
                           "9007199791611905.5"}) {
    float value = -1;
    ASSERT_TRUE(parse_float(text, value)) << text;
    EXPECT_EQ(std::bit_cast<std::uint32_t>(value), std::bit_cast<std::uint32_t>(std::strtof(text, nullptr))) << text;
  }
  std::mt19937_64 random(9);
  for (int i = 0; i < 50'000; ++i) {
    std::string text = random() % 2 == 0 ? "-" : "";
    for (std::uint64_t digit = 0, digits = 1 + random() % 14; digit < digits; ++digit) {
      text += static_cast<char>('0' + random() % 10);
      if (digit == 0) text += '.';
    }
    text.append("E").append(std::to_string(static_cast<int>(random() % 100) - 52));
    float value = -1;
    ASSERT_TRUE(parse_float(text, value)) << text;
    ASSERT_EQ(std::bit_cast<std::uint32_t>(value), std::bit_cast<std::uint32_t>(std::strtof(text.c_str(), nullptr))) << text;
  }
}

TEST(ModelReader, NumbersBeyondFloatBecomeInfinityOrZeroByTheirMagnitude) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::string zeros(400, '0');
  const std::vector<std::pair<std::string, float>> cases{{"1e39", kInfinity},
                                                         {"-1e39", -kInfinity},
                                                         {"1e-50", 0.0F},
                                                         {"-1e-50", -0.0F},
                                                         {"1e999999999999999999999", kInfinity},
                                                         {"1e-999999999999999999999", 0.0F},
                                                         {"0." + zeros + "1", 0.0F},
                                                         {"1" + zeros, kInfinity},
                                                         {"0." + zeros + "1e450", kInfinity},
                                                         {"1" + zeros + "e-450", 0.0F},
                                                         {"0e999999999999999999999", 0.0F}};
  for (const auto& [text, expected] : cases) {
    float value = -1;
    ASSERT_TRUE(parse_float(text, value)) << text;
    EXPECT_EQ(std::bit_cast<std::uint32_t>(value), std::bit_cast<std::uint32_t>(expected)) << text;
  }
}

TEST(ModelReader, RefusesWhatIsNoNumber) {
  float value = 7;
  for (const char* text :
       {"", "-", "+1", "nan", "inf", "-inf", "NaN", "0x10", "1e", "1e+", "1.2.3", "1 ", " 1", "--1", "e5", "1f"}) {
    EXPECT_FALSE(parse_float(text, value)) << text;
  }
}

TEST(ModelReader, UnderstandsXgboostsTokensAndIntegersAmongFloats) {
  const auto field = read_vector<float>(json_field("[NaN, Infinity,-Infinity , 3,-0.0E0]"));
  EXPECT_EQ(field.error, "");
  ASSERT_EQ(field.value.size(), 5U);
  EXPECT_TRUE(std::isnan(field.value[0]));
  EXPECT_EQ(field.value[1], std::numeric_limits<float>::infinity());
  EXPECT_EQ(field.value[2], -std::numeric_limits<float>::infinity());
  EXPECT_EQ(field.value[3], 3.0F);
  EXPECT_TRUE(std::signbit(field.value[4]));
}

TEST(ModelReader, ReadsEveryKindOfUbjArray) {
  const std::string count = "#L\0\0\0\0\0\0\0\2"s;
  const std::vector<std::string> integers{"[$l" + count + "\0\0\0\1\xff\xff\xff\xfe"s,
                                          "[$L" + count + "\0\0\0\0\0\0\0\1\xff\xff\xff\xff\xff\xff\xff\xfe"s,
                                          "[$I" + count + "\0\1\xff\xfe"s,
                                          "[$i" + count + "\1\xfe"s,
                                          "[#i\2i\1i\xfe"s,
                                          "[i\1I\xff\xfe]"s};
  for (const std::string& array : integers) {
    const auto field = read_vector<std::int32_t>(ubj_field(array));
    EXPECT_EQ(field.error, "");
    EXPECT_EQ(field.value, (ScratchVector<std::int32_t>{1, -2}));
  }
  for (const std::string& array : {"[$d" + count + "\x3f\x80\0\0\xc0\0\0\0"s,
                                   "[$D" + count + "\x3f\xf0\0\0\0\0\0\0\xc0\0\0\0\0\0\0\0"s, "[d\x3f\x80\0\0i\xfe]"s}) {
    const auto field = read_vector<float>(ubj_field(array));
    EXPECT_EQ(field.error, "");
    EXPECT_EQ(field.value, (ScratchVector<float>{1, -2}));
  }
  for (const std::string& array : {"[$U" + count + "\1\0"s, "[TF]"s, "[#U\2TU\0"s}) {
    const auto field = read_vector<std::uint8_t>(ubj_field(array));
    EXPECT_EQ(field.error, "");
    EXPECT_EQ(field.value, (ScratchVector<std::uint8_t>{1, 0}));
  }
}

TEST(ModelReader, ReadsTypedArraysElementByElementToo) {
  const auto sum = [](ModelReader& reader, std::int64_t& total) {
    reader.enter_array();
    for (std::int64_t value = 0; reader.next_element();) {
      reader.read_integer(value);
      total += value;
    }
  };
  EXPECT_EQ(read_field<std::int64_t>(ubj_field("[$i#i\3\1\2\3"), sum).value, 6);
  EXPECT_EQ(read_field<std::int64_t>(json_field("[1,2,3]"), sum).value, 6);
}

TEST(ModelReader, ReadsBooleansAsBytesInJson) {
  const auto field = read_vector<std::uint8_t>(json_field("[true,false,1,0]"));
  EXPECT_EQ(field.error, "");
  EXPECT_EQ(field.value, (ScratchVector<std::uint8_t>{1, 0, 1, 0}));
}

TEST(ModelReader, DecodesEscapesAndKeepsUnicodeEscapesAsXgboostDoes) {
  EXPECT_EQ(read_text(json_field(R"("a\"\\\/\n\r\t\u0041é")")).value, "a\"\\/\n\r\t\\u0041é");
}

TEST(ModelReader, NamesTheElementThatIsWrong) {
  EXPECT_EQ(read_vector<std::int32_t>(json_field("[1,2,x]")).error, "v[2]: expected an integer, found \"x]}\" at byte 10");
  EXPECT_EQ(read_vector<std::int32_t>(json_field("[1,4294967296]")).error,
            "v[1]: expected an integer of 32 bits, found \"4294967296]}\" at byte 8");
  EXPECT_EQ(read_vector<std::uint8_t>(ubj_field("[i\1i\xff]")).error, "v[1]: expected an integer of 8 bits, found -1 at byte 14");
}

TEST(ModelReader, RefusesValuesOfAnotherKind) {
  for (const std::string& file :
       {json_field("\"x\""), json_field("1.5"), json_field("{}"), json_field("null"), json_field("99999999999999999999"),
        ubj_field("Si\1x"), ubj_field("T"), ubj_field("d\0\0\0\0"s)}) {
    EXPECT_NE(read_integer(file).error.find("v: expected an integer"), std::string::npos) << file;
  }
  for (const std::string& file : {json_field("\"1\""), json_field("nan"), json_field("-NaN"), json_field("[1]"), ubj_field("Z"),
                                  ubj_field("Si\1"
                                            "1")}) {
    EXPECT_NE(read_number(file).error.find("v: expected a number"), std::string::npos) << file;
  }
  for (const std::string& file : {json_field("1"), json_field("true"), ubj_field("i\1"), ubj_field("[]")}) {
    EXPECT_NE(read_text(file).error.find("v: expected a string"), std::string::npos) << file;
  }
}

TEST(ModelReader, RefusesBrokenDocumentsWhereverTheyBreak) {
  for (const std::string value :
       {"[1,]", "[1 2]", "[,1]",  "[1",       "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\":1 \"b\":2}",
        "tru",  "nul",   "\"abc", "\"a\nb\"", "\"\\x\"", "\"\\",     "]",          "}",     "",
        "[}",   "{]",    "1}]",   "[1}"}) {
    EXPECT_NE(error_of_skipping(json_field(value)), "") << value;
  }
  for (const std::string& value :
       {"[i\1"s,   "[$"s,     "[$d"s, "[$d#"s,  "[$S#i\1"s, "[$T#i\1"s, "[$di\1"s, "[#"s, "[#i"s,   "[#i\xff"s,
        "Si\5ab"s, "Si\xff"s, "S"s,   "l\0\0"s, "N"s,       "H"s,       "?"s,      "{$"s, "{#i\0"s, "[#d\0\0\0\0"s}) {
    EXPECT_NE(error_of_skipping(kUbjKey + value), "") << value;
  }
}

TEST(ModelReader, RefusesLengthsThatTheFileCannotHoldBeforeAllocating) {
  for (const std::string& length :
       {"\x7f\xff\xff\xff\xff\xff\xff\xff"s, "\x20\0\0\0\0\0\0\0"s, "\0\0\0\1\0\0\0\0"s, "\xff\xff\xff\xff\xff\xff\xff\xff"s}) {
    const auto floats = read_vector<float>(ubj_field("[$d#L" + length + "\0\0\0\0"s));
    EXPECT_NE(floats.error.find("expected a "), std::string::npos);
    EXPECT_EQ(floats.value.capacity(), 0U);
    EXPECT_NE(read_vector<float>(ubj_field("[#L" + length + "i\1")).error, "");
    EXPECT_NE(read_text(ubj_field("SL" + length + "x")).error, "");
    EXPECT_NE(error_of_skipping(kUbjKey + "[$L#L" + length + "xxxxxxxx}"), "");
    EXPECT_NE(error_of_skipping("{L" + length + "v"), "");
  }
}

TEST(ModelReader, RefusesNestingBeyondItsLimitWithoutRecursion) {
  const std::size_t deep = 1'000'000;
  EXPECT_EQ(error_of_skipping(json_field(std::string(60, '[') + std::string(60, ']'))), "");
  EXPECT_EQ(error_of_skipping(kUbjKey + std::string(60, '[') + std::string(60, ']') + "}"), "");
  for (const std::string& file :
       {std::string("{\"v\":").append(deep, '['), kUbjKey + std::string(deep, '['), kUbjKey + std::string(63, '[') + "{i\1a[]"}) {
    EXPECT_NE(error_of_skipping(file).find("64 levels"), std::string::npos);
    EXPECT_NE(error_of(file,
                       [](ModelReader& reader) {
                         std::string key;
                         reader.enter_object();
                         reader.next_key(key);
                         while (reader.enter_array() && reader.next_element()) {
                         }
                         reader.skip_value();
                       }),
              "");
  }
}

TEST(ModelReader, RefusesWhatFollowsTheDocument) {
  EXPECT_EQ(error_of_skipping("{\"v\":1} \n"), "");
  EXPECT_NE(error_of_skipping("{\"v\":1} x"), "");
  EXPECT_NE(error_of_skipping(ubj_field("i\1") + "x"), "");
}

TEST(ModelReader, FirstFailureSticks) {
  const std::string file = json_field("[1,2]");
  const auto reader = open_model_file(as_bytes(file));
  std::string key;
  reader->enter_object();
  reader->next_key(key);
  std::string text = "untouched";
  EXPECT_FALSE(reader->read_string(text));
  const std::string first = reader->error().text();
  ScratchVector<std::int32_t> values;
  EXPECT_FALSE(reader->read_array(values));
  EXPECT_FALSE(reader->refuse("another", "thing"));
  EXPECT_FALSE(reader->skip_value());
  EXPECT_FALSE(reader->finish());
  EXPECT_EQ(reader->error().text(), first);
  EXPECT_EQ(text, "untouched");
}

TEST(ModelReader, QuotesBytesForPeople) {
  EXPECT_EQ(quoted("ab\n\xff"), R"("ab\x0a\xff")");
  EXPECT_EQ(quoted("abcdef", 3), "\"abc\"…");
}

}  // namespace
}  // namespace ringside::engine::test
