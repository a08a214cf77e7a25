// Goal: every line becomes a row with the values it has; what cannot be read is said with file and line; names are declared once.
// Method: texts in, declarations out. What rows hold is seen through the engine in tests/tools/load/ringside_load_test.py.

#include "tools/load/input_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringside::load {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

VersionInfo::Field field(const char* name, Dtype dtype) { return {.name = name, .dtype = dtype, .required = false}; }

TEST(InputRows, EveryLineIsARowAndEmptyLinesAreNone) {
  auto rows = InputRows::parse("\xEF\xBB\xBF{\"age\":1}\n\n{\"age\":2}\r\n  \n{\"age\":3}", "rows.jsonl");
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(rows->size(), 3u);
}

TEST(InputRows, NamesAreDeclaredInTheOrderOfTheirAppearanceWithTheVersionsTypes) {
  auto rows = InputRows::parse("{\"age\":1,\"home\":\"rent\"}\n{\"city\":\"x\",\"age\":2}\n", "rows.jsonl");
  ASSERT_TRUE(rows.ok());
  const std::vector<FieldDecl> expected{{"age", Dtype::kInt}, {"home", Dtype::kAny}, {"city", Dtype::kStr}};
  EXPECT_EQ(rows->declarations({field("city", Dtype::kStr), field("age", Dtype::kInt)}), expected);
}

TEST(InputRows, MetadataIsDeclaredOnlyWhereItIsAField) {
  constexpr const char* kLine = "{\"request_id\":\"a\",\"user_id\":\"u1\",\"age\":1}";
  auto rows = InputRows::parse(kLine, "rows.jsonl");
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(rows->declarations({}), (std::vector<FieldDecl>{{"age", Dtype::kAny}}));
  EXPECT_EQ(rows->declarations({field("user_id", Dtype::kStr)}),
            (std::vector<FieldDecl>{{"user_id", Dtype::kStr}, {"age", Dtype::kAny}}));
}

TEST(InputRows, ABrokenLineIsNamed) {
  auto rows = InputRows::parse("{\"age\":1}\n{\"age\":}\n", "rows.jsonl");
  ASSERT_FALSE(rows.ok());
  EXPECT_THAT(rows.error(), StartsWith("rows.jsonl:2: "));
}

TEST(InputRows, AFileWithoutRowsIsRefused) {
  EXPECT_FALSE(InputRows::parse("\n \n", "rows.jsonl").ok());
  EXPECT_THAT(InputRows::parse("", "rows.jsonl").error(), HasSubstr("has no rows"));
}

TEST(InputRows, AFileThatIsNotThereIsRefusedByName) {
  auto rows = InputRows::read("/no/such/rows.jsonl");
  ASSERT_FALSE(rows.ok());
  EXPECT_THAT(rows.error(), StartsWith("/no/such/rows.jsonl: "));
}

}  // namespace
}  // namespace ringside::load
