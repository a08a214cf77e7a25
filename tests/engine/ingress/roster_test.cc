// Goal: a worker sees the newest set of channels, an old set goes after a grace period, and each ring is one edge for each worker
//   that listens.
// Method: by hand, with real epoll and eventfd descriptors; no timeout but zero and "for ever" (under a watchdog).
#include "engine/ingress/roster.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>

#include <array>
#include <memory>

#include "tests/support/shared_channels.h"
#include "tests/support/watchdog.h"

namespace ringside::engine {
namespace {

using test::SharedChannels;
using test::wait_until;
using test::Watchdog;

class RosterTest : public ::testing::Test {
 protected:
  // How many descriptors an epoll set reports now. Taking an edge takes it away.
  static int edges(const Roster& roster, std::uint32_t worker) {
    std::array<epoll_event, 16> events;
    return epoll_wait(roster.epoll_fd(worker), events.data(), static_cast<int>(events.size()), 0);
  }

  Watchdog watchdog_;
  Quiescence quiescence_{2};
  Reclaimer reclaimer_{quiescence_};
  Roster roster_{2, reclaimer_};
  SharedChannels shared_{2, 1, 4'096};
};

TEST_F(RosterTest, WorkersBeginWithoutChannels) {
  EXPECT_EQ(roster_.workers(), 2u);
  EXPECT_TRUE(roster_.seating(0).channels.empty());
  EXPECT_TRUE(roster_.seating(1).channels.empty());
}

TEST_F(RosterTest, SetChannelsIsSeenByItsWorkerAlone) {
  roster_.set_channels(1, {&shared_.channel(0), &shared_.channel(1)});
  EXPECT_EQ(roster_.seating(1).channels, (ChannelSet{&shared_.channel(0), &shared_.channel(1)}));
  EXPECT_TRUE(roster_.seating(0).channels.empty());
}

// A worker compares numbers, not addresses: a freed set's address may come back for the next one.
TEST_F(RosterTest, NoNumberOfASeatingComesBack) {
  std::uint64_t last = roster_.seating(0).number;
  for (int i = 0; i < 1'000; ++i) {
    roster_.set_channels(0, {});
    ASSERT_GT(roster_.seating(0).number, last);
    last = roster_.seating(0).number;
  }
}

TEST_F(RosterTest, OldSeatingStaysWhileAWorkerMayReadIt) {
  auto reader = quiescence_.reader(0);
  reader.online();
  roster_.set_channels(0, {&shared_.channel(0)});
  const Seating& mine = roster_.seating(0);
  roster_.set_channels(0, {});
  EXPECT_EQ(reclaimer_.waiting(), 2u);
  EXPECT_EQ(mine.channels, (ChannelSet{&shared_.channel(0)}));  // under asan: not freed
  reader.quiet();
  wait_until([&] { return reclaimer_.waiting() == 0; });
  reader.offline();
}

TEST_F(RosterTest, PublicationRousesTheWorkerOnce) {
  EXPECT_EQ(edges(roster_, 0), 0);
  roster_.set_channels(0, {});
  EXPECT_EQ(edges(roster_, 0), 1);
  EXPECT_EQ(edges(roster_, 0), 0);
  EXPECT_EQ(edges(roster_, 1), 0);
}

TEST_F(RosterTest, EveryRingIsANewEdgeThoughNobodyReadsTheDoorbell) {
  ASSERT_TRUE(roster_.add_doorbell(0, shared_.doorbell()));
  EXPECT_EQ(edges(roster_, 0), 0);
  for (int i = 0; i < 1'000; ++i) {
    shared_.ring();
    ASSERT_EQ(edges(roster_, 0), 1) << i;
    ASSERT_EQ(edges(roster_, 0), 0) << i;
  }
}

TEST_F(RosterTest, RingBeforeTheSleepIsKept) {
  ASSERT_TRUE(roster_.add_doorbell(0, shared_.doorbell()));
  shared_.ring();
  std::array<epoll_event, 1> events;
  EXPECT_EQ(epoll_wait(roster_.epoll_fd(0), events.data(), 1, -1), 1);
}

TEST_F(RosterTest, DoorbellOfAClientWithTwoWorkersRousesBoth) {
  ASSERT_TRUE(roster_.add_doorbell(0, shared_.doorbell()));
  ASSERT_TRUE(roster_.add_doorbell(1, shared_.doorbell()));
  shared_.ring();
  EXPECT_EQ(edges(roster_, 0), 1);
  EXPECT_EQ(edges(roster_, 1), 1);
}

// The client keeps its copy of the descriptor, so closing ours is not enough.
TEST_F(RosterTest, RemovedDoorbellRousesNobody) {
  const base::UniqueFd copy_of_the_client(dup(shared_.doorbell()));
  ASSERT_TRUE(roster_.add_doorbell(0, shared_.doorbell()));
  roster_.remove_doorbell(0, shared_.doorbell());
  shared_.ring();
  EXPECT_EQ(edges(roster_, 0), 0);
}

TEST_F(RosterTest, DoorbellThatIsNoDescriptorIsSaidToFail) { EXPECT_FALSE(roster_.add_doorbell(0, -1)); }

TEST_F(RosterTest, RouseWakesAWorkerThatSleepsForEver) {
  std::thread sleeper([&] {
    std::array<epoll_event, 1> events;
    EXPECT_EQ(epoll_wait(roster_.epoll_fd(1), events.data(), 1, -1), 1);
  });
  roster_.rouse(1);
  sleeper.join();
}

}  // namespace
}  // namespace ringside::engine
