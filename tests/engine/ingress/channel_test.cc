// Goal: a channel finds each ticket once and in order, and never lends a slot twice, whatever the peer writes.
// Method: the peer's half is written by hand into the shared words.
#include "engine/ingress/channel.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "tests/support/shared_channels.h"

namespace ringside::engine {
namespace {

using test::SharedChannels;

constexpr std::uint64_t kSmallArena = 4'096;

void post(const wire::ChannelView& view, std::uint64_t ticket) {
  wire::publish_seq(view.requests[ticket % wire::kRingEntries].seq, ticket);
}

TEST(Channel, FreshChannelHasNothingPosted) {
  SharedChannels shared(1, 7, kSmallArena);
  EXPECT_FALSE(shared.channel(0).posted());
  EXPECT_FALSE(shared.channel(0).posted_after_announcing());
  EXPECT_EQ(shared.channel(0).next_ticket(), 0u);
  EXPECT_EQ(shared.channel(0).client_id(), 7u);
}

TEST(Channel, PostedTicketIsSeenUntilItIsTaken) {
  SharedChannels shared(1, 7, kSmallArena);
  Channel& channel = shared.channel(0);
  post(shared.view(0), 0);
  EXPECT_TRUE(channel.posted());
  EXPECT_TRUE(channel.posted_after_announcing());
  ASSERT_TRUE(channel.take(5));
  EXPECT_FALSE(channel.posted());
  EXPECT_EQ(channel.next_ticket(), 1u);
}

TEST(Channel, TicketAheadOfItsTurnIsNotSeen) {
  SharedChannels shared(1, 7, kSmallArena);
  post(shared.view(0), 1);
  EXPECT_FALSE(shared.channel(0).posted());
}

TEST(Channel, TicketOfAnotherRoundIsNotSeen) {
  SharedChannels shared(1, 7, kSmallArena);
  for (const std::uint64_t seq : {std::uint64_t{wire::kRingEntries} + 1, std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{2}}) {
    shared.view(0).requests[0].seq.store(seq);
    EXPECT_FALSE(shared.channel(0).posted()) << seq;
  }
}

TEST(Channel, TicketsWrapAroundTheRingManyTimesInOrder) {
  SharedChannels shared(1, 7, kSmallArena);
  Channel& channel = shared.channel(0);
  for (std::uint64_t ticket = 0; ticket < 10 * wire::kRingEntries + 3; ++ticket) {
    ASSERT_FALSE(channel.posted()) << "the entry's last round must not count: " << ticket;
    ASSERT_EQ(channel.next_ticket(), ticket);
    ASSERT_EQ(&channel.entry(), &shared.view(0).requests[ticket % wire::kRingEntries]);
    post(shared.view(0), ticket);
    ASSERT_TRUE(channel.posted());
    const auto slot = static_cast<std::uint16_t>(ticket % 63);
    ASSERT_TRUE(channel.take(slot));
    channel.give_back(slot);
  }
}

TEST(Channel, SlotIsLentOnceUntilItIsGivenBack) {
  SharedChannels shared(1, 7, kSmallArena);
  Channel& channel = shared.channel(0);
  for (std::uint16_t slot = 0; slot < wire::kRingEntries; ++slot) {
    EXPECT_TRUE(channel.take(slot)) << slot;
    EXPECT_FALSE(channel.take(slot)) << slot;
  }
  channel.give_back(63);
  EXPECT_FALSE(channel.take(62));
  EXPECT_TRUE(channel.take(63));
}

TEST(Channel, SlotOutOfRangeIsRefusedAndTakesNoTicket) {
  SharedChannels shared(1, 7, kSmallArena);
  Channel& channel = shared.channel(0);
  for (const int slot : {64, 65, 127, 128, 0x7FFF, 0xFFFF}) EXPECT_FALSE(channel.take(static_cast<std::uint16_t>(slot))) << slot;
  EXPECT_EQ(channel.next_ticket(), 0u);
}

TEST(Channel, ExpellingOneChannelExpelsTheWholeSession) {
  SharedChannels shared(2, 7, kSmallArena);
  EXPECT_FALSE(shared.expelled());
  shared.channel(1).expel();
  EXPECT_TRUE(shared.expelled());
  EXPECT_TRUE(shared.channel(0).expelled());
}

TEST(Channel, ChannelsOfASessionShareNoByte) {
  SharedChannels shared(3, 7, kSmallArena);
  for (std::uint32_t i = 0; i + 1 < 3; ++i) {
    const wire::ChannelView& here = shared.view(i);
    const wire::ChannelView& next = shared.view(i + 1);
    EXPECT_EQ(here.out_arena + here.out_arena_bytes, reinterpret_cast<std::byte*>(next.requests));
    EXPECT_GE(reinterpret_cast<std::byte*>(next.parked) - reinterpret_cast<std::byte*>(here.parked), 128);
  }
}

TEST(Channel, ParkingIsAnnouncedOnTheEnginesPage) {
  SharedChannels shared(2, 7, kSmallArena);
  shared.channel(1).announce_park();
  EXPECT_TRUE(wire::must_ring(shared.view(1).parked->parked));
  EXPECT_FALSE(wire::must_ring(shared.view(0).parked->parked));
  shared.channel(1).announce_awake();
  EXPECT_FALSE(wire::must_ring(shared.view(1).parked->parked));
}

}  // namespace
}  // namespace ringside::engine
