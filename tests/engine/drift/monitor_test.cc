// Goal: a report says of each window what its rows were, each version by itself, and names the worst first.
// Method: counters filled by hand-made tiles, a clock of the test's own.
#include "engine/drift/monitor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

namespace ringside::engine {
namespace {

using std::chrono::seconds;

class Monitored : public ::testing::Test {
 protected:
  Monitored() {
    std::vector<Field> fields(2);
    fields[0].name = "x";
    fields[0].dtype = Dtype::kFloat;
    fields[1].name = "y";
    fields[1].dtype = Dtype::kFloat;
    schema_ = InputSchema(fields, true);
    baseline_.rows = 10'000;
    baseline_.scored = 10'000;
    baseline_.features = {{.name = "x", .edges = {0}, .counts = {5'000, 5'000}},
                          {.name = "y", .edges = {0}, .counts = {5'000, 5'000}}};
    baseline_.scores = {{.name = "score", .edges = {0}, .counts = {5'000, 5'000}}};
    baseline_.fields.resize(2);
    tile_ = std::make_unique<Tile>(schema_);
  }

  std::shared_ptr<DriftCounters> make(bool with_baseline = true) {
    return std::make_shared<DriftCounters>(schema_, with_baseline ? &baseline_ : nullptr, 1);
  }
  // Rows in turn below and above 0 in y; x and the score are below in `below` of 10 rows. x is filled in every fourth row.
  void serve(DriftCounters& counters, std::uint32_t rows, std::uint32_t below) {
    for (std::uint32_t row = 0; row < rows; ++row) {
      tile_->start(1);
      tile_->filled(0) = row % 4 == 0 ? 1 : 0;
      const float x = row % 10 < below ? -1.0F : 1.0F;
      const float features[] = {x, row % 2 == 0 ? -1.0F : 1.0F};
      counters.add(0, *tile_, features, 2, &x);
    }
  }
  void look(const std::vector<DriftMonitor::Resident>& residents, seconds passed = seconds(0)) {
    now_ += passed;
    monitor_.look(residents, now_);
  }

