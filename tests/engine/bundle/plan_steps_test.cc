// Goal: the steps of preprocess.json are read as the format says, and what is wrong in one is named by its key, all at once. Method: a
// document of one step a row, the whole list of problems compared; steps that are right are held by recorded_plans_test.cc.

#include <gtest/gtest.h>

#include "engine/bundle/plan_json.h"

namespace ringside::engine {
namespace {

using Texts = std::vector<std::string>;

PlanDocument read(const std::string& step, Texts& problems) {
  BundleProblems found;
  PlanDocument document = read_plan(R"({"format_version":1,"steps":[)" + step + R"(],"features":["y"],"classes":[]})", found);
  for (const BundleProblem& problem : found) problems.push_back(problem.text());
  return document;
}

struct Wrong {
  const char* step;
  Texts problems;  // how each begins, behind "preprocess.json: steps[0]"
};

const Wrong kWrong[] = {
    {R"({"op":"encod","in":"x"})", {".op: expected a step of format version 1 (did you mean encode?), found \"encod\""}},
    {R"({"op":"encode","field":"t","in":"x","categories":[],"values":[],"missing":null,"unseen":null,"out":"y"})",
     {".in: expected field or in, found both"}},
    {R"({"op":"is_missing","equals":"nan","out":"y"})", {".in: expected field or in, found neither"}},
    {R"({"op":"encode","in":"x","categories":["a"],"values":["0x1p+0",1],"missing":0,"unseen":"nan","out":"y"})",
     {".categories[0]: expected a finite hex float",
      ".values[1]: expected a finite hex float in quotes, such as \"0x1.8p+3\", or \"nan\"",
      ".missing: expected a finite hex float"}},
    {R"({"op":"encode","field":"t","categories":["a"],"values":["0x1p+0"],"out":"y"})",
     {".missing: expected this key, found none", ".unseen: expected this key, found none"}},
    {R"({"op":"indicators","field":"t","categories":["a","b"],"slots":[-1,"zero"],"missing":1.5,"unseen":null,"outs":["y"]})",
     {".slots[0]: expected an integer from 0 or \"zeros\", found the number -1",
      ".slots[1]: expected an integer from 0 or \"zeros\"", ".missing: expected an integer from 0 or \"zeros\""}},
    {R"({"op":"add","in":"x","value":"0x1p+0","width":"float16","out":"y"})", {".width: expected float32"}},
    {R"({"op":"require","in":"x","what":"finit"})", {".what: expected finite (did you mean finite?)"}},
    {R"({"op":"require","in":"x","out":"y"})", {".out: expected a known key"}},
    {R"({"op":"impute","in":"x","equals":null,"value":"nan","out":"y"})", {".equals: expected a finite hex float"}},
    {R"({"op":"bins","in":"x","edges":["nan"],"out":"y"})", {".edges[0]: expected a finite hex float"}},
    {R"({"op":"quantile","in":"x","quantiles":[],"references":[],"distribution":"gauss","out":"y"})",
     {".distribution: expected uniform | normal"}},
    {R"({"op":"power","in":"x","lambda":"0x1p+0","out":"y"})", {".method: expected this key, found none"}},
};

TEST(PlanSteps, WhatIsWrongIsNamedByItsKeyAllAtOnce) {
  for (const Wrong& wrong : kWrong) {
    Texts problems;
    read(wrong.step, problems);
    ASSERT_EQ(problems.size(), wrong.problems.size()) << wrong.step << ::testing::PrintToString(problems);
    for (std::size_t i = 0; i < problems.size(); ++i)
      EXPECT_TRUE(problems[i].starts_with("preprocess.json: steps[0]" + wrong.problems[i])) << problems[i];
  }
}

TEST(PlanSteps, SlotsAndRefusalsAreTold) {
  Texts problems;
  const PlanDocument document = read(
      R"({"op":"indicators","field":"t","categories":["a","b"],"slots":["zeros",0],"missing":null,"unseen":"zeros","outs":["y"]})",
      problems);
  ASSERT_EQ(problems, Texts{});
  const auto& step = std::get<IndicatorsStep>(document.spec.steps.at(0));
  EXPECT_EQ(step.slots, (std::vector<std::int64_t>{IndicatorsStep::kZeros, 0}));
  EXPECT_FALSE(step.missing.has_value());
  EXPECT_EQ(step.unseen, IndicatorsStep::kZeros);
}

TEST(PlanSteps, ZeroIsMissingIsTrueOrNotThere) {
  BundleProblems problems;
  EXPECT_TRUE(read_plan(R"({"format_version":1,"steps":[],"features":["y"],"classes":[],"zero_is_missing":true})", problems)
                  .spec.zero_is_missing);
  EXPECT_TRUE(problems.empty());
  (void)read_plan(R"({"format_version":1,"steps":[],"features":["y"],"classes":[],"zero_is_missing":false})", problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].key, "zero_is_missing");
}

}  // namespace
}  // namespace ringside::engine
