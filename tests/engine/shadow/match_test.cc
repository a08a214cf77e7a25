// Goal: two bundles are compared where the shadow sees the same input, and refused with the reason where it would not.
// Method: bundles that differ in one thing.
#include "engine/shadow/match.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/made_bundle.h"

namespace ringside::engine {
namespace {

using test::float_field;
using test::MadeBundle;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A copy whose preprocess.json has a known hash.
std::shared_ptr<const Bundle> bundle(const MadeBundle& what, const std::string& preprocess = {}) {
  auto made = std::const_pointer_cast<Bundle>(test::make_bundle(what));
  made->facts.preprocess_sha256 = preprocess;
  return made;
}
std::string refusal(const MadeBundle& current, const MadeBundle& shadow) {
  const auto match = match_shadow(*bundle(current), *bundle(shadow));
  return match ? "matches" : match.error();
}
ShadowInput input(const MadeBundle& current, const MadeBundle& shadow) {
  return match_shadow(*bundle(current), *bundle(shadow))->input;
}
Field ranged(Field field, double low, double high) {
  field.low = low;
  field.high = high;
  return field;
}

TEST(ShadowMatch, SamePlanAndSchemaCopiesFeatures) {
  EXPECT_EQ(match_shadow(*bundle({}, "p1"), *bundle({.split = 3}, "p1"))->input, ShadowInput::kFeatures);
}

TEST(ShadowMatch, AnotherPlanOrNoneKnownCopiesFields) {
  EXPECT_EQ(match_shadow(*bundle({}, "p1"), *bundle({}, "p2"))->input, ShadowInput::kFields);
  EXPECT_EQ(match_shadow(*bundle({}), *bundle({}))->input, ShadowInput::kFields);
}

TEST(ShadowMatch, AnotherFillIsAnotherSchema) {
  Field filled = float_field("y");
  filled.on_missing = OnMissing::kFill;
  const auto match = match_shadow(*bundle({.more_fields = {float_field("y")}}, "p1"), *bundle({.more_fields = {filled}}, "p1"));
  ASSERT_TRUE(match);
  EXPECT_EQ(match->input, ShadowInput::kFields);
}

TEST(ShadowMatch, FieldsAreFoundByNameAndMayBeFewer) {
  const auto match =
      match_shadow(*bundle({.more_fields = {float_field("y"), float_field("z")}}), *bundle({.more_fields = {float_field("z")}}));
  EXPECT_THAT(match->field_of, ElementsAre(0, 2));
}

TEST(ShadowMatch, FieldThatCurrentLacksIsAbsent) {
  const auto match = match_shadow(*bundle({}), *bundle({.more_fields = {float_field("y")}}));
  EXPECT_EQ(match->input, ShadowInput::kFields);
  EXPECT_THAT(match->field_of, ElementsAre(0, ShadowMatch::kAbsent));
  EXPECT_TRUE(match->some_absent);
}

TEST(ShadowMatch, OtherRulesOfAFieldAskForTheRequest) {
  EXPECT_EQ(input({.more_fields = {float_field("y")}}, {.more_fields = {ranged(float_field("y"), 0, 9)}}), ShadowInput::kRequest);
  Field whole = float_field("y");
  whole.dtype = wire::Dtype::kInt;
  EXPECT_EQ(input({.more_fields = {whole}}, {.more_fields = {float_field("y")}}), ShadowInput::kRequest);
}

TEST(ShadowMatch, FieldThatTheShadowWouldRefuseAsksForTheRequest) {
  EXPECT_EQ(input({.more_fields = {float_field("y", true)}}, {}), ShadowInput::kRequest);
  EXPECT_EQ(input({.more_fields = {float_field("y", true)}}, {.reject_extra_fields = false}), ShadowInput::kFields);
}

TEST(ShadowMatch, MetaFieldIsNotRead) {
  Field meta = float_field("y");
  meta.meta = true;
  auto shadow = std::const_pointer_cast<Bundle>(bundle({.version = "v2", .more_fields = {float_field("z")}}));
  shadow->schema = InputSchema({float_field("x"), meta}, true);
  EXPECT_THAT(match_shadow(*bundle({}), *shadow)->field_of, ElementsAre(0, ShadowMatch::kUnread));
}

TEST(ShadowMatch, AnotherKindOfAnswerIsRefused) {
  EXPECT_THAT(refusal({}, {.binary = true}), HasSubstr("another kind"));
  auto other = std::const_pointer_cast<Bundle>(bundle({.binary = true}));
  std::ranges::reverse(other->classes);
  EXPECT_THAT(match_shadow(*bundle({.binary = true}), *other).error(), HasSubstr("classes"));
}

TEST(ShadowMatch, LightgbmMayShadowXgboost) {
  EXPECT_EQ(refusal({.binary = true}, {.binary = true, .lightgbm = true}), "matches");
}

}  // namespace
}  // namespace ringside::engine
