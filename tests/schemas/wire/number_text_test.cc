// Goal: a number's text becomes the cell that Python would read from it, to the bit, without a locale.
// Method: edges by hand; then the texts in number_texts.tsv with the values that Python's json reader gave them
// (record_number_texts.py wrote it).
#include "schemas/wire/number_text.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

namespace ringside::wire {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Case {
  std::string text;
  Cell cell;
};

std::string shown(Cell cell) {
  std::ostringstream out;
  out << "tag " << int{static_cast<std::uint8_t>(cell.tag)} << " bits " << std::hex << cell.bits;
  return out.str();
}

TEST(NumberText, WhatIsWrittenAsAnIntegerIsAnInteger) {
  const Case cases[] = {
      {"27", Cell::integer(27)},
      {"0", Cell::integer(0)},
      {"-0", Cell::integer(0)},
      {"-1", Cell::integer(-1)},
      {"9007199254740993", Cell::integer(9'007'199'254'740'993)},
      {"9223372036854775807", Cell::integer(std::numeric_limits<std::int64_t>::max())},
      {"-9223372036854775808", Cell::integer(std::numeric_limits<std::int64_t>::min())},
      {"9223372036854775808", Cell::refused(FieldCode::kIntRange)},
      {"-9223372036854775809", Cell::refused(FieldCode::kIntRange)},
      {std::string(5'000, '9'), Cell::refused(FieldCode::kIntRange)},
  };
  for (const Case& c : cases) EXPECT_EQ(shown(number_cell(c.text)), shown(c.cell)) << c.text;
}

TEST(NumberText, WhatHasAPointOrAnExponentIsReal) {
  const Case cases[] = {
      {"27.0", Cell::real(27)},
      {"1e3", Cell::real(1000)},
      {"1E+3", Cell::real(1000)},
      {"-0.0", Cell::real(-0.0)},
      {"-0e0", Cell::real(-0.0)},
      {"9223372036854775808.0", Cell::real(9'223'372'036'854'775'808.0)},
      {"1.7976931348623157e308", Cell::real(std::numeric_limits<double>::max())},
      {"4.9406564584124654e-324", Cell::real(std::numeric_limits<double>::denorm_min())},
  };
  for (const Case& c : cases) EXPECT_EQ(shown(number_cell(c.text)), shown(c.cell)) << c.text;
}

TEST(NumberText, BeyondFloat64IsInfinityOfItsSign) {
  for (const std::string& text :
       {std::string("1e400"), std::string("1.7976931348623159e308"), std::string("1e99999999999999999999"),
        "1" + std::string(400, '0') + ".0", "0." + std::string(400, '0') + "1e800", "123" + std::string(400, '0') + "e-10"}) {
    EXPECT_EQ(shown(number_cell(text)), shown(Cell::real(kInfinity))) << text;
    EXPECT_EQ(shown(number_cell("-" + text)), shown(Cell::real(-kInfinity))) << text;
  }
}

TEST(NumberText, BelowFloat64IsZeroOfItsSign) {
  for (const std::string& text :
       {std::string("1e-400"), std::string("2.4703282292062327e-324"), std::string("1e-99999999999999999999"),
        "0." + std::string(400, '0') + "1e5", "0." + std::string(400, '0') + "1", std::string("10.5e-500"),
        "1" + std::string(400, '0') + "e-800"}) {
    EXPECT_EQ(shown(number_cell(text)), shown(Cell::real(0.0))) << text;
    EXPECT_EQ(shown(number_cell("-" + text)), shown(Cell::real(-0.0))) << text;
  }
}

TEST(NumberText, ZeroStaysZeroUnderAnyExponent) {
  for (const char* text : {"0e400", "0.000e99999999999999999999", "0e-99999999999999999999"}) {
    EXPECT_EQ(shown(number_cell(text)), shown(Cell::real(0.0))) << text;
  }
}

TEST(NumberText, LongMantissasWithOppositeExponentsAreOrdinaryNumbers) {
  EXPECT_EQ(shown(number_cell("0." + std::string(400, '0') + "1e401")), shown(Cell::real(1.0)));
  EXPECT_EQ(shown(number_cell("25" + std::string(400, '0') + "e-400")), shown(Cell::real(25.0)));
}

TEST(NumberText, RecordedTextsReadAsPythonReadsThem) {
  std::ifstream file("tests/schemas/wire/number_texts.tsv");
  ASSERT_TRUE(file) << "run from the repository's root";
  std::string line;
  int count = 0;
  while (std::getline(file, line)) {
    const auto tab = line.find('\t'), second = line.find('\t', tab + 1);
    const std::string text = line.substr(0, tab), kind = line.substr(tab + 1, second - tab - 1), value = line.substr(second + 1);
    const std::uint64_t bits = std::strtoull(value.c_str(), nullptr, 16);
    const Cell expected = kind == "int"    ? Cell{bits, Tag::kInt}
                          : kind == "real" ? Cell{bits, Tag::kReal}
                                           : Cell::refused(FieldCode::kIntRange);
    EXPECT_EQ(shown(number_cell(text)), shown(expected)) << text;
    ++count;
  }
  EXPECT_GT(count, 500);
}

}  // namespace
}  // namespace ringside::wire
