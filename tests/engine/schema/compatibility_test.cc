// Goal: which declared dtypes a field of each dtype takes, and what of a client schema no adapter bridges.
// Method: the whole table of dtypes; schemas that differ in one thing.
#include "engine/schema/compatibility.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace ringside::engine {
namespace {

constexpr std::array kDtypes{Dtype::kInt, Dtype::kFloat, Dtype::kStr, Dtype::kBool};

std::vector<Obstacle> between(const ClientSchema& client, const InputSchema& schema) {
  return obstacles_between(client, schema, [](const std::string& name) { return name == "elsewhere"; });
}

TEST(Compatibility, OnlyAnIntIsAlsoAFloat) {
  for (const Dtype declared : kDtypes) {
    for (const Dtype taken : kDtypes) {
      const bool fits = declared == taken || (declared == Dtype::kInt && taken == Dtype::kFloat);
      EXPECT_EQ(dtype_fits(declared, taken), fits) << wire::name(declared) << " for " << wire::name(taken);
      EXPECT_TRUE(dtype_fits(Dtype::kAny, taken));
      const InputSchema schema({{.name = "x", .dtype = taken}}, true);
      EXPECT_EQ(between({.columns = {{"x", declared}}}, schema).empty(), fits);
      const InputSchema coercing({{.name = "x", .dtype = taken}}, true, Coercion::kPandas);
      EXPECT_TRUE(between({.columns = {{"x", declared}}}, coercing).empty());
    }
  }
}

TEST(Compatibility, AllObstaclesAreFoundColumnsFirst) {
  const InputSchema schema({{.name = "a", .dtype = Dtype::kInt, .required = true},
                            {.name = "b", .dtype = Dtype::kInt},
                            {.name = "c", .dtype = Dtype::kInt, .on_missing = OnMissing::kReject}},
                           true);
  const std::vector<Obstacle> expected{{Obstacle::Kind::kNoSuchField, "zip", Dtype::kAny, Dtype::kAny},
                                       {Obstacle::Kind::kOtherDtype, "b", Dtype::kStr, Dtype::kInt},
                                       {Obstacle::Kind::kNotDeclared, "a", Dtype::kAny, Dtype::kInt},
                                       {Obstacle::Kind::kNotDeclared, "c", Dtype::kAny, Dtype::kInt}};
  EXPECT_EQ(between({.columns = {{"zip", Dtype::kAny}, {"elsewhere", Dtype::kInt}, {"b", Dtype::kStr}}}, schema), expected);
}

TEST(Compatibility, ExtraFieldsThatAreIgnoredAreNoObstacle) {
  const InputSchema schema({{.name = "a", .dtype = Dtype::kInt}}, false);
  EXPECT_TRUE(between({.columns = {{"zip", Dtype::kStr}}}, schema).empty());
}

}  // namespace
}  // namespace ringside::engine
