// Goal: a call ends on the bundle that it began with; what leaves (bundle, client) is let go of and never touched again.
// Method: the gate of worker_rig.h holds the worker after the first tile of a large call; meanwhile the world is changed under
//   it.
#include <gtest/gtest.h>

#include <memory>
#include <new>

#include "tests/engine/worker/worker_rig.h"

namespace ringside::engine {
namespace {

using test::Answer;
using test::make_bundle;
using test::wait_until;

TEST(WorkerSwitch, LargeCallEndsOnTheBundleThatItBeganWith) {
  WorkerRig rig;
  rig.serve({make_bundle({.version = "old"})});
  const std::weak_ptr<const Resident> old = rig.publisher.snapshot().current;
  const std::uint32_t old_ordinal = old.lock()->ordinal;
  Seat large = rig.make_seat(), liar = rig.make_seat();
  const std::vector<double> xs = ramp(512);
  const auto ticket = large.post(xs);
  liar.lie();
  rig.close();
  rig.seat({&large, &liar});
  rig.start();
  rig.wait_until_held();
  rig.serve({make_bundle({.version = "new", .low = 3.0F, .high = 4.0F})});  // the old one is gone from the table
  rig.open();
  const Answer answer = large.client().wait(ticket);
  EXPECT_EQ(answer.geometry.version_ordinal, old_ordinal);
  for (std::uint32_t row = 0; row < 512; ++row) ASSERT_EQ(answer.value(row), xs[row] < 10 ? 1.0F : 2.0F) << row;
  const Answer next = large.call(std::vector<double>{15.0});
  EXPECT_EQ(next.value(0), 4.0F);
  EXPECT_NE(next.geometry.version_ordinal, old_ordinal);
  wait_until([&] { return old.expired(); });
}

TEST(WorkerSwitch, SmallCallsFollowEachPublication) {
  WorkerRig rig;
  Seat seat = rig.make_seat();
  rig.seat({&seat});
  rig.start();
  for (int i = 0; i < 50; ++i) {
    rig.serve({make_bundle({.version = "v" + std::to_string(i), .low = static_cast<float>(i)})});
    ASSERT_EQ(seat.call(std::vector<double>{5.0}).value(0), static_cast<float>(i));
  }
  wait_until([&] { return rig.reclaimer.waiting() == 0; });
}

TEST(WorkerSwitch, LargeCallOfAClientThatLeftIsForgottenAndItsTableFreed) {
  WorkerRig rig;
  rig.serve({make_bundle({.version = "old"})});
  const std::weak_ptr<const Resident> old = rig.publisher.snapshot().current;
  auto leaving = std::make_unique<Seat>(rig.make_guest());
  Seat liar = rig.make_seat(), stays = rig.make_seat();
  leaving->post(ramp(512));
  liar.lie();
  rig.close();
  rig.seat({leaving.get(), &liar});
  rig.start();
  rig.wait_until_held();
  rig.seat({&stays});
  rig.serve({make_bundle({.version = "new", .low = 3.0F})});
  rig.reclaimer.retire(
      [seat = std::make_shared<std::unique_ptr<Seat>>(std::move(leaving))] { seat->reset(); });  // as the door does: unmapped
  rig.open();
  EXPECT_EQ(stays.call(std::vector<double>{5.0}).value(0), 3.0F);
  wait_until([&] { return old.expired() && rig.reclaimer.waiting() == 0; });
  for (int i = 0; i < 20; ++i) ASSERT_EQ(stays.call(std::vector<double>{5.0}).value(0), 3.0F);
}

// The channel of another client at the very address of the one that left: its owner must not inherit the call that was under way.
TEST(WorkerSwitch, AddressOfAChannelThatLeftIsNotMistakenForItsSuccessor) {
  WorkerRig rig;
  rig.serve({make_bundle({})});
  Seat first = rig.make_seat(), successor = rig.make_seat(), liar = rig.make_seat();
  std::atomic<bool> expelled{false};
  const Terms anything_goes;
  const Published<Terms> terms{&anything_goes};
  alignas(Channel) std::array<std::byte, sizeof(Channel)> place;
  auto* channel = new (place.data()) Channel(first.channel()->view(), first.channel()->client_id(), expelled, first.channel()->peer(), terms);
  const auto old_ticket = first.post(ramp(512));
  liar.lie();
  rig.close();
  ASSERT_TRUE(rig.roster.add_doorbell(0, successor.shared().doorbell()));
  rig.roster.set_channels(0, {channel, liar.channel()});
  rig.start();
  rig.wait_until_held();
  rig.unseat_all();
  channel->~Channel();
  channel = new (place.data()) Channel(successor.channel()->view(), successor.channel()->client_id(), expelled, successor.channel()->peer(), terms);
  rig.roster.set_channels(0, {channel});
  rig.open();
  for (int i = 0; i < 30; ++i) ASSERT_EQ(successor.call(std::vector<double>{15.0}).value(0), 2.0F);
  EXPECT_FALSE(first.client().answered(old_ticket));
  rig.stop();
}

TEST(WorkerStop, CallUnderWayIsLeftUnansweredAndItsTableIsNotPinned) {
  WorkerRig rig;
  rig.serve({make_bundle({})});
  Seat large = rig.make_seat(), liar = rig.make_seat();
  const auto ticket = large.post(ramp(512));
  liar.lie();
  rig.close();
  rig.seat({&large, &liar});
  rig.start();
  rig.wait_until_held();
  const TrafficTable& table = rig.publisher.acquire();
  EXPECT_FALSE(large.client().answered(ticket));
  EXPECT_TRUE(table.pinned());
  rig.stop();
  EXPECT_FALSE(table.pinned());
}

}  // namespace
}  // namespace ringside::engine