  InputSchema schema_;
  Baseline baseline_;
  std::unique_ptr<Tile> tile_;
  DriftMonitor monitor_;
  DriftClock::time_point now_{DriftClock::now()};
};

TEST_F(Monitored, MetaFieldShowsItsRatesAndDecidesNoVerdict) {
  std::vector<Field> fields(schema_.fields().begin(), schema_.fields().end());
  fields[0].meta = true;
  schema_ = InputSchema(fields, true);
  const auto counters = make();
  look({{"v1", counters}});
  serve(*counters, 4'000, 5);
  look({{"v1", counters}}, seconds(10));
  const auto report = monitor_.report("v1", now_);
  ASSERT_TRUE(report.has_value());
  const WindowDrift& window = report->windows.front();
  EXPECT_EQ(window.fields[0].rates[static_cast<std::size_t>(FieldCount::kFilled)], 0.25);
  EXPECT_EQ(window.fields[0].verdict, DriftVerdict::kNotJudged);
  EXPECT_EQ(window.verdict, DriftVerdict::kStable) << "training filled none, yet no step reads the field";
  EXPECT_TRUE(worst(window, 3).empty());
}

TEST_F(Monitored, ReportHasEveryWindowWithItsRowsAndRates) {
  const auto counters = make();
  look({{"v1", counters}});
  serve(*counters, 4'000, 5);
  look({{"v1", counters}}, seconds(10));
  const auto report = monitor_.report("v1", now_);
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->version, "v1");
  EXPECT_TRUE(report->has_baseline);
  EXPECT_EQ(report->baseline_rows, 10'000u);
  ASSERT_EQ(report->windows.size(), 3u);
  for (const WindowDrift& window : report->windows) {
    EXPECT_EQ(window.rows, 4'000u);
    EXPECT_EQ(window.over_s, 10.0);
    ASSERT_EQ(window.features.size(), 2u);
    EXPECT_NEAR(window.features[0].psi, 0, 1e-3);
    EXPECT_EQ(window.features[0].verdict, DriftVerdict::kStable);
    EXPECT_EQ(window.fields[0].name, "x");
    EXPECT_EQ(window.fields[0].rates[static_cast<std::size_t>(FieldCount::kFilled)], 0.25);
    EXPECT_EQ(window.fields[0].verdict, DriftVerdict::kMajor) << "training filled none";
    EXPECT_EQ(window.fields[1].verdict, DriftVerdict::kStable);
    EXPECT_EQ(window.verdict, DriftVerdict::kMajor);
  }
}

TEST_F(Monitored, WorstNamesWhatIsOffByHowFarItIs) {
  const auto counters = make();
  look({{"v1", counters}});
  serve(*counters, 4'000, 9);
  look({{"v1", counters}}, seconds(10));
  const auto report = monitor_.report("v1", now_);
  const WindowDrift& window = telling_window(*report);
  EXPECT_EQ(window.name, "5m");
  const auto offenders = worst(window, 10);
  ASSERT_EQ(offenders.size(), 4u);  // x's missing and filled rates are 5 times what is major; the PSI of score and x 3.5 times
  EXPECT_EQ(offenders[0].what, "missing");
  EXPECT_EQ(offenders[1].what, "filled");
  EXPECT_EQ(offenders[1].value, 0.25);
  EXPECT_EQ(offenders[2].kind, "score");
  EXPECT_EQ(offenders[3].kind, "feature");
  EXPECT_EQ(offenders[3].name, "x");
  EXPECT_NEAR(offenders[3].value, 0.4 * std::log(9), 1e-3);
  EXPECT_EQ(worst(window, 1).size(), 1u);
}

TEST_F(Monitored, TellingWindowIsTheShortestWithRowsEnough) {
  const auto counters = make();
  look({{"v1", counters}});
  serve(*counters, 2'000, 5);
  look({{"v1", counters}});
  serve(*counters, 10, 5);
  look({{"v1", counters}}, seconds(600));
  EXPECT_EQ(telling_window(*monitor_.report("v1", now_)).name, "1h");
  const auto young = make();
  look({{"v1", young}});
  EXPECT_EQ(telling_window(*monitor_.report("v1", now_)).name, "24h");
  EXPECT_EQ(telling_window(*monitor_.report("v1", now_)).verdict, DriftVerdict::kTooFewRows);
}

TEST_F(Monitored, VersionsAreApartAndForgottenWhenTheyGo) {
  const auto one = make(), other = make();
  look({{"v1", one}, {"v2", other}});
  serve(*one, 5, 5);
  serve(*other, 7, 5);
  look({{"v1", one}, {"v2", other}});
  EXPECT_EQ(monitor_.report("v1", now_)->windows[0].rows, 5u);
  EXPECT_EQ(monitor_.report("v2", now_)->windows[0].rows, 7u);
  EXPECT_FALSE(monitor_.report("v3", now_).has_value());
  look({{"v2", other}});
  EXPECT_FALSE(monitor_.report("v1", now_).has_value());
}

TEST_F(Monitored, VersionThatIsLoadedAgainBeginsAnew) {
  const auto before = make();
  look({{"v1", before}});
  serve(*before, 5, 5);
  look({{"v1", before}});
  const auto again = make(false);  // the counters of another load may even be of another number
  look({{"v1", again}});
  serve(*again, 2, 5);
  look({{"v1", again}});
  EXPECT_EQ(monitor_.report("v1", now_)->windows[0].rows, 2u);
}

TEST_F(Monitored, WithoutABaselineRatesAreToldAndNothingIsJudged) {
  const auto counters = make(false);
  look({{"v1", counters}});
  serve(*counters, 4'000, 9);
  look({{"v1", counters}});
  const auto report = monitor_.report("v1", now_);
  EXPECT_FALSE(report->has_baseline);
  EXPECT_TRUE(report->windows[0].features.empty());
  EXPECT_EQ(report->windows[0].fields[0].rates[0], 0.25);
  EXPECT_EQ(report->windows[0].verdict, DriftVerdict::kNoBaseline);
  EXPECT_TRUE(worst(report->windows[0], 10).empty());
}

}  // namespace
}  // namespace ringside::engine
