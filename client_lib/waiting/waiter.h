// Waits for one answer: spins, then sleeps on the channel's `waiting` word, and between looks whether the engine is still there.
//
//   spin ──budget──▶ announce · recheck · futex wait (a slice) · hang-up? deadline? ──▶ again
//
// [WAKE] in schemas/wire/protocol.h: no wake-up is lost, so the slices are there for the socket alone: a dead engine wakes
// nobody.
// Thread safety: one waiter a channel. Cost: spinning, no system call for the first 50 µs (kPark: none before the first sleep).
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "client_lib/base/clock.h"
#include "schemas/wire/protocol.h"

namespace ringside {

enum class Waited : std::uint8_t { kAnswered, kDeadline, kEngineGone };

// Of one wait.
struct WaitPolicy {
  bool may_sleep = true;
  std::uint64_t spin_ns = 0;  // before sleeping
};

struct WaitEnd {
  Waited how = Waited::kAnswered;
  bool slept = false;
  std::uint64_t ns = 0;  // how long it took, at most a microsecond too little; 0: the answer was there
};

inline constexpr std::uint64_t kSliceNs = 10'000'000;          // of sleep, between two looks at the socket
inline constexpr std::uint64_t kSpinsBetweenLooksNs = 50'000;  // of spinning, the same

// Sleeps while *word == 1, at most so long. Returns early for any reason.
void futex_wait(std::atomic<std::uint32_t>& word, std::uint64_t timeout_ns) noexcept;
// The other side's: wakes who sleeps on the word. The fake engines of tests use it too.
void futex_wake(std::atomic<std::uint32_t>& word) noexcept;
// Whether the peer of a connected socket has closed it or died.
bool has_hung_up(int socket) noexcept;

// What a waiter asks of the world besides the two words. A model checker has its own.
struct Surroundings {
  static std::uint64_t now_ns() noexcept { return base::monotonic_ns(); }
  static void relax() noexcept { base::cpu_relax(); }
  static void sleep(std::atomic<std::uint32_t>& word, std::uint64_t timeout_ns) noexcept { futex_wait(word, timeout_ns); }
  static bool hung_up(int socket) noexcept { return has_hung_up(socket); }
};

// `waiting`: the word of the channel that `seq` belongs to. until_ns: CLOCK_MONOTONIC; 0: for ever. On kEngineGone the answer was looked for
// once more after the hang-up was seen.
template <class P = wire::StdAtomics, class Around = Surroundings>
WaitEnd wait_for_answer(const typename P::Word64& seq, std::uint64_t ticket, typename P::Word32& waiting, int socket,
                        const WaitPolicy& policy, std::uint64_t until_ns) noexcept {
  if (wire::seq_is<P>(seq, ticket)) return {Waited::kAnswered};
  const std::uint64_t start = Around::now_ns();
  std::uint64_t now = start;
  bool slept = false;
  const auto answered_or = [&](Waited otherwise) noexcept -> WaitEnd {
    return {wire::seq_is<P>(seq, ticket) ? Waited::kAnswered : otherwise, slept, now - start};
  };
  const std::uint64_t spin_until = policy.may_sleep ? now + policy.spin_ns : ~std::uint64_t{0};
  std::uint64_t look_at = now + kSpinsBetweenLooksNs;
  while (now < spin_until) {
    for (int i = 0; i < 16; ++i) {
      if (wire::seq_is<P>(seq, ticket)) return {Waited::kAnswered, false, now - start};
      Around::relax();
    }
    now = Around::now_ns();
    if (until_ns != 0 && now >= until_ns) return answered_or(Waited::kDeadline);
    if (now < look_at) continue;
    look_at = now + kSpinsBetweenLooksNs;
    if (Around::hung_up(socket)) return answered_or(Waited::kEngineGone);
  }
  while (true) {
    if (Around::hung_up(socket)) return answered_or(Waited::kEngineGone);
    now = Around::now_ns();
    if (until_ns != 0 && now >= until_ns) return answered_or(Waited::kDeadline);
    wire::announce_sleep<P>(waiting);  // [WAKE]
    if (!wire::seq_is_after_announcing<P>(seq, ticket)) {
      Around::sleep(waiting, until_ns == 0 ? kSliceNs : std::min(kSliceNs, until_ns - now));
      slept = true;
    }
    wire::announce_awake<P>(waiting);
    if (!wire::seq_is<P>(seq, ticket)) continue;
    if (slept) now = Around::now_ns();
    return {Waited::kAnswered, slept, now - start};
  }
}

}  // namespace ringside
