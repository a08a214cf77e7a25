// Goal: a call gets its own slot and memory, its own answer, and gives everything back, whatever the order of answers.
// Method: both halves of a channel on one thread, one step at a time.
#include "client_lib/channel/channel_end.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <set>
#include <vector>

#include "tests/support/fake_channel.h"

namespace ringside {
namespace {

using test::FakeChannel;
using test::FakeReply;
using test::SeenCall;

class ChannelEndTest : public testing::Test {
 protected:
  // One row of `columns` ints, counting from `first`.
  std::uint16_t post(std::uint16_t columns, std::int64_t first = 0, std::uint32_t out_bytes = 4'096) {
    wire::CallBody body;
    body.start(columns, 1);
    for (std::uint16_t c = 0; c < columns; ++c) body.set(c, 0, wire::Cell::integer(first + c));
    wire::RequestGeometry geometry = body.geometry(7);
    geometry.out_bytes = out_bytes;
    std::uint16_t slot = ChannelEnd<>::kNoSlot;
    last_ = client_.post(body, geometry, 256, slot);
    return last_ == Posted::kPosted ? slot : ChannelEnd<>::kNoSlot;
  }
  static FakeReply without_version(FakeReply reply) {
    reply.geometry.version_ordinal = wire::kNoVersion;
    return reply;
  }
  static FakeReply reply_with(float score, std::size_t rows = 1) {
    return without_version(
        test::reply_of({.fields = 0, .rows = std::vector<test::OkRow>(rows, {.score = score}), .errors = {}, .features = {}}));
  }
  float take_score(std::uint16_t slot) {
    client_.take(slot, 1, directory_, versions_, answer_);
    EXPECT_EQ(answer_.status, Status::kOk);
    float score = -1;
    std::memcpy(&score, answer_.at(answer_.layout.values_offset), sizeof score);
    return score;
  }

