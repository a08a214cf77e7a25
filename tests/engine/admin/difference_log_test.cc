// Goal: what several versions scored differently is a line of the log, and not one a call: one a version and minute, with what came since the last.
// Method: counts made by hand, a clock of the test's own.
#include "engine/admin/difference_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/made_bundle.h"

namespace ringside::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using namespace std::chrono_literals;

VersionStatus counted(std::uint64_t compared, std::uint64_t differing, const std::string& version = "loan_v2") {
  VersionStatus status;
  status.version = version;
  status.bundle = test::make_bundle({.version = version});
  status.compared_rows = compared;
  status.differing_rows = differing;
  return status;
}

TEST(DifferenceLog, SaysNothingWhereNothingDiffers) {
  DifferenceLog log;
  EXPECT_THAT(log.lines({counted(0, 0)}, {}), IsEmpty());
  EXPECT_THAT(log.lines({counted(100, 0)}, {}), IsEmpty());
}

TEST(DifferenceLog, SaysAtOnceAndThenOnceAMinuteWhatCameSince) {
  DifferenceLog log;
  DifferenceLog::Clock::time_point now{};
  EXPECT_THAT(log.lines({counted(100, 3)}, now), ElementsAre(StartsWith("loan_v2 scored 3 of 100 rows otherwise")));
  EXPECT_THAT(log.lines({counted(200, 9)}, now += 59s), IsEmpty());
  EXPECT_THAT(log.lines({counted(250, 10)}, now += 1s), ElementsAre(StartsWith("loan_v2 scored 7 of 150 rows otherwise")));
  EXPECT_THAT(log.lines({counted(300, 10)}, now += 60s), IsEmpty()) << "alike since then";
}

TEST(DifferenceLog, KeepsVersionsApartAndForgetsThoseThatWent) {
  DifferenceLog log;
  EXPECT_EQ(log.lines({counted(10, 1), counted(10, 2, "loan_v3")}, {}).size(), 2u);
  EXPECT_THAT(log.lines({counted(10, 1)}, {}), IsEmpty());
  EXPECT_THAT(log.lines({counted(10, 1), counted(4, 2, "loan_v3")}, {}), ElementsAre(StartsWith("loan_v3 scored 2 of 4 rows")));
}

TEST(DifferenceLog, AnotherLifeOfAVersionIsCountedFromItsStart) {
  DifferenceLog log;
  EXPECT_EQ(log.lines({counted(100, 90)}, {}).size(), 1u);
  EXPECT_THAT(log.lines({counted(200, 5)}, DifferenceLog::Clock::time_point(60s)),
              ElementsAre(StartsWith("loan_v2 scored 5 of 200 rows")));
}

}  // namespace
}  // namespace ringside::engine
