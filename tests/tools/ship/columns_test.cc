// Goal: text that could break out of its column does not, and numbers keep their bits. Method: rows made by hand, the lines as text.
#include "tools/ship/columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tools/ship/json_line.h"

namespace ringside::ship {
namespace {

using testing::HasSubstr;

Row hostile() {
  Row row;
  row.engine_epoch = 0xFFFF'FFFF'FFFF'FFFE;
  row.request_id = "a\tb\nc\\d\re\"";
  row.input_features = "{\"x\":\"\\n\"}";
  row.errors = "[]";
  row.filled = {"q\"uo\\te", "com,ma", ""};
  row.values = {0.1f, std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity()};
  return row;
}

TEST(CopyLine, EscapesWhatEndsAFieldOrALine) {
  std::string line;
  append_copy_line(line, hostile());
  EXPECT_THAT(line, HasSubstr("\ta\\tb\\nc\\\\d\\re\"\t"));
  EXPECT_THAT(line, HasSubstr("\t{\"x\":\"\\\\n\"}\t"));
  EXPECT_THAT(line, HasSubstr("\t{\"q\\\\\"uo\\\\\\\\te\",\"com,ma\",\"\"}\t"));
  EXPECT_THAT(line, HasSubstr("\t{0.10000000149011612,NaN,-Infinity}\t"));
  EXPECT_THAT(line, HasSubstr("\t-2\t"));  // the epoch's bits
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
}

TEST(CopyLine, HasAsManyFieldsAsThereAreColumns) {
  std::string line;
  append_copy_line(line, hostile());
  const std::string columns = column_list();
  EXPECT_EQ(std::count(line.begin(), line.end(), '\t'), std::count(columns.begin(), columns.end(), ','));
}

TEST(ClickHouseLine, IsOneObjectALine) {
  std::string line;
  append_clickhouse_line(line, hostile());
  EXPECT_THAT(line, HasSubstr("\"engine_epoch\":18446744073709551614,"));
  EXPECT_THAT(line, HasSubstr("\"values\":[0.10000000149011612,\"nan\",\"-inf\"],"));
  EXPECT_THAT(line, HasSubstr("\"input_features\":\"{\\\"x\\\":\\\"\\\\n\\\"}\","));
  EXPECT_TRUE(line.ends_with("}\n"));
}

TEST(JsonLine, PrintsFloat32AsTheShortestTextThatReadsBack) {
  Row row = hostile();
  row.type = "prediction";
  std::string line;
  append_json_line(line, row);
  EXPECT_THAT(line, HasSubstr("\"values\":[0.1,null,-1e999],"));
  row.outputs_float64 = true;
  line.clear();
  append_json_line(line, row);
  EXPECT_THAT(line, HasSubstr("\"values\":[0.10000000149011612,null,-1e999],"));
}

}  // namespace
}  // namespace ringside::ship
