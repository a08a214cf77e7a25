// Goal: a flood of one kind is written at its limit and counted exactly; other kinds are not touched; memory is bounded.
// Method: a clock by hand.
#include "engine/log/repeat_limit.h"

#include <gtest/gtest.h>

namespace ringside::engine {
namespace {

constexpr RepeatLimit::Terms kTerms{.lines = 3, .window = std::chrono::seconds(60), .kinds_max = 4};

RepeatLimit::Clock::time_point at(int seconds) { return RepeatLimit::Clock::time_point(std::chrono::seconds(1'000 + seconds)); }

TEST(RepeatLimit, WritesTheFirstOfAKindAndCountsTheRest) {
  RepeatLimit limit(kTerms);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limit.admit("cannot write " + std::to_string(i) + ".rsj", at(i)), 0u);
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(limit.admit("cannot write " + std::to_string(100 + i) + ".rsj", at(10)));
  EXPECT_EQ(limit.admit("another", at(10)), 0u);
}

TEST(RepeatLimit, NextWindowSaysHowManyWereLeftOutOnce) {
  RepeatLimit limit(kTerms);
  for (int i = 0; i < 8; ++i) (void)limit.admit("x", at(0));
  EXPECT_FALSE(limit.admit("x", at(59)));
  EXPECT_EQ(limit.admit("x", at(60)), 6u);
  EXPECT_EQ(limit.admit("x", at(60)), 0u);
}

TEST(RepeatLimit, WhatNoLineFollowsIsDueAfterTheWindow) {
  RepeatLimit limit(kTerms);
  for (int i = 0; i < 5; ++i) (void)limit.admit("x " + std::to_string(i), at(0));
  EXPECT_TRUE(limit.due(at(59)).empty());
  const auto due = limit.due(at(60));
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].message, "x 4");
  EXPECT_EQ(due[0].count, 2u);
  EXPECT_TRUE(limit.due(at(61)).empty());
}

TEST(RepeatLimit, KindsBeyondTheMostShareOne) {
  RepeatLimit limit(kTerms);
  for (const char* kind : {"a", "b", "c", "d"}) EXPECT_TRUE(limit.admit(kind, at(0)));
  std::uint32_t written = 0;
  for (char kind = 'e'; kind <= 'z'; ++kind) written += limit.admit(std::string(1, kind), at(1)).has_value() ? 1 : 0;
  EXPECT_EQ(written, kTerms.lines);
  // Kinds that came to rest make room.
  EXPECT_EQ(limit.admit("new", at(100)), 0u);
}

}  // namespace
}  // namespace ringside::engine
