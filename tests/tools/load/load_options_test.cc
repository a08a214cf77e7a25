// Goal: a duration is read as it is written, and nothing else is taken for one.
// Method: tables of good and bad texts.

#include "tools/load/load_options.h"

#include <gtest/gtest.h>

namespace ringside::load {
namespace {

using namespace std::chrono_literals;

TEST(ParseDuration, ReadsEveryUnit) {
  EXPECT_EQ(parse_duration("250ns"), 250ns);
  EXPECT_EQ(parse_duration("500us"), 500us);
  EXPECT_EQ(parse_duration("20ms"), 20ms);
  EXPECT_EQ(parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(parse_duration("2m"), 2min);
  EXPECT_EQ(parse_duration("1h"), 1h);
  EXPECT_EQ(parse_duration("0s"), 0s);
  EXPECT_EQ(parse_duration("0"), 0s) << "as ringside takes it";
}

TEST(ParseDuration, RefusesWhatIsNoTime) {
  for (const char* text : {"", "10", "s", "-1s", "10 s", "10sec", "1e3s", "nans", "infs", "10s ", "99999999999h"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace ringside::load
