// Goal: a request's target is read as HTTP writes it. Method: a good one in parts, bad ones in a table.
#include "engine/admin/target.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace ringside::engine {
namespace {

using namespace std::string_literals;

TEST(Target, ParametersAreDecoded) {
  const auto target = parse_target("/a%20b?x=1+2&y=%26&&z");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/a b");
  ASSERT_EQ(target->parameters.size(), 3u);
  EXPECT_EQ(target->parameters[0], std::pair("x"s, "1 2"s));
  EXPECT_EQ(target->parameters[1], std::pair("y"s, "&"s));
  EXPECT_EQ(target->parameters[2], std::pair("z"s, ""s));
  for (const char* bad : {"", "x", "/%", "/%4", "/?x=%", "/?%g1=1"}) EXPECT_FALSE(parse_target(bad)) << bad;
}

}  // namespace
}  // namespace ringside::engine
