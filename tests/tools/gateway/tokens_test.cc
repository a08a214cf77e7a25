// Goal: a token is its holder's and nobody else's; a file that says nonsense is refused with every line that does.

#include "tools/gateway/tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringside::gateway {
namespace {

using testing::HasSubstr;

constexpr std::string_view kFile =
    "# who may\n"
    "ads 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 predict\n"  // "test"
    "\n"
    "deploy 60303AE22B998861BCE3B28F33EEC1BE758A213C86C93C076DBE9F558C11C752 admin  # \"test2\"\n";

TEST(Tokens, NameTheirHolder) {
  const auto tokens = Tokens::parse(kFile, "tokens");
  ASSERT_TRUE(tokens) << tokens.error();
  EXPECT_TRUE(tokens->has_admin());
  ASSERT_TRUE(tokens->holder("Bearer test"));
  EXPECT_EQ(tokens->holder("Bearer test")->name, "ads");
  EXPECT_FALSE(tokens->holder("bearer  test")->is_admin);
  EXPECT_TRUE(tokens->holder("Bearer test2")->is_admin);
}

TEST(Tokens, NobodyHoldsAnother) {
  const auto tokens = Tokens::parse(kFile, "tokens");
  ASSERT_TRUE(tokens);
  for (const std::string_view header :
       {"", "Bearer", "Bearer ", "Bearer  ", "Bearer tes", "Bearer test ", "Bearer Test", "Basic test", "test",
        "Bearer 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}) {
    EXPECT_FALSE(tokens->holder(header)) << header;
  }
  EXPECT_FALSE(tokens->holder("Bearer " + std::string(5'000, 'a')));
}

TEST(Tokens, EveryLineThatSaysNonsenseIsTold) {
  const auto tokens = Tokens::parse(
      "a b\na/b 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 predict\nc 12 predict\n"
      "d 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 king\n",
      "tokens");
  ASSERT_FALSE(tokens);
  for (const std::string_view line : {"tokens:1: ", "tokens:2: ", "tokens:3: ", "tokens:4: "})
    EXPECT_THAT(tokens.error(), HasSubstr(line));
  EXPECT_FALSE(Tokens::parse("# nobody\n", "tokens"));
  EXPECT_FALSE(Tokens::read("/nowhere/at/all"));
}

}  // namespace
}  // namespace ringside::gateway
