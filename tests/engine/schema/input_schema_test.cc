// Goal: fields are found by name, and the hash names the ordered (name, dtype) list: nothing more, nothing less. Method: small
// schemas that differ in one thing.

#include "engine/schema/input_schema.h"

#include <gtest/gtest.h>

#include "engine/schema/adapter.h"
#include "schemas/wire/schema_hash.h"

namespace ringside::engine {
namespace {

Field field(std::string name, Dtype dtype) {
  Field made;
  made.name = std::move(name);
  made.dtype = dtype;
  return made;
}

InputSchema schema() { return InputSchema({field("age", Dtype::kInt), field("home", Dtype::kStr)}, true); }

TEST(InputSchema, FindsFieldsByTheirName) {
  EXPECT_EQ(schema().find("age"), 0);
  EXPECT_EQ(schema().find("home"), 1);
  EXPECT_EQ(schema().find("Age"), -1);
  EXPECT_EQ(schema().find(""), -1);
}

TEST(InputSchema, HashIsTheOneThatClientsComputeOverNamesAndDtypes) {
  wire::SchemaHasher hasher;
  hasher.add(Dtype::kInt, "age");
  hasher.add(Dtype::kStr, "home");
  EXPECT_EQ(schema().hash(), hasher.hash());
}

TEST(InputSchema, HashChangesWithOrderNameAndDtype) {
  const std::uint64_t hash = schema().hash();
  EXPECT_NE(InputSchema({field("home", Dtype::kStr), field("age", Dtype::kInt)}, true).hash(), hash);
  EXPECT_NE(InputSchema({field("age", Dtype::kFloat), field("home", Dtype::kStr)}, true).hash(), hash);
  EXPECT_NE(InputSchema({field("age", Dtype::kInt), field("hom", Dtype::kStr)}, true).hash(), hash);
}

TEST(InputSchema, HashIgnoresFillsAndLimits) {
  Field filled = field("age", Dtype::kInt);
  filled.fill_number = 30;
  filled.high = 120;
  EXPECT_EQ(InputSchema({filled, field("home", Dtype::kStr)}, false).hash(), schema().hash());
}

TEST(InputSchema, GathersAlikeWhereEveryRuleIsTheSameBitForBit) {
  EXPECT_TRUE(schema().gathers_like(schema()));
  EXPECT_FALSE(InputSchema({field("age", Dtype::kInt), field("home", Dtype::kStr)}, !schema().rejects_extra_fields())
                   .gathers_like(schema()));
  EXPECT_FALSE(InputSchema({field("home", Dtype::kStr), field("age", Dtype::kInt)}, true).gathers_like(schema()));
  const auto differs = [](auto change) {
    Field age = field("age", Dtype::kInt), home = field("home", Dtype::kStr);
    const InputSchema plain({age, home}, true);
    change(age, home);
    return !InputSchema({age, home}, true).gathers_like(plain);
  };
  EXPECT_TRUE(differs([](Field& age, Field&) { age.fill_number = 1; }));
  EXPECT_TRUE(differs([](Field& age, Field&) { age.fill_number = -0.0; }));
  EXPECT_TRUE(differs([](Field& age, Field&) { age.low = 0; }));
  EXPECT_TRUE(differs([](Field& age, Field&) { age.high = 120; }));
  EXPECT_TRUE(differs([](Field& age, Field&) { age.required = true; }));
  EXPECT_TRUE(differs([](Field& age, Field&) { age.on_missing = OnMissing::kReject; }));
  EXPECT_TRUE(differs([](Field& age, Field&) { age.on_out_of_range = OnOutOfRange::kClamp; }));
  EXPECT_TRUE(differs([](Field&, Field& home) { home.fill_text = "rent"; }));
  EXPECT_TRUE(differs([](Field&, Field& home) { home.allowed = {"rent"}; }));
  EXPECT_FALSE(differs([](Field&, Field& home) { home.sensitivity = Sensitivity::kHash; })) << "a matter of the record";
}

TEST(InputSchema, RunsAreFieldsThatAreWrittenDownAlike) {
  Field kept = field("c", Dtype::kFloat), told = field("d", Dtype::kFloat);
  kept.sensitivity = Sensitivity::kHash;
  const auto runs_of = [](std::vector<Field> fields) {
    const InputSchema made(std::move(fields), true);
    std::string text;
    for (const FieldRun& run : made.runs()) {
      text += std::to_string(run.fields) + (run.is_text ? "t" : "n") + (run.sensitivity == Sensitivity::kPlain ? " " : "! ");
    }
    return text + (made.steps_read_plain_fields() ? "plain" : "not plain");
  };
  const Field number = field("a", Dtype::kInt), text = field("b", Dtype::kStr);
  EXPECT_EQ(runs_of({number, told, text, kept}), "2n 1t 1n! not plain");
  kept.meta = true;
  EXPECT_EQ(runs_of({kept, number, text}), "1n! 1n 1t plain");
}

TEST(Adapter, IdentityMapsEachColumnToItsField) {
  EXPECT_EQ(identity_adapter(schema()).field_of_column, (std::vector<std::int32_t>{0, 1}));
}

TEST(Adapter, ColumnsAreMatchedByNameAndStrangersAreExtraOrDropped) {
  const ClientSchema client{.columns = {{"home"}, {"zip"}, {"segment"}, {"age"}}, .hash = 0};
  const Adapter adapter = make_adapter(client, schema(), [](const std::string& name) { return name == "segment"; });
  EXPECT_EQ(adapter.field_of_column, (std::vector<std::int32_t>{1, Adapter::kExtra, Adapter::kDropped, 0}));
  EXPECT_EQ(adapter.dropped_columns, 1u);
}

}  // namespace
}  // namespace ringside::engine
