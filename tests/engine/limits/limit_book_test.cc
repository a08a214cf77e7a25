// Goal: who is limited together shares a meter, nobody wins by hanging up or by a reload, and the book does not grow by names.
// Method: terms of several clients from one book.
#include "engine/limits/limit_book.h"

#include <gtest/gtest.h>

#include "client_lib/base/clock.h"
#include "tests/support/watchdog.h"

namespace ringside::engine {
namespace {

std::vector<LimitRule> rules(const std::vector<std::string>& texts) {
  auto parsed = parse_limit_rules(texts);
  EXPECT_TRUE(parsed);
  return parsed ? *parsed : std::vector<LimitRule>{};
}
bool passes(const Terms& terms) { return terms.enter(base::monotonic_ns(), 4'096).reason == wire::Reason::kNone; }

// One large call leaves a debt of more than an hour.
constexpr const char* kOneCall = "rows_per_s=1 burst_ms=0";

TEST(LimitBook, WithoutRulesAnythingGoes) {
  LimitBook book;
  EXPECT_FALSE(book.terms_of(1, "a")->limit_client());
}

TEST(LimitBook, EachUserHasItsOwnMeter) {
  LimitBook book(rules({std::string("uid=* ") + kOneCall}), {});
  const auto first = book.terms_of(1, "a"), second = book.terms_of(1, "b"), other = book.terms_of(2, "a");
  EXPECT_TRUE(passes(*first));
  EXPECT_FALSE(passes(*second));
  EXPECT_TRUE(passes(*other));
}

TEST(LimitBook, WhoComesBackHasWonNothing) {
  LimitBook book(rules({"name=* rows_per_s=1 burst_ms=0"}), {});
  EXPECT_TRUE(passes(*book.terms_of(1, "a")));
  EXPECT_FALSE(passes(*book.terms_of(1, "a")));
}

TEST(LimitBook, ForgetsNamesThatOweNothing) {
  LimitBook book(rules({"name=* rows_per_s=1000000000 burst_ms=0"}), {});
  for (int i = 0; i < 1'000; ++i) static_cast<void>(passes(*book.terms_of(1, "n" + std::to_string(i))));
  // What they took is saved up again within microseconds; a reload then finds nothing to keep.
  test::wait_until([&] {
    book.set(rules({"name=* rows_per_s=1000000000 burst_ms=0"}), {});
    return book.status().empty();
  });
}

TEST(LimitBook, SweepsAsNewNamesComeToo) {
  LimitBook book(rules({"name=* rows_per_s=1000000000 burst_ms=0"}), {});
  int names = 0;
  const auto come = [&] { static_cast<void>(book.terms_of(1, "n" + std::to_string(names++))); };
  for (int i = 0; i < 10'000; ++i) come();
  EXPECT_LE(book.status().size(), LimitBook::kNewcomersBetweenSweeps);
}

TEST(LimitBook, NamesBeyondItsBoundShareOneMeter) {
  LimitBook book(rules({"name=* rows_per_s=1 burst_ms=0"}), {});
  for (std::size_t i = 0; i < LimitBook::kMetersMax; ++i) EXPECT_TRUE(passes(*book.terms_of(1, "n" + std::to_string(i))));
  EXPECT_TRUE(passes(*book.terms_of(1, "late")));
  EXPECT_FALSE(passes(*book.terms_of(1, "later"))) << "the one before used up what both have";
  EXPECT_FALSE(passes(*book.terms_of(1, "n7"))) << "who has a meter keeps it";
  EXPECT_LE(book.status().size(), LimitBook::kMetersMax + 1);
}

TEST(LimitBook, AReloadKeepsWhatWasUsed) {
  LimitBook book(rules({"name=a rows_per_s=1 burst_ms=0"}), {});
  EXPECT_TRUE(passes(*book.terms_of(1, "a")));
  book.set(rules({"name=a rows_per_s=2 burst_ms=0"}), {});
  EXPECT_FALSE(passes(*book.terms_of(1, "a")));
}

TEST(LimitBook, ARuleThatIsGoneLimitsNobody) {
  LimitBook book(rules({std::string("all ") + kOneCall}), {});
  EXPECT_TRUE(book.terms_of(1, "a")->limit_client());
  book.set({}, {});
  EXPECT_FALSE(book.terms_of(1, "a")->limit_client());
}

TEST(LimitBook, TheFirstRuleThatFitsGivesThePriority) {
  LimitBook book(rules({"name=a priority=high", "uid=1 priority=low"}), {});
  EXPECT_EQ(book.terms_of(1, "a")->priority(), Priority::kHigh);
  EXPECT_EQ(book.terms_of(1, "b")->priority(), Priority::kLow);
  EXPECT_EQ(book.terms_of(2, "b")->priority(), Priority::kNormal);
}

TEST(LimitBook, TheTightestCapHolds) {
  LimitBook book(rules({"all rows_max=64 bytes_max=4096", "name=a rows_max=8"}), {});
  EXPECT_EQ(book.terms_of(1, "a")->caps().rows_max, 8U);
  EXPECT_EQ(book.terms_of(1, "a")->caps().bytes_max, 4'096U);
  EXPECT_EQ(book.terms_of(1, "b")->caps().rows_max, 64U);
}

TEST(LimitBook, StatusTellsRefusalsBySubject) {
  LimitBook book(rules({std::string("name=a ") + kOneCall}), {});
  const auto terms = book.terms_of(1, "a");
  EXPECT_TRUE(passes(*terms));
  EXPECT_FALSE(passes(*terms));
  const auto status = book.status();
  ASSERT_EQ(status.size(), 1U);
  EXPECT_EQ(status[0].subject, "name=a");
  EXPECT_EQ(status[0].rate_refusals, 1U);
}

}  // namespace
}  // namespace ringside::engine
