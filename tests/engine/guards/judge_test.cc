// Goal: a version that does worse is told from one that is unlucky, in each of the three measures, and the reason says what was seen.
// Method: a table of counts that are made call by call; then thousands of seeded windows of two versions that are alike, in which no alarm may
// be raised, and of one that is not, in which each must.
#include "engine/guards/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tests/engine/guards/counted_arm.h"

namespace ringside::engine {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Case {
  const char* name;
  ArmCounts judged, other;
  const char* reason;  // a part of it; empty: nothing is broken
  Pairing pairing = Pairing::kSameWindow;
};

ArmCounts arm(std::uint32_t count, std::uint32_t bad = 0, std::uint64_t ns = 1'000, float shift = 0) {
  return CountedArm().rows(count, bad, ns, shift).counts();
}

std::vector<Case> cases() {
  return {
      {"alike", arm(1'000), arm(10'000), ""},
      {"errors", arm(1'000, 300), arm(10'000, 10),
       "error rate 30 % in 1000 calls, 0.1 % in 10000 beside it: more than 1 % above it"},
      {"errors before", arm(1'000, 300), arm(10'000, 10), "0.1 % in 10000 before it", Pairing::kBefore},
      {"all errors, the least of rows", arm(200, 200), arm(200), "error rate 100 % in 200 calls"},
      {"a row less than the least", arm(199, 199), arm(10'000), ""},
      {"the other has too few", arm(1'000, 1'000), arm(199), ""},
      {"the other is empty", arm(1'000, 1'000), arm(0), ""},
      {"both are empty", arm(0), arm(0), ""},
      {"a single bad row", arm(200, 1), arm(10'000), ""},
      {"above the limit, but by chance perhaps", arm(200, 6), arm(10'000), ""},
      {"the same share, of more rows above the limit for sure", arm(20'000, 600), arm(10'000), "error rate 3 %"},
      {"errors of both", arm(1'000, 300), arm(10'000, 3'000), ""},
      {"fewer errors than the other", arm(1'000), arm(10'000, 5'000), ""},
      {"one bad call of many rows", CountedArm().rows(300).call(512, 512, 1'000, 0).counts(), arm(10'000), ""},
      {"calls refused whole", CountedArm().rows(300).refused(300, wire::Status::kUnavailable).counts(),
       CountedArm().rows(1'000).counts(), ""},
      {"many calls refused whole",
       [] {
         CountedArm made;
         made.rows(300);
         for (int i = 0; i < 300; ++i) made.refused(1, wire::Status::kInvalid);
         return made.counts();
       }(),
       arm(1'000), "error rate 50 % in 600 calls"},
      {"slower", arm(500, 0, 10'000), arm(500, 0, 1'000),
       "p95 latency 9.73 us in 500 calls, 0.992 us in 500 beside it: more than 3 times as long"},
      {"slower, not by enough", arm(500, 0, 3'000), arm(500, 0, 1'000), ""},
      {"slower, but of too few of the other", arm(500, 0, 10'000), arm(303, 0, 1'000), ""},
      {"slower in its tail", CountedArm().rows(900).rows(100, 0, 50'000).counts(), arm(1'000), "p95 latency"},
      {"slower in a tail that is below the percentile", CountedArm().rows(970).rows(30, 0, 50'000).counts(), arm(1'000), ""},
      {"slower in its tail alone, after a switch", CountedArm().rows(900).rows(100, 0, 50'000).counts(), arm(1'000), "",
       Pairing::kBefore},
      {"slower throughout, after a switch", arm(500, 0, 10'000), arm(500, 0, 1'000), "in 500 before it", Pairing::kBefore},
      {"quicker", arm(500, 0, 100), arm(500, 0, 1'000), ""},
      {"scores moved", arm(1'000, 0, 1'000, 1.0F), arm(1'000), "scores have moved: PSI"},
      {"scores moved a little", arm(1'000, 0, 1'000, 0.05F), arm(1'000), ""},
      {"scores that are all one number, another one", CountedArm().rows(1).counts(), arm(1'000), ""},
      {"errors are told first", arm(1'000, 300, 50'000, 1.0F), arm(1'000), "error rate"},
  };
}

TEST(Judge, TellsWhatIsWorseFromWhatIsUnlucky) {
  for (const Case& one : cases()) {
    const Judgement judged = judge(one.judged, one.other, {}, one.pairing);
    if (*one.reason == '\0') {
      EXPECT_THAT(judged.reason, IsEmpty()) << one.name;
    } else {
      EXPECT_THAT(judged.reason, HasSubstr(one.reason)) << one.name;
    }
  }
}

TEST(Judge, GivesFiguresWhereThereIsEnoughToSay) {
  const Judgement some = judge(arm(1'000, 10), arm(2'000), {}, Pairing::kSameWindow);
  EXPECT_EQ(some.judged_rows, 1'000u);
  EXPECT_EQ(some.other_rows, 2'000u);
  EXPECT_EQ(some.error_rate, (Figures{0.01, 0}));
  EXPECT_EQ(some.latency_us, (Figures{0.992, 0.992}));
  ASSERT_TRUE(some.score_psi);
  EXPECT_LT(*some.score_psi, 0.01);
  const Judgement none = judge(arm(100, 10), arm(2'000), {}, Pairing::kSameWindow);
  EXPECT_EQ(none.judged_rows, 100u);
  EXPECT_FALSE(none.error_rate || none.latency_us || none.score_psi);
}

TEST(Judge, DoesNotJudgeWhatIsTurnedOff) {
  const ArmCounts bad = arm(1'000, 300, 50'000, 1.0F), good = arm(1'000);
  EXPECT_THAT(judge(bad, good, {.error_rate = 0}, Pairing::kSameWindow).reason, HasSubstr("p95"));
  EXPECT_THAT(judge(bad, good, {.error_rate = 0, .latency_ratio = 0}, Pairing::kSameWindow).reason, HasSubstr("PSI"));
  const Judgement nothing = judge(bad, good, {.error_rate = 0, .latency_ratio = 0, .score_drift = 0}, Pairing::kSameWindow);
  EXPECT_FALSE(nothing.broken() || nothing.error_rate || nothing.latency_us || nothing.score_psi);
}

TEST(Judge, AsksForMoreCallsAtThe99thPercentile) {
  const GuardSettings settings{.latency_percentile = 99};
  EXPECT_FALSE(judge(arm(2'000, 0, 10'000), arm(1'583), settings, Pairing::kSameWindow).broken());
  EXPECT_THAT(judge(arm(2'000, 0, 10'000), arm(1'600), settings, Pairing::kSameWindow).reason, HasSubstr("p99 latency"));
}

// Traffic as it comes: calls of one row and of many, whose rows stand and fall together; a long tail of latencies; scores of any shape.
class Traffic {
 public:
  explicit Traffic(std::uint32_t seed) : random_(seed) {}

  void add(CountedArm& to, double error_rate, double slower = 1, float shift = 0) {
    const std::uint32_t rows = chance_(random_) < 0.9 ? 1 : 20;
    const bool bad = chance_(random_) < error_rate;
    to.call(rows, bad ? rows : 0, static_cast<std::uint64_t>(slower * 1'000 * std::exp(0.5 * normal_(random_))),
            shift + 2 * static_cast<float>(normal_(random_)));
  }
  std::uint32_t between(std::uint32_t low, std::uint32_t high) { return std::uniform_int_distribution(low, high)(random_); }

 private:
  std::mt19937 random_;
  std::uniform_real_distribution<double> chance_{0, 1};
  std::normal_distribution<double> normal_;
};

TEST(Judge, RaisesNoAlarmInThousandsOfWindowsOfVersionsThatAreAlike) {
  int alarms = 0;
  for (std::uint32_t window = 0; window < 4'000; ++window) {
    Traffic traffic(window);
    CountedArm judged, other;
    const std::uint32_t calls = traffic.between(80, 800), others = traffic.between(80, 3'000);
    const double error_rate = 0.002 * (window % 50);  // 0 to 10 %
    for (std::uint32_t i = 0; i < calls; ++i) traffic.add(judged, error_rate);
    for (std::uint32_t i = 0; i < others; ++i) traffic.add(other, error_rate);
    const Judgement verdict = judge(judged.counts(), other.counts(), {}, Pairing::kSameWindow);
    alarms += verdict.broken() ? 1 : 0;
    if (verdict.broken()) ADD_FAILURE() << "window " << window << ": " << verdict.reason;
  }
  RecordProperty("alarms", alarms);
}

// A guard looks again and again while rows come, which gives chance many tries.
TEST(Judge, RaisesNoAlarmThoughItLooksHundredsOfTimesAtGrowingWindows) {
  for (std::uint32_t run = 0; run < 60; ++run) {
    Traffic traffic(10'000 + run);
    CountedArm judged, other;
    for (int look = 0; look < 200; ++look) {
      for (int i = 0; i < 10; ++i) traffic.add(judged, 0.02);
      for (int i = 0; i < 30; ++i) traffic.add(other, 0.02);
      const Judgement verdict = judge(judged.counts(), other.counts(), {}, Pairing::kSameWindow);
      ASSERT_FALSE(verdict.broken()) << "run " << run << ", look " << look << ": " << verdict.reason;
    }
  }
}

TEST(Judge, FindsEachVersionThatIsWorse) {
  for (std::uint32_t window = 0; window < 300; ++window) {
    Traffic traffic(20'000 + window);
    CountedArm failing, slow, moved, other;
    for (int i = 0; i < 1'000; ++i) {
      traffic.add(failing, 0.10);
      traffic.add(slow, 0.005, 6);
      traffic.add(moved, 0.005, 1, 2.5F);
      traffic.add(other, 0.005);
    }
    const ArmCounts beside = other.counts();
    ASSERT_THAT(judge(failing.counts(), beside, {}, Pairing::kSameWindow).reason, HasSubstr("error rate"));
    ASSERT_THAT(judge(slow.counts(), beside, {}, Pairing::kBefore).reason, HasSubstr("p95 latency"));
    ASSERT_THAT(judge(moved.counts(), beside, {}, Pairing::kSameWindow).reason, HasSubstr("scores have moved"));
  }
}

}  // namespace
}  // namespace ringside::engine
