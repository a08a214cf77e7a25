// Goal: each kind of call that is not simply scored gets its status, and the channel goes on.
// Method: one call a test through a real worker; after it, an ordinary call on the same channel must be answered.
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "client_lib/base/clock.h"
#include "tests/engine/worker/worker_rig.h"

namespace ringside::engine {
namespace {

using test::Answer;
using test::float_field;
using test::make_bundle;

class WorkerCalls : public ::testing::Test {
 protected:
  WorkerCalls() {
    rig_.seat({&seat_});
    rig_.start();
  }
  ~WorkerCalls() override {
    if (rig_.publisher.snapshot().current == nullptr) return;
    const Answer answer = seat_.call(std::vector<double>{5.0});
    EXPECT_EQ(answer.status(0), wire::Status::kOk) << "the channel goes on";
    EXPECT_FALSE(seat_.shared().expelled());
  }

  WorkerRig rig_;
  Seat seat_{rig_.make_seat()};
};

TEST_F(WorkerCalls, WithoutAVersionACallIsUnavailable) {
  const Answer answer = seat_.call(std::vector<double>{1.0, 2.0});
  EXPECT_EQ(answer.call_status(), wire::Status::kUnavailable);
  EXPECT_EQ(answer.reason(), wire::Reason::kNoVersion);
  EXPECT_EQ(answer.geometry.version_ordinal, wire::kNoVersion);
  EXPECT_EQ(rows_counted(rig_, wire::Status::kUnavailable), 2u);
}

TEST_F(WorkerCalls, VersionAndLabelSelectTheBundleAndAreNamedInTheArm) {
  rig_.serve({make_bundle({.version = "v1"}), make_bundle({.version = "v2", .low = 3.0F})});
  rig_.publisher.update([](TrafficDraft& draft) { draft.labels = {{"prod", "v2"}}; });
  fill_x(seat_.body, std::vector<double>{5.0});
  const Answer current = seat_.client().call(seat_.body, seat_.schema_hash());
  EXPECT_EQ(current.value(0), 1.0F);
  EXPECT_EQ(current.geometry.arm, static_cast<std::uint8_t>(wire::Arm::kCurrent));
  seat_.body.set_version("v2");
  const Answer version = seat_.client().call(seat_.body, seat_.schema_hash());
  EXPECT_EQ(version.value(0), 3.0F);
  EXPECT_EQ(version.geometry.arm, static_cast<std::uint8_t>(wire::Arm::kVersion));
  seat_.body.clear_meta();
  seat_.body.set_label("prod");
  const Answer label = seat_.client().call(seat_.body, seat_.schema_hash());
  EXPECT_EQ(label.value(0), 3.0F);
  EXPECT_EQ(label.geometry.arm, static_cast<std::uint8_t>(wire::Arm::kLabel));
  EXPECT_EQ(label.geometry.version_ordinal, version.geometry.version_ordinal);
  EXPECT_NE(label.geometry.version_ordinal, current.geometry.version_ordinal);
}

TEST_F(WorkerCalls, RouteKeyAndTagsSelectTheBundleAndAreNamedInTheArm) {
  rig_.serve(
      {make_bundle({.version = "v1"}), make_bundle({.version = "v2", .low = 3.0F}), make_bundle({.version = "v3", .low = 4.0F})});
  rig_.publisher.update([](TrafficDraft& draft) {
    draft.roles.canary = Canary{"v2", kBuckets, "v2"};
    draft.roles.pins =
        Pins::none()->with(std::vector<PinChange>{{PinKind::kKey, "u1", "v3"}, {PinKind::kTag, "segment=vip", "v3"}});
  });
  const auto ask = [&](const char* key, const char* tag) {
    fill_x(seat_.body, std::vector<double>{5.0});
    if (*key != 0) seat_.body.set_route_key(key);
    if (*tag != 0) seat_.body.add_route_tag(tag);
    const Answer answer = seat_.client().call(seat_.body, seat_.schema_hash());
    return std::pair(static_cast<wire::Arm>(answer.geometry.arm), answer.value(0));
  };
  EXPECT_EQ(ask("u1", "segment=new"), std::pair(wire::Arm::kPin, 4.0F));
  EXPECT_EQ(ask("u2", "segment=vip"), std::pair(wire::Arm::kPin, 4.0F));
  EXPECT_EQ(ask("u2", "segment=new"), std::pair(wire::Arm::kCanary, 3.0F));
  EXPECT_EQ(ask("", "segment=new"), std::pair(wire::Arm::kCurrent, 1.0F));
}

TEST_F(WorkerCalls, UnknownVersionAndLabelAreSaidAndNobodyAnswersInstead) {
  rig_.serve({make_bundle({.version = "v1"})});
  for (const bool by_label : {false, true}) {
    fill_x(seat_.body, std::vector<double>{5.0});
    if (by_label) {
      seat_.body.set_label("v1");  // a version's name is no label
    } else {
      seat_.body.set_version("v9");
    }
    const Answer answer = seat_.client().call(seat_.body, seat_.schema_hash());
    EXPECT_EQ(answer.call_status(), wire::Status::kUnknownVersion);
    EXPECT_EQ(answer.geometry.version_ordinal, wire::kNoVersion);
    EXPECT_EQ(answer.geometry.rows, 0);
  }
}

TEST_F(WorkerCalls, VersionThatIsTooLongToExistIsUnknownAndNotCutToOneThatIs) {
  const std::string longest(wire::kVersionBytesMax, 'v');
  rig_.serve({make_bundle({.version = longest})});
  fill_x(seat_.body, std::vector<double>{5.0});
  seat_.body.set_version(longest + "v");
  EXPECT_EQ(seat_.client().call(seat_.body, seat_.schema_hash()).call_status(), wire::Status::kUnknownVersion);
  seat_.body.clear_meta();
  seat_.body.set_version(longest);
  EXPECT_EQ(seat_.client().call(seat_.body, seat_.schema_hash()).status(0), wire::Status::kOk);
}

TEST_F(WorkerCalls, IdTooLongRefusesItsRowAndUserEveryRowOfEveryTile) {
  rig_.serve({make_bundle({})});
  fill_x(seat_.body, ramp(100));
  seat_.body.set_request_id(70, std::string(65, 'r'));
  const Answer one = seat_.client().call(seat_.body, seat_.schema_hash());
  EXPECT_EQ(one.status(69), wire::Status::kOk);
  EXPECT_EQ(one.status(70), wire::Status::kInvalid);
  ASSERT_EQ(one.errors().size(), 1u);
  EXPECT_EQ(one.errors(70).at(0).name, "request_id");
  EXPECT_EQ(one.errors(70).at(0).code, wire::FieldCode::kTooLong);
  EXPECT_EQ(one.errors(70).at(0).high, 64.0);
  seat_.body.set_user_id(std::string(129, 'u'));
  const Answer all = seat_.client().call(seat_.body, seat_.schema_hash());
  for (const std::uint32_t row : {0u, 63u, 64u, 99u}) EXPECT_EQ(all.errors(row).back().name, "user_id") << row;
  EXPECT_EQ(all.errors(70).size(), 2u);
}

TEST_F(WorkerCalls, DeadlineInThePastIsATimeoutOfTheWholeCall) {
  rig_.serve({make_bundle({})});
  const Answer answer = seat_.call(ramp(100), {.deadline_ns = 1});
  EXPECT_EQ(answer.call_status(), wire::Status::kTimeout);
  EXPECT_EQ(rows_counted(rig_, wire::Status::kTimeout), 100u);
  EXPECT_EQ(rows_counted(rig_, wire::Status::kOk), 0u);
}

TEST_F(WorkerCalls, DeadlineFarAheadIsNone) {
  rig_.serve({make_bundle({})});
  EXPECT_EQ(seat_.call(ramp(100), {.deadline_ns = ~std::uint64_t{0}}).status(99), wire::Status::kOk);
}

TEST_F(WorkerCalls, NoRowsAndTooManyRowsAreABatchSize) {
  rig_.serve({make_bundle({})});
  for (const std::size_t rows : {0, 513, 4'096}) {
    const Answer answer = seat_.call(ramp(rows));
    EXPECT_EQ(answer.call_status(), wire::Status::kInvalid) << rows;
    EXPECT_EQ(answer.call_code(), wire::FieldCode::kBatchSize) << rows;
    EXPECT_EQ(answer.geometry.rows, 0) << rows;
  }
}

TEST_F(WorkerCalls, PositionalRowNeedsTheHashOfTheBundleThatAnswers) {
  const auto bundle = make_bundle({});
  rig_.serve({bundle});
  const auto positional = [&](std::uint64_t hash) {
    fill_x(seat_.body, std::vector<double>{15.0});
    return seat_.client().call(seat_.body, hash, {.encoding = wire::Encoding::kPositional});
  };
  EXPECT_EQ(positional(bundle->schema.hash()).value(0), 2.0F);
  for (const std::uint64_t hash : {bundle->schema.hash() + 1, std::uint64_t{0}}) {
    const Answer answer = positional(hash);
    EXPECT_EQ(answer.call_status(), wire::Status::kInvalid);
    EXPECT_EQ(answer.call_code(), wire::FieldCode::kSchemaMismatch);
  }
}

TEST_F(WorkerCalls, PositionalRowOfAnotherWidthIsAMismatchThoughItsHashIsRight) {
  const auto bundle = make_bundle({.more_fields = {float_field("y")}});
  rig_.serve({bundle});
  fill_x(seat_.body, std::vector<double>{15.0});  // one column for two fields
  const Answer answer = seat_.client().call(seat_.body, bundle->schema.hash(), {.encoding = wire::Encoding::kPositional});
  EXPECT_EQ(answer.call_code(), wire::FieldCode::kSchemaMismatch);
}

TEST_F(WorkerCalls, SchemaThatNobodyDeclaredIsAMismatch) {
  rig_.serve({make_bundle({})});
  fill_x(seat_.body, std::vector<double>{15.0});
  const Answer answer = seat_.client().call(seat_.body, seat_.schema_hash() ^ 1);
  EXPECT_EQ(answer.call_status(), wire::Status::kInvalid);
  EXPECT_EQ(answer.call_code(), wire::FieldCode::kSchemaMismatch);
}

TEST_F(WorkerCalls, ResultThatDoesNotFitAsksForMoreSpace) {
  rig_.serve({make_bundle({})});
  const Answer answer = seat_.call(ramp(64), {.out_bytes = 8});
  EXPECT_EQ(answer.call_status(), wire::Status::kUnavailable);
  EXPECT_EQ(answer.reason(), wire::Reason::kResultSpace);
}

TEST_F(WorkerCalls, ReservedPartsAreMalformed) {
  rig_.serve({make_bundle({})});
  const auto spoilt = [&](const auto& spoil) {
    fill_x(seat_.body, std::vector<double>{1.0});
    wire::RequestGeometry geometry = seat_.client().prepare(seat_.body, seat_.schema_hash());
    spoil(geometry);
    const Answer answer = seat_.client().wait(seat_.client().post_as_is(geometry));
    EXPECT_EQ(answer.call_status(), wire::Status::kInvalid);
    EXPECT_EQ(answer.call_code(), wire::FieldCode::kMalformed);
  };
  spoilt([](auto& geometry) { geometry.priority = 1; });
  spoilt([](auto& geometry) { geometry.reserved = 1; });
  spoilt([](auto& geometry) { geometry.flags = 1u << 31; });
  spoilt([](auto& geometry) { geometry.encoding = 5; });
  spoilt([](auto& geometry) { geometry.encoding = 0; });
  spoilt([](auto& geometry) { geometry.body_bytes = 8; });
}

TEST_F(WorkerCalls, MalformedCellInALaterTileRefusesTheWholeCallAndCountsItOnce) {
  rig_.serve({make_bundle({})});
  fill_x(seat_.body, ramp(200));
  seat_.body.set(0, 150, {0, static_cast<wire::Tag>(99)});
  const Answer answer = seat_.client().call(seat_.body, seat_.schema_hash());
  EXPECT_EQ(answer.call_status(), wire::Status::kInvalid);
  EXPECT_EQ(answer.call_code(), wire::FieldCode::kMalformed);
  EXPECT_EQ(answer.geometry.rows, 0);
  EXPECT_EQ(rows_counted(rig_, wire::Status::kOk), 0u);
  EXPECT_EQ(rows_counted(rig_, wire::Status::kInvalid), 200u);
}

TEST_F(WorkerCalls, RowsFailOneByOneWithTheirOwnErrors) {
  rig_.serve({make_bundle({})});
  fill_x(seat_.body, ramp(130));
  seat_.body.set_text(0, 3, "many");
  seat_.body.add_named(100, "zip", wire::Cell::integer(1));
  seat_.body.set(0, 129, wire::Cell::null());
  const Answer answer = seat_.client().call(seat_.body, seat_.schema_hash());
  ASSERT_EQ(answer.call_status(), wire::Status::kOk);
  for (std::uint32_t row = 0; row < 130; ++row) {
    ASSERT_EQ(answer.status(row), row == 3 || row == 100 ? wire::Status::kInvalid : wire::Status::kOk) << row;
  }
  ASSERT_EQ(answer.errors(3).size(), 1u);
  EXPECT_EQ(answer.errors(3)[0].code, wire::FieldCode::kTypeMismatch);
  ASSERT_EQ(answer.errors(100).size(), 1u);
  EXPECT_EQ(answer.errors(100)[0].name, "zip");
  EXPECT_EQ(answer.value(129), 1.0F) << "missing goes to the low side";
  EXPECT_EQ(rows_counted(rig_, wire::Status::kInvalid), 2u);
  EXPECT_EQ(rows_counted(rig_, wire::Status::kOk), 128u);
}

TEST_F(WorkerCalls, FeaturesComeBackWhenAskedFor) {
  rig_.serve({make_bundle({.more_fields = {float_field("y")}})});
  const Answer answer = seat_.call(std::vector<double>{5.0, 6.5}, {.flags = wire::kReturnFeatures});
  EXPECT_EQ(answer.geometry.features, 2);
  EXPECT_EQ(answer.feature(1, 0), 6.5F);
  EXPECT_TRUE(std::isnan(answer.feature(1, 1)));
  EXPECT_EQ(seat_.call(std::vector<double>{5.0}).geometry.features, 0);
}

TEST_F(WorkerCalls, VersionsOfBothLibrariesAnswerInTheirOwnWidth) {
  rig_.serve({make_bundle({.version = "narrow"}), make_bundle({.version = "wide", .more_fields = {float_field("y")}, .lightgbm = true})});
  for (const bool wide : {true, false, true}) {
    fill_x(seat_.body, std::vector<double>{10.0, 10.0 + 1e-12});
    seat_.body.set_version(wide ? "wide" : "narrow");
    const Answer answer = seat_.client().call(seat_.body, seat_.schema_hash(), {.flags = wire::kReturnFeatures});
    ASSERT_EQ(answer.call_status(), wire::Status::kOk);
    if (wide) {
      EXPECT_EQ(answer.value64(0), 1.0) << "equal to the threshold goes left";
      EXPECT_EQ(answer.margin64(1), 2.0);
      EXPECT_EQ(answer.feature64(1, 0), 10.0 + 1e-12);
      EXPECT_TRUE(std::isnan(answer.feature64(0, 1)));
    } else {
      EXPECT_EQ(answer.value(0), 2.0F) << "equal to the threshold goes right";
      EXPECT_EQ(answer.feature(1, 0), 10.0F);
    }
  }
}

TEST_F(WorkerCalls, CallersIdsAreNotReplaced) {
  rig_.serve({make_bundle({})});
  fill_x(seat_.body, std::vector<double>{5.0, 6.0});
  seat_.body.set_request_id(1, "mine");
  EXPECT_EQ(seat_.client().call(seat_.body, seat_.schema_hash()).geometry.flags & wire::kIdsMade, 0);
}

TEST_F(WorkerCalls, ColumnThatOnlyAnotherVersionKnowsIsDroppedAndCounted) {
  rig_.serve({make_bundle({.version = "v1"}), make_bundle({.version = "v2", .more_fields = {float_field("y")}})});
  const ClientSchema wide = schema_of({"y", "x"});
  ASSERT_TRUE(rig_.publisher.add_schema(wide).ok());
  seat_.body.start(2, 1);
  seat_.body.set(0, 0, wire::Cell::real(1.0));
  seat_.body.set(1, 0, wire::Cell::real(15.0));
  const Answer answer = seat_.client().call(seat_.body, wide.hash);
  EXPECT_EQ(answer.status(0), wire::Status::kOk);
  EXPECT_EQ(answer.value(0), 2.0F);
  EXPECT_EQ(rig_.counters.dropped_values.value(), 1u);
}

// Their tiles take turns on one bundle's memory, where what is broadcast is kept from tile to tile.
TEST(WorkerBroadcast, ValuesOfCallsThatAlternateAreEachTheirOwn) {
  WorkerRig rig;
  rig.serve({make_bundle({})});
  Seat low = rig.make_seat(), high = rig.make_seat();
  rig.seat({&low, &high});
  rig.start();
  const auto post = [](Seat& seat, std::uint16_t rows, double x) {
    seat.body.start(1, rows);
    seat.body.set_broadcast(0, wire::Cell::real(x));
    return seat.client().post(seat.body, seat.schema_hash());
  };
  for (std::uint16_t round = 0; round < 100; ++round) {
    const auto rows = static_cast<std::uint16_t>(130 + round);
    const std::uint64_t first = post(low, rows, 5), second = post(high, rows, 15);
    const Answer ones = low.client().wait(first), twos = high.client().wait(second);
    for (std::uint32_t row = 0; row < rows; ++row) {
      ASSERT_EQ(ones.value(row), 1.0F) << row;
      ASSERT_EQ(twos.value(row), 2.0F) << row;
    }
  }
}

// The first tile is scored, the rest is not begun. Where the machine stalls so long that not even the call is begun in time, it
// is tried again.
TEST(WorkerDeadline, PassingInTheMiddleOfABatchTimesOutTheRestOnly) {
  for (std::uint64_t patience_ns = 50'000'000;; patience_ns *= 2) {
    WorkerRig rig;
    rig.serve({make_bundle({})});
    Seat large = rig.make_seat(), liar = rig.make_seat();
    const std::vector<double> xs = ramp(200);
    const std::uint64_t deadline_ns = base::monotonic_ns() + patience_ns;
    const auto ticket = large.post(xs, {.deadline_ns = deadline_ns});
    liar.lie();
    rig.close();
    rig.seat({&large, &liar});
    rig.start();
    rig.wait_until_held();
    test::wait_until([&] { return base::monotonic_ns() > deadline_ns; });
    rig.open();
    const Answer answer = large.client().wait(ticket);
    if (answer.call_status() == wire::Status::kTimeout) continue;
    ASSERT_EQ(answer.call_status(), wire::Status::kOk);
    for (std::uint32_t row = 0; row < 200; ++row) {
      ASSERT_EQ(answer.status(row), row < 64 ? wire::Status::kOk : wire::Status::kTimeout) << row;
      ASSERT_EQ(answer.value(row), row >= 64 ? 0.0F : xs[row] < 10 ? 1.0F : 2.0F) << row;
    }
    EXPECT_EQ(rows_counted(rig, wire::Status::kOk), 64u);
    EXPECT_EQ(rows_counted(rig, wire::Status::kTimeout), 136u);
    return;
  }
}

}  // namespace
}  // namespace ringside::engine
