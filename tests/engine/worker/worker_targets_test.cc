// Goal: a call to several versions has from each what that version answers when it is asked alone, and their troubles stay apart.
// Method: calls with targets through a real worker, beside the same rows asked one version at a time.
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "client_lib/base/clock.h"
#include "schemas/wire/targets.h"
#include "tests/engine/worker/worker_rig.h"

namespace ringside::engine {
namespace {

using test::Answer;
using test::float_field;
using test::make_bundle;
using test::target_of;

class WorkerTargets : public ::testing::Test {
 protected:
  WorkerTargets() {
    rig_.seat({&seat_});
    rig_.start();
  }
  ~WorkerTargets() override {
    if (rig_.publisher.snapshot().current == nullptr) return;
    EXPECT_EQ(seat_.call(std::vector<double>{5.0}).status(0), wire::Status::kOk) << "the channel goes on";
    EXPECT_FALSE(seat_.shared().expelled());
  }

  Answer ask(const std::vector<double>& xs, const std::vector<std::string>& versions, const Seat::Terms& terms = {}) {
    fill_x(seat_.body, xs);
    for (const std::string& version : versions) add(version);
    return seat_.client().call(seat_.body, seat_.schema_hash(), terms);
  }
  // "": whoever traffic chooses; "label:prod"; else a version.
  void add(const std::string& target) {
    if (target.empty()) {
      seat_.body.add_target(wire::MetaKind::kRouted, {});
    } else if (target.starts_with("label:")) {
      seat_.body.add_target(wire::MetaKind::kLabel, target.substr(6));
    } else {
      seat_.body.add_target(wire::MetaKind::kVersion, target);
    }
  }
  // 512 rows from a client of their own, and `meanwhile` while the worker is held behind their first step: the first pass that sees their
  // channel goes on to a liar's.
  Answer held_after_first_step(const std::vector<std::string>& versions, std::uint64_t deadline_ns,
                               const std::function<void()>& meanwhile) {
    Seat asker = rig_.make_seat(), liar = rig_.make_seat();
    fill_x(asker.body, ramp(512));
    for (const std::string& version : versions) asker.body.add_target(wire::MetaKind::kVersion, version);
    const std::uint64_t ticket = asker.client().post(asker.body, asker.schema_hash(), {.deadline_ns = deadline_ns});
    liar.lie();
    rig_.close();
    rig_.seat({&seat_, &asker, &liar});
    rig_.wait_until_held();
    meanwhile();
    rig_.open();
    const Answer answer = asker.client().wait(ticket);
    rig_.seat({&seat_});
    return answer;
  }
  // Everything but ids and times.
  void expect_same(const Answer& one, const Answer& other, std::uint32_t rows) {
    ASSERT_EQ(one.call_status(), wire::Status::kOk);
    ASSERT_EQ(other.call_status(), wire::Status::kOk);
    EXPECT_EQ(one.geometry.version_ordinal, other.geometry.version_ordinal);
    EXPECT_EQ(one.geometry.fields, other.geometry.fields);
    for (std::uint32_t row = 0; row < rows; ++row) {
      ASSERT_EQ(one.status(row), other.status(row)) << row;
      ASSERT_EQ(one.errors(row).size(), other.errors(row).size()) << row;
      if (one.status(row) != wire::Status::kOk) continue;
      ASSERT_EQ(one.value(row), other.value(row)) << row;
      ASSERT_EQ(one.margin(row), other.margin(row)) << row;
      for (std::uint32_t f = 0; f < one.geometry.features; ++f) {
        ASSERT_EQ(std::bit_cast<std::uint32_t>(one.feature(row, f)), std::bit_cast<std::uint32_t>(other.feature(row, f))) << row;
      }
      for (std::uint32_t f = 0; f < one.geometry.fields; ++f) {
        ASSERT_EQ(one.has(Answer::Bitmap::kFilled, row, f), other.has(Answer::Bitmap::kFilled, row, f)) << row;
      }
    }
  }

