// Goal: two versions side by side say what is known of either, and every key of a field that differs.
// Method: comparison_document() over views made by hand.
#include "engine/admin/comparison_document.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

namespace ringside::engine {
namespace {

using nlohmann::json;

VersionView view(const std::string& version, std::vector<Field> fields, bool reject_extra_fields, BundleFacts facts) {
  VersionView made;
  made.status.version = version;
  made.schema = std::make_shared<InputSchema>(std::move(fields), reject_extra_fields);
  made.facts = std::make_shared<BundleFacts>(std::move(facts));
  return made;
}

VersionView newer() {
  std::vector<Field> fields(2);
  fields[0] = {.name = "age", .dtype = Dtype::kInt, .low = 0, .high = 120};
  fields[1] = {.name = "home", .required = true, .allowed = {"own", "rent"}};
  BundleFacts facts;
  facts.metadata = {{"trained_on", "2026-11-22"}};
  facts.evaluation = {{"auc", "0.5"}, {"logloss", "n/a"}};
  return view("loan_v2", std::move(fields), true, std::move(facts));
}

VersionView older() {
  std::vector<Field> fields = newer().schema->fields();
  fields[0].high = 99;
  std::swap(fields[0], fields[1]);
  fields.push_back({.name = "term", .dtype = Dtype::kStr});
  BundleFacts facts;
  facts.metadata = {{"trained_on", "2026-11-22"}, {"author", "ann"}};
  facts.evaluation = {{"auc", "0.75"}, {"sets[0]", "test"}};
  return view("loan_v1", std::move(fields), false, std::move(facts));
}

TEST(ComparisonDocument, PutsTwoVersionsSideBySide) {
  const json document = json::parse(to_text(comparison_document(newer(), older(), "loan")));
  EXPECT_EQ(document.at("versions"), json::parse(R"(["loan_v2","loan_v1"])"));
  EXPECT_EQ(document.at("metadata"),
            json::parse(R"([{"key":"trained_on","values":["2026-11-22","2026-11-22"],"differs":false,"change":null},
                            {"key":"author","values":[null,"ann"],"differs":true,"change":null}])"));
  EXPECT_EQ(document.at("evaluation"), json::parse(R"([{"key":"auc","values":["0.5","0.75"],"differs":true,"change":0.25},
                            {"key":"logloss","values":["n/a",null],"differs":true,"change":null},
                            {"key":"sets[0]","values":[null,"test"],"differs":true,"change":null}])"));
  EXPECT_NE(document.at("schema_hash")[0], document.at("schema_hash")[1]);
  EXPECT_EQ(document.at("schema"), json::parse(R"([{"field":null,"key":"extra_fields","values":["reject","ignore"]},
                                                   {"field":"age","key":"max","values":[120,99]},
                                                   {"field":"term","key":"dtype","values":[null,"str"]},
                                                   {"field":null,"key":"order","values":[["age","home"],["home","age"]]}])"));
}

TEST(ComparisonDocument, OfAVersionWithItselfFindsNoDifference) {
  const json document = json::parse(to_text(comparison_document(newer(), newer(), "loan")));
  EXPECT_EQ(document.at("schema"), json::array());
  for (const json& line : document.at("evaluation")) EXPECT_EQ(line.at("differs"), false) << line;
}

}  // namespace
}  // namespace ringside::engine
