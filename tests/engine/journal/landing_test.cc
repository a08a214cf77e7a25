// Goal: what was committed is whole and in order, whatever the ring's end cuts; what was not is forgotten; a mark always fits `committed`.
// Method: a ring of the smallest size on a temporary folder, read back through record_view.h.
#include "engine/journal/landing.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <new>

#include "engine/ledger/ring_pieces.h"
#include "schemas/journal/record_view.h"
#include "tests/support/temporary_folder.h"

namespace ringside::engine {
namespace {

using journal::RecordType;

class LandingTest : public ::testing::Test {
 protected:
  // A record of `bytes` bytes of value `fill`. False: no room.
  static bool append(LandingWriter& writer, std::uint32_t bytes, int fill) {
    std::byte* const place = writer.reserve();
    if (place == nullptr) return false;
    std::memset(place + sizeof(journal::RecordHead), fill, bytes - sizeof(journal::RecordHead));
    writer.append(place, RecordType::kPrediction, bytes, 1);
    return true;
  }

  // Sequences from `taken` on, which it moves.
  std::vector<std::uint64_t> take() {
    std::vector<std::uint64_t> sequences;
    auto& header = ring_.header();
    std::uint64_t at = header.taken.load();
    const std::uint64_t sealed = header.sealed.load();
    while (at < sealed) {
      const RingPiece piece = ring_piece(ring_, at, sealed, header.capacity);
      journal::RecordWalk walk(piece.records);
      while (const auto record = walk.next()) sequences.push_back(record->head().sequence);
      EXPECT_EQ(walk.end(), journal::RecordWalk::End::kEnd);
      at = piece.end;
    }
    header.taken.store(at);
    return sequences;
  }

  test::TemporaryFolder folder_;
  LandingRing ring_ = *LandingRing::make(folder_.path(), {.capacity = 1, .epoch = 3, .last_sequence = 40});
};

TEST_F(LandingTest, WhatIsNotCommittedIsNotThere) {
  LandingWriter writer(ring_);
  ASSERT_TRUE(append(writer, 100, 1));
  EXPECT_EQ(ring_.header().committed.load(), 0u);
  writer.roll_back();
  ASSERT_TRUE(append(writer, 100, 2));
  writer.commit();
  EXPECT_TRUE(take().empty()) << "it has no checksum yet";
  writer.seal();
  EXPECT_EQ(take(), std::vector<std::uint64_t>{41});
}

TEST_F(LandingTest, SequencesHaveNoGapOverManyTurnsOfTheRing) {
  LandingWriter writer(ring_);
  std::uint64_t next = 41;
  for (std::uint32_t round = 0; round < 400; ++round) {
    for (std::uint32_t i = 0; i < 3; ++i)
      ASSERT_TRUE(append(writer, 40 + (round * 977 + i * 6'151) % 20'000, static_cast<int>(i)));
    writer.commit();
    writer.seal();
    for (const std::uint64_t sequence : take()) ASSERT_EQ(sequence, next++);
  }
  EXPECT_EQ(next, 41u + 1'200);
  EXPECT_GT(ring_.header().committed.load(), 10 * ring_.header().capacity);
}

TEST_F(LandingTest, AFullRingRefusesAndOverwritesNothing) {
  LandingWriter writer(ring_);
  std::size_t fitted = 0;
  while (append(writer, 10'000, 1)) {
    writer.commit();
    ++fitted;
  }
  EXPECT_GE(fitted, (ring_.header().capacity - 2 * journal::kRecordBytesMax) / 10'000);
  EXPECT_EQ(take().size(), fitted);
  EXPECT_TRUE(append(writer, 10'000, 1));
}

TEST_F(LandingTest, IsFoundAgainWithItsLastSequenceAndWhatWasOwed) {
  {
    LandingWriter writer(ring_);
    ASSERT_TRUE(append(writer, 100, 1));
    writer.commit();
    writer.add_unrecorded(7);
    ASSERT_TRUE(append(writer, 100, 1));  // a worker that is killed here
  }
  const auto found = LandingRing::find(folder_.path(), 0);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->mark().sequence, 41u);
  EXPECT_EQ((*found)->mark().unrecorded, 7u);
  EXPECT_EQ(take(), std::vector<std::uint64_t>{41});
}

TEST_F(LandingTest, WhatAKilledWorkerDidNotSealIsSealedByWhoFindsIt) {
  alignas(LandingWriter) std::array<std::byte, sizeof(LandingWriter)> place;  // never destroyed: killed
  auto& writer = *new (place.data()) LandingWriter(ring_);
  ASSERT_TRUE(append(writer, 100, 1));
  writer.commit();
  writer.seal();
  ASSERT_TRUE(append(writer, 200, 1));
  ASSERT_TRUE(append(writer, 300, 1));
  writer.commit();
  EXPECT_EQ(take(), std::vector<std::uint64_t>{41});
  ring_.seal_the_rest();
  EXPECT_EQ(take(), (std::vector<std::uint64_t>{42, 43}));
}

TEST_F(LandingTest, ASealDoesNotMendWhatWasBrokenAfterIt) {
  LandingWriter writer(ring_);
  ASSERT_TRUE(append(writer, 100, 1));
  writer.commit();
  writer.seal();
  ring_.records()[50] = std::byte{77};
  ring_.header().sealed.store(0);  // as a kill between the checksum and the word leaves it
  ring_.seal_the_rest();
  journal::RecordWalk walk(ring_piece(ring_, 0, ring_.header().committed.load(), 1).records);
  EXPECT_FALSE(walk.next());
  EXPECT_EQ(walk.end(), journal::RecordWalk::End::kBroken);
}

TEST_F(LandingTest, AFileThatIsNoRingIsRefused) {
  EXPECT_FALSE(*LandingRing::find(folder_.path(), 1));
  ring_.header().capacity /= 2;
  EXPECT_FALSE(LandingRing::find(folder_.path(), 0));
}

}  // namespace
}  // namespace ringside::engine