  test::ScratchChannel channel_;
  ChannelEnd<> client_{channel_.view()};
  FakeChannel engine_{channel_.view()};
  alignas(8) wire::DirectoryHeader empty_directory_{};
  Directory directory_{reinterpret_cast<const std::byte*>(&empty_directory_), sizeof empty_directory_};
  VersionCache versions_;
  detail::Answer answer_;
  Posted last_ = Posted::kPosted;
};

TEST_F(ChannelEndTest, SmallBodyTravelsInTheEntry) {
  post(7, 40);
  const auto call = engine_.next();
  ASSERT_TRUE(call);
  EXPECT_EQ(call->geometry.body_offset, wire::kInline);
  EXPECT_EQ(call->cell(6, 0).as_int(), 46);
  EXPECT_EQ(client_.in_extents().free_bytes(), channel_.view().in_arena_bytes);
}

TEST_F(ChannelEndTest, LargerBodyTravelsInTheArena) {
  post(30, 1);
  const auto call = engine_.next();
  ASSERT_TRUE(call);
  EXPECT_NE(call->geometry.body_offset, wire::kInline);
  EXPECT_EQ(call->cell(29, 0).as_int(), 30);
}

TEST_F(ChannelEndTest, AnswerIsCopiedOutAndEverythingGivenBack) {
  const std::uint16_t slot = post(30);
  const auto call = engine_.next();
  EXPECT_FALSE(client_.done(slot));
  engine_.answer(*call, reply_with(0.25F));
  ASSERT_TRUE(client_.done(slot));
  EXPECT_EQ(take_score(slot), 0.25F);
  EXPECT_EQ(client_.under_way(), 0);
  EXPECT_EQ(client_.in_extents().free_bytes(), channel_.view().in_arena_bytes);
  EXPECT_EQ(client_.out_extents().free_bytes(), channel_.view().out_arena_bytes);
}

TEST_F(ChannelEndTest, AnswersInAnyOrderReachTheirCalls) {
  std::vector<std::uint16_t> slots;
  std::vector<SeenCall> calls;
  for (int i = 0; i < 8; ++i) slots.push_back(post(3, 100 * i));
  while (auto call = engine_.next()) calls.push_back(*call);
  ASSERT_EQ(calls.size(), 8u);
  for (int i = 7; i >= 0; --i) engine_.answer(calls[i], reply_with(static_cast<float>(calls[i].cell(0, 0).as_int())));
  for (const int i : {3, 0, 7, 1, 6, 2, 5, 4}) EXPECT_EQ(take_score(slots[i]), 100.0F * static_cast<float>(i));
}

TEST_F(ChannelEndTest, SixtyThreeCallsFillTheChannel) {
  std::set<std::uint16_t> slots;
  for (int i = 0; i < 63; ++i) slots.insert(post(1, 0, 256));
  EXPECT_EQ(slots.size(), 63u);
  EXPECT_EQ(slots.count(ChannelEnd<>::kNoSlot), 0u);
  EXPECT_EQ(post(1), ChannelEnd<>::kNoSlot);
  EXPECT_EQ(last_, Posted::kNoSlot);
}

TEST_F(ChannelEndTest, RingGoesRoundManyTimes) {
  for (int i = 0; i < 1'000; ++i) {
    const std::uint16_t slot = post(2, i);
    const auto call = engine_.next();
    ASSERT_TRUE(call);
    ASSERT_EQ(call->cell(0, 0).as_int(), i);
    engine_.answer(*call, reply_with(static_cast<float>(i)));
    ASSERT_TRUE(client_.done(slot));
    ASSERT_EQ(take_score(slot), static_cast<float>(i));
  }
}

TEST_F(ChannelEndTest, LeftCallKeepsItsMemoryUntilTheEngineHasAnswered) {
  const std::uint16_t slot = post(30);
  const auto call = engine_.next();
  client_.leave(slot);
  EXPECT_EQ(client_.quarantined(), 1);
  const std::uint64_t free_before = client_.out_extents().free_bytes();
  EXPECT_NE(post(30), slot) << "the slot may still be written by the engine";
  EXPECT_EQ(client_.quarantined(), 1);
  engine_.answer(*call, reply_with(0.5F));
  EXPECT_EQ(post(30), slot) << "answered: free for use again";
  EXPECT_EQ(client_.quarantined(), 0);
  EXPECT_LE(client_.out_extents().free_bytes(), free_before);
}

TEST_F(ChannelEndTest, BodyBeyondTheArenaIsTooLarge) {
  post(wire::kColumnsMax);
  wire::CallBody body;
  body.start(wire::kColumnsMax, 16);
  std::uint16_t slot = 0;
  EXPECT_EQ(client_.post(body, body.geometry(7), 256, slot), Posted::kTooLarge);
}

TEST_F(ChannelEndTest, FullArenaRefusesAndLosesNothing) {
  const std::uint16_t first = post(1, 0, 65'536);
  EXPECT_EQ(post(1), ChannelEnd<>::kNoSlot);
  EXPECT_EQ(last_, Posted::kNoMemory);
  const auto call = engine_.next();
  engine_.answer(*call, reply_with(0.5F));
  take_score(first);
  EXPECT_NE(post(30), ChannelEnd<>::kNoSlot);
}

TEST_F(ChannelEndTest, ResultSpaceIsAskedForAgainWithTheSameBody) {
  const std::uint16_t slot = post(3, 11, 256);
  const auto call = engine_.next();
  engine_.answer(*call, test::refusal(wire::Status::kUnavailable, static_cast<std::uint8_t>(wire::Reason::kResultSpace)));
  ASSERT_TRUE(client_.done(slot) && client_.wants_more_room(slot));
  ASSERT_TRUE(client_.post_again_with_more_room(slot));
  EXPECT_FALSE(client_.done(slot));
  const auto again = engine_.next();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->cell(0, 0).as_int(), 11);
  EXPECT_EQ(again->geometry.out_bytes, channel_.view().out_arena_bytes);
  engine_.answer(*again, test::refusal(wire::Status::kUnavailable, static_cast<std::uint8_t>(wire::Reason::kResultSpace)));
  EXPECT_FALSE(client_.post_again_with_more_room(slot)) << "there is no more";
  client_.take(slot, 1, directory_, versions_, answer_);
  EXPECT_EQ(answer_.reason, Reason::kResultSpace);
}

TEST_F(ChannelEndTest, ResultLargerThanItsRegionIsNotBelieved) {
  const std::uint16_t slot = post(3);
  const auto call = engine_.next();
  FakeReply reply = reply_with(0.5F);
  reply.geometry.result_bytes = wire::kInlineBytes + 1;
  engine_.answer(*call, reply);
  client_.take(slot, 1, directory_, versions_, answer_);
  EXPECT_EQ(answer_.status, Status::kFail);
  EXPECT_FALSE(answer_.said_by_engine);
}

TEST_F(ChannelEndTest, ResultShorterThanItsGeometryIsNotBelieved) {
  const std::uint16_t slot = post(3);
  const auto call = engine_.next();
  FakeReply reply = reply_with(0.5F);
  reply.geometry.errors = 100;
  engine_.answer(*call, reply);
  client_.take(slot, 1, directory_, versions_, answer_);
  EXPECT_EQ(answer_.status, Status::kFail);
}

TEST_F(ChannelEndTest, AnswerForOtherRowsThanWereSentIsNotBelieved) {
  const std::uint16_t slot = post(3);
  const auto call = engine_.next();
  engine_.answer(*call, reply_with(0.5F, 2));
  client_.take(slot, 1, directory_, versions_, answer_);
  EXPECT_EQ(answer_.status, Status::kFail);
}

// A table of targets as schemas/wire/targets.h lays it out, without ids; blocks one after the other.
FakeReply targets_reply(const std::vector<FakeReply>& targets) {
  FakeReply reply;
  reply.geometry.version_ordinal = wire::kNoVersion;
  reply.geometry.rows = 1;
  reply.geometry.targets = static_cast<std::uint8_t>(targets.size());
  reply.result.resize(targets.size() * sizeof(wire::ResponseGeometry));
  for (std::size_t t = 0; t < targets.size(); ++t) {
    wire::ResponseGeometry geometry = targets[t].geometry;
    geometry.targets = 1;
    geometry.block_offset = static_cast<std::uint32_t>(reply.result.size());
    std::memcpy(reply.result.data() + t * sizeof geometry, &geometry, sizeof geometry);
    reply.result.insert(reply.result.end(), targets[t].result.begin(), targets[t].result.end());
    reply.result.resize((reply.result.size() + 7) / 8 * 8);
  }
  return reply;
}

FakeReply block_with(float score) {
  FakeReply reply = test::reply_of({.fields = 0, .rows = {{.score = score}}, .errors = {}, .features = {}, .make_ids = false});
  reply.geometry.version_ordinal = wire::kNoVersion;
  return reply;
}

TEST_F(ChannelEndTest, TargetsHaveTheirOwnAnswers) {
  const std::uint16_t slot = post(2);
  engine_.answer(*engine_.next(), targets_reply({test::refusal(wire::Status::kUnknownVersion), block_with(0.25F)}));
  detail::Answer answers[2];
  detail::Answer* const both[] = {&answers[0], &answers[1]};
  client_.take_targets(slot, 1, directory_, versions_, both);
  EXPECT_EQ(answers[0].status, Status::kUnknownVersion);
  ASSERT_EQ(answers[1].status, Status::kOk);
  float score = -1;
  std::memcpy(&score, answers[1].at(answers[1].layout.values_offset), sizeof score);
  EXPECT_EQ(score, 0.25F);
  EXPECT_EQ(client_.out_extents().free_bytes(), channel_.view().out_arena_bytes);
}

TEST_F(ChannelEndTest, TableOfTargetsThatPointsElsewhereIsNotBelieved) {
  const auto spoilt = [](std::size_t target, auto spoil) {
    FakeReply reply = targets_reply({block_with(0.25F), block_with(0.5F)});
    wire::ResponseGeometry geometry;
    std::memcpy(&geometry, reply.result.data() + target * sizeof geometry, sizeof geometry);
    spoil(geometry);
    std::memcpy(reply.result.data() + target * sizeof geometry, &geometry, sizeof geometry);
    return reply;
  };
  const std::pair<const char*, FakeReply> hostile[] = {
      {"a block behind the region", spoilt(1, [](auto& g) { g.block_offset = 4'096; })},
      {"an offset that would wrap", spoilt(1, [](auto& g) { g.block_offset = 0xFFFF'FFFF; })},
      {"a block longer than the region", spoilt(1, [](auto& g) { g.result_bytes = 0xFFFF'FFF0; })},
      {"targets inside a target", spoilt(1, [](auto& g) { g.targets = 2; })},
      {"ids inside a block", spoilt(1, [](auto& g) { g.flags |= wire::kIdsMade; })},
      {"other rows than were sent", spoilt(1, [](auto& g) { g.rows = 2; })},
  };
  for (const auto& [what, reply] : hostile) {
    const std::uint16_t slot = post(2);
    engine_.answer(*engine_.next(), reply);
    detail::Answer answers[2];
    detail::Answer* const both[] = {&answers[0], &answers[1]};
    client_.take_targets(slot, 1, directory_, versions_, both);
    EXPECT_EQ(answers[0].status, Status::kOk) << what;
    EXPECT_EQ(answers[1].status, Status::kFail) << what;
  }
}

TEST_F(ChannelEndTest, AnotherNumberOfTargetsThanWasAskedIsNotBelieved) {
  for (const std::uint8_t said : std::to_array<std::uint8_t>({0, 1, 3, 255})) {
    const std::uint16_t slot = post(2);
    FakeReply reply = targets_reply({block_with(0.25F), block_with(0.5F)});
    reply.geometry.targets = said;
    engine_.answer(*engine_.next(), reply);
    detail::Answer answers[2];
    detail::Answer* const both[] = {&answers[0], &answers[1]};
    client_.take_targets(slot, 1, directory_, versions_, both);
    for (const detail::Answer& answer : answers) EXPECT_EQ(answer.status, Status::kFail);
  }
  const std::uint16_t slot = post(2);
  engine_.answer(*engine_.next(), targets_reply({block_with(0.25F), block_with(0.5F)}));
  client_.take(slot, 1, directory_, versions_, answer_);
  EXPECT_EQ(answer_.status, Status::kFail) << "nor several where one was asked";
}

TEST_F(ChannelEndTest, AnswerOfAVersionThatTheDirectoryLacksIsNotBelieved) {
  const std::uint16_t slot = post(3);
  const auto call = engine_.next();
  FakeReply reply = reply_with(0.5F);
  reply.geometry.version_ordinal = 3;
  engine_.answer(*call, reply);
  client_.take(slot, 1, directory_, versions_, answer_);
  EXPECT_EQ(answer_.status, Status::kFail);
}

// Hands out other bytes at a second load of the same address: a second fetch of shared memory is seen.
struct ChangingAccess {
  static inline std::set<const void*> seen;
  static inline int second_fetches = 0;
  static void copy(void* target, const void* source, std::size_t bytes) noexcept {
    second_fetches += seen.insert(source).second ? 0 : 1;
    std::memcpy(target, source, bytes);
  }
};

TEST_F(ChannelEndTest, TakeFetchesEachByteOnce) {
  test::ScratchChannel memory;
  ChannelEnd<wire::StdAtomics, ChangingAccess> client(memory.view());
  FakeChannel engine(memory.view());
  wire::CallBody body;
  body.start(1, 1);
  wire::RequestGeometry geometry = body.geometry(7);
  geometry.out_bytes = 4'096;
  std::uint16_t slot = 0;
  ASSERT_EQ(client.post(body, geometry, 256, slot), Posted::kPosted);
  engine.answer(*engine.next(), reply_with(0.5F));
  ChangingAccess::seen.clear();
  ChangingAccess::second_fetches = 0;
  client.take(slot, 1, directory_, versions_, answer_);
  EXPECT_EQ(ChangingAccess::second_fetches, 0);
  EXPECT_EQ(ChangingAccess::seen.size(), 2u) << "the geometry, and the result";
}

}  // namespace
}  // namespace ringside
