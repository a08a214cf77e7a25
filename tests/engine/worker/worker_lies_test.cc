// Goal: a peer that lies loses its session, is counted, and is noticed by nobody else.
// Method: what no honest client writes, one lie a session, beside an honest client whose calls must all be answered.
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>

#include "tests/engine/worker/worker_rig.h"

namespace ringside::engine {
namespace {

using test::Answer;
using test::make_bundle;
using test::wait_until;

struct Lie {
  const char* name;
  void (*tell)(wire::RequestGeometry& geometry, const wire::ChannelView& view);
};

class WorkerLies : public ::testing::TestWithParam<Lie> {};

TEST_P(WorkerLies, EndTheirSessionAndNoOther) {
  WorkerRig rig;
  rig.serve({make_bundle({})});
  Seat honest = rig.make_seat(), liar = rig.make_seat();
  rig.seat({&liar, &honest});
  rig.start();
  static_cast<void>(liar.call(std::vector<double>{1.0}));
  fill_x(liar.body, ramp(10));
  wire::RequestGeometry geometry = liar.client().prepare(liar.body, liar.schema_hash());
  GetParam().tell(geometry, liar.channel()->view());
  liar.client().post_as_is(geometry);
  wait_until([&] { return liar.shared().expelled(); });
  for (int i = 0; i < 10; ++i) ASSERT_EQ(honest.call(std::vector<double>{15.0}).value(0), 2.0F);
  EXPECT_FALSE(honest.shared().expelled());
  EXPECT_EQ(rig.counters.lies.value(), 1u);
  EXPECT_EQ(rig.lies.load(), 1u);
}

constexpr Lie kLies[] = {
    {"SlotBeyondTheRing", [](auto& g, const auto&) { g.slot = 64; }},
    {"SlotFarBeyondTheRing", [](auto& g, const auto&) { g.slot = 0xFFFF; }},
    {"BodyBehindTheArena", [](auto& g, const auto& view) { g.body_offset = static_cast<std::uint32_t>(view.in_arena_bytes); }},
    {"BodyAcrossTheArenasEnd",
     [](auto& g, const auto& view) { g.body_offset = static_cast<std::uint32_t>(view.in_arena_bytes) - 8; }},
    {"BodyLengthThatWraps", [](auto& g, const auto&) { g.body_offset = 8, g.body_bytes = 0xFFFF'FFFF; }},
    {"BodyUnaligned", [](auto& g, const auto&) { g.body_offset += 4; }},
    {"InlineBodyLongerThanItsLine", [](auto& g, const auto&) { g.body_offset = wire::kInline, g.body_bytes = 65; }},
    {"OutRegionBehindTheArena",
     [](auto& g, const auto& view) { g.out_offset = static_cast<std::uint32_t>(view.out_arena_bytes); }},
    {"OutRegionThatWraps", [](auto& g, const auto&) { g.out_offset = 0xFFFF'FFF8, g.out_bytes = 0xFFFF'FFFF; }},
    {"OutRegionUnaligned", [](auto& g, const auto&) { g.out_offset += 1; }},
};

INSTANTIATE_TEST_SUITE_P(All, WorkerLies, ::testing::ValuesIn(kLies),
                         [](const auto& chosen) { return std::string(chosen.param.name); });

TEST(WorkerGarbage, AnyEntryIsAnsweredOrExpelledAndTheWorkerServesOn) {
  WorkerRig rig;
  rig.serve({make_bundle({})});
  Seat honest = rig.make_seat();
  std::vector<std::unique_ptr<Seat>> seats;
  std::vector<Seat*> all{&honest};
  std::mt19937_64 random(20'261'122);
  for (int i = 0; i < 120; ++i) {
    seats.push_back(std::make_unique<Seat>(rig.make_seat()));
    all.push_back(seats.back().get());
  }
  rig.seat(all);
  rig.start();
  std::uint32_t answered = 0, expelled = 0;
  for (std::size_t i = 0; i < seats.size(); ++i) {
    Seat& seat = *seats[i];
    fill_x(seat.body, ramp(20));
    wire::RequestGeometry geometry = seat.client().prepare(seat.body, seat.schema_hash());
    const std::uint16_t slot = geometry.slot;
    std::array<std::uint8_t, sizeof geometry> bytes;
    std::memcpy(bytes.data(), &geometry, sizeof geometry);
    // From one spoilt byte to all of them; half of the bodies are garbage, too.
    for (std::size_t hits = 1 + random() % (i % 2 == 0 ? 3 : sizeof bytes); hits-- > 0;)
      bytes[random() % sizeof bytes] = static_cast<std::uint8_t>(random());
    std::memcpy(&geometry, bytes.data(), sizeof geometry);
    if (i % 3 == 0) geometry.slot = slot;
    if (i % 4 < 2) {
      for (std::size_t b = 0; b < 400; ++b)
        seat.channel()->view().in_arena[random() % 200'000] = static_cast<std::byte>(random());
    }
    const std::uint64_t ticket = seat.client().post_as_is(geometry);
    wait_until(
        [&] { return seat.shared().expelled() || (geometry.slot < wire::kRingEntries && seat.client().answered(ticket)); });
    (seat.shared().expelled() ? expelled : answered) += 1;
    ASSERT_EQ(honest.call(std::vector<double>{15.0}).value(0), 2.0F) << i;
  }
  EXPECT_GT(answered, 0u);
  EXPECT_GT(expelled, 0u);
  EXPECT_EQ(rig.counters.lies.value(), expelled);
}

// A client that names one slot for two calls harms itself: the second answer overwrites the first. Each is answered in its turn.
TEST(WorkerSlots, SlotNamedTwiceIsAnsweredTwiceInTurn) {
  WorkerRig rig;
  rig.serve({make_bundle({})});
  Seat seat = rig.make_seat();
  fill_x(seat.body, std::vector<double>{15.0});
  const wire::RequestGeometry geometry = seat.client().prepare(seat.body, seat.schema_hash());
  seat.client().post_as_is(geometry);
  const std::uint64_t second = seat.client().post_as_is(geometry);
  rig.seat({&seat});
  rig.start();
  EXPECT_EQ(seat.client().wait(second).value(0), 2.0F);
  EXPECT_EQ(rig.counters.calls.value(), 2u);
  EXPECT_FALSE(seat.shared().expelled());
}

TEST(WorkerSlots, ExpelledChannelIsNotServedAgain) {
  WorkerRig rig;
  rig.serve({make_bundle({})});
  Seat liar = rig.make_seat(), honest = rig.make_seat();
  rig.seat({&liar, &honest});
  rig.start();
  liar.lie();
  wait_until([&] { return liar.shared().expelled(); });
  const std::uint64_t later = liar.post(std::vector<double>{1.0});
  for (int i = 0; i < 50; ++i) static_cast<void>(honest.call(std::vector<double>{1.0}));
  EXPECT_FALSE(liar.client().answered(later));
  EXPECT_EQ(rig.counters.lies.value(), 1u) << "told once, however often it is passed";
}

}  // namespace
}  // namespace ringside::engine
