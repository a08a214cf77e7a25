// Goal: a switch that would leave a connected client without answers is refused and names client and field; forced, it says whose rows
//   are refused; what the current version refuses as well, and what an adapter bridges, stands in nobody's way.
// Method: made bundles in a draft; schemas as clients declare them.
#include "engine/versions/callers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/made_bundle.h"

namespace ringside::engine {
namespace {

using test::float_field;
using test::MadeBundle;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::shared_ptr<const Resident> resident(const MadeBundle& what) {
  return std::make_shared<Resident>(test::make_bundle(what), 0, 1);
}

// One client, "ads", with one schema, served by a version whose only field is x.
class CallersTest : public ::testing::Test {
 protected:
  std::vector<std::string> in_the_way(std::vector<ClientSchema::Column> columns, const MadeBundle& next) {
    auto schema = std::make_shared<ClientSchema>();
    schema->columns = std::move(columns);
    schema->hash = 7;
    TrafficDraft draft;
    draft.current = resident(now_);
    const auto to = resident(next);
    draft.residents = {draft.current, to};
    draft.schemas = {schema};
    std::vector<std::string> texts;
    problems_ = callers_in_the_way({{"client ads", {7}}, {"client other", {8}}}, draft, *to);
    for (const BundleProblem& problem : problems_) texts.push_back(problem.text());
    return texts;
  }
  static MadeBundle next(std::vector<Field> more) {
    MadeBundle made;
    made.version = "made_v2.0.0";
    made.more_fields = std::move(more);
    return made;
  }

  MadeBundle now_;
  BundleProblems problems_;
};

TEST_F(CallersTest, WhatAnAdapterBridgesStandsInNobodysWay) {
  now_.more_fields = {float_field("zip")};
  EXPECT_THAT(in_the_way({{"zip", Dtype::kInt}, {"x", Dtype::kFloat}}, next({float_field("new")})), IsEmpty());
  EXPECT_THAT(in_the_way({{"x", Dtype::kAny}}, next({})), IsEmpty());
}

TEST_F(CallersTest, AFieldThatIsGoneIsNamed) {
  now_.more_fields = {float_field("zip", true)};  // required, so no version may drop it in silence
  EXPECT_THAT(in_the_way({{"zip", Dtype::kInt}, {"x", Dtype::kFloat}}, next({})),
              ElementsAre("client ads: zip: expected no such field (extra_fields: reject), found a column of that name"));
  MadeBundle lenient = next({});
  lenient.reject_extra_fields = false;
  EXPECT_THAT(in_the_way({{"zip", Dtype::kInt}, {"x", Dtype::kFloat}}, lenient), IsEmpty());
}

TEST_F(CallersTest, AFieldThatIsRequiredNowIsNamed) {
  EXPECT_THAT(in_the_way({{"x", Dtype::kFloat}}, next({float_field("new", true)})),
              ElementsAre("client ads: new: expected a value of every row, found a schema without it"));
  EXPECT_THAT(in_the_way({{"x", Dtype::kFloat}, {"new", Dtype::kFloat}}, next({float_field("new", true)})), IsEmpty());
}

TEST_F(CallersTest, AFieldOfAnotherDtypeIsNamed) {
  now_.more_fields = {{.name = "zip", .dtype = Dtype::kBool}};
  const auto as = [](Dtype dtype) { return next({{.name = "zip", .dtype = dtype}}); };
  EXPECT_THAT(in_the_way({{"zip", Dtype::kBool}}, as(Dtype::kFloat)),
              ElementsAre("client ads: zip: expected float, found bool, as it declared"));
  EXPECT_THAT(in_the_way({{"zip", Dtype::kAny}}, as(Dtype::kFloat)), IsEmpty());
}

TEST_F(CallersTest, WhatTheCurrentVersionRefusesAsWellIsNoNews) {
  EXPECT_THAT(in_the_way({{"x", Dtype::kStr}, {"nobody's", Dtype::kInt}}, next({})), IsEmpty());
}

TEST_F(CallersTest, TheConsequenceNamesTheFirstFewAndCountsTheRest) {
  in_the_way({{"x", Dtype::kFloat}},
             next({float_field("a", true), float_field("b", true), float_field("c", true), float_field("d", true)}));
  ASSERT_EQ(problems_.size(), 4U);
  EXPECT_EQ(consequence_of(problems_), "; refused from now on: " + problems_[0].text() + "; " + problems_[1].text() + "; " +
                                           problems_[2].text() + "; and 1 more");
  EXPECT_EQ(consequence_of({}), "");
}

}  // namespace
}  // namespace ringside::engine
