// Goal: a worker counts for guards what a version answered by its role, keyed and keyless apart, and nothing that a call or a pin sent to it.
// Method: a real worker; counting comes behind the answer, so a test waits for the call to be counted.
#include <gtest/gtest.h>

#include "tests/engine/worker/worker_rig.h"

namespace ringside::engine {
namespace {

using test::make_bundle;

class WorkerArms : public ::testing::Test {
 protected:
  WorkerArms() {
    rig_.seat({&seat_});
    rig_.serve({make_bundle({.version = "v1"}), make_bundle({.version = "v2"})});
    rig_.start();
  }

  const VersionArms& arms(const std::string& version) { return rig_.publisher.snapshot().find(version)->by_worker[0].arms; }
  void call(const std::vector<double>& xs, const std::string& what, const std::string& text) {
    fill_x(seat_.body, xs);
    if (what == "version") {
      seat_.body.set_version(text);
    } else {
      seat_.body.set_route_key(text);
    }
    static_cast<void>(seat_.client().call(seat_.body, seat_.schema_hash()));
  }
  // Counted behind an answer, which is behind a later call's begin.
  void settle() { call(std::vector{1.0}, "version", "v1"); }
  static ArmSums sums(const ArmCounters& arm) {
    ArmSums sums{};
    arm.add_to(sums);
    return sums;
  }

  test::Watchdog watchdog_;
  WorkerRig rig_;
  Seat seat_{rig_.make_seat()};
};

TEST_F(WorkerArms, KeyedAndKeylessCallsAreApart) {
  static_cast<void>(seat_.call(ramp(3)));
  call(ramp(130), "route_key", "u1");
  settle();
  const ArmSums keyless = sums(arms("v1").keyless), drawn = sums(arms("v1").drawn);
  EXPECT_EQ(keyless[ArmLayout::kCalls], 1u);
  EXPECT_EQ(keyless[ArmLayout::kRows], 3u);
  EXPECT_EQ(drawn[ArmLayout::kCalls], 1u);
  EXPECT_EQ(drawn[ArmLayout::kRows], 130u);
  EXPECT_EQ(drawn[ArmLayout::kMargins + MarginBins::bin(1.0F)], 1u) << "one row of a call, of three tiles here";
}

TEST_F(WorkerArms, ACanaryCountsItsOwn) {
  rig_.publisher.update([](TrafficDraft& draft) { draft.roles.canary = Canary{"v2", kBuckets, "v2"}; });
  call(ramp(2), "route_key", "u1");
  settle();
  EXPECT_EQ(arms("v2").drawn.calls.value(), 1u);
  EXPECT_EQ(arms("v1").drawn.calls.value(), 0u);
}

TEST_F(WorkerArms, CallsForAVersionAndPinsAreNobodysArm) {
  rig_.publisher.update([](TrafficDraft& draft) {
    draft.roles.pins = draft.roles.pins->with(std::vector<PinChange>{{PinKind::kKey, "vip", "v2"}});
  });
  call(ramp(2), "version", "v2");
  call(ramp(2), "route_key", "vip");
  settle();
  for (const char* version : {"v1", "v2"}) {
    EXPECT_EQ(arms(version).drawn.calls.value() + arms(version).keyless.calls.value(), 0u) << version;
  }
}

TEST_F(WorkerArms, RefusedRowsAndRefusedCallsAreCountedForTheVersionThatRefused) {
  fill_x(seat_.body, ramp(4));
  seat_.body.set_text(0, 1, "many");
  static_cast<void>(seat_.client().call(seat_.body, seat_.schema_hash()));
  fill_x(seat_.body, ramp(2));
  static_cast<void>(seat_.client().call(seat_.body, seat_.schema_hash() + 1));  // a schema that nobody declared
  settle();
  const ArmSums keyless = sums(arms("v1").keyless);
  EXPECT_EQ(keyless[ArmLayout::kCalls], 2u);
  EXPECT_EQ(keyless[ArmLayout::kBadCalls], 2u);
  EXPECT_EQ(keyless[ArmLayout::kBadShares], ArmLayout::kWhole / 4 + ArmLayout::kWhole);
  EXPECT_EQ(keyless[ArmLayout::kRows + static_cast<std::size_t>(wire::Status::kInvalid)], 3u);
}

// For the tsan build above all.
TEST_F(WorkerArms, MayBeReadAtAnyMoment) {
  std::atomic<bool> done{false};
  std::thread client([&] {
    for (int i = 0; i < 2'000; ++i) call(ramp(1 + i % 3), "route_key", "u" + std::to_string(i));
    done.store(true);
  });
  const auto resident = rig_.publisher.snapshot().current;
  std::uint32_t before = 0;
  while (!done.load()) {
    const std::uint32_t calls = sums(resident->by_worker[0].arms.drawn)[ArmLayout::kCalls];
    ASSERT_GE(calls, before);
    before = calls;
  }
  client.join();
  settle();
  EXPECT_EQ(resident->by_worker[0].arms.drawn.calls.value(), 2'000u);
}

}  // namespace
}  // namespace ringside::engine
