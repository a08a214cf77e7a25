// Goal: every posted call is answered once, with its own rows' scores, in each way of waiting; a large call holds nobody up.
// Method: a real Worker on a thread of its own, clients in this process on the same mapping (worker_rig.h).
#include "engine/worker/worker.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/engine/worker/worker_rig.h"

namespace ringside::engine {
namespace {

using test::Answer;
using test::make_bundle;
using test::wait_until;

void expect_ramp(const Answer& answer, const std::vector<double>& xs) {
  ASSERT_EQ(answer.call_status(), wire::Status::kOk);
  ASSERT_EQ(answer.geometry.rows, xs.size());
  for (std::uint32_t row = 0; row < xs.size(); ++row) {
    ASSERT_EQ(answer.status(row), wire::Status::kOk) << row;
    ASSERT_EQ(answer.value(row), xs[row] < 10 ? 1.0F : 2.0F) << row;
    ASSERT_EQ(answer.margin(row), answer.value(row)) << row;
  }
}

class WorkerWaits : public ::testing::TestWithParam<WaitMode> {};

TEST_P(WorkerWaits, SingleRowsAreAnsweredOneAfterTheOther) {
  WorkerRig rig(GetParam());
  rig.serve({make_bundle({})});
  Seat seat = rig.make_seat();
  rig.seat({&seat});
  rig.start();
  for (int i = 0; i < 300; ++i)
    expect_ramp(seat.call(std::vector<double>{static_cast<double>(i % 20)}), {static_cast<double>(i % 20)});
  EXPECT_EQ(rig.counters.calls.value(), 300u);
  EXPECT_EQ(rows_counted(rig, wire::Status::kOk), 300u);
}

TEST_P(WorkerWaits, SleepingClientIsWokenByItsAnswer) {
  WorkerRig rig(GetParam());
  rig.serve({make_bundle({})});
  Seat seat = rig.make_seat();
  rig.seat({&seat});
  rig.start();
  for (int i = 0; i < 300; ++i) {
    const std::vector<double> xs{static_cast<double>(i % 20)};
    expect_ramp(seat.client().wait_asleep(seat.post(xs)), xs);
  }
}

TEST_P(WorkerWaits, ClientSeatedWhileTheWorkerSleepsIsServed) {
  WorkerRig rig(GetParam());
  rig.serve({make_bundle({})});
  rig.start();
  if (GetParam() != WaitMode::kSpin) wait_until([&] { return rig.counters.parks.value() > 0; });
  Seat early = rig.make_seat();
  const auto ticket = early.post(std::vector<double>{3.0});  // posted before anybody polls it: its doorbell was not rung
  rig.seat({&early});
  expect_ramp(early.client().wait(ticket), {3.0});
}

TEST_P(WorkerWaits, FullRingIsWorkedOffInOrder) {
  WorkerRig rig(GetParam());
  rig.serve({make_bundle({})});
  Seat seat = rig.make_seat();
  rig.seat({&seat});
  rig.start();
  for (int round = 0; round < 5; ++round) {
    std::vector<std::uint64_t> tickets;
    for (int i = 0; i < 63; ++i) tickets.push_back(seat.post(std::vector<double>{static_cast<double>(i % 20)}));
    for (int i = 62; i >= 0; --i)
      expect_ramp(seat.client().wait(tickets[static_cast<std::size_t>(i)]), {static_cast<double>(i % 20)});
  }
}

TEST_P(WorkerWaits, StopEndsTheWorkerWhateverItDoes) {
  WorkerRig rig(GetParam());
  rig.serve({make_bundle({})});
  Seat seat = rig.make_seat();
  rig.seat({&seat});
  rig.start();
  static_cast<void>(seat.call(std::vector<double>{1.0}));
  rig.stop();
}

INSTANTIATE_TEST_SUITE_P(Modes, WorkerWaits, ::testing::Values(WaitMode::kSpin, WaitMode::kAdaptive, WaitMode::kPark),
                         [](const auto& chosen) {
                           if (chosen.param == WaitMode::kSpin) return std::string("Spin");
                           return std::string(chosen.param == WaitMode::kPark ? "Park" : "Adaptive");
                         });

TEST(Worker, ParkModeSleepsAndSpinModeDoesNot) {
  for (const WaitMode mode : {WaitMode::kPark, WaitMode::kSpin}) {
    WorkerRig rig(mode);
    rig.serve({make_bundle({})});
    Seat seat = rig.make_seat();
    rig.seat({&seat});
    rig.start();
    for (int i = 0; i < 20; ++i) {
      if (mode == WaitMode::kPark) wait_until([&] { return wire::must_ring(seat.channel()->view().parked->parked); });
      static_cast<void>(seat.call(std::vector<double>{1.0}));
    }
    rig.stop();
    EXPECT_EQ(rig.counters.parks.value() > 0, mode == WaitMode::kPark);
  }
}

TEST(Worker, BatchesOfEverySizeScoreEachRow) {
  WorkerRig rig;
  rig.serve({make_bundle({})});
  Seat seat = rig.make_seat();
  rig.seat({&seat});
  rig.start();
  for (const std::size_t rows : {1, 2, 3, 31, 63, 64, 65, 127, 128, 129, 255, 256, 300, 448, 511, 512}) {
    const std::vector<double> xs = ramp(rows);
    const Answer answer = seat.call(xs);
    ASSERT_NO_FATAL_FAILURE(expect_ramp(answer, xs)) << rows;
    std::set<std::array<std::uint8_t, 16>> ids;
    for (std::uint32_t row = 0; row < rows; ++row) ASSERT_TRUE(ids.insert(answer.id(row)).second);
  }
}

TEST(Worker, OneRowCallIsAnsweredWhileALargeOneIsUnderWay) {
  WorkerRig rig;
  rig.serve({make_bundle({})});
  Seat large = rig.make_seat(), small = rig.make_seat(), liar = rig.make_seat();
  const std::vector<double> xs = ramp(512);
  const auto large_ticket = large.post(xs);
  const auto small_ticket = small.post(std::vector<double>{15.0});
  liar.lie();
  rig.close();
  rig.seat({&large, &small, &liar});
  rig.start();
  rig.wait_until_held();  // the first pass has visited all three
  EXPECT_TRUE(small.client().answered(small_ticket));
  EXPECT_FALSE(large.client().answered(large_ticket));
  rig.open();
  expect_ramp(small.client().wait(small_ticket), {15.0});
  expect_ramp(large.client().wait(large_ticket), xs);
}

TEST(Worker, TwoLargeCallsAreWorkedOffInTurns) {
  WorkerRig rig;
  rig.serve({make_bundle({})});
  Seat one = rig.make_seat(), other = rig.make_seat();
  const std::vector<double> xs = ramp(512), ys = ramp(500);
  const auto one_ticket = one.post(xs), other_ticket = other.post(ys);
  rig.seat({&one, &other});
  rig.start();
  expect_ramp(other.client().wait(other_ticket), ys);
  expect_ramp(one.client().wait(one_ticket), xs);
}

// More large calls than a worker keeps at once: the rest wait in their rings, small ones do not.
TEST(Worker, MoreLargeCallsThanPlacesAreAllAnswered) {
  WorkerRig rig;
  rig.serve({make_bundle({})});
  std::vector<std::unique_ptr<Seat>> seats;
  std::vector<Seat*> all;
  std::vector<std::uint64_t> tickets;
  const std::vector<double> xs = ramp(512);
  for (std::uint32_t i = 0; i < kLargeCallsMax + 4; ++i) {
    seats.push_back(std::make_unique<Seat>(rig.make_seat()));
    tickets.push_back(seats.back()->post(xs));
    all.push_back(seats.back().get());
  }
  Seat small = rig.make_seat(), liar = rig.make_seat();
  const auto small_ticket = small.post(std::vector<double>{1.0});
  liar.lie();
  all.push_back(&small);
  all.push_back(&liar);
  rig.close();
  rig.seat(all);
  rig.start();
  rig.wait_until_held();
  EXPECT_TRUE(small.client().answered(small_ticket));
  rig.open();
  for (std::size_t i = 0; i < tickets.size(); ++i)
    ASSERT_NO_FATAL_FAILURE(expect_ramp(seats[i]->client().wait(tickets[i]), xs)) << i;
}

TEST(Worker, IdleChannelsCostNothingButALook) {
  WorkerRig rig;
  rig.serve({make_bundle({})});
  std::vector<std::unique_ptr<Seat>> seats;
  std::vector<Seat*> all;
  for (int i = 0; i < 30; ++i) {
    seats.push_back(std::make_unique<Seat>(rig.make_seat()));
    all.push_back(seats.back().get());
  }
  rig.seat(all);
  rig.start();
  expect_ramp(seats.back()->call(std::vector<double>{4.0}), {4.0});
  EXPECT_EQ(rig.counters.calls.value(), 1u);
}

}  // namespace
}  // namespace ringside::engine
