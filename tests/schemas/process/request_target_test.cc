// Goal: paths and parameters are read as RFC 3986 writes them; what is no path is refused.
// Method: tables.
#include "schemas/process/request_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringside {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(RequestTargetTest, PathAndParametersAreUnescaped) {
  const auto target = parse_request_target("/predict/loan%5fdefault?version=a%26b&x=1+2&&flag");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/predict/loan_default");
  EXPECT_THAT(target->parameters, ElementsAre(Pair("version", "a&b"), Pair("x", "1 2"), Pair("flag", "")));
}

TEST(RequestTargetTest, TheTaskIsWhatFollowsTheRoute) {
  EXPECT_EQ(parse_request_target("/predict")->after("/predict"), "");
  EXPECT_EQ(parse_request_target("/predict/loan")->after("/predict"), "loan");
  EXPECT_EQ(parse_request_target("/predicts")->after("/predict"), std::nullopt);
  EXPECT_EQ(parse_request_target("/predict/a/b")->after("/predict"), std::nullopt);
  EXPECT_EQ(parse_request_target("/predict/a%2Fb")->after("/predict"), std::nullopt);  // no name has a slash
}

TEST(RequestTargetTest, WhatIsNoPathIsRefused) {
  for (const char* bad : {"", "predict", "*", "/%", "/%2", "/%zz", "/a?b=%g0", "/?x=%", "/?%g1=1", "http://host/"}) {
    EXPECT_FALSE(parse_request_target(bad)) << bad;
  }
}

}  // namespace
}  // namespace ringside
