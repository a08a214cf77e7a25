// Goal: after N rows through shared memory a version's drift counters hold exactly those N rows, whatever calls they came in.
// Method: calls of one row, of several tiles and of rows that are refused, through a real worker; every count compared. Counting comes behind the
//   answer, so a test waits for the last row to be counted.
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tests/engine/worker/worker_rig.h"

namespace ringside::engine {
namespace {

using test::Answer;
using test::make_bundle;

Baseline baseline() {
  Baseline made{.rows = 100, .scored = 100};
  made.features = {{.name = "x", .edges = {0, 10}, .counts = {0, 50, 50}}};
  made.scores = {{.name = "score", .edges = {1.5}, .counts = {50, 50}}};
  made.fields.resize(1);
  return made;
}

class WorkerDrift : public ::testing::Test {
 protected:
  WorkerDrift() {
    rig_.seat({&seat_});
    rig_.serve({make_bundle({.version = "v1", .baseline = baseline()}), make_bundle({.version = "v2"})});
    rig_.start();
  }

  [[nodiscard]] const DriftCounters& drift(const std::string& version = "v1") const {
    return rig_.publisher.snapshot().find(version)->drift;
  }
  // All counts, once so many rows are counted.
  std::vector<std::uint32_t> counts_of(std::uint32_t rows, const std::string& version = "v1") {
    std::vector<std::uint32_t> all;
    test::wait_until([&] {
      all = drift(version).sum();
      return all[DriftLayout::kScored] + all[DriftLayout::kRefused] >= rows;
    });
    return all;
  }

  WorkerRig rig_;
  Seat seat_{rig_.make_seat()};
};

TEST_F(WorkerDrift, EveryRowOfEveryTileIsCountedInItsBin) {
  std::uint32_t low = 0, high = 0, rows = 0;
  for (const std::size_t size : {1u, 64u, 65u, 512u, 3u}) {
    const std::vector<double> xs = ramp(size);
    for (const double x : xs) (x < 10 ? low : high) += 1;
    rows += static_cast<std::uint32_t>(size);
    ASSERT_EQ(seat_.call(xs).call_status(), wire::Status::kOk);
  }
  const auto counts = counts_of(rows);
  const DriftLayout& layout = drift().layout();
  EXPECT_EQ(counts[DriftLayout::kScored], rows);
  EXPECT_EQ(counts[layout.feature(0)], 0u);
  EXPECT_EQ(counts[layout.feature(0) + 1], low);
  EXPECT_EQ(counts[layout.feature(0) + 2], high);
  EXPECT_EQ(counts[layout.score(0)], low) << "x below 10 scores 1";
  EXPECT_EQ(counts[layout.score(0) + 1], high);
}

TEST_F(WorkerDrift, MissingAndRefusedValuesAreCounted) {
  fill_x(seat_.body, ramp(130));
  seat_.body.set_text(0, 3, "many");
  seat_.body.set(0, 129, wire::Cell::null());
  seat_.body.set(0, 64, wire::Cell::real(std::nan("")));
  static_cast<void>(seat_.client().call(seat_.body, seat_.schema_hash()));
  const auto counts = counts_of(130);
  const DriftLayout& layout = drift().layout();
  EXPECT_EQ(counts[DriftLayout::kScored], 129u);
  EXPECT_EQ(counts[DriftLayout::kRefused], 1u);
  EXPECT_EQ(counts[layout.feature(0) + kBinsMax], 2u);
  EXPECT_EQ(counts[layout.field(0) + static_cast<std::size_t>(FieldCount::kMissing)], 2u);
  EXPECT_EQ(counts[layout.field(0) + static_cast<std::size_t>(FieldCount::kRefused)], 1u);
}

TEST_F(WorkerDrift, CallsThatScoreNothingCountNothing) {
  static_cast<void>(seat_.call(ramp(0)));
  static_cast<void>(seat_.call(ramp(100), {.deadline_ns = 1}));
  static_cast<void>(seat_.call(ramp(64), {.out_bytes = 8}));
  static_cast<void>(seat_.call(ramp(2)));
  EXPECT_EQ(counts_of(1)[DriftLayout::kScored], 2u);
}

TEST_F(WorkerDrift, VersionsCountApart) {
  fill_x(seat_.body, ramp(7));
  seat_.body.set_version("v2");
  static_cast<void>(seat_.client().call(seat_.body, seat_.schema_hash()));
  EXPECT_EQ(counts_of(7, "v2")[DriftLayout::kScored], 7u);
  EXPECT_EQ(drift("v1").sum()[DriftLayout::kScored], 0u);
  EXPECT_EQ(drift("v2").layout().features, 0u) << "it has no baseline";
}

}  // namespace
}  // namespace ringside::engine
