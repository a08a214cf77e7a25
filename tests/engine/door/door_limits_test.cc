// Goal: a client is served on the terms that the book of limits has for its user and name, from its first call and after every change.
// Method: a real door on a real socket; what a worker would read is read from the channels that it seats.
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/limits/limit_book.h"
#include "tests/engine/door/door_rig.h"

namespace ringside::engine {
namespace {

using test::DoorVisitor;
using test::good_hello;
using test::wait_until;

std::vector<LimitRule> rules(const std::vector<std::string>& texts) {
  auto parsed = parse_limit_rules(texts);
  EXPECT_TRUE(parsed);
  return parsed ? *parsed : std::vector<LimitRule>{};
}

class LimitsAtTheDoor : public ::testing::Test {
 protected:
  LimitsAtTheDoor() {
    Door::Options options = DoorRig::options(rig_.path(), rig_.directory.get());
    options.book = &book_;
    rig_.open(std::move(options));
  }
  static wire::Hello hello_of(const char* name) {
    wire::Hello hello = good_hello(1);
    std::memset(hello.name, 0, sizeof hello.name);
    std::memcpy(hello.name, name, std::strlen(name));
    return hello;
  }
  std::vector<Priority> priorities() {
    return rig_.seating_of(0, [](const ChannelSet& channels) {
      std::vector<Priority> seen;
      for (const Channel* channel : channels) seen.push_back(channel->terms().priority());
      return seen;
    });
  }

  LimitBook book_;
  DoorRig rig_{1};
};

TEST_F(LimitsAtTheDoor, WithoutRulesAnythingGoes) {
  const DoorVisitor visitor(rig_.path());
  visitor.send(hello_of("a"));
  EXPECT_EQ(visitor.receive_welcome().first.rows_max, 300);
  EXPECT_EQ(priorities(), std::vector{Priority::kNormal});
}

TEST_F(LimitsAtTheDoor, AClientIsToldItsOwnMostRows) {
  book_.set(rules({"name=a rows_max=8"}), {});
  const DoorVisitor small(rig_.path()), other(rig_.path());
  small.send(hello_of("a"));
  EXPECT_EQ(small.receive_welcome().first.rows_max, 8);
  other.send(hello_of("b"));
  EXPECT_EQ(other.receive_welcome().first.rows_max, 300);
}

TEST_F(LimitsAtTheDoor, HigherClassesAreSeatedFirst) {
  book_.set(rules({"name=low priority=low", "name=high priority=high"}), {});
  const DoorVisitor low(rig_.path()), usual(rig_.path()), high(rig_.path());
  for (const auto& [visitor, name] : {std::pair(&low, "low"), std::pair(&usual, "usual"), std::pair(&high, "high")}) {
    visitor->send(hello_of(name));
    static_cast<void>(visitor->receive_welcome());
  }
  EXPECT_EQ(priorities(), (std::vector{Priority::kHigh, Priority::kNormal, Priority::kLow}));
}

TEST_F(LimitsAtTheDoor, NewRulesHoldForWhoIsIn) {
  const DoorVisitor visitor(rig_.path());
  visitor.send(hello_of("a"));
  static_cast<void>(visitor.receive_welcome());
  book_.set(rules({"name=a priority=high"}), {});
  rig_.door->take_new_limits();
  wait_until([&] { return priorities() == std::vector{Priority::kHigh}; });
}

TEST_F(LimitsAtTheDoor, OldTermsAreFreedOnceNobodyHoldsThem) {
  const DoorVisitor visitor(rig_.path());
  visitor.send(hello_of("a"));
  static_cast<void>(visitor.receive_welcome());
  const Terms* const held = rig_.seating_of(0, [](const ChannelSet& channels) { return &channels.front()->terms(); });
  held->hold();
  book_.set(rules({"name=a priority=high"}), {});
  rig_.door->take_new_limits();
  wait_until([&] { return priorities() == std::vector{Priority::kHigh}; });
  EXPECT_GE(rig_.reclaimer.waiting(), 1U);
  held->leave();
  wait_until([&] { return rig_.reclaimer.waiting() == 0; });
}

// A worker that counts a large call by them gives up that call in its next pass, when the grace period may be over.
TEST_F(LimitsAtTheDoor, TermsThatAreHeldOutliveTheirClient) {
  auto visitor = std::make_unique<DoorVisitor>(rig_.path());
  visitor->send(hello_of("a"));
  static_cast<void>(visitor->receive_welcome());
  const Terms* const held = rig_.seating_of(0, [](const ChannelSet& channels) { return &channels.front()->terms(); });
  held->hold();
  visitor.reset();
  wait_until([&] { return rig_.door->clients().empty(); });
  rig_.door->stop();  // its thread has retired the session by now
  std::atomic<bool> later{false};
  rig_.reclaimer.retire([&] { later.store(true); });
  wait_until([&] { return later.load(); });
  ASSERT_EQ(segment_mappings(), 2) << "a segment and its page";
  held->leave();
  wait_until([&] { return rig_.reclaimer.waiting() == 0 && segment_mappings() == 0; });
}

}  // namespace
}  // namespace ringside::engine
