// Goal: the words that callers see are those of the contract, number by number, and a number from the future has a word too.
// Method: the whole tables, written out once more.
#include "schemas/wire/status.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace ringside::wire {
namespace {

template <class Enum>
std::vector<std::string_view> names_up_to(std::uint8_t count) {
  std::vector<std::string_view> names;
  for (std::uint8_t i = 0; i < count; ++i) names.push_back(name(static_cast<Enum>(i)));
  return names;
}

using Names = std::vector<std::string_view>;

TEST(Names, StatusesAreTheContracts) {
  EXPECT_EQ(names_up_to<Status>(kStatusCount),
            (Names{"ok", "invalid", "timeout", "rejected", "unknown_version", "unavailable", "lost", "fail"}));
}

TEST(Names, FieldCodesAreTheContracts) {
  EXPECT_EQ(names_up_to<FieldCode>(kFieldCodeCount),
            (Names{"", "MISSING_REQUIRED", "NULL_NOT_ALLOWED", "TYPE_MISMATCH", "INT_FRACTION", "INT_RANGE", "NOT_FINITE",
                   "OUT_OF_RANGE", "UNKNOWN_CATEGORY", "BAD_UTF8", "TOO_LONG", "DUPLICATE_FIELD", "EXTRA_FIELD",
                   "SCHEMA_MISMATCH", "BATCH_SIZE", "MALFORMED"}));
}

TEST(Names, ReasonsAndArmsAreTheContracts) {
  EXPECT_EQ(names_up_to<Reason>(kReasonCount), (Names{"", "no_version", "journal_down", "stopping", "result_space", "rate_limit", "concurrency_limit",
                                                       "overload"}));
  EXPECT_EQ(names_up_to<Arm>(kArmCount), (Names{"", "current", "version", "canary", "pin", "label"}));
}

TEST(Names, ANumberThatDoesNotExistIsNeverReadBeyondItsTable) {
  EXPECT_EQ(name(static_cast<Status>(200)), "fail");
  EXPECT_EQ(name(static_cast<FieldCode>(200)), "");
  EXPECT_EQ(name(static_cast<Reason>(200)), "");
  EXPECT_EQ(name(static_cast<Arm>(200)), "");
}

}  // namespace
}  // namespace ringside::wire
