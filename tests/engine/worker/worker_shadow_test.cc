// Goal: rows that current answers as current are scored by the shadow behind their answer, from the same input; nothing else is.
// Method: calls through a real worker; scores that can be done in the head. Scoring comes behind the answer, so a test waits until no row waits.
#include <gtest/gtest.h>

#include "tests/engine/worker/worker_rig.h"

namespace ringside::engine {
namespace {

using test::float_field;
using test::make_bundle;

class WorkerShadow : public ::testing::Test {
 protected:
  void serve(const std::shared_ptr<const Bundle>& current, const std::shared_ptr<const Bundle>& shadow,
             std::uint32_t buckets = kBuckets) {
    rig_.seat({&seat_});
    rig_.serve({current, shadow});
    rig_.publisher.update([&](TrafficDraft& draft) { draft.roles.shadow = Shadow{shadow->version, buckets}; });
    rig_.start();
  }
  DifferenceTotals totals_of(std::uint64_t rows) {
    DifferenceTotals totals;
    const auto comparison = rig_.publisher.snapshot().comparison;
    test::wait_until([&] {
      totals = comparison->sum();
      return totals.compared + totals.refused + totals.shed >= rows;
    });
    return totals;
  }

  WorkerRig rig_;
  Seat seat_{rig_.make_seat()};
};

TEST_F(WorkerShadow, EveryRowOfEveryTileIsComparedOrShed) {
  serve(make_bundle({.version = "v1"}), make_bundle({.version = "v2"}));
  std::uint64_t rows = 0;
  for (const std::size_t size : {1u, 64u, 65u, 512u, 3u}) {
    static_cast<void>(seat_.call(ramp(size)));
    rows += size;
  }
  const DifferenceTotals totals = totals_of(rows);
  EXPECT_EQ(totals.taken + totals.shed, rows);
  EXPECT_EQ(totals.equal_margins, totals.compared);
  EXPECT_EQ(totals.equal_values, totals.compared);
}

TEST_F(WorkerShadow, DifferencesAreThoseOfTheTwoVersions) {
  serve(make_bundle({.version = "v1", .split = 10}), make_bundle({.version = "v2", .split = 15, .high = 4}));
  const auto answer = seat_.call(std::vector<double>{5, 12, 20});  // 1 and 1; 2 and 1; 2 and 4
  EXPECT_EQ(answer.value(1), 2.0F) << "the caller's answer is current's";
  const DifferenceTotals totals = totals_of(3);
  EXPECT_EQ(totals.sum_difference, 3);
  EXPECT_EQ(totals.max_difference, 2);
  EXPECT_EQ(totals.equal_values, 1u);
}

TEST_F(WorkerShadow, OtherArmsAreNotTaken) {
  serve(make_bundle({.version = "v1"}), make_bundle({.version = "v2"}));
  for (const char* version : {"v1", "v2"}) {
    fill_x(seat_.body, ramp(7));
    seat_.body.set_version(version);
    static_cast<void>(seat_.client().call(seat_.body, seat_.schema_hash()));
  }
  seat_.body.clear_meta();
  static_cast<void>(seat_.call(ramp(2)));
  EXPECT_EQ(totals_of(2).taken, 2u);
}

// What current drops, the shadow reads: the request is decoded again before the answer goes.
TEST_F(WorkerShadow, FieldThatOnlyTheShadowHasReachesIt) {
  Field y = float_field("y");
  y.on_missing = OnMissing::kFill;
  auto shadow = std::const_pointer_cast<Bundle>(make_bundle({.version = "v2", .more_fields = {y}}));
  PlanSpec spec;  // y in the place of x
  for (const char* name : {"y", "x"}) {
    spec.steps.emplace_back(NumberStep{name, name});
    spec.features.emplace_back(name);
  }
  shadow->plan = *Plan::compile(spec, shadow->schema);
  const ClientSchema schema = schema_of({"x", "y"});
  ASSERT_TRUE(rig_.publisher.add_schema(schema));
  serve(make_bundle({.version = "v1"}), shadow);
  wire::CallBody body;
  body.start(2, 1);
  body.set(0, 0, wire::Cell::real(5));
  body.set(1, 0, wire::Cell::real(15));
  static_cast<void>(seat_.client().call(body, schema.hash));
  EXPECT_EQ(totals_of(1).max_difference, 1) << "current reads 5 and scores 1, the shadow 15 and 2";
  static_cast<void>(seat_.call(std::vector<double>{5}));
  EXPECT_EQ(totals_of(2).equal_values, 1u) << "nobody sends y: filled with 0, which scores 1 as well";
}

TEST_F(WorkerShadow, CountsStayWhileThePairStays) {
  serve(make_bundle({.version = "v1"}), make_bundle({.version = "v2"}));
  static_cast<void>(seat_.call(ramp(3)));
  static_cast<void>(totals_of(3));
  ASSERT_TRUE(rig_.publisher.add_schema(schema_of({"x", "y"})));
  rig_.publisher.update([](TrafficDraft& draft) { draft.roles.shadow->buckets = kBuckets / 2; });
  EXPECT_EQ(totals_of(3).compared, 3u);
  rig_.publisher.update([](TrafficDraft& draft) { draft.current = draft.residents[1]; });
  EXPECT_EQ(rig_.publisher.snapshot().comparison, nullptr) << "no version is held against itself";
}

TEST(WorkerShadowParked, WorkerThatParksFinishesItsRowsFirst) {
  WorkerRig rig(WaitMode::kPark);
  Seat seat = rig.make_seat();
  rig.seat({&seat});
  rig.serve({make_bundle({.version = "v1"}), make_bundle({.version = "v2"})});
  rig.publisher.update([](TrafficDraft& draft) { draft.roles.shadow = Shadow{"v2", kBuckets}; });
  rig.start();
  static_cast<void>(seat.call(ramp(64)));
  test::wait_until([&] { return rig.counters.parks.value() > 1 && rig.publisher.snapshot().comparison->sum().compared == 64; });
}

}  // namespace
}  // namespace ringside::engine
