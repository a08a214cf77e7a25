// Goal: ids that rows are given are UUIDv7 of now, and no two are the same.
// Method: the bits of RFC 9562 by hand; a fixed seed where the sequence matters.
#include "engine/respond/request_id.h"

#include <gtest/gtest.h>

#include <ctime>
#include <set>

namespace ringside::engine {
namespace {

std::uint64_t unix_ms_of(const RequestId& id) {
  std::uint64_t ms = 0;
  for (std::size_t i = 0; i < 6; ++i) ms = ms << 8 | static_cast<std::uint64_t>(id[i]);
  return ms;
}

std::uint64_t now_ms() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}

TEST(RequestIdMaker, IdsHaveVersionSevenAndTheVariantOfTheStandard) {
  RequestIdMaker maker;
  maker.start_call();
  for (int i = 0; i < 1'000; ++i) {
    const RequestId id = maker.next();
    EXPECT_EQ(static_cast<unsigned>(id[6]) >> 4, 7u);
    EXPECT_EQ(static_cast<unsigned>(id[8]) >> 6, 2u);
  }
}

TEST(RequestIdMaker, IdsBeginWithTheMillisecondsOfTheirCall) {
  RequestIdMaker maker;
  const std::uint64_t before = now_ms();
  maker.start_call();
  const std::uint64_t after = now_ms();
  const std::uint64_t ms = unix_ms_of(maker.next());
  EXPECT_GE(ms, before);
  EXPECT_LE(ms, after);
}

TEST(RequestIdMaker, NoIdComesTwice) {
  RequestIdMaker maker({1, 2, 3, 4});
  maker.start_call();
  std::set<RequestId> seen;
  for (int i = 0; i < 50'000; ++i) EXPECT_TRUE(seen.insert(maker.next()).second);
}

TEST(RequestIdMaker, RandomBitsAreAllUsed) {
  RequestIdMaker maker({1, 2, 3, 4});
  maker.start_call();
  RequestId ones{}, zeros{};
  for (std::size_t i = 0; i < 16; ++i) zeros[i] = std::byte{0xFF};
  for (int i = 0; i < 1'000; ++i) {
    const RequestId id = maker.next();
    for (std::size_t b = 0; b < 16; ++b) ones[b] |= id[b], zeros[b] &= id[b];
  }
  for (std::size_t b = 6; b < 16; ++b) {
    const auto changing = static_cast<unsigned>(ones[b] & ~zeros[b]);
    EXPECT_EQ(changing, b == 6 ? 0x0Fu : b == 8 ? 0x3Fu : 0xFFu) << b;
  }
}

TEST(RequestIdMaker, TwoMakersSeededByTheKernelDiffer) {
  RequestIdMaker one, other;
  one.start_call();
  other.start_call();
  EXPECT_NE(one.next(), other.next());
}

}  // namespace
}  // namespace ringside::engine
