// Goal: a client's rows are counted for its name and user until the last of them leaves, and new terms hold for who comes next.
// Method: a real door on a real socket; rows counted on its channels by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "tests/engine/door/door_rig.h"

namespace ringside::engine {
namespace {

using test::DoorVisitor;
using test::good_hello;
using test::wait_until;

bool is_welcome(const DoorVisitor& visitor) {
  return visitor.receive_welcome().first.refusal == static_cast<std::uint32_t>(wire::Refusal::kNone);
}

TEST(Door, RowsOfWhoLeftStayWithThoseOfItsName) {
  DoorRig rig(1);
  const auto arrive = [&] {
    auto visitor = std::make_unique<DoorVisitor>(rig.path());
    visitor->send(good_hello(1));
    static_cast<void>(visitor->receive_welcome());
    return visitor;
  };
  auto first = arrive();
  const auto second = arrive();
  rig.seating_of(0, [](const ChannelSet& channels) {
    for (Channel* channel : channels) channel->counters().ok_rows.add(5);
    channels.front()->counters().other_rows.add(2);
    return 0;
  });
  const auto rows = [&] {
    std::pair<std::uint64_t, std::uint64_t> sum{0, 0};
    for (const ClientStatus& client : rig.door->clients()) sum = {sum.first + client.ok_rows, sum.second + client.other_rows};
    return sum;
  };
  EXPECT_EQ(rows(), (std::pair<std::uint64_t, std::uint64_t>{10, 2}));
  first.reset();
  wait_until([&] { return rig.door->clients().size() == 1; });
  EXPECT_EQ(rows(), (std::pair<std::uint64_t, std::uint64_t>{10, 2}))
      << "what a client was answered does not fall when another one leaves";
}

TEST(Door, NewTermsHoldForWhoComesNext) {
  DoorRig rig(1);
  const DoorVisitor in(rig.path());
  in.send(good_hello(1));
  EXPECT_TRUE(is_welcome(in));
  rig.door->admit_by({}, 1);
  const DoorVisitor late(rig.path());
  late.send(good_hello(1));
  EXPECT_FALSE(is_welcome(late));
  EXPECT_EQ(rig.door->clients().size(), 1u) << "who is in stays";
  rig.door->admit_by({}, 2);
  const DoorVisitor third(rig.path());
  third.send(good_hello(1));
  EXPECT_TRUE(is_welcome(third));
}

}  // namespace
}  // namespace ringside::engine