  WorkerRig rig_;
  Seat seat_{rig_.make_seat()};
};

TEST_F(WorkerTargets, EachTargetHasItsOwnAnswerInTheOrderAsked) {
  rig_.serve({make_bundle({.version = "v1"}), make_bundle({.version = "v2", .low = 3.0F, .high = 4.0F}),
              make_bundle({.version = "v3", .low = 5.0F, .more_fields = {float_field("y")}})});
  rig_.publisher.update([](TrafficDraft& draft) { draft.labels = {{"prod", "v3"}}; });
  const Answer whole = ask({5.0, 15.0}, {"v2", "", "label:prod"});
  ASSERT_EQ(whole.call_status(), wire::Status::kOk);
  EXPECT_EQ(whole.geometry.targets, 3);
  EXPECT_EQ(whole.geometry.rows, 2);
  EXPECT_EQ(whole.geometry.version_ordinal, wire::kNoVersion);
  const float expected[3][2] = {{3, 4}, {1, 2}, {5, 2}};
  const wire::Arm arms[] = {wire::Arm::kVersion, wire::Arm::kCurrent, wire::Arm::kLabel};
  for (std::uint32_t t = 0; t < 3; ++t) {
    const Answer target = target_of(whole, t);
    EXPECT_EQ(target.geometry.targets, 1);
    EXPECT_EQ(target.geometry.arm, static_cast<std::uint8_t>(arms[t]));
    for (std::uint32_t row = 0; row < 2; ++row) EXPECT_EQ(target.value(row), expected[t][row]) << t;
  }
  EXPECT_EQ(rows_counted(rig_, wire::Status::kOk), 6u) << "a row of each target is one";
}

TEST_F(WorkerTargets, ManyRowsToEightTargetsAreWhatEachAnswersAlone) {
  std::vector<std::shared_ptr<const Bundle>> bundles;
  std::vector<std::string> versions;
  for (int i = 0; i < 7; ++i) {
    versions.push_back("v" + std::to_string(i));
    std::vector<Field> more;
    if (i % 3 == 1) more = {float_field("y")};
    bundles.push_back(make_bundle(
        {.version = versions.back(), .split = static_cast<float>(3 * i), .low = static_cast<float>(i), .more_fields = more}));
  }
  versions.push_back("v2");  // twice
  rig_.serve(bundles);
  for (const std::size_t rows : {1, 7, 8, 9, 64, 65, 300}) {
    const std::vector<double> xs = ramp(rows);
    const Seat::Terms terms{.flags =
                                rows < 100 ? wire::kReturnFeatures : 0u};  // the largest with them have no room in a slot's share
    const Answer whole = ask(xs, versions, terms);
    ASSERT_EQ(whole.call_status(), wire::Status::kOk) << rows;
    for (std::uint32_t t = 0; t < versions.size(); ++t) {
      expect_same(target_of(whole, t), ask(xs, {versions[t]}, terms), static_cast<std::uint32_t>(rows));
    }
  }
}

TEST_F(WorkerTargets, InvalidRowsAreInvalidForEachWithItsOwnErrors) {
  rig_.serve({make_bundle({.version = "v1"}), make_bundle({.version = "v2", .low = 3.0F}),
              make_bundle({.version = "v3", .more_fields = {float_field("y", true)}})});
  const auto fill = [&] {
    fill_x(seat_.body, ramp(100));
    for (const std::uint16_t row : std::to_array<std::uint16_t>({3, 40, 99})) seat_.body.set_text(0, row, "text for a number");
  };
  fill();
  for (const char* version : {"v1", "v2", "v3"}) add(version);
  const Answer whole = seat_.client().call(seat_.body, seat_.schema_hash());
  for (std::uint32_t t = 0; t < 3; ++t) {
    fill();
    seat_.body.set_version("v" + std::to_string(t + 1));
    expect_same(target_of(whole, t), seat_.client().call(seat_.body, seat_.schema_hash()), 100);
  }
  EXPECT_EQ(target_of(whole, 0).status(3), wire::Status::kInvalid);
  EXPECT_EQ(target_of(whole, 2).status(4), wire::Status::kInvalid) << "y is required there";
}

// Of v2's rows against v1's: those from 10 on are alike, one is refused by both, and v1 twice is no comparison.
TEST_F(WorkerTargets, RowsThatVersionsScoreDifferentlyAreCounted) {
  rig_.serve({make_bundle({.version = "v1"}), make_bundle({.version = "v2", .low = 3.0F}),
              make_bundle({.version = "v3", .low = 3.0F, .more_fields = {float_field("y")}}), make_bundle({.version = "v4"})});
  fill_x(seat_.body, ramp(100));
  seat_.body.set_text(0, 3, "text for a number");
  for (const char* version : {"v1", "v2", "v3", "v1", "v4"}) add(version);
  const Answer whole = seat_.client().call(seat_.body, seat_.schema_hash());
  ASSERT_EQ(whole.call_status(), wire::Status::kOk);
  std::uint64_t differing = 0;
  for (std::uint32_t row = 0; row < 100; ++row) {
    if (row != 3 && target_of(whole, 0).value(row) != target_of(whole, 1).value(row)) ++differing;
  }
  ASSERT_GT(differing, 0u);
  ASSERT_LT(differing, 99u);
  const TrafficDraft draft = rig_.publisher.snapshot();
  const auto counted = [&](const char* version) {
    const auto& own = draft.find(version)->by_worker[0];
    return std::pair(own.compared_rows.value(), own.differing_rows.value());
  };
  EXPECT_EQ(counted("v1"), std::pair(std::uint64_t{0}, std::uint64_t{0})) << "it was the first";
  EXPECT_EQ(counted("v2"), std::pair(std::uint64_t{99}, differing));
  EXPECT_EQ(counted("v3"), std::pair(std::uint64_t{99}, differing)) << "it gathers otherwise, and scores as v2";
  EXPECT_EQ(counted("v4"), std::pair(std::uint64_t{99}, std::uint64_t{0}));
}

TEST_F(WorkerTargets, UnknownOneHasItsStatusAndTheOthersTheirAnswers) {
  rig_.serve({make_bundle({.version = "v1"})});
  const Answer whole = ask({5.0}, {"nobody", "v1", "label:none", std::string(200, 'v')});
  ASSERT_EQ(whole.call_status(), wire::Status::kOk);
  EXPECT_EQ(target_of(whole, 1).value(0), 1.0F);
  for (const std::uint32_t t : {0u, 2u, 3u}) {
    EXPECT_EQ(target_of(whole, t).call_status(), wire::Status::kUnknownVersion) << t;
    EXPECT_EQ(target_of(whole, t).geometry.rows, 0) << t;
    EXPECT_EQ(target_of(whole, t).geometry.version_ordinal, wire::kNoVersion) << t;
  }
  EXPECT_EQ(rows_counted(rig_, wire::Status::kUnknownVersion), 3u);
}

TEST_F(WorkerTargets, AllUnknownIsStillAnAnswer) {
  rig_.serve({make_bundle({.version = "v1"})});
  const Answer whole = ask(ramp(100), {"a", "b"});
  ASSERT_EQ(whole.call_status(), wire::Status::kOk);
  for (const std::uint32_t t : {0u, 1u}) EXPECT_EQ(target_of(whole, t).call_status(), wire::Status::kUnknownVersion);
}

TEST_F(WorkerTargets, NineTargetsAreMalformed) {
  rig_.serve({make_bundle({.version = "v1"})});
  const Answer whole = ask({5.0}, std::vector<std::string>(9, "v1"));
  EXPECT_EQ(whole.call_status(), wire::Status::kInvalid);
  EXPECT_EQ(whole.call_code(), wire::FieldCode::kMalformed);
}

TEST_F(WorkerTargets, OneRequestIdARowWhoeverAnswers) {
  rig_.serve({make_bundle({.version = "v1"}), make_bundle({.version = "v2"})});
  const Answer whole = ask(ramp(100), {"v1", "v2"});
  ASSERT_NE(whole.geometry.flags & wire::kIdsMade, 0);
  std::set<std::vector<std::byte>> ids;
  const auto layout = wire::targets_layout(2, 100, true);
  for (std::size_t row = 0; row < 100; ++row) {
    const auto* id = whole.bytes.data() + layout.ids_offset + row * 16;
    ids.insert({id, id + 16});
  }
  EXPECT_EQ(ids.size(), 100u);
  for (const std::uint32_t t : {0u, 1u}) EXPECT_EQ(target_of(whole, t).geometry.flags & wire::kIdsMade, 0);
}

TEST_F(WorkerTargets, TooLittleRoomIsSaidForTheWholeCall) {
  rig_.serve({make_bundle({.version = "v1"}), make_bundle({.version = "v2"})});
  const Answer enough = ask({5.0}, {"v1", "v2"});
  const auto needed =
      static_cast<std::uint32_t>(wire::targets_layout(2, 1, true).blocks_offset + 2 * target_of(enough, 0).geometry.result_bytes);
  ASSERT_EQ(needed % 8, 0u);
  EXPECT_EQ(ask({5.0}, {"v1", "v2"}, {.out_bytes = needed}).call_status(), wire::Status::kOk);
  const Answer small = ask({5.0}, {"v1", "v2"}, {.out_bytes = needed - 8});
  EXPECT_EQ(small.call_status(), wire::Status::kUnavailable);
  EXPECT_EQ(small.reason(), wire::Reason::kResultSpace);
}

// The worker is held behind the call's first step until its deadline has passed.
TEST_F(WorkerTargets, DeadlineInTheMiddleLeavesWhatWasScoredAndSaysTimeoutForTheRest) {
  rig_.serve({make_bundle({.version = "v1"}), make_bundle({.version = "v2", .low = 3.0F, .more_fields = {float_field("y")}})});
  Answer whole;
  std::uint64_t patience_ns = 50'000'000;
  do {  // again with a later deadline, where the machine did not even begin in time
    const std::uint64_t deadline = base::monotonic_ns() + patience_ns;
    whole = held_after_first_step({"v1", "nobody", "v2"}, deadline,
                                  [&] { test::wait_until([&] { return base::monotonic_ns() >= deadline; }); });
    patience_ns *= 4;
  } while (whole.call_status() == wire::Status::kTimeout);
  for (const std::uint32_t t : {0u, 2u}) {
    const Answer target = target_of(whole, t);
    std::uint32_t scored = 0;
    while (scored < 512 && target.status(scored) == wire::Status::kOk) ++scored;
    EXPECT_GT(scored, 0u);
    EXPECT_LT(scored, 512u);
    for (std::uint32_t row = scored; row < 512; ++row) {
      ASSERT_EQ(target.status(row), wire::Status::kTimeout);
      ASSERT_EQ(target.value(row), 0.0F);
    }
  }
  EXPECT_EQ(target_of(whole, 1).call_status(), wire::Status::kUnknownVersion);
}

TEST_F(WorkerTargets, AVersionStaysTheOneThatTheCallBeganWith) {
  rig_.serve({make_bundle({.version = "v1"}), make_bundle({.version = "v2", .low = 3.0F})});
  const Answer whole =
      held_after_first_step({"v1", "v2"}, 0, [&] { rig_.serve({make_bundle({.version = "v3", .low = 7.0F, .high = 7.0F})}); });
  for (const std::uint32_t t : {0u, 1u}) {
    const Answer target = target_of(whole, t);
    ASSERT_EQ(target.call_status(), wire::Status::kOk);
    for (std::uint32_t row = 0; row < 512; ++row)
      ASSERT_TRUE(target.value(row) == 2.0F || target.value(row) == (t == 0 ? 1.0F : 3.0F));
  }
}

}  // namespace
}  // namespace ringside::engine
