// Goal: every outcome has one wording, which says what to do and never a value that was sent.
// Method: a table of facts and words; then every code, type and tag there is.
#include "client_lib/messages.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

namespace ringside {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Case {
  ErrorFacts facts;
  std::string message;
};

TEST(Messages, SayWhatWasExpectedAndWhatCame) {
  const Case cases[] = {
      {{.code = FieldCode::kTypeMismatch, .expected = Dtype::kInt, .got = wire::Tag::kText}, "expected int, got string"},
      {{.code = FieldCode::kTypeMismatch, .expected = Dtype::kStr, .got = wire::Tag::kReal}, "expected str, got float"},
      {{.code = FieldCode::kTypeMismatch, .expected = Dtype::kBool, .got = wire::Tag::kInt}, "expected bool, got int"},
      {{.code = FieldCode::kTypeMismatch, .expected = Dtype::kFloat, .got = wire::Tag::kBool}, "expected float, got bool"},
      {{.code = FieldCode::kTypeMismatch, .expected = Dtype::kInt, .got = wire::Tag::kRefused},
       "expected int, got a nested value"},
      {{.code = FieldCode::kOutOfRange, .low = 0, .high = 120}, "must be between 0 and 120"},
      {{.code = FieldCode::kOutOfRange, .low = 0.1, .high = kNone}, "must be at least 0.1"},
      {{.code = FieldCode::kOutOfRange, .low = -kInfinity, .high = 1e300}, "must be at most 1e300"},
      {{.code = FieldCode::kOutOfRange, .low = 0.5, .high = 1e6}, "must be between 0.5 and 1000000"},
      {{.code = FieldCode::kOutOfRange, .low = kNone, .high = kNone}, "not one of the allowed values"},
      {{.code = FieldCode::kMissingRequired}, "required, but missing"},
      {{.code = FieldCode::kIntFraction}, "expected a whole number, got a fraction"},
      {{.code = FieldCode::kTooLong}, "longer than 4096 bytes"},
      {{.code = FieldCode::kTooLong, .high = 64}, "longer than 64 bytes"},
      {{.code = FieldCode::kTooLong, .low = 16, .high = 128}, "more than 16 of them, or one longer than 128 bytes"},
      {{.code = FieldCode::kDuplicateField}, "given more than once"},
      {{.code = FieldCode::kExtraField}, "not a field of this version"},
      {{.code = FieldCode::kBatchSize, .rows_max = 512},
       "a call takes 1 to 512 rows, as many bytes as the channel's memory holds"},
  };
  for (const Case& c : cases) EXPECT_EQ(error_message(c.facts), c.message);
}

TEST(Messages, EveryCodeHasItsOwnWords) {
  std::set<std::string> messages;
  for (int code = 1; code < 16; ++code)
    messages.insert(error_message({.code = static_cast<FieldCode>(code), .low = 0, .high = 1}));
  EXPECT_EQ(messages.size(), 15u);
  EXPECT_EQ(messages.count(error_message({.code = static_cast<FieldCode>(99)})), 0u) << "a code of a later engine";
  EXPECT_FALSE(error_message({.code = static_cast<FieldCode>(99)}).empty());
}

TEST(Messages, TimeoutSaysWhetherItMayHaveBeenScored) {
  EXPECT_NE(status_message(Status::kTimeout, Reason::kNone, true).find("not scored"), std::string::npos);
  EXPECT_NE(status_message(Status::kTimeout, Reason::kNone, false).find("may have been scored"), std::string::npos);
}

TEST(Messages, EveryStatusButOkHasWords) {
  EXPECT_EQ(status_message(Status::kOk, Reason::kNone, true), "");
  for (int status = 1; status < 9; ++status) {
    EXPECT_FALSE(status_message(static_cast<Status>(status), Reason::kNone, true).empty()) << status;
  }
}

TEST(Names, AreThoseOfTheFormats) {
  EXPECT_EQ(name(Status::kUnknownVersion), "unknown_version");
  EXPECT_EQ(name(Reason::kNoVersion), "no_version");
  EXPECT_EQ(name(Reason::kForked), "forked");
  EXPECT_EQ(name(FieldCode::kTypeMismatch), "TYPE_MISMATCH");
  EXPECT_EQ(name(Arm::kCurrent), "current");
  EXPECT_EQ(name(Dtype::kStr), "str");
}

}  // namespace
}  // namespace ringside
